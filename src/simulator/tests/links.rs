//! Gateway network connections between gateways that stand alone.

use super::world::{PASSWORD, Sim, eventually, free_port};
use crate::simulator::knobs;

/// `(remoteGateway, direction, status, lastError)` of every connection.
pub(super) fn connections(sim: &Sim) -> Vec<(String, String, String, String)> {
    let answer = sim.api("/gateway-network/connections");
    let text = |v: &serde_json::Value, key: &str| v[key].as_str().unwrap().to_owned();
    let items = answer["items"].as_array().unwrap().iter();
    items.map(|c| (text(c, "remoteGateway"), text(c, "direction"), text(c, "status"), text(c, "lastError"))).collect()
}

pub(super) fn one_running(sim: &Sim, remote: &str, direction: &str) -> bool {
    sim.running() && connections(sim).contains(&(remote.into(), direction.into(), "Running".into(), String::new()))
}

#[test]
fn an_open_gateway_lets_a_plain_link_in_and_both_ends_show_it() {
    let hub = Sim::new("hub").args("-n hub").open().started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).started();
    eventually("outgoing runs", || one_running(&spoke, "hub", "Outgoing"));
    eventually("incoming runs", || one_running(&hub, "spoke", "Incoming"));
    let gateways = hub.api("/gateway-network/gateways");
    assert_eq!(gateways["items"][0]["serverId"], "_0:0:spoke");
    assert_eq!(gateways["items"][0]["status"], "Connected");
    assert_eq!(gateways["items"][0]["remoteVersion"], "8.3.9");
    assert_eq!(spoke.api("/overview/gan")["runningConnections"], 1);
    let outgoing = &spoke.api("/gateway-network/connections")["items"][0];
    assert_eq!(outgoing["networkAddr"], format!("127.0.0.1:{}", hub.port));
    let id = outgoing["internalId"].as_str().unwrap();
    let details = spoke.api(&format!("/gateway-network/connectionDetails/{id}/hub"));
    let uuid =
        std::fs::read_to_string(spoke.dir.path().join("config/local/ignition/gateway-network/uuid.txt")).unwrap();
    assert_eq!(details["localUUID"], uuid.trim());
    assert_eq!(
        (&details["serverId"], &details["status"]),
        (&serde_json::json!("_0:0:hub"), &serde_json::json!("Running"))
    );
    eventually("a ping is measured", || {
        spoke.api("/gateway-network/connections")["items"][0]["pingTime"].as_i64().is_some_and(|ms| ms >= 0)
    });
    assert!(spoke.logged("changed to Running") && spoke.logged("'hub'"));
    assert!(spoke.logged("Ping to remote machine was successful"));
    // The other end says it in its own time.
    eventually("the hub warns", || hub.logged("rendering Gateway Network connections insecure"));
}

#[test]
fn the_default_policy_answers_403() {
    let hub = Sim::new("hub").started();
    hub.wait_running();
    let spoke = Sim::new("spoke").link(0, hub.port).started();
    let expected = "UpgradeException: 403 Forbidden";
    eventually("faulted with 403", || {
        spoke.running() && connections(&spoke).iter().any(|c| c.2 == "Faulted" && c.3 == expected)
    });
    assert!(spoke.logged(expected));
    assert!(connections(&hub).is_empty());
}

#[test]
fn an_unknown_gateway_waits_for_approval_and_a_file_admits_it() {
    let mut hub = Sim::new("hub").set("GATEWAY_NETWORK_REQUIRESSL", "false").started();
    let uuid = "6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11";
    let spoke = Sim::new("spoke").args("-n Edge1").link(0, hub.port);
    spoke.put("config/local/ignition/gateway-network/uuid.txt", uuid);
    let spoke = spoke.started();
    let path = hub
        .dir
        .path()
        .join(format!("config/resources/core/ignition/gateway-network-incoming/edge1_{uuid}/config.json"));
    eventually("an entry waits", || path.exists());
    let entry = fs_err::read_to_string(&path).unwrap();
    assert!(entry.contains("PendingApproval") && entry.contains(&format!("edge1|{uuid}")));
    assert!(!one_running(&spoke, "Ignition-hub", "Outgoing"));
    hub.stop();
    fs_err::write(&path, entry.replace("PendingApproval", "Approved")).unwrap();
    hub.start();
    eventually("the approved gateway is in", || one_running(&spoke, "Ignition-hub", "Outgoing"));
}

#[test]
fn a_link_comes_back_when_the_remote_does() {
    let mut hub = Sim::new("hub").open().started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).started();
    eventually("up", || one_running(&spoke, "Ignition-hub", "Outgoing"));
    hub.kill();
    eventually("down", || connections(&spoke)[0].2 != "Running");
    assert_eq!(spoke.api("/gateway-network/gateways")["items"][0]["status"], "NotConnected");
    hub.start();
    eventually("up again", || one_running(&spoke, "Ignition-hub", "Outgoing"));
    eventually("seen from there", || one_running(&hub, "spoke", "Incoming"));
}

#[test]
fn a_frozen_remote_is_found_by_its_silence_and_forgiven_when_it_thaws() {
    let hub = Sim::new("hub").open();
    let settings = serde_json::json!({"incomingPingRateMillis": 50, "incomingPingMaxMissed": 5});
    hub.seed("external/ignition/gateway-network-settings", &settings);
    let hub = hub.started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).started();
    eventually("up", || one_running(&spoke, "Ignition-hub", "Outgoing"));
    let thaw = hub.freeze();
    eventually("the dialler notices", || connections(&spoke)[0].2 != "Running");
    drop(thaw);
    eventually("up again", || one_running(&spoke, "Ignition-hub", "Outgoing"));
    let thaw = spoke.freeze();
    eventually("the accepting side notices", || connections(&hub).iter().all(|c| c.2 == "Faulted"));
    drop(thaw);
    eventually("up once more", || one_running(&hub, "spoke", "Incoming"));
}

#[test]
fn a_remote_that_starts_is_retried() {
    let hub = Sim::new("hub").open().set(knobs::STARTING_MS, "700").started();
    let spoke = Sim::new("spoke").link(0, hub.port).started();
    eventually("503 is seen", || spoke.logged("503 Service Unavailable"));
    eventually("up", || one_running(&spoke, "Ignition-hub", "Outgoing"));
    assert!(spoke.login(PASSWORD).is_some());
}

#[test]
fn two_gateways_of_one_identity_disturb_each_other() {
    let hub = Sim::new("hub").open().started();
    let twin = |name: &str| {
        let sim = Sim::new(name).link(0, hub.port);
        sim.put("config/local/ignition/gateway-network/uuid.txt", "6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11");
        sim.started()
    };
    let (first, second) = (twin("first"), twin("second"));
    let disturbed = |sim: &Sim| {
        let answer = sim.api("/gateway-network/connections");
        answer["items"][0]["faultCount"].as_u64().is_some_and(|n| n > 1)
    };
    for sim in [&first, &second] {
        sim.wait_running();
        eventually("the twin is thrown out again and again", || disturbed(sim));
    }
}

#[test]
fn a_gateway_without_network_neither_dials_nor_answers() {
    let off = Sim::new("off").open().set("GATEWAY_NETWORK_ENABLED", "false").link(0, free_port()).started();
    off.wait_running();
    assert!(connections(&off).is_empty());
    let other = Sim::new("other").link(0, off.port).started();
    eventually("403", || other.logged("UpgradeException: 403 Forbidden"));
    assert!(off.logged("the gateway network is disabled"));
}
