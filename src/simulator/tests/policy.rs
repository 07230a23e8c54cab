//! Whom a gateway lets in: policies, approvals, and their changes while it runs (fact sheet 4.2, 4.4).

use serde_json::{Value, json};

use super::links::{connections, one_running};
use super::world::{Sim, eventually};

fn hub() -> Sim {
    Sim::new("hub").args("-n hub").set("GATEWAY_NETWORK_REQUIRESSL", "false")
}

fn spoke(to: &Sim) -> Sim {
    Sim::new("spoke").args("-n Edge1").link(0, to.port).started()
}

fn refused(sim: &Sim) -> bool {
    sim.running() && connections(sim).iter().any(|c| c.2 != "Running" && c.3.contains("403 Forbidden"))
}

/// The entry that the accepting side has for the dialler.
fn entry(hub: &Sim, spoke: &Sim) -> Option<Value> {
    let path = format!("config/resources/core/ignition/gateway-network-incoming/edge1_{}/config.json", spoke.uuid());
    serde_json::from_slice(&std::fs::read(hub.dir.path().join(path)).ok()?).ok()
}

fn status(hub: &Sim, spoke: &Sim) -> Option<String> {
    Some(entry(hub, spoke)?["securityStatus"].as_str()?.to_owned())
}

#[test]
fn an_approval_lets_in_and_its_end_drops_the_link() {
    let hub = hub().started();
    let spoke = spoke(&hub);
    eventually("an entry waits", || status(&hub, &spoke).as_deref() == Some("PendingApproval"));
    assert_eq!(entry(&hub, &spoke).unwrap()["connectionId"], format!("edge1|{}", spoke.uuid()));
    assert!(refused(&spoke));
    let id = format!("Edge1%7C{}", spoke.uuid());
    let toggle = |id: &str, approve: &str| {
        hub.act("PUT", &format!("/gateway-network-incoming/toggleApproval/{id}/{approve}"), "").status
    };
    assert_eq!(toggle(&id, "true"), 200);
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    assert_eq!(status(&hub, &spoke).as_deref(), Some("Approved"));
    assert_eq!(toggle(&id, "false"), 200);
    eventually("down", || refused(&spoke));
    assert_eq!(toggle("nobody%7C6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11", "true"), 404);
    assert_eq!(toggle(&id, "perhaps"), 400);
    let anonymous =
        hub.request("PUT", &format!("/data/api/v1/gateway-network-incoming/toggleApproval/{id}/true"), &[], "");
    assert_eq!(anonymous.unwrap().status, 401);
}

#[test]
fn an_approval_can_be_seeded_for_a_known_identity() {
    let uuid = "6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11";
    let hub = hub();
    let config = json!({"connectionId": format!("edge1|{uuid}"), "securityStatus": "Approved"});
    hub.seed(&format!("core/ignition/gateway-network-incoming/edge1_{uuid}"), &config);
    let hub = hub.started();
    let spoke = Sim::new("spoke").args("-n Edge1").link(0, hub.port);
    spoke.put("config/local/ignition/gateway-network/uuid.txt", uuid);
    let spoke = spoke.started();
    eventually("up without a click", || one_running(&spoke, "hub", "Outgoing"));
    let other = Sim::new("other").args("-n Edge1").link(0, hub.port).started();
    eventually("the name alone is not enough", || refused(&other));
}

#[test]
fn the_open_policy_approves_by_itself() {
    let hub = hub().set("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted").started();
    let spoke = spoke(&hub);
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    eventually("and approved", || status(&hub, &spoke).as_deref() == Some("Approved"));
}

#[test]
fn a_list_of_names_lets_in_who_is_on_it() {
    let listed = |list: &str| {
        let hub = hub().set("GATEWAY_NETWORK_SECURITYPOLICY", "SpecifiedList").set("GATEWAY_NETWORK_WHITELIST", list);
        let hub = hub.started();
        let spoke = spoke(&hub);
        (hub, spoke)
    };
    let (hub, spoke) = listed("somebody, else");
    eventually("not on the list", || status(&hub, &spoke).as_deref() == Some("NotOnWhiteList"));
    assert!(refused(&spoke));
    let (_hub, spoke) = listed("x,edge1");
    eventually("on the list", || one_running(&spoke, "hub", "Outgoing"));
}

#[test]
fn incoming_connections_can_be_switched_off() {
    let hub = hub().set("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted").set("GATEWAY_NETWORK_ALLOWINCOMING", "false");
    let hub = hub.started();
    let spoke = spoke(&hub);
    eventually("403", || refused(&spoke));
    assert!(hub.logged("incoming connections are not allowed") && entry(&hub, &spoke).is_none());
}

#[test]
fn a_backup_takes_no_approvals() {
    let hub = hub().redundancy(&[("noderole", "Backup"), ("joinwaittime", "50")]).started();
    let spoke = spoke(&hub);
    eventually("refused", || refused(&spoke));
    let route = format!("/gateway-network-incoming/toggleApproval/edge1%7C{}/true", spoke.uuid());
    assert_eq!(hub.act("PUT", &route, "").status, 403);
}
