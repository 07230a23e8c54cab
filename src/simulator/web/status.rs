//! The open status answers: `StatusPing` and gwinfo (fact sheet 1.2 to 1.4). Pure text.

use crate::simulator::node::Phase;
use crate::simulator::redundancy::machine::{Level, Role, SyncState};
use crate::simulator::unknown::{
    FAULTED_PING, GWINFO_KEYS, GWINFO_SPELLS_OUT_INCOMPATIBILITY, INDEPENDENT_SHOWS_REDUNDANCY, STOPPING_PING,
};

/// Body of `/StatusPing`.
pub(crate) fn status_ping(phase: Phase) -> String {
    match phase {
        Phase::Commissioning => r#"{"state":"RUNNING","details":"COMMISSIONING"}"#.to_owned(),
        Phase::Faulted => FAULTED_PING.to_owned(),
        Phase::Stopping => STOPPING_PING.to_owned(),
        other => format!(r#"{{"state":"{}"}}"#, other.word()),
    }
}

/// What gwinfo tells of a running gateway.
#[derive(Clone, Debug)]
pub(crate) struct GatewayFacts<'a> {
    pub(crate) phase: Phase,
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) edition: &'a str,
    pub(crate) role: Role,
    pub(crate) level: Level,
    pub(crate) sync: SyncState,
    /// Address of a connected peer.
    pub(crate) peer_address: Option<&'a str>,
}

/// Body of `/system/gwinfo`: one line of `Key=Value;` pairs in the order of fact sheet 1.4.
pub(crate) fn gwinfo(facts: &GatewayFacts<'_>) -> String {
    if facts.phase != Phase::Running {
        return format!("ContextStatus={};", facts.phase.word());
    }
    // Independent gateways say Good here although the REST answer says Unknown (fact sheet 1.3, 2.2).
    let sync = match (facts.role, facts.sync) {
        (Role::Independent, _) => SyncState::Good,
        (_, SyncState::EditionIncompatible | SyncState::ModulesIncompatible) if !GWINFO_SPELLS_OUT_INCOMPATIBILITY => {
            SyncState::Incompatible
        }
        (_, sync) => sync,
    };
    let in_pair = (facts.role != Role::Independent || INDEPENDENT_SHOWS_REDUNDANCY).then_some(());
    let told = |key: &str| {
        Some(match key {
            "ContextStatus" => facts.phase.word(),
            "PlatformName" => facts.name,
            "Version" => facts.version,
            "PlatformEdition" => facts.edition,
            "OS" => "Linux",
            "RuntimeVersion" => "17.0.17",
            "RedundancyStatus" => in_pair.map(|()| facts.role.as_str())?,
            "RedundantState" => in_pair.map(|()| sync.as_str())?,
            "RedundantNodeActiveStatus" => in_pair.map(|()| facts.level.as_str())?,
            "RedundantBackupAddresses" if facts.role == Role::Master => facts.peer_address.unwrap_or_default(),
            "RequireSsl" => "false",
            _ => return None,
        })
    };
    GWINFO_KEYS.iter().filter_map(|key| Some(format!("{key}={};", value(told(key)?)))).collect()
}

/// A value must not end its pair early.
fn value(text: &str) -> String {
    text.chars().map(|c| if c == ';' || c.is_control() { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(role: Role, level: Level, sync: SyncState) -> GatewayFacts<'static> {
        GatewayFacts {
            phase: Phase::Running,
            name: "demo",
            version: "8.3.9",
            edition: "",
            role,
            level,
            sync,
            peer_address: Some("172.18.0.5"),
        }
    }

    #[test]
    fn the_documented_body_comes_out() {
        assert_eq!(
            gwinfo(&facts(Role::Master, Level::Active, SyncState::Good)),
            "ContextStatus=RUNNING;PlatformName=demo;Version=8.3.9;PlatformEdition=;OS=Linux;RuntimeVersion=17.0.17;RedundancyStatus=Master;RedundantState=Good;RedundantNodeActiveStatus=Active;RedundantBackupAddresses=172.18.0.5;RequireSsl=false;"
        );
    }

    #[test]
    fn an_independent_gateway_says_good_and_a_lonely_backup_unknown() {
        let alone = gwinfo(&facts(Role::Independent, Level::Active, SyncState::Unknown));
        assert!(
            alone.contains(
                "RedundancyStatus=Independent;RedundantState=Good;RedundantNodeActiveStatus=Active;RequireSsl"
            )
        );
        let lonely = gwinfo(&facts(Role::Backup, Level::Active, SyncState::Unknown));
        assert!(
            lonely
                .contains("RedundancyStatus=Backup;RedundantState=Unknown;RedundantNodeActiveStatus=Active;RequireSsl")
        );
    }

    #[test]
    fn every_recorded_combination_is_said_as_recorded() {
        use Level::{Active, Cold, Warm};
        for (role, state, level, expected) in [
            (Role::Master, SyncState::Good, Active, "Master/Good/Active"),
            (Role::Master, SyncState::Good, Cold, "Master/Good/Cold"),
            (Role::Master, SyncState::Good, Warm, "Master/Good/Warm"),
            (Role::Backup, SyncState::Good, Cold, "Backup/Good/Cold"),
            (Role::Backup, SyncState::Good, Warm, "Backup/Good/Warm"),
            (Role::Backup, SyncState::Good, Active, "Backup/Good/Active"),
            (Role::Backup, SyncState::Unknown, Active, "Backup/Unknown/Active"),
            (Role::Backup, SyncState::OutOfDate, Cold, "Backup/OutOfDate/Cold"),
            (Role::Backup, SyncState::Incompatible, Cold, "Backup/Incompatible/Cold"),
            (Role::Backup, SyncState::ModulesIncompatible, Warm, "Backup/Incompatible/Warm"),
            (Role::Backup, SyncState::EditionIncompatible, Cold, "Backup/Incompatible/Cold"),
            (Role::Independent, SyncState::Unknown, Active, "Independent/Good/Active"),
        ] {
            let body = gwinfo(&facts(role, level, state));
            let value = |key: &str| {
                body.split(';').find_map(|p| p.strip_prefix(key)?.strip_prefix('=')).unwrap_or_default().to_owned()
            };
            let seen = ["RedundancyStatus", "RedundantState", "RedundantNodeActiveStatus"].map(value).join("/");
            assert_eq!(seen, expected);
            assert_eq!(value("RedundantBackupAddresses").is_empty(), role != Role::Master, "{expected}");
        }
    }

    #[test]
    fn a_gateway_that_does_not_run_says_only_that() {
        let say = |phase| gwinfo(&GatewayFacts { phase, ..facts(Role::Master, Level::Active, SyncState::Good) });
        assert_eq!(say(Phase::Commissioning), "ContextStatus=NEEDS_COMMISSIONING;");
        assert_eq!(say(Phase::Starting), "ContextStatus=STARTING;");
        assert_eq!(status_ping(Phase::Commissioning), r#"{"state":"RUNNING","details":"COMMISSIONING"}"#);
        assert_eq!(status_ping(Phase::Starting), r#"{"state":"STARTING"}"#);
        assert_eq!(status_ping(Phase::Running), r#"{"state":"RUNNING"}"#);
    }

    #[test]
    fn a_name_cannot_forge_a_pair() {
        let forged = gwinfo(&GatewayFacts {
            name: "a;RedundancyStatus=Master;",
            ..facts(Role::Independent, Level::Active, SyncState::Unknown)
        });
        assert!(!forged.contains(";RedundancyStatus=Master"));
    }
}
