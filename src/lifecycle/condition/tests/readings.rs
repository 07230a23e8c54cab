//! Where nobody knows how a gateway puts something (fact sheet 10), every way of putting it is judged alike. From the bytes of an
//! answer to the verdict, so that no step between knows only one of them.

use serde_json::{Value, json};

use super::*;
use crate::gateway::*;

/// Judges the healthy stack with some of one gateway's answers replaced by other bytes.
fn judged(gateway: &str, answers: &[(&str, String)]) -> Vec<Check> {
    let mut world = scale_out();
    for (path, body) in answers {
        let sighting = world.see(gateway);
        let body = body.as_bytes();
        match *path {
            "StatusPing" => sighting.ping = parse::ping(body).into(),
            "gwinfo" => sighting.gwinfo = parse::gwinfo(body).into(),
            "redundancy" => sighting.redundancy = parse::redundancy(body).into(),
            "connections" => sighting.connections = parse::connections(body).into(),
            "gateways" => sighting.gateways = parse::gateways(body).into(),
            other => panic!("{other}"),
        }
    }
    world.judge()
}

/// Every one of these bodies leaves the healthy stack healthy.
fn all_healthy(gateway: &str, path: &str, bodies: &[String]) {
    for body in bodies {
        assert_eq!(unsettled(&judged(gateway, &[(path, body.clone())])), [""; 0], "{body}");
    }
}

fn gwinfo(redundancy: &str) -> String {
    format!("ContextStatus=RUNNING;PlatformName=backend;Version=8.3.9;PlatformEdition=;{redundancy}RequireSsl=false;")
}

/// 10.1: neither the keys nor their order are completely known.
#[test]
fn gwinfo_in_any_order_and_with_keys_that_nobody_knows() {
    all_healthy(
        "backend",
        "gwinfo",
        &[
            gwinfo("RedundancyStatus=Master;RedundantState=Good;RedundantNodeActiveStatus=Active;"),
            gwinfo("RedundantNodeActiveStatus=Active;Detail=;RedundantState=Good;Port=8088;RedundancyStatus=Master;"),
            gwinfo(
                "RedundancyStatus=Master;RedundantState=Good;RedundantNodeActiveStatus=Active;RedundantBackupAddresses=a,b;",
            ),
            gwinfo(
                "RedundancyStatus=Master;RedundantState=Good;RedundantNodeActiveStatus=Active;RedundantBackupAddresses=;",
            ),
        ],
    );
}

/// 1.3: both forms of a gateway that stands alone were handled by those who met it.
#[test]
fn an_independent_gateway_with_and_without_the_keys_of_redundancy() {
    let named = |more: &str| gwinfo(more).replace("PlatformName=backend", "PlatformName=frontend-1");
    let bodies = [
        named(""),
        named("RedundancyStatus=Independent;"),
        named("RedundancyStatus=Independent;RedundantState=Good;RedundantNodeActiveStatus=Active;"),
        named("RedundancyStatus=Independent;RedundantState=Unknown;RedundantNodeActiveStatus=Active;"),
    ];
    all_healthy("frontend-1", "gwinfo", &bodies);
    // In a pair the same answer is none.
    let checks = judged("backend", &[("gwinfo", gwinfo("RedundancyStatus=Independent;"))]);
    assert_eq!(cause(find(&checks, "backend", Condition::Role)), Some(Cause::RoleIndependent));
}

/// 10.2: how gwinfo and the display text spell the two long words.
#[test]
fn every_spelling_of_an_incompatible_pair_names_the_same_cause() {
    let table = [
        (Cause::IncompatibleModules, ["Modules_Incompatible", "Incompatible (Modules)", "MODULES_INCOMPATIBLE"]),
        (Cause::IncompatibleEditions, ["Edition_Incompatible", "Incompatible (Edition)", "EDITION_INCOMPATIBLE"]),
        (Cause::IncompatibleVersions, ["Incompatible", "incompatible", "INCOMPATIBLE"]),
    ];
    for (expected, spellings) in table {
        for (rest, public) in spellings.iter().flat_map(|rest| spellings.iter().map(move |p| (*rest, *p))) {
            for public in [public, "Incompatible"] {
                let public =
                    gwinfo(&format!("RedundancyStatus=Backup;RedundantState={public};RedundantNodeActiveStatus=Cold;"));
                let rest = redundancy("Backup", rest, "Cold", &json!({}));
                let checks = judged("backend-backup", &[("gwinfo", public.clone()), ("redundancy", rest.clone())]);
                let check = find(&checks, "backend-backup", Condition::SyncState);
                assert!(is_pending(check), "{public} {rest}");
                assert_eq!(cause(check), Some(expected), "{public} {rest}");
            }
        }
    }
}

/// 10.3: what `StatusPing` says of a gateway that will not come up, or goes.
#[test]
fn no_body_of_a_faulted_or_stopping_gateway_counts_as_running() {
    for body in [
        r#"{"state":"FAULTED"}"#,
        r#"{"state":"Faulted","details":null}"#,
        r#"{"state":"FAULTED","details":"core exists but is not empty"}"#,
        r#"{"state":"RUNNING","details":"FAULTED"}"#,
        r#"{"state":"ERROR"}"#,
        r#"{"state":"STOPPING"}"#,
        r#"{"state":"stopping","details":""}"#,
        r#"{"state":"STOPPED"}"#,
        r#"{"state":"RUNNING","details":{"context":"STOPPING"}}"#,
    ] {
        let checks = judged("frontend-1", &[("StatusPing", body.to_owned())]);
        let running = find(&checks, "frontend-1", Condition::Running);
        assert!(!running.verdict.is_settled() || is_failed(running), "{body}: {:?}", running.verdict);
        assert_ne!(running.verdict, Verdict::Met, "{body}");
        let faulted = body.to_ascii_uppercase().contains("\"STATE\":\"FAULTED\"");
        assert_eq!(is_failed(running), faulted, "{body}");
    }
    // Or the state comes with a status of its own, and nothing is read.
    let mut world = scale_out();
    world.see("frontend-1").ping = Seen::Failed(Fault::Status(503));
    assert_ne!(find(&world.judge(), "frontend-1", Condition::Running).verdict, Verdict::Met);
}

/// `/redundancy` of a node, with keys added or, by `null`, left out.
fn redundancy(role: &str, sync: &str, level: &str, change: &Value) -> String {
    let mut body = json!({
        "role": role, "projectState": sync, "activityLevel": level, "localId": "172.18.0.44", "peerConnected": true,
        "peerId": "172.18.0.45", "hasConfigAccess": true, "syncPending": false, "failoverPending": false,
        "uptime": 460_959, "lastSyncTimestamp": 1_756_100_000_000_u64,
    });
    let map = body.as_object_mut().unwrap();
    for (key, value) in change.as_object().unwrap() {
        map.insert(key.clone(), value.clone());
    }
    map.retain(|_, value| !value.is_null());
    body.to_string()
}

/// 2.2, 10.11, 10.25: `peerId` may be missing, the unit of the last sync and what decides about access are not known.
#[test]
fn the_last_sync_in_any_unit_and_a_peer_with_and_without_an_id() {
    let changes = [
        json!({}),
        json!({"peerId": null}),
        json!({"peerId": ""}),
        json!({"lastSyncTimestamp": -1}),
        json!({"lastSyncTimestamp": 1_756_100_000}),
        json!({"lastSyncTimestamp": "2026-08-25T11:12:13Z"}),
        json!({"lastSyncTimestamp": null}),
        json!({"hasConfigAccess": false}),
        json!({"hasConfigAccess": null, "syncTimoutSecs": 60}),
    ];
    let bodies = changes.map(|change| redundancy("Master", "Good", "Active", &change));
    all_healthy("backend", "redundancy", &bodies);
}

/// 10.10: the words of connections, their letter case, and the form of an address.
#[test]
fn connections_in_every_letter_case_and_form_of_address() {
    let connections = |status: &str, direction: &str, roles: [&str; 2], address: &dyn Fn(&str) -> String| {
        let items: Vec<Value> = ["backend", "backend-backup"]
            .into_iter()
            .zip(roles)
            .map(|(host, role)| {
                json!({"remoteGateway": "backend", "internalId": host, "networkAddr": address(host),
                       "redundantRole": role, "direction": direction, "status": status, "faultCount": 0})
            })
            .collect();
        json!({"items": items, "metadata": {"total": 2, "matching": 2, "limit": 100, "offset": 0}}).to_string()
    };
    let forms: [&dyn Fn(&str) -> String; 3] =
        [&|h| format!("http://{h}:8088"), &|h| format!("{h}:8088"), &|h| format!("http://{h}:8088/system")];
    for status in ["Running", "RUNNING", "running"] {
        for direction in ["Outgoing", "OUTGOING", "outgoing"] {
            for roles in [["Master", "Backup"], ["MASTER", "BACKUP"], ["", ""], ["Independent", "Independent"]] {
                let bodies = forms.map(|form| connections(status, direction, roles, form));
                all_healthy("frontend-1", "connections", &bodies);
            }
        }
    }
    for status in ["FAULTED", "Faulted", "faulted", "Defined_NeverConnected", "Connecting", "NotRunning"] {
        let body = connections(status, "Outgoing", ["Master", "Backup"], &|h| format!("{h}:8088"));
        let checks = judged("frontend-1", &[("connections", body)]);
        assert!(is_pending(link(&checks, Condition::LinkRunning, "frontend-1", "backend")), "{status}");
    }
}

/// 2.4: a backup would be `_0:1:`, and it may be listed under its own name, its master's, or not at all.
#[test]
fn a_pair_in_the_list_of_gateways_however_it_is_listed() {
    let entry = |id: &str, name: &str, status: &str| json!({"serverId": id, "name": name, "status": status});
    let master = entry("_0:2:backend", "backend", "Connected");
    let lists = [
        vec![master.clone()],
        vec![master.clone(), entry("_0:1:backend", "backend-Backup", "Connected")],
        vec![master.clone(), entry("_0:1:backend-Backup", "backend-Backup", "connected")],
        vec![master.clone(), entry("_0:1:backend", "backend", "CONNECTED")],
        // Of a pair the half that is there will do.
        vec![entry("_0:1:backend", "backend-Backup", "Connected"), entry("_0:2:backend", "backend", "NotConnected")],
        vec![json!({"serverId": "_0:2:backend", "status": "Connected"})],
        vec![json!({"name": "backend", "status": "Connected"}), entry("_0:0:old", "old", "NotConnected")],
    ];
    let bodies = lists.map(|items| json!({"items": items}).to_string());
    all_healthy("frontend-1", "gateways", &bodies);
    let gone = json!({"items": [entry("_0:2:backend", "backend", "NotConnected")]}).to_string();
    let checks = judged("frontend-1", &[("gateways", gone)]);
    assert!(checks.iter().any(is_pending), "{checks:?}");
}

/// 10.17: a gateway that was never configured has a `redundancy.xml` that says so, or none; either way it says `Independent`, and
/// that is what a pair is not.
#[test]
fn a_node_without_a_role_is_noticed_however_it_puts_that() {
    for body in
        [gwinfo("RedundancyStatus=Independent;RedundantState=Good;RedundantNodeActiveStatus=Active;"), gwinfo("")]
    {
        let rest = redundancy("Independent", "Unknown", "Active", &json!({"peerConnected": false, "peerId": null}));
        let checks = judged("backend", &[("gwinfo", body.clone()), ("redundancy", rest)]);
        assert_eq!(cause(find(&checks, "backend", Condition::Role)), Some(Cause::RoleIndependent), "{body}");
    }
}

/// 10.16: a link over TLS comes up after its certificate was approved, at once or after a restart: until then it is waited for.
#[test]
fn a_certificate_that_waits_for_approval_is_waited_for() {
    for (error, expected) in [
        ("No approved certificate could be found in the certificates folder!", Cause::LinkCertificate),
        ("the trustAnchors parameter must be non-empty", Cause::LinkTrustEmpty),
        ("Received fatal alert: certificate_unknown", Cause::LinkCertificateRefused),
    ] {
        let mut world = scale_out();
        let connection = &mut world.connections("frontend-1")[0];
        (connection.status, connection.last_error) = (Some(LinkStatus::Faulted), Some(error.into()));
        let checks = world.judge();
        let check = link(&checks, Condition::LinkRunning, "frontend-1", "backend");
        assert_eq!((is_pending(check), cause(check)), (true, Some(expected)), "{error}");
        // An attempt comes every 30 s, a restart takes up to a minute (fact sheet 5.3).
        let hopeless = check.verdict.reason().unwrap().hopeless_after;
        assert!(hopeless.is_none_or(|time| time >= std::time::Duration::from_mins(1)), "{error}");
    }
}

/// 10.21: with whatever code a gateway ends, it has ended.
#[test]
fn every_exit_code_is_an_end() {
    for code in (0..=255).map(Some).chain([None, Some(-1)]) {
        let mut world = scale_out();
        world.member("backend").state = crate::engine::ContainerState::Exited { code };
        let checks = world.judge();
        assert!(is_failed(find(&checks, "backend", Condition::Reachable)), "{code:?}");
    }
}
