//! Who gets in: tokens, permissions, sessions, and what commissioning makes of them.

use serde_json::{Value, json};

use super::resources::Person;
use super::world::{Answer, PASSWORD, Sim, eventually};
use crate::gateway::{Credentials, Depth, GatewayClient};

const KEY: &str = "p3wRdNxufWgMbovC14yPkr9o_GKJlno-K7c99LKexSo";
const HASH: &str = "c4cNxcsHexJ5mlGPoinRgppto_nEj8mSnacF-ppNCjM";

fn token(levels: &Value, secure: bool) -> Value {
    json!({
        "profile": {"type": "basic-token", "secureChannelRequired": secure, "timestamp": 1_754_429_526_000_u64, "securityLevels": levels},
        "settings": {"tokenHash": HASH},
    })
}

fn api_key() -> Value {
    json!([{"name": "Authenticated", "children": [{"name": "APIKEY", "children": []}]}])
}

/// The permission that lists both leaves (fact sheet 3.3).
fn both() -> Value {
    json!({"type": "AnyOf", "securityLevels": levels()})
}

fn levels() -> Value {
    json!([{"name": "Authenticated", "children": [
        {"name": "APIKEY", "children": []},
        {"name": "Roles", "children": [{"name": "Administrator", "children": []}]},
    ]}])
}

fn with_token(sim: &Sim, method: &str, path: &str, shown: &str) -> Answer {
    sim.request(method, path, &[("X-Ignition-API-Token", shown)], "").unwrap()
}

fn status(sim: &Sim, shown: &str) -> u16 {
    with_token(sim, "GET", "/data/api/v1/overview", shown).status
}

fn good() -> String {
    format!("ci:{KEY}")
}

#[test]
fn a_seeded_token_is_known_but_has_no_right_after_commissioning() {
    let sim = Sim::new("box");
    sim.seed("core/ignition/api-token/ci", &token(&api_key(), false));
    sim.seed("core/ignition/api-token/plain", &token(&json!([{"name": "Authenticated", "children": []}]), false));
    let sim = sim.started();
    sim.wait_running();
    assert_eq!(status(&sim, &good()), 403);
    assert_eq!(status(&sim, &format!("plain:{KEY}")), 403);
    assert_eq!(with_token(&sim, "GET", "/data/api/v1/nope", &good()).status, 404);
    for wrong in
        [KEY, "ci", "ci:", ":", "", &format!("CI:{KEY}"), &format!("other:{KEY}"), &format!("ci:{HASH}"), "\u{e4}:x"]
    {
        let answer = with_token(&sim, "GET", "/data/api/v1/overview", wrong);
        assert_eq!((answer.status, answer.body.contains("<html")), (401, true), "{wrong}");
    }
    let cookie = sim.login(PASSWORD).unwrap();
    let both = [("Cookie", cookie.as_str()), ("X-Ignition-API-Token", "ci:wrong")];
    assert_eq!(sim.request("GET", "/data/api/v1/overview", &both, "").unwrap().status, 401, "a shown token counts");
}

#[test]
fn files_give_a_token_its_rights_after_the_first_boot() {
    let mut sim = Sim::new("box");
    sim.seed("core/ignition/api-token/ci", &token(&api_key(), false));
    sim.start();
    sim.wait_running();
    sim.seed(
        "core/ignition/security-properties",
        &json!({
            "systemAuthProfile": "default", "systemIdentityProvider": "default", "readPermissions": both(),
        }),
    );
    sim.stop();
    sim.start();
    sim.wait_running();
    assert_eq!(status(&sim, &good()), 403, "its level is not defined");
    sim.seed("core/ignition/security-levels", &json!({"levels": levels()}));
    sim.stop();
    sim.start();
    sim.wait_running();
    assert_eq!(status(&sim, &good()), 200);
    assert_eq!(with_token(&sim, "POST", "/data/api/v1/api-token/generate", &good()).status, 403);
    assert!(sim.login(PASSWORD).is_some(), "the administrator still gets in");
}

#[test]
fn a_token_is_refused_when_disabled_or_in_need_of_tls_and_taken_from_either_collection() {
    let sim = Sim::new("box").set("GATEWAY_ADMIN_PASSWORD", "").unset("ACCEPT_IGNITION_EULA");
    sim.put("commissioning.json", "{}");
    let everybody = json!({"type": "AnyOf", "securityLevels": [{"name": "Authenticated", "children": []}]});
    sim.seed("core/ignition/security-properties", &json!({
        "systemAuthProfile": "x", "systemIdentityProvider": "x", "readPermissions": everybody, "writePermissions": everybody,
    }));
    sim.seed("external/ignition/api-token/ci", &token(&api_key(), false));
    sim.seed("core/ignition/api-token/tls", &token(&api_key(), true));
    sim.seed("core/ignition/api-token/off", &token(&api_key(), false));
    let path = "config/resources/core/ignition/api-token/off/resource.json";
    let text = fs_err::read_to_string(sim.dir.path().join(path)).unwrap();
    sim.put(path, &text.replace("\"enabled\":true", "\"enabled\":false"));
    sim.seed(
        "core/ignition/api-token/broken",
        &json!({"profile": {"type": "basic-token"}, "settings": {"tokenHash": HASH}}),
    );
    let sim = sim.started();
    sim.wait_running();
    assert_eq!(status(&sim, &good()), 200);
    for name in ["tls", "off", "broken"] {
        assert_eq!(status(&sim, &format!("{name}:{KEY}")), 401, "{name}");
    }
    let made = with_token(&sim, "POST", "/data/api/v1/api-token/generate", &good());
    let made = made.json();
    assert_eq!(crate::simulator::access::token::hash(made["key"].as_str().unwrap()).as_deref(), made["hash"].as_str());
    assert_eq!(with_token(&sim, "POST", "/data/api/v1/trial", &good()).status, 403, "not expired: no question of CSRF");
    assert_eq!(sim.login(PASSWORD), None, "no administrator at all");
}

#[test]
fn no_levels_mean_everybody() {
    let sim = Sim::new("box");
    sim.put("commissioning.json", "{}");
    let everybody = json!({"type": "AllOf", "securityLevels": []});
    sim.seed(
        "core/ignition/security-properties",
        &json!({
            "systemAuthProfile": "x", "systemIdentityProvider": "x", "readPermissions": everybody,
            "accessPermissions": {"type": "AnyOf", "securityLevels": [{"name": "own", "children": []}]},
        }),
    );
    let sim = sim.started();
    sim.wait_running();
    assert_eq!(sim.get("/data/api/v1/overview").status, 200);
    assert_eq!(sim.get("/openapi.json").status, 200);
    assert_eq!(sim.get("/Start").status, 200, "who may read may see the pages");
    assert_eq!(sim.request("POST", "/data/api/v1/api-token/generate", &[], "").unwrap().status, 401);
    assert_eq!(status(&sim, "ci:x"), 401, "wrong credentials are worse than none");
}

#[test]
fn closed_pages_send_strangers_to_the_login() {
    let sim = Sim::new("box");
    sim.put("commissioning.json", "{}");
    let closed = json!({"type": "AnyOf", "securityLevels": [{"name": "own", "children": []}]});
    sim.seed("core/ignition/api-token/ci", &token(&json!([{"name": "own"}]), false));
    sim.seed("core/ignition/api-token/other", &token(&api_key(), false));
    sim.seed("core/ignition/security-levels", &json!({"levels": [{"name": "own"}]}));
    sim.seed(
        "core/ignition/security-properties",
        &json!({
            "systemAuthProfile": "x", "systemIdentityProvider": "x", "accessPermissions": closed,
        }),
    );
    let sim = sim.started();
    sim.wait_running();
    let page = sim.get("/app/home");
    assert_eq!((page.status, page.header("location")), (302, Some("/data/app/login")));
    assert_eq!(with_token(&sim, "GET", "/Start", &good()).status, 200);
    assert_eq!(with_token(&sim, "GET", "/Start", &format!("other:{KEY}")).status, 403);
    assert_eq!(status(&sim, &good()), 403);
}

fn properties_on_disk(sim: &Sim) -> Value {
    let path = sim.dir.path().join("config/resources/core/ignition/security-properties/config.json");
    serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap()
}

fn login_page(sim: &Sim) -> String {
    sim.get("/data/app/login").header("location").unwrap().to_owned()
}

#[test]
fn commissioning_leaves_the_default_policy_and_its_administrator_in_core() {
    let mut sim = Sim::new("box").set("GATEWAY_ADMIN_USERNAME", "root");
    sim.start();
    sim.wait_running();
    let properties = properties_on_disk(&sim);
    assert_eq!(properties["systemAuthProfile"], "default");
    assert_eq!(properties["readPermissions"]["type"], "AnyOf");
    assert_eq!(
        properties["readPermissions"]["securityLevels"][0]["children"][0]["children"][0]["name"],
        "Administrator"
    );
    assert_eq!(properties["accessPermissions"], json!({"type": "AllOf", "securityLevels": []}));
    let core = sim.dir.path().join("config/resources/core/ignition");
    let users = fs_err::read_to_string(core.join("user-source/default/users.json")).unwrap();
    assert!(users.contains("\"root\"") && users.contains("Administrator") && !users.contains(PASSWORD));
    assert!(core.join("identity-provider/default/config.json").exists());
    assert!(login_page(&sim).starts_with("/idp/default/authn/login?token="));
    assert_eq!(sim.login(PASSWORD), None, "the user is not called admin");
    sim.stop();
    fs_err::remove_dir_all(core.join("user-source")).unwrap();
    sim.start();
    sim.wait_running();
    assert!(!core.join("user-source").exists(), "a later start ignores the variables");
}

#[test]
fn the_wizard_makes_the_administrator_that_the_variables_did_not() {
    let sim = Sim::new("box").unset("GATEWAY_ADMIN_PASSWORD").unset("ACCEPT_IGNITION_EULA").started();
    eventually("commissioning", || sim.ping().is_some_and(|p| p.contains("COMMISSIONING")));
    let post = |body: &Value| sim.request("POST", "/post-step", &[], &body.to_string()).unwrap();
    let step = |id: &str, step: &str, data: Value| post(&json!({"id": id, "step": step, "data": data}));
    let steps = || sim.get("/bootstrap").json()["steps"].clone();
    assert_eq!(steps(), json!({"eula": "license", "authSetup": "authentication"}));
    assert!(sim.get("/get-step?step=license&name=eula").json().is_object());
    for path in ["/get-step", "/get-step?step=license&name=other", "/get-step?step=other&name=eula"] {
        assert_eq!(sim.get(path).status, 400, "{path}");
    }
    assert_eq!(step("license", "eula", json!({"accept": false})).status, 400);
    assert_eq!(step("license", "eula", json!({"accept": true})).status, 201);
    assert_eq!(step("finished", "finished", json!({"startGateway": true})).status, 400);
    assert_eq!(step("authentication", "authSetup", json!({"username": "admin", "password": ""})).status, 400);
    let credentials = json!({"username": "admin", "password": PASSWORD});
    assert_eq!(step("authentication", "authSetup", credentials.clone()).status, 201);
    assert_eq!(step("authentication", "authSetup", credentials).status, 400, "only once");
    assert_eq!(steps(), json!({}));
    for body in ["", "[]", "{", "null", "{\"step\":7}"] {
        assert_eq!(sim.request("POST", "/post-step", &[], body).unwrap().status, 400, "{body}");
    }
    for data in [json!({"startGateway": false}), json!({"startGateway": "true"}), json!({})] {
        assert_eq!(step("finished", "finished", data.clone()).status, 400, "{data}");
    }
    assert!(sim.ping().is_some_and(|p| p.contains("COMMISSIONING")), "it waits");
    let done = step("finished", "finished", json!({"startGateway": true}));
    assert_eq!(
        (done.status, done.json()["gatewayAddress"].as_str().is_some_and(|a| a.starts_with("http"))),
        (200, true)
    );
    sim.wait_running();
    assert!(sim.login(PASSWORD).is_some());
    assert_eq!(properties_on_disk(&sim)["systemIdentityProvider"], "default");
}

#[test]
fn seeded_properties_without_a_user_source_lead_to_temp() {
    for (there, expected) in [(&[][..], "temp"), (&["identity-provider/temp", "user-source/temp_1"][..], "temp_2")] {
        let sim = Sim::new("box");
        sim.seed(
            "core/ignition/security-properties",
            &json!({
                "systemAuthProfile": "default", "systemIdentityProvider": "default", "readPermissions": both(),
            }),
        );
        sim.seed("core/ignition/security-levels", &json!({"levels": levels()}));
        sim.seed("core/ignition/api-token/ci", &token(&api_key(), false));
        for name in there {
            sim.seed(&format!("core/ignition/{name}"), &json!({}));
        }
        let sim = sim.started();
        sim.wait_running();
        let properties = properties_on_disk(&sim);
        assert_eq!(
            (&properties["systemAuthProfile"], &properties["systemIdentityProvider"]),
            (&json!(expected), &json!(expected))
        );
        assert!(login_page(&sim).starts_with(&format!("/idp/{expected}/authn/login?token=")));
        assert!(sim.login(PASSWORD).is_some());
        assert_eq!(sim.get("/idp/default/authn/login").status, 404);
        assert_eq!(status(&sim, &good()), 200, "the seeded permissions stay");
    }
}

#[test]
fn properties_in_external_alone_are_overridden_and_a_complete_seed_is_kept() {
    let sim = Sim::new("box");
    sim.seed(
        "external/ignition/security-properties",
        &json!({
            "systemAuthProfile": "own", "systemIdentityProvider": "own", "readPermissions": both(),
        }),
    );
    let sim = sim.started();
    sim.wait_running();
    assert_eq!(properties_on_disk(&sim)["systemAuthProfile"], "default");
    let sim = Sim::new("box");
    sim.seed("core/ignition/user-source/own", &json!({}));
    sim.seed("core/ignition/identity-provider/own", &json!({}));
    let seeded = json!({"systemAuthProfile": "own", "systemIdentityProvider": "own", "readPermissions": both()});
    sim.seed("core/ignition/security-properties", &seeded);
    let sim = sim.started();
    sim.wait_running();
    assert_eq!(properties_on_disk(&sim), seeded);
    assert!(login_page(&sim).starts_with("/idp/own/") && sim.login(PASSWORD).is_some());
}

#[test]
fn a_token_file_that_appears_later_is_unknown_until_a_restart() {
    let mut sim = Sim::new("box");
    sim.start();
    sim.wait_running();
    sim.seed("core/ignition/api-token/ci", &token(&api_key(), false));
    assert_eq!(status(&sim, &good()), 401);
    sim.stop();
    sim.start();
    sim.wait_running();
    assert_eq!(status(&sim, &good()), 403);
}

#[test]
fn a_session_changes_the_policy_at_once_and_makes_a_token_for_it() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    let singleton = |kind: &str| {
        me.get(&format!("/resources/singleton/ignition/{kind}?collection=core&defaultIfUndefined=true")).json()
    };
    let defined = singleton("security-levels");
    let made = json!([{"collection": "core", "enabled": true, "config": {"levels": levels()}}]);
    assert!(defined["config"]["levels"].is_array());
    me.change("POST", "/resources/ignition/security-levels", &made);
    let mut properties = singleton("security-properties");
    properties["config"]["readPermissions"] = both();
    me.change("POST", "/resources/ignition/api-token", &json!([{"name": "ci", "config": token(&api_key(), false)}]));
    assert_eq!(status(&sim, &good()), 403, "not yet in the policy");
    let change = json!([{"collection": "core", "signature": properties["signature"], "config": properties["config"]}]);
    me.change("PUT", "/resources/ignition/security-properties", &change);
    assert_eq!(status(&sim, &good()), 200);
    assert_eq!(with_token(&sim, "POST", "/data/api/v1/scan/config", &good()).status, 403, "it reads only");
    let mut closed = singleton("security-properties");
    closed["config"]["readPermissions"] = json!({"type": "AllOf", "securityLevels": [{"name": "nobody"}]});
    let change = json!([{"collection": "core", "signature": closed["signature"], "config": closed["config"]}]);
    me.change("PUT", "/resources/ignition/security-properties", &change);
    assert_eq!(status(&sim, &good()), 403);
    assert_eq!(me.get("/overview").status, 200, "write implies read");
}

#[test]
fn a_scan_makes_a_token_file_known() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let me = Person::log_in(&sim);
    sim.seed("core/ignition/api-token/ci", &token(&api_key(), false));
    assert_eq!(status(&sim, &good()), 401);
    assert_eq!(me.call("POST", "/scan/config", &Value::Null).status, 200);
    eventually("the token is known", || status(&sim, &good()) == 403);
}

#[test]
fn sessions_need_their_cookie_and_for_changes_their_csrf_token() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let cookie = sim.login(PASSWORD).unwrap();
    let session = sim.request("GET", "/data/app/session", &[("Cookie", &cookie)], "").unwrap().json();
    let csrf = session["csrfToken"].as_str().unwrap().to_owned();
    let post =
        |headers: &[(&str, &str)]| sim.request("POST", "/data/api/v1/api-token/generate", headers, "").unwrap().status;
    let others = format!("a=b; {cookie}; webui-sid=other");
    assert_eq!(post(&[("Cookie", &others), ("X-CSRF-Token", &csrf)]), 200);
    assert_eq!(post(&[("Cookie", &cookie)]), 403);
    assert_eq!(post(&[("Cookie", &cookie), ("X-CSRF-Token", "")]), 403);
    assert_eq!(post(&[("Cookie", &cookie), ("X-CSRF-Token", &cookie)]), 403);
    assert_eq!(post(&[("X-CSRF-Token", &csrf)]), 401);
    assert_eq!(post(&[("Cookie", "webui-sid="), ("X-CSRF-Token", &csrf)]), 401);
    assert_eq!(sim.get("/data/app/session").status, 401);
    assert_eq!(sim.request("PUT", "/data/api/v1/trial", &[("Cookie", &cookie)], "").unwrap().status, 404);
    assert_eq!(sim.request("PUT", "/data/api/v1/trial", &[], "").unwrap().status, 401);
}

#[test]
fn our_own_client_gets_in_wherever_the_login_leads() {
    let plain = Sim::new("box").started();
    let temp = Sim::new("box");
    temp.seed("core/ignition/security-properties", &json!({"systemAuthProfile": "x", "systemIdentityProvider": "x"}));
    let temp = temp.started();
    for sim in [&plain, &temp] {
        sim.wait_running();
        let look = |password: &str| {
            let credentials = Credentials { username: "admin".to_owned(), password: password.to_owned() };
            let mut client = GatewayClient::new(&format!("http://127.0.0.1:{}", sim.port), Some(credentials)).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(client.look(Depth::Full))
        };
        let seen = look(PASSWORD);
        assert!(seen.login.value().is_some() && seen.redundancy.value().is_some() && seen.info.value().is_some());
        assert!(seen.quarantined.value().is_some() && seen.gan.value().is_some() && seen.restarts.value().is_some());
        assert!(look("wrong").login.fault().is_some());
    }
}

#[test]
fn hostile_credentials_are_refused_and_the_gateway_goes_on() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let long = format!("{}:{}", "n".repeat(2000), "s".repeat(5000));
    for value in ["../../x:y", "ci/../ci:x", ".:x", "a\\b:%00", &long, "::::", "\u{202e}:x"] {
        assert_eq!(status(&sim, value), 401, "{value}");
    }
    let cookies = "webui-sid".repeat(500);
    assert_eq!(sim.request("GET", "/data/api/v1/overview", &[("Cookie", &cookies)], "").unwrap().status, 401);
    for path in [
        "/data/api/v1/%00",
        "/data/api/v1//",
        "/data/api/v1/..%2f..%2fetc",
        "/data/api/v1/overview/%ff",
        "/idp/%ff/authn/login",
    ] {
        assert!([401, 404].contains(&sim.get(path).status), "{path}");
    }
    for depth in [200, 20_000] {
        let body = "[".repeat(depth);
        assert_eq!(sim.request("POST", "/idp/default/authn/next-challenge", &[], &body).unwrap().status, 400);
    }
    eventually("it runs", || sim.running());
}
