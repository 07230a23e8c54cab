//! Tests of `redundancy.xml`: the documented file, hostile ones, and that what is written is read.

use proptest::prelude::*;

use super::*;

fn file(entries: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE properties SYSTEM \
         \"http://java.sun.com/dtd/properties.dtd\">\n<properties>\n<comment>Redundancy Settings</comment>\n{entries}</properties>\n"
    )
    .into_bytes()
}

fn entry(key: &str, value: &str) -> String {
    format!("<entry key=\"redundancy.{key}\">{value}</entry>\n")
}

#[test]
fn the_documented_file_parses_and_what_is_unknown_is_kept() {
    let text = [
        entry("noderole", "Backup"),
        entry("gan.host", "gw-master"),
        entry("gan.port", "8088"),
        entry("gan.enableSsl", "false"),
        entry("systemstateuid", "0"),
    ]
    .concat();
    let s = RedundancySettings::parse(&file(&text)).unwrap();
    assert_eq!(s.role, Role::Backup);
    assert_eq!((s.gan.host.as_str(), s.gan.port, s.gan.enable_ssl), ("gw-master", 8088, false));
    assert_eq!((s.join_wait, s.gan.ping_max_missed), (Duration::from_secs(30), 10));
    assert_eq!(s.other["redundancy.systemstateuid"], "0");
    let written = String::from_utf8(s.to_xml().unwrap()).unwrap();
    assert!(written.contains("<!DOCTYPE properties SYSTEM \"http://java.sun.com/dtd/properties.dtd\">"), "{written}");
    assert!(written.contains("<entry key=\"redundancy.gan.host\">gw-master</entry>\n"), "{written}");
    assert_eq!(RedundancySettings::parse(written.as_bytes()).unwrap(), s);
}

#[test]
fn an_empty_file_of_properties_is_all_defaults() {
    assert_eq!(RedundancySettings::parse(&file("")).unwrap(), RedundancySettings::default());
    assert_eq!(RedundancySettings::parse(b"<properties/>").unwrap(), RedundancySettings::default());
}

#[test]
fn every_word_is_understood() {
    let text = [
        entry("noderole", " Master "),
        entry("standbyactivitylevel", "Warm"),
        entry("masterrecoverymode", "Manual"),
        entry("activehistorylevel", "Partial"),
        entry("joinwaittime", "250"),
        entry("gan.host", "a&amp;b&#45;c"),
    ]
    .concat();
    let s = RedundancySettings::parse(&file(&text)).unwrap();
    assert_eq!((s.role, s.standby, s.recovery), (Role::Master, Level::Warm, Recovery::Manual));
    assert_eq!(s.active_history_level, "Partial");
    assert_eq!(s.join_wait, Duration::from_millis(250));
    assert_eq!(s.gan.host, "a&b-c");
}

#[test]
fn a_value_out_of_range_is_an_error_that_names_the_key() {
    for bad in [
        entry("noderole", "Boss"),
        entry("gan.port", "99999"),
        entry("gan.enableSsl", "maybe"),
        entry("joinwaittime", "-1"),
    ] {
        let error = RedundancySettings::parse(&file(&bad)).unwrap_err();
        assert!(matches!(error, RedundancyXmlError::Value { .. }) && error.to_string().contains("redundancy."));
    }
    let long = RedundancySettings::parse(&file(&entry("joinwaittime", "18446744073709551615"))).unwrap();
    assert_eq!(long.join_wait, LONGEST);
}

fn trimmed() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>().prop_filter("XML", |c| properties::is_xml(*c)), 0..12)
        .prop_map(|c| c.into_iter().collect::<String>().trim().to_owned())
}

fn time() -> impl Strategy<Value = Duration> {
    (0..=86_400_000_u64).prop_map(Duration::from_millis)
}

prop_compose! {
    fn gan()(
        host in trimmed(), port: u16, enable_ssl: bool, times in [time(), time(), time(), time(), time()], numbers: [u32; 3],
    ) -> GanSetup {
        let [ping_rate, ping_timeout, websocket_timeout, http_connect_timeout, http_read_timeout] = times;
        let [ping_max_missed, send_threads, receive_threads] = numbers;
        GanSetup {
            host, port, enable_ssl, ping_rate, ping_timeout, ping_max_missed, websocket_timeout, http_connect_timeout,
            http_read_timeout, send_threads, receive_threads,
        }
    }
}

prop_compose! {
    fn settings()(
        role in proptest::sample::select(vec![Role::Independent, Role::Master, Role::Backup]),
        flags: [bool; 5], join_wait in time(), sync_timeout_s: u64, local_interface in trimmed(), gan in gan(),
        other in proptest::collection::btree_map(trimmed().prop_map(|k| format!("x{k}")), trimmed(), 0..4),
    ) -> RedundancySettings {
        let [full, warm, manual, use_active_uptime, auto_detect_local] = flags;
        RedundancySettings {
            role,
            active_history_level: if full { "Full" } else { "Partial" }.to_owned(),
            standby: if warm { Level::Warm } else { Level::Cold },
            join_wait,
            recovery: if manual { Recovery::Manual } else { Recovery::Automatic },
            use_active_uptime, sync_timeout_s, auto_detect_local, local_interface, gan, other,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_written_is_read(settings in settings()) {
        prop_assert_eq!(RedundancySettings::parse(&settings.to_xml().unwrap()).unwrap(), settings);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = RedundancySettings::parse(&bytes);
    }

    #[test]
    fn no_entry_text_makes_it_panic(text in ".{0,200}") {
        let _ = RedundancySettings::parse(&file(&entry("gan.host", &text)));
    }
}
