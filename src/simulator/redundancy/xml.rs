//! `redundancy.xml`: Java properties as XML to typed settings (fact sheet 5.1). Pure; the file is read elsewhere.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, Event};
use thiserror::Error;

use crate::simulator::redundancy::machine::{Level, Recovery, Role};

/// Largest file that is looked at, in bytes.
pub(crate) const SIZE_LIMIT: usize = 1024 * 1024;
const PREFIX: &str = "redundancy.";

/// Why the file is of no use.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub(crate) enum RedundancyXmlError {
    #[error("redundancy.xml is larger than 1 MiB")]
    TooLarge,
    #[error("redundancy.xml is not a Java properties file: {0}")]
    Malformed(String),
    #[error("redundancy.xml: {PREFIX}{key} must be {rule}")]
    Value { key: &'static str, rule: &'static str },
}

/// Redundancy settings with the gateway's defaults.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RedundancySettings {
    pub(crate) role: Role,
    pub(crate) active_history_level: String,
    pub(crate) standby: Level,
    pub(crate) join_wait: Duration,
    pub(crate) recovery: Recovery,
    pub(crate) use_active_uptime: bool,
    pub(crate) sync_timeout_s: u64,
    pub(crate) auto_detect_local: bool,
    pub(crate) local_interface: String,
    pub(crate) gan: GanSetup,
}

/// How a backup reaches its master.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct GanSetup {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) enable_ssl: bool,
    pub(crate) ping_rate: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) ping_max_missed: u32,
    pub(crate) websocket_timeout: Duration,
    pub(crate) http_connect_timeout: Duration,
    pub(crate) http_read_timeout: Duration,
    pub(crate) send_threads: u32,
    pub(crate) receive_threads: u32,
}

impl Default for RedundancySettings {
    fn default() -> Self {
        Self {
            role: Role::Independent,
            active_history_level: "Full".to_owned(),
            standby: Level::Cold,
            join_wait: Duration::from_secs(30),
            recovery: Recovery::Automatic,
            use_active_uptime: false,
            sync_timeout_s: 60,
            auto_detect_local: true,
            local_interface: String::new(),
            gan: GanSetup::default(),
        }
    }
}

impl Default for GanSetup {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 8060,
            enable_ssl: true,
            ping_rate: Duration::from_secs(1),
            ping_timeout: Duration::from_millis(300),
            ping_max_missed: 10,
            websocket_timeout: Duration::from_secs(10),
            http_connect_timeout: Duration::from_secs(10),
            http_read_timeout: Duration::from_mins(1),
            send_threads: 5,
            receive_threads: 5,
        }
    }
}

impl RedundancySettings {
    /// Reads the file's bytes. Missing keys have their defaults, unknown keys are ignored.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, RedundancyXmlError> {
        let properties = properties(bytes)?;
        let get = |key: &str| properties.get(key).map(|v| v.trim()).filter(|v| !v.is_empty());
        let d = Self::default();
        let millis =
            |key: &'static str, default: Duration| number(get(key), key, &default.as_millis()).map(to_duration);
        Ok(Self {
            role: word(get("noderole"), "noderole", d.role, Role::from_word, "Independent, Master or Backup")?,
            active_history_level: word(
                get("activehistorylevel"),
                "activehistorylevel",
                d.active_history_level,
                |v| ["Full", "Partial"].into_iter().find(|w| w.eq_ignore_ascii_case(v)).map(str::to_owned),
                "Full or Partial",
            )?,
            standby: word(
                get("standbyactivitylevel"),
                "standbyactivitylevel",
                d.standby,
                |v| [Level::Cold, Level::Warm].into_iter().find(|l| l.as_str().eq_ignore_ascii_case(v)),
                "Cold or Warm",
            )?,
            join_wait: millis("joinwaittime", d.join_wait)?,
            recovery: word(
                get("masterrecoverymode"),
                "masterrecoverymode",
                d.recovery,
                |v| [Recovery::Automatic, Recovery::Manual].into_iter().find(|r| r.as_str().eq_ignore_ascii_case(v)),
                "Automatic or Manual",
            )?,
            use_active_uptime: flag(
                get("useActiveUptimeToResolveConflict"),
                "useActiveUptimeToResolveConflict",
                false,
            )?,
            sync_timeout_s: number(get("sync.timeoutSecs"), "sync.timeoutSecs", &d.sync_timeout_s)?,
            auto_detect_local: flag(get("autodetectlocalinterface"), "autodetectlocalinterface", true)?,
            local_interface: get("bindinterface").unwrap_or_default().to_owned(),
            gan: GanSetup {
                host: get("gan.host").unwrap_or_default().to_owned(),
                port: number(get("gan.port"), "gan.port", &d.gan.port)?,
                enable_ssl: flag(get("gan.enableSsl"), "gan.enableSsl", true)?,
                ping_rate: millis("gan.pingRate", d.gan.ping_rate)?,
                ping_timeout: millis("gan.pingTimeout", d.gan.ping_timeout)?,
                ping_max_missed: number(get("gan.pingMaxMissed"), "gan.pingMaxMissed", &d.gan.ping_max_missed)?,
                websocket_timeout: millis("gan.websocketTimeout", d.gan.websocket_timeout)?,
                http_connect_timeout: millis("gan.httpConnectTimeout", d.gan.http_connect_timeout)?,
                http_read_timeout: millis("gan.httpReadTimeout", d.gan.http_read_timeout)?,
                send_threads: number(get("gan.sendThreads"), "gan.sendThreads", &d.gan.send_threads)?,
                receive_threads: number(get("gan.receiveThreads"), "gan.receiveThreads", &d.gan.receive_threads)?,
            },
        })
    }
}

fn to_duration(millis: u128) -> Duration {
    // A day is longer than any setting means; the bound keeps arithmetic on instants from overflowing.
    Duration::from_millis(u64::try_from(millis.min(86_400_000)).unwrap_or(86_400_000))
}

fn number<T: FromStr + Copy>(value: Option<&str>, key: &'static str, default: &T) -> Result<T, RedundancyXmlError> {
    let rule = "a whole number in range";
    value.map_or(Ok(*default), |v| v.parse().map_err(|_| RedundancyXmlError::Value { key, rule }))
}

fn flag(value: Option<&str>, key: &'static str, default: bool) -> Result<bool, RedundancyXmlError> {
    let read = |v: &str| v.to_ascii_lowercase().parse::<bool>().ok();
    word(value, key, default, read, "true or false")
}

fn word<T>(
    value: Option<&str>,
    key: &'static str,
    default: T,
    read: impl Fn(&str) -> Option<T>,
    rule: &'static str,
) -> Result<T, RedundancyXmlError> {
    value.map_or(Ok(default), |v| read(v).ok_or(RedundancyXmlError::Value { key, rule }))
}

/// The entries, by key without the prefix. Entities of a document type are never looked at: a reference to one is an error.
fn properties(bytes: &[u8]) -> Result<BTreeMap<String, String>, RedundancyXmlError> {
    let malformed = |reason: &str| RedundancyXmlError::Malformed(reason.to_owned());
    if bytes.len() > SIZE_LIMIT {
        return Err(RedundancyXmlError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut found = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    let mut key = None;
    let mut value = String::new();
    let mut seen_root = false;
    loop {
        let event = reader.read_event().map_err(|e| RedundancyXmlError::Malformed(e.to_string()))?;
        match event {
            Event::Eof => break,
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                match (path.len(), name.as_str()) {
                    (0, "properties") if !seen_root => seen_root = true,
                    (1, "comment") => {}
                    (1, "entry") => {
                        let attribute = start.try_get_attribute("key").ok().flatten();
                        let attribute = attribute.ok_or_else(|| malformed("an entry without a key"))?;
                        let text = attribute.normalized_value(XmlVersion::Implicit1_0);
                        key = Some(text.map_err(|e| RedundancyXmlError::Malformed(e.to_string()))?.into_owned());
                        value.clear();
                    }
                    _ => return Err(malformed("elements must be properties with comment and entry inside")),
                }
                path.push(name);
            }
            Event::End(_) => {
                path.pop();
                if let Some(key) = key.take()
                    && let Some(short) = key.strip_prefix(PREFIX)
                {
                    found.insert(short.to_owned(), std::mem::take(&mut value));
                }
            }
            Event::Text(text) if key.is_some() => value.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) if key.is_some() => value.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => value.push(resolve(&reference)?),
            Event::Text(text) if path.len() < 2 && !text.trim_ascii().is_empty() => {
                return Err(malformed("text outside of an entry"));
            }
            _ => {}
        }
    }
    if seen_root && path.is_empty() { Ok(found) } else { Err(malformed("no complete properties element")) }
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, RedundancyXmlError> {
    let name = reference.xml10_content();
    let predefined = match name.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    };
    predefined
        .ok_or_else(|| RedundancyXmlError::Malformed("a reference to an entity that is not predefined".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn the_documented_file_parses() {
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
    fn hostile_and_broken_files_are_errors() {
        let bomb = b"<!DOCTYPE properties [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><properties><entry key=\"redundancy.noderole\">&b;</entry></properties>";
        let external = b"<!DOCTYPE properties [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><properties><comment>&x;</comment></properties>";
        let deep = "<properties>".repeat(50_000);
        let files: [&[u8]; 9] = [
            bomb,
            external,
            deep.as_bytes(),
            b"",
            b"noderole=Master",
            b"<properties><entry>x</entry></properties>",
            b"<properties><entry key=\"redundancy.noderole\">Master</properties>",
            b"\xff\xfe",
            b"<properties>",
        ];
        for bytes in files {
            let parsed = RedundancySettings::parse(bytes);
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
            assert!(matches!(parsed, Err(RedundancyXmlError::Malformed(_))), "{start}: {parsed:?}");
        }
        assert_eq!(RedundancySettings::parse(&vec![b' '; SIZE_LIMIT + 1]), Err(RedundancyXmlError::TooLarge));
        for bad in [entry("noderole", "Boss"), entry("gan.port", "99999"), entry("gan.enableSsl", "maybe")] {
            assert!(matches!(RedundancySettings::parse(&file(&bad)), Err(RedundancyXmlError::Value { .. })));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = RedundancySettings::parse(&bytes);
        }

        #[test]
        fn no_entry_text_makes_it_panic(text in ".{0,200}") {
            let _ = RedundancySettings::parse(&file(&entry("gan.host", &text)));
        }
    }
}
