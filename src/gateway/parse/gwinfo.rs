//! The one line of `gwinfo`. Nothing else.

use std::collections::BTreeMap;

use crate::gateway::{ActivityLevel, ContextState, Fault, GwInfo, NodeRole, SyncState, capped};

/// `GET /system/gwinfo` (fact sheet 1.3): `Key=Value;` pairs, read by key, never by position. A key that stands there
/// twice with two values says nothing: one of them may come out of a name.
pub fn gwinfo(body: &[u8]) -> Result<GwInfo, Fault> {
    let text = String::from_utf8_lossy(body);
    let mut pairs: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for pair in text.trim().split(';') {
        if let Some((key, value)) = pair.split_once('=') {
            pairs
                .entry(key.trim())
                .and_modify(|known| *known = known.filter(|k| *k == value.trim()))
                .or_insert(Some(value.trim()));
        }
    }
    if !pairs.contains_key("ContextStatus") {
        return Err(Fault::Malformed("no ContextStatus in it".to_owned()));
    }
    let get = |key: &str| pairs.get(key).copied().flatten();
    Ok(GwInfo {
        context: get("ContextStatus").map(ContextState::read),
        platform_name: get("PlatformName").map(capped),
        version: get("Version").filter(|v| !v.is_empty()).map(capped),
        edition: get("PlatformEdition").map(capped),
        role: get("RedundancyStatus").map(NodeRole::read),
        sync: get("RedundantState").map(SyncState::read),
        activity: get("RedundantNodeActiveStatus").map(ActivityLevel::read),
        backup_addresses: get("RedundantBackupAddresses").filter(|v| !v.is_empty()).map(capped),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> GwInfo {
        gwinfo(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_uncommissioned_gateway_says_one_thing() {
        let seen = read("ContextStatus=NEEDS_COMMISSIONING;\n");
        assert_eq!(seen, GwInfo { context: Some(ContextState::NeedsCommissioning), ..GwInfo::default() });
    }

    #[test]
    fn the_recorded_prefix_of_an_independent_gateway() {
        let seen = read(
            "ContextStatus=RUNNING;PlatformName=Ignition-abc;Version=8.3.4;PlatformEdition=;...;OS=Linux;\
             RuntimeVersion=17.0.17;RedundancyStatus=Independent;RequireSsl=false;...",
        );
        assert_eq!(seen.context, Some(ContextState::Running));
        assert_eq!(seen.platform_name.as_deref(), Some("Ignition-abc"));
        assert_eq!(seen.version.as_deref(), Some("8.3.4"));
        assert_eq!(seen.edition.as_deref(), Some(""));
        assert_eq!(seen.role, Some(NodeRole::Independent));
        assert_eq!(seen.sync, None);
        assert_eq!(seen.activity, None);
    }

    #[test]
    fn the_minimal_bodies_of_pairs() {
        let table = [
            ("Master", "Good", "Active", NodeRole::Master, SyncState::Good, ActivityLevel::Active),
            ("Master", "Good", "Cold", NodeRole::Master, SyncState::Good, ActivityLevel::Cold),
            ("Backup", "Good", "Cold", NodeRole::Backup, SyncState::Good, ActivityLevel::Cold),
            ("Backup", "Unknown", "Active", NodeRole::Backup, SyncState::Unknown, ActivityLevel::Active),
            ("backup", "OUTOFDATE", "WARM", NodeRole::Backup, SyncState::OutOfDate, ActivityLevel::Warm),
        ];
        for (role, sync, level, role_read, sync_read, level_read) in table {
            let seen = read(&format!(
                "ContextStatus=RUNNING;RedundancyStatus={role};RedundantState={sync};RedundantNodeActiveStatus={level};"
            ));
            assert_eq!((seen.role, seen.sync, seen.activity), (Some(role_read), Some(sync_read), Some(level_read)));
        }
    }

    #[test]
    fn the_complete_body_of_a_master() {
        let seen = read(
            "ContextStatus=RUNNING;PlatformName=demo;Version=8.3.9;PlatformEdition=;OS=Linux;RuntimeVersion=17.0.17;\
             RedundancyStatus=Master;RedundantState=Good;RedundantNodeActiveStatus=Active;\
             RedundantBackupAddresses=172.18.0.5;RequireSsl=false;",
        );
        assert_eq!(seen.platform_name.as_deref(), Some("demo"));
        assert_eq!(seen.version.as_deref(), Some("8.3.9"));
        assert_eq!(seen.backup_addresses.as_deref(), Some("172.18.0.5"));
        assert_eq!(seen.role, Some(NodeRole::Master));
    }

    #[test]
    fn order_does_not_matter_and_a_contradiction_says_nothing() {
        assert_eq!(read("Version=8.3.9;ContextStatus=RUNNING").version.as_deref(), Some("8.3.9"));
        let twice = read("ContextStatus=RUNNING;PlatformName=x;RedundancyStatus=Master;RedundancyStatus=Backup;");
        assert_eq!(twice.role, None);
        let thrice = read("ContextStatus=RUNNING;ContextStatus=STARTING;ContextStatus=RUNNING;");
        assert_eq!(thrice.context, None);
    }

    #[test]
    fn other_bodies_are_faults() {
        for body in [&b""[..], b"<html>404</html>", b"\xff\xfe=\xff;", b"RUNNING", b";;;="] {
            assert!(matches!(gwinfo(body), Err(Fault::Malformed(_))), "{body:?}");
        }
    }
}
