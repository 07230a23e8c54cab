//! Answers of the REST API. Wrong types count as missing, so that one odd field does not hide the others.

use serde_json::Value;

use super::json::{count, filled, flag, items, object, text};
use crate::gateway::{
    ActivityLevel, Connection, Direction, Fault, GanOverview, GatewayInfo, Health, LinkStatus, NodeRole,
    QuarantinedModule, Redundancy, RemoteGateway, SyncState, Trial, capped,
};

/// `GET /data/app/session` (fact sheet 2.1): the token that a session needs to change anything.
pub fn csrf_token(body: &[u8]) -> Result<String, Fault> {
    let token = filled(&object(body)?, "csrfToken");
    token.ok_or_else(|| Fault::Malformed("no csrfToken in it".to_owned()))
}

/// `GET /redundancy` (fact sheet 2.2).
pub fn redundancy(body: &[u8]) -> Result<Redundancy, Fault> {
    let value = object(body)?;
    Ok(Redundancy {
        role: text(&value, "role").map(|t| NodeRole::read(&t)),
        sync: text(&value, "projectState").map(|t| SyncState::read(&t)),
        activity: text(&value, "activityLevel").map(|t| ActivityLevel::read(&t)),
        local_id: filled(&value, "localId"),
        peer_connected: flag(&value, "peerConnected"),
        peer_id: filled(&value, "peerId"),
        sync_pending: flag(&value, "syncPending"),
        failover_pending: flag(&value, "failoverPending"),
        uptime_ms: count(&value, "uptime"),
    })
}

/// `GET /gateway-network/connections` (fact sheet 2.4).
pub fn connections(body: &[u8]) -> Result<Vec<Connection>, Fault> {
    let read = |value: &Value| Connection {
        remote: filled(value, "remoteGateway"),
        internal_id: filled(value, "internalId"),
        address: filled(value, "networkAddr"),
        role: filled(value, "redundantRole").map(|t| NodeRole::read(&t)),
        direction: filled(value, "direction").map(|t| Direction::read(&t)),
        status: filled(value, "status").map(|t| LinkStatus::read(&t)),
        last_error: filled(value, "lastError"),
        fault_count: count(value, "faultCount"),
    };
    Ok(items(body)?.iter().map(read).collect())
}

/// `GET /gateway-network/gateways` (fact sheet 2.4).
pub fn gateways(body: &[u8]) -> Result<Vec<RemoteGateway>, Fault> {
    let read = |value: &Value| RemoteGateway {
        server_id: filled(value, "serverId"),
        name: filled(value, "name"),
        connected: text(value, "status").map(|t| t.eq_ignore_ascii_case("Connected")),
    };
    Ok(items(body)?.iter().map(read).collect())
}

/// `GET /overview/gan` (fact sheet 2.3).
pub fn gan(body: &[u8]) -> Result<GanOverview, Fault> {
    let value = object(body)?;
    Ok(GanOverview { total: count(&value, "totalConnections"), running: count(&value, "runningConnections") })
}

/// `GET /gateway-info` (fact sheet 2.3).
pub fn info(body: &[u8]) -> Result<GatewayInfo, Fault> {
    let value = object(body)?;
    Ok(GatewayInfo {
        name: filled(&value, "name"),
        edition: text(&value, "edition"),
        version: filled(&value, "ignitionVersion"),
    })
}

/// `GET /trial` (fact sheet 2.3).
pub fn trial(body: &[u8]) -> Result<Trial, Fault> {
    let value = object(body)?;
    Ok(Trial {
        mode: filled(&value, "licenseMode"),
        state: filled(&value, "trialState"),
        seconds_left: count(&value, "trialSecondsLeft"),
        expired: flag(&value, "expired"),
    })
}

/// `GET /modules/quarantined` (fact sheet 2.3).
pub fn quarantined(body: &[u8]) -> Result<Vec<QuarantinedModule>, Fault> {
    let read = |value: &Value| QuarantinedModule {
        id: filled(value, "id"),
        name: filled(value, "name").or_else(|| filled(value, "id")).unwrap_or_else(|| "a module without a name".into()),
        reason: quarantine_reason(value),
    };
    Ok(items(body)?.iter().map(read).collect())
}

/// Why a module is held back: the reason, and what nobody accepted of it.
fn quarantine_reason(value: &Value) -> Option<String> {
    let refused = |key: &str, text: &str| (flag(value, key) == Some(false)).then(|| text.to_owned());
    let parts = [
        filled(value, "reason"),
        refused("certAccepted", "certificate not accepted"),
        refused("licenseAccepted", "licence not accepted"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// `GET /restart-tasks/pending` (fact sheet 2.3).
pub fn restarts(body: &[u8]) -> Result<Vec<String>, Fault> {
    match object(body)?.get("pending") {
        Some(Value::Array(tasks)) => Ok(tasks
            .iter()
            .take(1000)
            .map(|task| task.as_str().map_or_else(|| capped(&task.to_string()), capped))
            .collect()),
        _ => Err(Fault::Malformed("no list of pending tasks".to_owned())),
    }
}

/// `GET /resources/find/<module>/<type>/<name>`: how the connection is that the resource stands for (fact sheet 2.5).
pub fn health(body: &[u8]) -> Result<Health, Fault> {
    let value = object(body)?;
    let Some(result) = value.pointer("/healthchecks/status/result") else { return Ok(Health::default()) };
    Ok(Health { healthy: flag(result, "healthy"), message: filled(result, "message"), error: filled(result, "error") })
}

/// `localUUID` of `GET /gateway-network/connectionDetails/...` (fact sheet 2.4).
pub fn local_uuid(body: &[u8]) -> Result<String, Fault> {
    filled(&object(body)?, "localUUID").ok_or_else(|| Fault::Malformed("no localUUID in it".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_read_where_it_is_told() {
        let body =
            br#"{"name":"db","healthchecks":{"status":{"name":"status","result":{"healthy":false,"message":"Faulted",
            "error":"refused","time":1,"duration":2}}}}"#;
        let expected = Health { healthy: Some(false), message: Some("Faulted".into()), error: Some("refused".into()) };
        assert_eq!(health(body).unwrap(), expected);
        assert_eq!(health(br#"{"name":"db"}"#).unwrap(), Health::default());
        assert_eq!(health(br#"{"healthchecks":[]}"#).unwrap(), Health::default());
        assert!(health(b"[]").is_err());
    }

    #[test]
    fn redundancy_of_a_stand_alone_gateway() {
        let body =
            br#"{"role":"Independent","projectState":"Unknown","activityLevel":"Active","localId":"192.168.215.2",
            "peerConnected":false,"hasConfigAccess":true,"syncPending":false,"failoverPending":false,
            "uptime":460959,"lastSyncTimestamp":-1}"#;
        let expected = Redundancy {
            role: Some(NodeRole::Independent),
            sync: Some(SyncState::Unknown),
            activity: Some(ActivityLevel::Active),
            local_id: Some("192.168.215.2".into()),
            peer_connected: Some(false),
            peer_id: None,
            sync_pending: Some(false),
            failover_pending: Some(false),
            uptime_ms: Some(460_959),
        };
        assert_eq!(redundancy(body).unwrap(), expected);
    }

    #[test]
    fn odd_types_count_as_missing() {
        let seen =
            redundancy(br#"{"role":1,"peerConnected":"true","projectState":"Incompatible (Modules)","uptime":-1}"#);
        let seen = seen.unwrap();
        assert_eq!(seen.role, None);
        assert_eq!(seen.peer_connected, None, "a text is not a truth value");
        assert_eq!(seen.sync, Some(SyncState::ModulesIncompatible));
        assert_eq!(seen.uptime_ms, None);
        assert_eq!(redundancy(b"{}").unwrap(), Redundancy::default());
    }

    #[test]
    fn connections_with_and_without_an_envelope() {
        let item = r#"{"remoteGateway":"backend","internalId":"x1","networkAddr":"http://backend:8088",
            "redundantRole":"Master","direction":"Outgoing","lastComm":1,"faultCount":3,"lastError":"403 Forbidden",
            "status":"FAULTED","pingTime":2}"#;
        let bare = connections(format!("[{item}]").as_bytes()).unwrap();
        let wrapped = format!(r#"{{"items":[{item}],"metadata":{{"total":1,"matching":1,"limit":100,"offset":0}}}}"#);
        assert_eq!(connections(wrapped.as_bytes()).unwrap(), bare);
        let expected = Connection {
            remote: Some("backend".into()),
            internal_id: Some("x1".into()),
            address: Some("http://backend:8088".into()),
            role: Some(NodeRole::Master),
            direction: Some(Direction::Outgoing),
            status: Some(LinkStatus::Faulted),
            last_error: Some("403 Forbidden".into()),
            fault_count: Some(3),
        };
        assert_eq!(bare, [expected]);
    }

    #[test]
    fn a_list_that_is_not_whole_is_not_taken() {
        for body in [
            r#"{"items":[],"metadata":{"total":2,"matching":2}}"#,
            r#"{"items":[{}],"metadata":{"total":2}}"#,
            r#"{"items":{}}"#,
            r#"{"items":[1]}"#,
            r"{}",
            "null",
            "7",
        ] {
            assert!(matches!(connections(body.as_bytes()), Err(Fault::Malformed(_))), "{body}");
            assert!(matches!(quarantined(body.as_bytes()), Err(Fault::Malformed(_))), "{body}");
        }
    }

    #[test]
    fn known_gateways_and_ghosts() {
        let body = br#"{"items":[
            {"serverId":"_0:2:Ignition-Standard","name":"Ignition-Standard","status":"Connected"},
            {"serverId":"_0:0:Ignition-Edge1","name":"Ignition-Edge1","status":"NotConnected"},
            {"name":"x"}]}"#;
        let seen = gateways(body).unwrap();
        assert_eq!(seen.iter().map(|g| g.connected).collect::<Vec<_>>(), [Some(true), Some(false), None]);
        assert_eq!(seen[0].server_id.as_deref(), Some("_0:2:Ignition-Standard"));
    }

    #[test]
    fn overview_and_information() {
        let body = br#"{"totalConnections":0,"runningConnections":0,"outgoingByteRate":0.0,"incomingByteRate":0.0,"remoteGateways":0}"#;
        assert_eq!(gan(body).unwrap(), GanOverview { total: Some(0), running: Some(0) });
        let seen = info(br#"{"name":"demo","edition":"","ignitionVersion":"8.3.9 (b2026082511)"}"#).unwrap();
        assert_eq!(seen.name.as_deref(), Some("demo"));
        assert_eq!(seen.edition.as_deref(), Some(""));
        assert_eq!(seen.version.as_deref(), Some("8.3.9 (b2026082511)"));
    }

    #[test]
    fn the_recorded_trial() {
        let body = br#"{"licenseMode":"Trial","trialState":"AllInDemo","trialSecondsLeft":6823,"expired":false,
            "emergency":false,"emergencySecondsLeft":0,"development":false,"developmentSecondsLeft":0}"#;
        let expected = Trial {
            mode: Some("Trial".into()),
            state: Some("AllInDemo".into()),
            seconds_left: Some(6823),
            expired: Some(false),
        };
        assert_eq!(trial(body).unwrap(), expected);
    }

    #[test]
    fn modules_and_restarts() {
        let body =
            br#"[{"id":"com.x","name":"X","version":"1","certAccepted":false,"licenseAccepted":true,"reason":"cert"}]"#;
        let reason = Some("cert; certificate not accepted".to_owned());
        assert_eq!(
            quarantined(body).unwrap(),
            [QuarantinedModule { id: Some("com.x".into()), name: "X".into(), reason }]
        );
        let body = br#"{"items":[{"id":"com.x","licenseAccepted":false},{"id":"com.y"}]}"#;
        let (x, y) = (Some("licence not accepted".to_owned()), None);
        assert_eq!(quarantined(body).unwrap().into_iter().map(|m| m.reason).collect::<Vec<_>>(), [x, y]);
        assert!(quarantined(b"{\"items\":[]}").unwrap().is_empty());
        assert_eq!(
            restarts(br#"{"pending":["Module Enabled: com.test.test2"]}"#).unwrap(),
            ["Module Enabled: com.test.test2"]
        );
        assert_eq!(restarts(br#"{"pending":[{"a":1}]}"#).unwrap().len(), 1, "an odd task is still a task");
        assert!(restarts(b"{}").is_err(), "no list is not an empty list");
    }

    #[test]
    fn the_identity_is_a_text() {
        assert_eq!(local_uuid(br#"{"localUUID":"u"}"#).unwrap(), "u");
        assert!(local_uuid(br#"{"localUUID":""}"#).is_err());
    }
}
