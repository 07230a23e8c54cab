//! The redundancy settings as `/redundancy/config` shows and takes them (fact sheet 2.2). Pure; who may do so is known elsewhere.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::simulator::properties::is_xml;
use crate::simulator::redundancy::machine::Role;
use crate::simulator::redundancy::settings::{LONGEST, RedundancySettings};
use crate::simulator::redundancy::xml::{history_level, recovery_mode, standby_level};
use crate::simulator::unknown::{OTHER_SYNC_TIMEOUT_KEY, SYNC_TIMEOUT_KEY};

/// Longest text that a field may have, in characters.
const TEXT_LIMIT: usize = 255;

/// The name of a field and what is wrong with it.
pub(crate) type FieldMessage = (String, String);

/// The body of `GET /redundancy/config`.
pub(crate) fn to_json(r: &RedundancySettings) -> Value {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let gan = &r.gan;
    json!({
        "role": r.role.as_str(),
        "activeHistoryLevel": r.active_history_level,
        "standbyActivityLevel": r.standby.as_str(),
        "joinWaitTime": millis(r.join_wait),
        "masterRecoveryMode": r.recovery.as_str(),
        SYNC_TIMEOUT_KEY: r.sync_timeout_s,
        "autoDetectLocal": r.auto_detect_local,
        "localInterface": r.local_interface,
        "useActiveUptimeToResolveConflict": r.use_active_uptime,
        "gatewayNetworkSetup": {
            "host": gan.host,
            "port": gan.port,
            "enableSsl": gan.enable_ssl,
            "pingRate": millis(gan.ping_rate),
            "pingTimeout": millis(gan.ping_timeout),
            "pingMaxMissed": gan.ping_max_missed,
            "websocketTimeout": millis(gan.websocket_timeout),
            "httpConnectTimeout": millis(gan.http_connect_timeout),
            "httpReadTimeout": millis(gan.http_read_timeout),
            "sendThreads": gan.send_threads,
            "receiveThreads": gan.receive_threads,
        },
    })
}

/// The settings after `PUT /redundancy/config`, or every field that cannot be. Fields that are not named keep what they had, and
/// unknown ones are ignored (some clients send `recoveryMode` and `allowHistoryCleanup`): the simulator's own choice.
pub(crate) fn apply(current: &RedundancySettings, body: &Value) -> Result<RedundancySettings, Vec<FieldMessage>> {
    let Some(body) = body.as_object() else {
        return Err(vec![(String::new(), "must be an object".to_owned())]);
    };
    let mut new = current.clone();
    let mut fields = Fields { prefix: "", body, wrong: Vec::new() };
    fields.word("role", &mut new.role, "Independent, Backup or Master", Role::from_word);
    fields.word("activeHistoryLevel", &mut new.active_history_level, "Full or Partial", history_level);
    fields.word("standbyActivityLevel", &mut new.standby, "Cold or Warm", standby_level);
    fields.millis("joinWaitTime", &mut new.join_wait, 0);
    fields.word("masterRecoveryMode", &mut new.recovery, "Automatic or Manual", recovery_mode);
    // Two spellings are in the wild (fact sheet 10.8); the one that GET shows wins.
    fields.number(OTHER_SYNC_TIMEOUT_KEY, &mut new.sync_timeout_s, 1, 86_400);
    fields.number(SYNC_TIMEOUT_KEY, &mut new.sync_timeout_s, 1, 86_400);
    fields.flag("autoDetectLocal", &mut new.auto_detect_local);
    fields.text("localInterface", &mut new.local_interface);
    fields.flag("useActiveUptimeToResolveConflict", &mut new.use_active_uptime);
    let mut wrong = fields.wrong;
    match body.get("gatewayNetworkSetup") {
        None | Some(Value::Null) => {}
        Some(Value::Object(setup)) => {
            let gan = &mut new.gan;
            let mut fields = Fields { prefix: "gatewayNetworkSetup.", body: setup, wrong: Vec::new() };
            fields.text("host", &mut gan.host);
            fields.number("port", &mut gan.port, 1, 65_535);
            fields.flag("enableSsl", &mut gan.enable_ssl);
            fields.millis("pingRate", &mut gan.ping_rate, 1);
            fields.millis("pingTimeout", &mut gan.ping_timeout, 1);
            fields.number("pingMaxMissed", &mut gan.ping_max_missed, 1, u64::from(u32::MAX));
            fields.millis("websocketTimeout", &mut gan.websocket_timeout, 1);
            fields.millis("httpConnectTimeout", &mut gan.http_connect_timeout, 1);
            fields.millis("httpReadTimeout", &mut gan.http_read_timeout, 1);
            fields.number("sendThreads", &mut gan.send_threads, 1, 1_000);
            fields.number("receiveThreads", &mut gan.receive_threads, 1, 1_000);
            wrong.append(&mut fields.wrong);
        }
        Some(_) => wrong.push(("gatewayNetworkSetup".to_owned(), "must be an object".to_owned())),
    }
    if wrong.is_empty() { Ok(new) } else { Err(wrong) }
}

/// The fields of an object, taken one by one.
struct Fields<'a> {
    prefix: &'static str,
    body: &'a Map<String, Value>,
    wrong: Vec<FieldMessage>,
}

impl Fields<'_> {
    fn take<T>(&mut self, name: &str, into: &mut T, rule: &str, read: impl Fn(&Value) -> Option<T>) {
        match self.body.get(name).map(read) {
            None => {}
            Some(Some(value)) => *into = value,
            Some(None) => self.wrong.push((format!("{}{name}", self.prefix), format!("must be {rule}"))),
        }
    }

    fn word<T>(&mut self, name: &str, into: &mut T, rule: &str, read: impl Fn(&str) -> Option<T>) {
        self.take(name, into, rule, |v| read(v.as_str()?));
    }

    fn flag(&mut self, name: &str, into: &mut bool) {
        self.take(name, into, "true or false", Value::as_bool);
    }

    fn number<T: TryFrom<u64>>(&mut self, name: &str, into: &mut T, least: u64, most: u64) {
        let read = |v: &Value| T::try_from(v.as_u64().filter(|n| (least..=most).contains(n))?).ok();
        self.take(name, into, &format!("a whole number from {least} to {most}"), read);
    }

    fn millis(&mut self, name: &str, into: &mut Duration, least: u64) {
        let most = u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX);
        let read = |v: &Value| v.as_u64().filter(|n| (least..=most).contains(n)).map(Duration::from_millis);
        self.take(name, into, &format!("a whole number of milliseconds from {least} to {most}"), read);
    }

    /// A host or an interface: nothing that the file could not hold.
    fn text(&mut self, name: &str, into: &mut String) {
        let fits = |t: &&str| t.chars().count() <= TEXT_LIMIT && t.chars().all(|c| is_xml(c) && !c.is_control());
        let read = |v: &Value| v.as_str().map(str::trim).filter(fits).map(str::to_owned);
        self.take(name, into, &format!("text of at most {TEXT_LIMIT} printable characters"), read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::redundancy::machine::Level;
    use proptest::prelude::*;

    #[test]
    fn what_get_gave_changes_nothing() {
        let settings = RedundancySettings::default();
        let body = to_json(&settings);
        assert_eq!(body["syncTimeoutSecs"], 60);
        assert_eq!(body["gatewayNetworkSetup"]["port"], 8060);
        assert_eq!(apply(&settings, &body), Ok(settings.clone()));
        assert_eq!(apply(&settings, &json!({"recoveryMode": 7, "allowHistoryCleanup": true})), Ok(settings));
    }

    #[test]
    fn both_spellings_of_the_sync_timeout_are_read() {
        let seconds = |body| apply(&RedundancySettings::default(), &body).unwrap().sync_timeout_s;
        assert_eq!(seconds(json!({"syncTimoutSecs": 7})), 7);
        assert_eq!(seconds(json!({"syncTimeoutSecs": 8})), 8);
        assert_eq!(seconds(json!({"syncTimoutSecs": 7, "syncTimeoutSecs": 8})), 8);
    }

    #[test]
    fn a_backup_is_described() {
        let body = json!({"role": "Backup", "standbyActivityLevel": "Warm", "joinWaitTime": 500,
            "gatewayNetworkSetup": {"host": " gw-master ", "port": 8088, "enableSsl": false}});
        let new = apply(&RedundancySettings::default(), &body).unwrap();
        assert_eq!((new.role, new.standby, new.join_wait), (Role::Backup, Level::Warm, Duration::from_millis(500)));
        assert_eq!((new.gan.host.as_str(), new.gan.port, new.gan.enable_ssl), ("gw-master", 8088, false));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let body = json!({"role": "Boss", "joinWaitTime": -1, "masterRecoveryMode": null,
            "gatewayNetworkSetup": {"host": "a\u{1}b", "port": 0, "pingRate": 1.5, "sendThreads": "5"}});
        let wrong = apply(&RedundancySettings::default(), &body).unwrap_err();
        let names: Vec<_> = wrong.iter().map(|(name, _)| name.as_str()).collect();
        let gan = ["host", "port", "pingRate", "sendThreads"].map(|n| format!("gatewayNetworkSetup.{n}"));
        let expected =
            [&["role", "joinWaitTime", "masterRecoveryMode"][..], &gan.each_ref().map(String::as_str)].concat();
        assert_eq!(names, expected);
        for body in [json!([]), json!("x"), json!({"gatewayNetworkSetup": 7})] {
            assert!(apply(&RedundancySettings::default(), &body).is_err());
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,30}".prop_map(Value::from),
            proptest::sample::select(vec!["Backup", "Warm", "Manual", "Partial"]).prop_map(Value::from),
        ];
        let names = vec![
            "role",
            "activeHistoryLevel",
            "standbyActivityLevel",
            "joinWaitTime",
            "masterRecoveryMode",
            "syncTimeoutSecs",
            "autoDetectLocal",
            "localInterface",
            "useActiveUptimeToResolveConflict",
            "gatewayNetworkSetup",
            "host",
            "port",
            "enableSsl",
            "pingRate",
            "pingTimeout",
            "pingMaxMissed",
            "websocketTimeout",
            "sendThreads",
        ];
        leaf.prop_recursive(2, 30, 10, move |inner| {
            let key = proptest::sample::select(names.clone()).prop_map(str::to_owned);
            proptest::collection::btree_map(key, inner, 0..10).prop_map(|map| Value::Object(map.into_iter().collect()))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn whatever_is_accepted_can_be_written_down_and_shown_again(body in any_json()) {
            if let Ok(new) = apply(&RedundancySettings::default(), &body) {
                prop_assert_eq!(&RedundancySettings::parse(&new.to_xml().unwrap()).unwrap(), &new);
                prop_assert_eq!(apply(&RedundancySettings::default(), &to_json(&new)).unwrap(), new);
            }
        }
    }
}
