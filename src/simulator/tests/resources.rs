//! The resource verbs over REST, and what they change in a running gateway (fact sheet 2.5, 4.2).

use serde_json::{Value, json};

use super::world::{Answer, PASSWORD, Sim, eventually};

/// A person who may change things.
pub(super) struct Person<'a> {
    sim: &'a Sim,
    cookie: String,
    csrf: String,
}

impl<'a> Person<'a> {
    pub(super) fn log_in(sim: &'a Sim) -> Self {
        let cookie = sim.login(PASSWORD).unwrap();
        let session = sim.request("GET", "/data/app/session", &[("Cookie", &cookie)], "").unwrap().json();
        Self { sim, cookie, csrf: session["csrfToken"].as_str().unwrap().to_owned() }
    }

    pub(super) fn call(&self, method: &str, route: &str, body: &Value) -> Answer {
        let headers = [("Cookie", self.cookie.as_str()), ("X-CSRF-Token", self.csrf.as_str())];
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.sim.request(method, &format!("/data/api/v1{route}"), &headers, &text).unwrap()
    }

    pub(super) fn get(&self, route: &str) -> Answer {
        self.call("GET", route, &Value::Null)
    }

    /// A change that must succeed; the new signature of the only resource.
    pub(super) fn change(&self, method: &str, route: &str, body: &Value) -> String {
        let answer = self.call(method, route, body);
        assert_eq!(answer.status, 200, "{method} {route}: {}", answer.body);
        let answer = answer.json();
        assert_eq!((&answer["success"], answer["changes"].as_array().unwrap().len()), (&json!(true), 1));
        answer["changes"][0]["newSignature"].as_str().unwrap().to_owned()
    }
}

fn token(hash: &str) -> Value {
    json!({"profile": {"type": "basic-token", "secureChannelRequired": false, "timestamp": 0, "securityLevels": []},
        "settings": {"tokenHash": hash}})
}

#[test]
fn the_verbs_answer_in_the_documented_forms() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    let body = json!([{"name": "ci", "collection": "core", "enabled": true, "description": "d", "config": token("h"), "backupConfig": null}]);
    let made = me.call("POST", "/resources/ignition/api-token", &body);
    assert_eq!(made.status, 200, "{}", made.body);
    let signature = made.json()["changes"][0]["newSignature"].as_str().unwrap().to_owned();
    assert_eq!(
        made.json(),
        json!({"success": true, "changes": [
            {"name": "ci", "type": "ignition/api-token", "collection": "core", "newSignature": signature}]})
    );
    let mut found = me.get("/resources/find/ignition/api-token/ci?collection=core").json();
    let attributes = found["attributes"].take();
    assert_eq!(attributes["lastModification"]["actor"], "admin");
    assert_eq!(attributes["lastModificationSignature"], json!(signature));
    assert_eq!(
        found,
        json!({"type": "ignition/api-token", "name": "ci", "description": "d", "enabled": true, "version": 1, "collection": "core",
            "collections": ["core"], "signature": signature, "config": token("h"), "backupConfig": null, "data": [], "attributes": null})
    );
    assert_eq!(me.get("/resources/find/ignition/api-token/ci?collection=external").status, 404);
    let listed = me.get("/resources/list/ignition/api-token").json();
    assert_eq!((&listed["items"][0]["name"], &listed["metadata"]["total"]), (&json!("ci"), &json!(1)));
    assert_eq!(me.get("/resources/names/ignition/api-token").json()["items"], json!([{"name": "ci"}]));
    assert_eq!(me.get("/resources/type/ignition/api-token").json()["singleton"], false);
    let renamed = json!({"name": "ci", "newName": "cd", "signature": signature});
    assert_eq!(me.change("POST", "/resources/rename/ignition/api-token", &renamed), signature);
    let copied = json!([{"type": "ignition/api-token", "name": "cd", "newName": "ce"}]);
    assert_ne!(me.change("POST", "/resources/copy", &copied), signature, "the copy has an identity of its own");
    let moved = json!([{"type": "ignition/api-token", "name": "cd", "newCollection": "local", "signature": signature}]);
    me.change("POST", "/resources/move", &moved);
    assert_eq!(me.get("/resources/find/ignition/api-token/cd").json()["collection"], "local");
    assert_eq!(me.call("DELETE", "/resources/ignition/api-token/cd/stale", &Value::Null).status, 409);
    me.change("DELETE", &format!("/resources/ignition/api-token/cd/{signature}"), &Value::Null);
    assert_eq!(me.get("/resources/names/ignition/api-token").json()["items"], json!([{"name": "ce"}]));
}

#[test]
fn what_is_refused_is_told_as_an_error_object() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    let invalid = json!([{"name": "x", "config": {"host": "", "port": 8060, "useSSL": true}}]);
    let refused = me.call("POST", "/resources/ignition/gateway-network-outgoing", &invalid);
    assert_eq!(refused.status, 422);
    let body = refused.json();
    assert_eq!((&body["success"], &body["fieldMessages"][0]["fieldName"]), (&json!(false), &json!("host")));
    assert!(
        body["messages"].is_array()
            && body["problem"]["message"].is_string()
            && body["problem"]["stacktrace"].is_array()
    );
    let plain = json!([{"name": "db", "config": {"driver": "PostgreSQL", "connectURL": "jdbc:postgresql://db/x", "password": "plain"}}]);
    let refused = me.call("POST", "/resources/ignition/database-connection", &plain);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Unable to read required property 'type'"));
    for name in ["..", "a/b", ".hidden", ""] {
        let body = json!([{"name": name, "config": token("h")}]);
        assert_eq!(me.call("POST", "/resources/ignition/api-token", &body).status, 422, "{name:?}");
    }
    assert_eq!(me.call("POST", "/resources/ignition/api-token", &json!({"name": "no list"})).status, 400);
    for route in [
        "/resources/list/ignition/tag-provider",
        "/resources/find/other/api-token/x",
        "/resources/singleton/ignition/api-token",
    ] {
        let unknown = me.get(route);
        assert_eq!(
            (unknown.status, unknown.body.contains("No route match for path: /v1/resources")),
            (404, true),
            "{route}"
        );
    }
    let incoming = me.call("POST", "/resources/ignition/gateway-network-incoming", &json!([]));
    assert_eq!((incoming.status, incoming.body.as_str()), (404, ""), "they cannot be made");
    let anonymous = sim.request("GET", "/data/api/v1/resources/list/ignition/api-token", &[], "").unwrap();
    assert_eq!(anonymous.status, 401);
    let cookie = me.cookie.as_str();
    let without =
        sim.request("POST", "/data/api/v1/resources/ignition/api-token", &[("Cookie", cookie)], "[]").unwrap();
    assert_eq!(without.status, 403, "a session needs its CSRF token to change something");
}

#[test]
fn a_singleton_that_was_never_written_can_be_read_and_then_written() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    let route = "/resources/singleton/ignition/gateway-network-settings";
    assert_eq!(me.get(route).status, 404);
    let default = me.get(&format!("{route}?collection=core&defaultIfUndefined=true")).json();
    assert_eq!((&default["config"]["securityPolicy"], &default["collections"]), (&json!("ApprovedOnly"), &json!([])));
    let mut config = default["config"].clone();
    config["whitelist"] = json!("a,b");
    let change = |signature: &Value| json!([{"signature": signature, "config": config}]);
    let put = "/resources/ignition/gateway-network-settings";
    assert_eq!(me.call("PUT", put, &change(&json!("stale"))).status, 409);
    let signature = me.change("PUT", put, &change(&default["signature"]));
    let now = me.get(route).json();
    assert_eq!((&now["config"]["whitelist"], &now["signature"]), (&json!("a,b"), &json!(signature)));
    me.change("DELETE", &format!("{put}/{signature}"), &Value::Null);
    assert_eq!(me.get(route).status, 404);
}

#[test]
fn the_defaults_of_singletons_are_those_on_record() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    let config = |kind: &str| {
        let route = format!("/resources/singleton/ignition/{kind}?collection=external&defaultIfUndefined=true");
        let found = me.get(&route);
        assert_eq!(found.status, 200, "{kind}: {}", found.body);
        found.json()["config"].clone()
    };
    let system = config("system-properties");
    assert_eq!((&system["homepageUrl"], &system["secondsBeforeFailover"]), (&json!("/app"), &json!(60)));
    assert_eq!(config("local-system-properties")["demoTimeRemaining"], 7200);
    let administrator = json!([{"name": "Authenticated", "children": [{"name": "Roles", "children": [
        {"name": "Administrator", "children": []}]}]}]);
    let names = |tree: &Value| tree.to_string().matches("Administrator").count();
    let security = config("security-properties");
    for policy in ["readPermissions", "writePermissions", "designerPermissions"] {
        assert_eq!((&security[policy]["type"], names(&security[policy])), (&json!("AnyOf"), 1), "{policy}");
    }
    for policy in ["accessPermissions", "createProjectPermissions"] {
        assert_eq!(security[policy], json!({"type": "AllOf", "securityLevels": []}), "{policy}");
    }
    assert!(security["systemAuthProfile"].is_string() && security["systemIdentityProvider"].is_string());
    assert_eq!(names(&config("security-levels")), names(&administrator));
    assert_eq!(config("gateway-network-settings")["requireSSL"], true);
}

#[test]
fn a_link_is_seen_through_the_health_of_its_resource() {
    let hub = Sim::new("hub").open().started();
    let spoke = Sim::new("spoke");
    spoke.seed(
        "core/ignition/gateway-network-outgoing/hub",
        &json!({"host": "127.0.0.1", "port": hub.port, "useSSL": false}),
    );
    spoke.seed("core/ignition/gateway-network-outgoing/off", &json!({"host": "127.0.0.1", "port": 1, "useSSL": false}));
    let spoke = spoke.started();
    spoke.wait_running();
    let me = Person::log_in(&spoke);
    let status = |name: &str| {
        me.get(&format!("/resources/find/ignition/gateway-network-outgoing/{name}")).json()["healthchecks"]["status"]
            .clone()
    };
    eventually("healthy", || status("hub")["result"]["healthy"] == true);
    let health = status("hub");
    assert_eq!((&health["result"]["message"], &health["result"]["error"]), (&json!("Running"), &Value::Null));
    assert!(health["name"].is_string() && health["result"]["time"].is_u64() && health["result"]["duration"].is_u64());
    eventually("the other is not", || status("off")["result"]["error"].is_string());
    assert_eq!(status("off")["result"]["healthy"], false);
}

#[test]
fn a_new_system_name_is_taken_at_once_and_kept() {
    let mut sim = Sim::new("box").started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    let found = me.get("/resources/singleton/ignition/system-properties").json();
    assert_eq!(found["config"]["systemName"], "Ignition-box");
    let mut config = found["config"].clone();
    config["systemName"] = json!("other");
    me.change(
        "PUT",
        "/resources/ignition/system-properties",
        &json!([{"signature": found["signature"], "config": config}]),
    );
    eventually("renamed", || sim.info(&["PlatformName=other"]));
    sim.stop();
    sim.start();
    eventually("still", || sim.info(&["PlatformName=other"]));
}

#[test]
fn a_backup_node_refuses_every_change_and_shows_what_it_has() {
    let sim = Sim::new("box").redundancy(&[("noderole", "Backup"), ("joinwaittime", "20")]);
    sim.seed("core/ignition/api-token/ci", &token("h"));
    let sim = sim.started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    let found = me.get("/resources/find/ignition/api-token/ci").json();
    let signature = found["signature"].as_str().unwrap();
    let create = me.call("POST", "/resources/ignition/api-token", &json!([{"name": "x", "config": token("h")}]));
    assert_eq!((create.status, create.json()["success"].clone()), (403, json!(false)));
    let edit = json!([{"name": "ci", "signature": signature, "enabled": false}]);
    assert_eq!(me.call("PUT", "/resources/ignition/api-token", &edit).status, 403);
    let path = format!("/resources/ignition/api-token/ci/{signature}");
    assert_eq!(me.call("DELETE", &path, &Value::Null).status, 403);
    assert_eq!(
        me.call("POST", "/resources/copy", &json!({"type": "ignition/api-token", "name": "ci", "newName": "x"})).status,
        403
    );
    assert_eq!(me.get("/resources/find/ignition/api-token/ci").json(), found);
}
