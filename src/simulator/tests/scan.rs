//! Files put onto the disk of a running gateway, and the scans that find them (fact sheet 2.3, 3.4).

use std::time::Duration;

use serde_json::{Value, json};

use super::resources::Person;
use super::world::{Sim, eventually};

#[test]
fn files_changed_by_hand_count_after_a_scan() {
    let hub = Sim::new("hub").open().started();
    let sim = Sim::new("box").started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    let before = me.get("/scan/config").json();
    assert_eq!(before["scanActive"], false);
    sim.seed(
        "core/ignition/gateway-network-outgoing/hub",
        &json!({"host": "127.0.0.1", "port": hub.port, "useSSL": false}),
    );
    let find = "/resources/find/ignition/gateway-network-outgoing/hub";
    assert_eq!(me.get(find).status, 404, "not before the scan");
    let after = me.call("POST", "/scan/config", &Value::Null).json();
    assert!(
        after["lastScanTimestamp"].as_u64() >= before["lastScanTimestamp"].as_u64()
            && after["lastScanDuration"].is_u64()
    );
    assert_eq!(me.get(find).status, 200);
    let properties = json!({"systemName": "by-hand"});
    sim.seed("core/ignition/system-properties", &properties);
    sim.put("config/resources/core/ignition/gateway-network-outgoing/bad/resource.json", "{");
    assert_eq!(me.call("POST", "/scan/config", &Value::Null).status, 200);
    eventually("renamed", || sim.info(&["PlatformName=by-hand"]));
    assert!(sim.logged("gateway-network-outgoing/bad is not loaded"));
    fs_err::remove_dir_all(sim.dir.path().join("config/resources/core/ignition/gateway-network-outgoing/hub")).unwrap();
    me.call("POST", "/scan/config", &Value::Null);
    assert_eq!(me.get(find).status, 404);
    assert_eq!(me.call("POST", "/scan/projects", &Value::Null).json()["scanActive"], false);
}

#[test]
fn a_scan_lock_is_taken_shown_and_given_back_by_the_next_scan() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    let none = me.get("/scan-lock/config");
    assert_eq!((none.status, none.body.as_str()), (204, ""));
    let times = json!({"acquireTimeout": 10, "holdTimeout": 60});
    let taken = me.call("POST", "/scan-lock/config", &times);
    assert_eq!(taken.status, 200);
    let lock = taken.json();
    assert_eq!(lock["actor"], "admin");
    assert!(
        lock["timestamp"].is_u64() && lock["remaining"].as_u64().is_some_and(|s| s <= Duration::from_mins(1).as_secs())
    );
    assert_eq!(me.call("POST", "/scan-lock/config", &times).status, 409, "held by the caller already");
    assert_eq!(me.get("/scan-lock/config").json()["actor"], "admin");
    assert_eq!(me.get("/scan-lock/projects").status, 204);
    assert_eq!(me.call("POST", "/scan/config", &Value::Null).status, 200);
    assert_eq!(me.get("/scan-lock/config").status, 204);
    assert_eq!(me.call("POST", "/scan-lock/config", &json!({"acquireTimeout": -1})).status, 400);
}
