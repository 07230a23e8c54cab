//! What a backup takes from its master, what stays its own, and what is told about it.

use serde_json::{Value, json};

use super::pair::{BACKUP_COLD, backup, healthy, master};
use super::resources::Person;
use super::world::{PASSWORD, Sim, eventually};

fn file(sim: &Sim, path: &str) -> Option<String> {
    fs_err::read_to_string(sim.dir.path().join(path)).ok()
}

const CORE: &str = "config/resources/core/ignition/tag-provider/plant";

#[test]
fn the_backup_gets_its_masters_projects_and_configuration_and_keeps_what_is_local() {
    let m = master(&[]);
    m.seed(CORE, &json!({"from": "master"}));
    m.put("config/resources/core/config-mode.json", "{}");
    m.put("projects/line/project.json", "{\"title\":\"line\"}");
    let big = "0123456789".repeat(50_000);
    m.put("projects/line/com.inductiveautomation.vision/windows/big/resource.bin", &big);
    m.put("config/resources/local/ignition/x/config.json", "master");
    let m = m.started();
    let b = backup(&m, &[]);
    b.put("projects/own/project.json", "{}");
    b.put("config/resources/local/ignition/x/config.json", "backup");
    let b = b.started();
    healthy(&m, &b);
    assert_eq!(file(&b, "projects/line/project.json").as_deref(), Some("{\"title\":\"line\"}"));
    assert_eq!(file(&b, "projects/line/com.inductiveautomation.vision/windows/big/resource.bin"), Some(big));
    assert_eq!(file(&b, "projects/own/project.json"), None);
    assert_eq!(file(&b, &format!("{CORE}/config.json")), file(&m, &format!("{CORE}/config.json")));
    assert_eq!(file(&b, "config/resources/local/ignition/x/config.json").as_deref(), Some("backup"));
    let uuid = "config/local/ignition/gateway-network/uuid.txt";
    assert_ne!(file(&b, uuid), file(&m, uuid));
    assert!(file(&b, "redundancy.xml").unwrap().contains("Backup"));
    assert_eq!(b.api("/redundancy")["hasConfigAccess"], false);
    assert_eq!(m.api("/redundancy")["hasConfigAccess"], true);
    for text in [
        "Will perform full pull. Reason: redundant provider on local side has no data.",
        "Performing full sync...",
        "Full sync complete...",
    ] {
        assert!(b.logged(text), "{text}");
    }
}

#[test]
fn a_resource_changed_over_rest_on_the_master_reaches_the_backup() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).started();
    healthy(&m, &b);
    let me = Person::log_in(&m);
    let config = json!({"host": "127.0.0.1", "port": 1, "useSSL": false});
    let route = "/resources/ignition/gateway-network-outgoing";
    let signature = me.change("POST", route, &json!([{"name": "far", "collection": "core", "config": config}]));
    let find = "/resources/find/ignition/gateway-network-outgoing/far";
    let seen = || Person::log_in(&b).get(find);
    eventually("it is there and means the same", || {
        let seen = seen();
        seen.status == 200 && seen.json()["signature"] == json!(signature)
    });
    eventually("the backup dials as well", || {
        b.api("/gateway-network/connections")["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["networkAddr"] == "127.0.0.1:1")
    });
    eventually("good again", || b.info(&BACKUP_COLD));
    me.change("DELETE", &format!("{route}/far/{signature}"), &Value::Null);
    eventually("it is gone", || seen().status == 404);
}

#[test]
fn later_changes_of_the_master_reach_the_backup() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).started();
    healthy(&m, &b);
    m.put("projects/new/project.json", "1");
    eventually("the project is there", || file(&b, "projects/new/project.json").as_deref() == Some("1"));
    eventually("in between it was out of date", || b.logged("Project state=OutOfDate"));
    eventually("good again", || b.info(&BACKUP_COLD));
    m.put("projects/new/project.json", "2");
    eventually("the change is there", || file(&b, "projects/new/project.json").as_deref() == Some("2"));
    fs_err::remove_dir_all(m.dir.path().join("projects/new")).unwrap();
    eventually("it is gone", || !b.dir.path().join("projects/new").exists());
    healthy(&m, &b);
}

#[test]
fn a_failing_pull_is_tried_again_and_told() {
    let m = master(&[]).started();
    let b = backup(&m, &[("sync.timeoutSecs", "1")]);
    b.put("projects", "a file in the way");
    let b = b.started();
    for n in [2, 1, 0] {
        let text = format!("Error executing redundant state sync. {n} attempt(s) remaining");
        eventually("the log counts down", || b.logged(&text));
    }
    eventually("out of date", || b.info(&["RedundantState=OutOfDate"]));
    assert_eq!(b.api("/redundancy")["syncPending"], true);
    let told = b.api("/redundancy/providers")["items"][0]["lastSyncError"].to_string();
    assert!(told.contains("projects"), "{told}");
    fs_err::remove_file(b.dir.path().join("projects")).unwrap();
    healthy(&m, &b);
}

#[test]
fn either_node_can_be_asked_to_synchronize_anew() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).started();
    healthy(&m, &b);
    let last = || b.api("/redundancy")["lastSyncTimestamp"].as_u64().unwrap();
    for sim in [&b, &m] {
        let before = last();
        let cookie = sim.login(PASSWORD).unwrap();
        let answer = sim.write_as(&cookie, "POST", "/redundancy/gwaction/resync", "");
        assert!(answer.status == 200 && answer.json()["resync_state"].is_string());
        assert_eq!(sim.write_as(&cookie, "POST", "/redundancy/resync", "").status, 404);
        eventually("a later pull", || last() > before && b.info(&BACKUP_COLD));
    }
}

#[test]
fn events_and_providers_have_the_documented_shapes() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).started();
    healthy(&m, &b);
    let items = b.api("/redundancy/events")["items"].as_array().unwrap().clone();
    let full = items.iter().find(|e| e["message"] == "Full sync complete...").unwrap();
    for key in ["timestamp", "loggerName", "level", "message", "marker", "sourceLocation"] {
        assert!(full.get(key).is_some(), "{key}");
    }
    assert!(full["loggerName"].as_str().unwrap().starts_with("Redundancy."));
    assert!(full["properties"].get("redundant-provider").is_some());
    assert!(items.iter().any(|e| {
        e["message"]
            .as_str()
            .unwrap()
            .starts_with("Peer node information has been updated: RedundancyNode(address=127.0.0.1,")
    }));
    let last = items.last().unwrap()["timestamp"].as_u64().unwrap();
    assert_eq!(b.api(&format!("/redundancy/events?timestamp={}", last + 60_000))["items"], json!([]));
    let provider = &b.api("/redundancy/providers")["items"][0];
    for key in [
        "name",
        "friendlyName",
        "pendingUpdates",
        "queuedUpdatesPerSec",
        "dispatchedUpdatesPerSec",
        "lastPullTimestamp",
        "lastPullDuration",
        "lastApplyDuration",
        "lastSyncError",
        "status",
        "hashcode",
    ] {
        assert!(provider.get(key).is_some(), "{key}");
    }
    let hash = |sim: &Sim| sim.api("/redundancy/providers")["items"][0]["hashcode"].clone();
    eventually("both have the same", || hash(&b) == hash(&m) && hash(&m) != "0000000000000000");
}

#[test]
fn edge_pairs_only_with_edge() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).set("IGNITION_EDITION", "edge").started();
    eventually("incompatible", || b.info(&["RedundantState=Incompatible", "RedundantNodeActiveStatus=Cold"]));
    assert_eq!(b.api("/redundancy")["projectState"], "Incompatible (Edition)");
    assert_eq!(b.api("/overview")["redundancy"]["projectState"], "Edition_Incompatible");
    for sim in [&m, &b] {
        eventually("the log says why", || sim.logged("Edge pairs only with Edge"));
        let connections = sim.api("/gateway-network/connections").to_string();
        assert!(connections.contains("Edge pairs only with Edge"), "{connections}");
    }
    assert_eq!(b.api("/redundancy")["lastSyncTimestamp"], -1);
    let m = master(&[]).set("IGNITION_EDITION", "edge").started();
    let b = backup(&m, &[]).set("IGNITION_EDITION", "edge").started();
    healthy(&m, &b);
}
