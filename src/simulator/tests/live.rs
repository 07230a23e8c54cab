//! What a change of the configuration over REST does at once to links that stand or wait (fact sheet 4.2, 4.4).

use serde_json::{Value, json};

use super::links::{connections, one_running};
use super::resources::Person;
use super::world::{Sim, eventually};
use crate::simulator::knobs;

const SETTINGS: &str = "/resources/ignition/gateway-network-settings";
const INCOMING: &str = "/resources/ignition/gateway-network-incoming";
const OUTGOING: &str = "/resources/ignition/gateway-network-outgoing";

/// Changes keys of the network's settings by PUT of the whole resource.
fn set(me: &Person<'_>, keys: &Value) {
    let found = me.get("/resources/singleton/ignition/gateway-network-settings?defaultIfUndefined=true").json();
    let mut config = found["config"].clone();
    config.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    me.change("PUT", SETTINGS, &json!([{"signature": found["signature"], "config": config}]));
}

/// Changes one key of a named resource's settings, or whether it is enabled, by PUT.
fn put(me: &Person<'_>, route: &str, name: &str, change: impl FnOnce(&mut Value)) {
    let find = route.replace("/resources/", "/resources/find/");
    let found = me.get(&format!("{find}/{name}")).json();
    let mut body =
        json!({"name": name, "signature": found["signature"], "enabled": found["enabled"], "config": found["config"]});
    change(&mut body);
    me.change("PUT", route, &json!([body]));
}

fn refused(sim: &Sim) -> bool {
    connections(sim).iter().any(|c| c.2 != "Running" && c.3.contains("403 Forbidden"))
}

#[test]
fn require_ssl_drops_plain_links_and_lets_them_in_again() {
    let hub = Sim::new("hub").args("-n hub").open().started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).started();
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    let me = Person::log_in(&hub);
    set(&me, &json!({"requireSSL": true}));
    eventually("dropped and kept out", || refused(&spoke));
    assert!(hub.logged("SSL is required"));
    set(&me, &json!({"requireSSL": false}));
    eventually("up again", || one_running(&spoke, "hub", "Outgoing"));
    set(&me, &json!({"allowIncoming": false}));
    eventually("nobody is let in", || refused(&spoke));
    set(&me, &json!({"allowIncoming": true, "securityPolicy": "SpecifiedList", "whitelist": "spoke"}));
    eventually("who is on the list is", || one_running(&spoke, "hub", "Outgoing"));
    set(&me, &json!({"whitelist": "another"}));
    eventually("and not any more", || refused(&spoke));
}

#[test]
fn an_incoming_connection_is_approved_by_its_resource() {
    let hub = Sim::new("hub").args("-n hub").set("GATEWAY_NETWORK_REQUIRESSL", "false").started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).started();
    eventually("refused", || spoke.running() && refused(&spoke));
    let me = Person::log_in(&hub);
    let name = format!("spoke_{}", spoke.uuid());
    let status = |word: &str| put(&me, INCOMING, &name, |body| body["config"]["securityStatus"] = json!(word));
    status("Approved");
    eventually("up", || one_running(&spoke, "hub", "Outgoing") && one_running(&hub, "spoke", "Incoming"));
    status("PendingApproval");
    eventually("its end drops the link", || refused(&spoke));
    status("Approved");
    eventually("up again", || one_running(&spoke, "hub", "Outgoing"));
    put(&me, INCOMING, &name, |body| body["enabled"] = json!(false));
    eventually("a disabled entry approves nobody", || refused(&spoke));
}

#[test]
fn a_stale_link_is_cured_by_disabling_and_enabling_it() {
    let mut hub = Sim::new("hub").args("-n hub").open().started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).set(knobs::STALE_LINKS, "true").started();
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    hub.kill();
    hub.start();
    let stale = || connections(&spoke).iter().any(|c| c.2 == "Faulted" && c.3 == "Could not decode response header");
    eventually("stale", stale);
    let me = Person::log_in(&spoke);
    put(&me, OUTGOING, "127.0.0.1", |body| body["enabled"] = json!(false));
    eventually("no link any more", || connections(&spoke).is_empty());
    put(&me, OUTGOING, "127.0.0.1", |body| body["enabled"] = json!(true));
    eventually("cured", || one_running(&spoke, "hub", "Outgoing"));
}

/// A hub that ends a link on which nothing came for a while, and a spoke whose pings come that often.
fn with_idle_timeout(ping_rate: &str) -> (Sim, Sim) {
    let hub = Sim::new("hub").args("-n hub").open().set("GATEWAY_NETWORK_WEBSOCKETSESSIONIDLETIMEOUT", "300");
    let hub = hub.started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).set("GATEWAY_NETWORK_0_PINGRATE", ping_rate);
    (hub, spoke.started())
}

#[test]
fn a_session_on_which_nothing_comes_is_ended() {
    let (hub, spoke) = with_idle_timeout("60000");
    let ended = "changed to Faulted: Session idle timeout expired";
    eventually("ended by the hub", || hub.logged(ended));
    eventually("the spoke sees it go", || spoke.logged("connection closed by the remote gateway"));
    eventually("and comes back", || one_running(&spoke, "hub", "Outgoing"));
}

#[test]
fn pings_keep_a_session_from_being_idle() {
    let (hub, spoke) = with_idle_timeout("50");
    eventually("up", || one_running(&hub, "spoke", "Incoming"));
    let last = || hub.api("/gateway-network/connections")["items"][0]["lastComm"].as_u64().unwrap();
    let first = last();
    eventually("three such times have passed", || last() > first + 900);
    assert!(!hub.logged("idle timeout") && one_running(&spoke, "hub", "Outgoing"));
}
