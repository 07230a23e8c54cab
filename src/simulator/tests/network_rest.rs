//! The gateway network's REST routes on whole gateways (fact sheet 2.4), and links that must be reset.

use serde_json::json;

use super::links::{connections, one_running};
use super::world::{Sim, eventually, free_port, request};
use crate::simulator::knobs;

fn linked() -> (Sim, Sim) {
    let hub = Sim::new("hub").args("-n hub").open().started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port);
    let spoke = spoke.set("GATEWAY_NETWORK_0_DESCRIPTION", "to the hub").started();
    eventually("up", || one_running(&spoke, "hub", "Outgoing") && one_running(&hub, "spoke", "Incoming"));
    (hub, spoke)
}

#[test]
fn a_connections_details_tell_its_story() {
    let (hub, spoke) = linked();
    let id = spoke.api("/gateway-network/connections")["items"][0]["internalId"].as_str().unwrap().to_owned();
    let details = spoke.api(&format!("/gateway-network/connectionDetails/{id}/hub"));
    assert_eq!(details["remoteId"], format!("hub|{}", hub.uuid()));
    assert_eq!((&details["description"], &details["serverId"]), (&json!("to the hub"), &json!("_0:0:hub")));
    let events = details["connectionEvents"].as_array().unwrap();
    let last = events.last().unwrap();
    assert_eq!(last["status"], "Running");
    assert!(last["timestamp"].as_u64().unwrap() > 1_600_000_000_000);
    let cookie = spoke.login(super::world::PASSWORD).unwrap();
    let missing =
        spoke.request("GET", "/data/api/v1/gateway-network/connectionDetails/none/hub", &[("Cookie", &cookie)], "");
    assert_eq!(missing.unwrap().status, 404);
}

#[test]
fn the_diagram_shows_neighbours_and_the_crawler_their_faults() {
    let (hub, spoke) = linked();
    let diagram = spoke.api("/gateway-network/livediagram");
    assert_eq!((&diagram["localGatewayName"], &diagram["redundantRole"]), (&json!("spoke"), &json!("Independent")));
    let neighbour = &diagram["connections"][0];
    assert_eq!((&neighbour["systemName"], &neighbour["ssl"]), (&json!("hub"), &json!("false")));
    assert_eq!(neighbour["connectionStatus"], "Running");
    assert!(neighbour.get("faultCount").is_none());
    assert_eq!(hub.api("/gateway-network/crawler?ignoreCrawlerCache=true")["connections"][0]["faultCount"], 0);
}

#[test]
fn queues_are_paused_and_resumed_and_a_remote_is_tested() {
    let (_hub, spoke) = linked();
    let paused = || {
        let detail = spoke.api("/gateway-network/gatewayDetail/_0:0:hub");
        assert_eq!(detail["name"], "hub");
        let queues = detail["queues"].as_array().unwrap().clone();
        assert_eq!(queues.len(), 5);
        queues.iter().find(|q| q["queueId"] == "longWaitQueue").unwrap()["paused"].clone()
    };
    let act = |method: &str, route: &str| spoke.act(method, &format!("/gateway-network/{route}"), "").status;
    assert_eq!(paused(), false);
    assert_eq!(act("PUT", "pauseQueue/_0:0:hub/longWaitQueue"), 200);
    assert_eq!(paused(), true);
    assert_eq!(act("PUT", "resumeQueue/_0:0:hub/longWaitQueue"), 200);
    assert_eq!(paused(), false);
    assert_eq!(act("DELETE", "cancelQueueTasks/_0:0:hub/_default_"), 200);
    assert_eq!(act("PUT", "pauseQueue/_0:0:hub/none"), 404);
    assert_eq!(act("POST", "diagnostics/testConnectionToServer/_0:0:hub"), 200);
    assert_eq!(act("POST", "diagnostics/testConnectionToServer/_0:0:none"), 404);
    assert_eq!(spoke.api("/gateway-network/diagnostics/getRemoteServerIds"), json!(["_0:0:hub"]));
}

#[test]
fn a_reset_dials_anew_from_either_side() {
    let (hub, spoke) = linked();
    let events = |sim: &Sim, remote: &str| {
        let id = sim.api("/gateway-network/connections")["items"][0]["internalId"].as_str().unwrap().to_owned();
        let details = sim.api(&format!("/gateway-network/connectionDetails/{id}/{remote}"));
        let all = details["connectionEvents"].as_array().unwrap().clone();
        all.iter().filter(|e| e["description"] == "reset by request").count()
    };
    assert_eq!(spoke.act("PUT", "/gateway-network-outgoing/reset/127.0.0.1", "").status, 200);
    eventually("up again", || events(&spoke, "hub") == 1 && one_running(&spoke, "hub", "Outgoing"));
    eventually("seen from there", || one_running(&hub, "spoke", "Incoming"));
    let name = format!("spoke_{}", spoke.uuid());
    assert_eq!(hub.act("PUT", &format!("/gateway-network-incoming/reset/{name}"), "").status, 200);
    eventually("and again", || events(&hub, "spoke") == 1 && one_running(&hub, "spoke", "Incoming"));
    assert_eq!(spoke.act("PUT", "/gateway-network-outgoing/reset/none", "").status, 404);
    assert_eq!(hub.act("PUT", "/gateway-network-incoming/reset/none", "").status, 404);
}

#[test]
fn a_stale_link_stays_down_until_it_is_reset() {
    let mut hub = Sim::new("hub").args("-n hub").open().started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).set(knobs::STALE_LINKS, "true").started();
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    hub.kill();
    hub.start();
    hub.wait_running();
    let stale = || connections(&spoke).iter().any(|c| c.2 == "Faulted" && c.3 == "Could not decode response header");
    eventually("stale", stale);
    assert_eq!(spoke.act("PUT", "/gateway-network-outgoing/reset/127.0.0.1", "").status, 200);
    eventually("cured", || one_running(&spoke, "hub", "Outgoing"));
}

#[test]
fn a_pair_is_one_server_when_asked_so() {
    let fast =
        [("joinwaittime", "300"), ("gan.enableSsl", "false"), ("gan.pingRate", "50"), ("gan.pingMaxMissed", "20")];
    let master = Sim::new("a").args("-n backend").open().redundancy(&[&fast[..], &[("noderole", "Master")]].concat());
    let master = master.started();
    let port = master.port.to_string();
    let own = [("noderole", "Backup"), ("gan.host", "127.0.0.1"), ("gan.port", port.as_str())];
    let backup = Sim::new("b").open().redundancy(&[&fast[..], &own[..]].concat()).started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, master.port).link(1, backup.port).started();
    eventually("both are connected", || {
        spoke.running() && spoke.info(&["ContextStatus=RUNNING"]) && {
            let seen = spoke.api("/gateway-network/gateways");
            let names: Vec<_> =
                seen["items"].as_array().unwrap().iter().filter(|i| i["status"] == "Connected").collect();
            names.len() == 2 && names.iter().any(|i| i["serverId"] == "_0:1:backend")
        }
    });
    let one = spoke.api("/gateway-network/gateways?includeRedundantIds=false");
    let ids: Vec<_> = one["items"].as_array().unwrap().iter().filter(|i| i["status"] == "Connected").collect();
    assert_eq!((ids.len(), &ids[0]["serverId"]), (1, &json!("_0:2:backend")));
}

#[test]
fn lost_frames_fault_a_link_while_everything_else_answers() {
    let control = free_port();
    let hub =
        Sim::new("hub").args("-n hub").open().set(knobs::CONTROL_ADDRESS, &format!("127.0.0.1:{control}")).started();
    let spoke =
        Sim::new("spoke").args("-n spoke").link(0, hub.port).set("GATEWAY_NETWORK_0_PINGMAXMISSED", "3").started();
    let turn = |value: &str| {
        let change = json!({"drop_frames": value}).to_string();
        assert_eq!(request(control, "PATCH", "/knobs", &[], &change).unwrap().status, 200);
    };
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    turn("BOTH");
    eventually("faulted", || connections(&spoke).iter().any(|c| c.3.contains("3 pings were not answered")));
    assert!(hub.running());
    turn("NONE");
    eventually("up again", || one_running(&spoke, "hub", "Outgoing"));
}
