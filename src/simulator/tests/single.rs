//! One gateway on its own: start, commissioning, login, REST.

use serde_json::json;

use super::world::{PASSWORD, Sim, eventually};
use crate::simulator::error::SimulatorError;
use crate::simulator::knobs;

#[test]
fn a_start_walks_through_the_documented_states() {
    let mut sim = Sim::new("box").set(knobs::PORT_CLOSED_MS, "200").set(knobs::STARTING_MS, "1000").args("-n demo");
    sim.start();
    assert_eq!(sim.ping(), None);
    eventually("STARTING", || sim.ping().as_deref() == Some(r#"{"state":"STARTING"}"#));
    assert_eq!(sim.get("/data/api/v1/overview").status, 503);
    assert_eq!(sim.get("/system/gwinfo").body, "ContextStatus=STARTING;");
    sim.wait_running();
    eventually("active", || {
        sim.info(&[
            "ContextStatus=RUNNING",
            "PlatformName=demo",
            "RedundancyStatus=Independent",
            "RedundantNodeActiveStatus=Active",
        ])
    });
    assert_eq!(sim.get("/").header("location"), Some("/Start"));
    let page = sim.get("/Start").body;
    assert!(page.contains("SIMULATED") && page.contains("demo") && !page.contains("<script"));
    sim.stop();
    assert_eq!(sim.ping(), None);
}

#[test]
fn without_the_agreement_it_waits_in_commissioning_for_ever() {
    let sim = Sim::new("box").unset("ACCEPT_IGNITION_EULA").started();
    eventually("commissioning", || sim.ping().as_deref() == Some(r#"{"state":"RUNNING","details":"COMMISSIONING"}"#));
    assert_eq!(sim.get("/system/gwinfo").body, "ContextStatus=NEEDS_COMMISSIONING;");
    assert_eq!(sim.get("/data/api/v1/overview").status, 400);
    let elsewhere = sim.get("/Start");
    assert_eq!((elsewhere.status, elsewhere.header("location")), (302, Some("/welcome")));
    assert!(sim.logged("Resources needing commissioning: eula"));
    assert_eq!(sim.get("/bootstrap").json()["steps"], json!({"eula": "license"}));
    let post = |body: &str| sim.request("POST", "/post-step", &[], body).unwrap().status;
    assert_eq!(post(r#"{"id":"finished","step":"finished","data":{"startGateway":true}}"#), 400);
    assert_eq!(post(r#"{"id":"license","step":"eula","data":{"accept":true}}"#), 201);
    assert_eq!(post(r#"{"id":"finished","step":"finished","data":{"startGateway":true}}"#), 200);
    sim.wait_running();
    assert!(sim.login(PASSWORD).is_some());
}

#[test]
fn a_missing_password_leaves_a_step_open_and_a_second_start_does_not_look_again() {
    let mut sim = Sim::new("box").unset("GATEWAY_ADMIN_PASSWORD").started();
    let commissioning = |sim: &Sim| sim.ping().is_some_and(|p| p.contains("COMMISSIONING"));
    eventually("commissioning", || commissioning(&sim));
    sim.stop();
    let mut sim = sim.set("GATEWAY_ADMIN_PASSWORD", "late");
    sim.start();
    eventually("commissioning still", || commissioning(&sim));
}

#[test]
fn the_login_ladder_tells_right_from_wrong() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    assert_eq!(sim.login("wrong"), None);
    let cookie = sim.login(PASSWORD).unwrap();
    let session = sim.request("GET", "/data/app/session", &[("Cookie", &cookie)], "").unwrap();
    assert_eq!(session.status, 200);
    assert!(session.json()["csrfToken"].as_str().is_some_and(|t| t.len() > 20));
    assert_eq!(sim.get("/data/app/session").status, 401);
    let forged = sim.request("GET", "/data/api/v1/redundancy", &[("Cookie", "webui-sid=0")], "").unwrap();
    assert_eq!(forged.status, 401);
    let basic = sim.request("GET", "/data/api/v1/redundancy", &[("Authorization", "Basic YTpi")], "").unwrap();
    assert_eq!(basic.status, 401);
    assert!(basic.body.contains("<html"));
}

#[test]
fn rest_answers_have_the_documented_shapes() {
    let sim = Sim::new("box").args("-n demo").started();
    sim.wait_running();
    let cookie = sim.login(PASSWORD).unwrap();
    let redundancy = sim.api_as(&cookie, "/redundancy");
    assert_eq!(redundancy["role"], "Independent");
    assert_eq!(redundancy["projectState"], "Unknown");
    assert_eq!(redundancy["peerConnected"], false);
    assert_eq!(redundancy["lastSyncTimestamp"], -1);
    assert!(redundancy.get("peerId").is_none());
    assert_eq!(sim.api_as(&cookie, "/redundancy/config")["gatewayNetworkSetup"]["port"], 8060);
    assert_eq!(sim.api_as(&cookie, "/overview")["redundancy"]["projectState"], "Unknown");
    assert_eq!(
        sim.api_as(&cookie, "/overview/gan"),
        json!({"totalConnections": 0, "runningConnections": 0, "outgoingByteRate": 0.0, "incomingByteRate": 0.0, "remoteGateways": 0})
    );
    let info = sim.api_as(&cookie, "/gateway-info");
    assert_eq!((&info["name"], &info["edition"]), (&json!("demo"), &json!("")));
    assert_eq!(sim.api_as(&cookie, "/modules/healthy")["metadata"]["total"], 32);
    assert_eq!(sim.api_as(&cookie, "/modules/quarantined")["items"], json!([]));
    assert_eq!(sim.api_as(&cookie, "/restart-tasks/pending"), json!({"pending": []}));
    let trial = sim.get("/data/api/v1/trial").json();
    assert!(trial["trialSecondsLeft"].as_u64().is_some_and(|s| (7190..=7200).contains(&s)));
    let unknown = sim.request("GET", "/data/api/v1/nope", &[("Cookie", &cookie)], "").unwrap();
    assert_eq!((unknown.status, unknown.body.contains("No route match for path: /v1/nope")), (404, true));
    let wrong_method = sim.request("DELETE", "/data/api/v1/redundancy/config", &[("Cookie", &cookie)], "{}").unwrap();
    assert_eq!((wrong_method.status, wrong_method.body.as_str()), (404, ""));
    assert_eq!(sim.request("POST", "/data/api/v1/trial", &[("Cookie", &cookie)], "").unwrap().status, 403);
}

#[test]
fn the_trial_clock_survives_a_restart_and_is_reset_only_when_expired() {
    let mut sim = Sim::new("box").started();
    sim.wait_running();
    sim.stop();
    let properties = "config/resources/local/ignition/local-system-properties/config.json";
    let mut written: serde_json::Value =
        serde_json::from_slice(&fs_err::read(sim.dir.path().join(properties)).unwrap()).unwrap();
    let left = written["demoTimeRemaining"].as_u64().unwrap();
    assert!((7170..=7200).contains(&left), "{left}");
    written["demoTimeRemaining"] = json!(0);
    sim.put(properties, &written.to_string());
    sim.start();
    sim.wait_running();
    assert_eq!(sim.get("/data/api/v1/trial").json()["expired"], true);
    let cookie = sim.login(PASSWORD).unwrap();
    let session = sim.request("GET", "/data/app/session", &[("Cookie", &cookie)], "").unwrap().json();
    let headers = [("Cookie", cookie.as_str()), ("X-CSRF-Token", session["csrfToken"].as_str().unwrap())];
    assert_eq!(sim.request("POST", "/data/api/v1/trial", &headers, "").unwrap().status, 200);
    assert_eq!(sim.get("/data/api/v1/trial").json()["expired"], false);
    let again = sim.request("POST", "/data/api/v1/trial", &headers, "").unwrap();
    assert_eq!((again.status, again.body.contains("Trial has not expired yet.")), (403, true));
}

#[test]
fn a_seed_that_the_gateway_cannot_use_makes_it_faulted() {
    let sim = Sim::new("box");
    sim.put("config/resources/core/ignition/x/config.json", "{}");
    let sim = sim.started();
    eventually("FAULTED", || sim.ping().as_deref() == Some(r#"{"state":"FAULTED"}"#));
    assert!(sim.logged("exists but is not empty"));
    assert_eq!(sim.get("/data/api/v1/overview").status, 503);
}

#[test]
fn faults_strike_as_asked() {
    let mut sim = Sim::new("box").set(knobs::EXIT_CODE, "137").set(knobs::EXIT_AFTER_MS, "50").started();
    assert_eq!(sim.ended().unwrap_err().exit_code(), 137);
    let mut sim = Sim::new("box").set("GATEWAY_ADMIN_PASSWORD_FILE", "/nonexistent/x").started();
    let error = sim.ended().unwrap_err();
    assert!(matches!(error, SimulatorError::SecretFile { .. }) && error.exit_code() == 1);
    let blocker = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = blocker.local_addr().unwrap().port().to_string();
    let mut sim = Sim::new("box").set("GATEWAY_HTTP_PORT", &port).started();
    assert!(matches!(sim.ended(), Err(SimulatorError::Port { .. })));
}

#[test]
fn a_hanging_gateway_never_leaves_starting() {
    let mut sim = Sim::new("box").set(knobs::HANG_IN, "STARTING").started();
    eventually("STARTING", || sim.ping().as_deref() == Some(r#"{"state":"STARTING"}"#));
    assert!(!sim.logged("RUNNING"));
    sim.stop();
}

#[test]
fn hostile_requests_are_answered_not_obeyed() {
    let sim = Sim::new("box").open().started();
    sim.wait_running();
    let huge = "x".repeat(100_000);
    assert_eq!(sim.request("POST", "/idp/default/authn/next-challenge", &[], &huge).map_or(400, |a| a.status), 400);
    assert_eq!(sim.request("POST", "/idp/default/authn/next-challenge", &[], "{\"token\":7}").unwrap().status, 400);
    assert_eq!(sim.get("/idp/default/oidc/auth?token=x&state=y").status, 400);
    assert_eq!(sim.get("/system/ws-control-servlet").status, 400);
    assert_eq!(sim.get("/system/ws-control-servlet?name=a%7Cb&uuid=00000000-0000-4000-8000-000000000001").status, 400);
    assert!(!sim.get("/%3Cscript%3E").body.contains("<script>"));
    assert!(sim.running());
}
