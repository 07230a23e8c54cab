//! Modules of third parties on whole gateways: acceptance, quarantine, the wizard, restarts.

use serde_json::{Value, json};

use super::world::{Sim, eventually};
use crate::simulator::modules::sample::{archive, descriptor, module, unsigned};

pub(super) const ID: &str = "com.example.one";
pub(super) const FILE: &str = "user-lib/modules/One.modl";

/// A gateway whose volume holds a module that nobody accepted.
fn box_with_module() -> Sim {
    let sim = Sim::new("box");
    sim.put_bytes(FILE, &module(ID, "1.2.3", "8.3.0"));
    sim
}

fn accepting(sim: Sim, ids: &str) -> Sim {
    sim.set("ACCEPT_MODULE_CERTS", ids).set("ACCEPT_MODULE_LICENSES", ids)
}

fn commissioning(sim: &Sim) -> bool {
    sim.ping().as_deref() == Some(r#"{"state":"RUNNING","details":"COMMISSIONING"}"#)
}

pub(super) fn healthy(sim: &Sim, id: &str) -> Option<Value> {
    let items = sim.api("/modules/healthy?limit=100")["items"].as_array().unwrap().clone();
    items.into_iter().find(|m| m["id"] == id)
}

fn post(sim: &Sim, body: &Value) -> u16 {
    sim.request("POST", "/post-step", &[], &body.to_string()).unwrap().status
}

fn finish(sim: &Sim) -> u16 {
    post(sim, &json!({"id": "finished", "step": "finished", "data": {"startGateway": true}}))
}

#[test]
fn a_module_accepted_by_variables_runs_and_is_noted_in_the_documented_form() {
    let mut sim = accepting(box_with_module(), ID).started();
    sim.wait_running();
    let shown = healthy(&sim, ID).unwrap();
    assert_eq!((&shown["name"], &shown["version"]), (&json!("Module com.example.one"), &json!("1.2.3")));
    assert_eq!((&shown["state"], &shown["onStartup"]), (&json!("ACTIVE"), &json!("enabled")));
    assert_eq!(sim.api("/modules/quarantined")["items"], json!([]));
    assert_eq!(sim.api("/restart-tasks/pending"), json!({"pending": []}));
    assert!(sim.logged("Starting up module 'com.example.one' ... module-name=Module com.example.one"));
    assert!(sim.get("/Start").body.contains("com.example.one 1.2.3"));
    let noted: Value = serde_json::from_slice(&fs_err::read(sim.dir.path().join("modules.json")).unwrap()).unwrap();
    let entry = noted[ID].as_object().unwrap();
    assert_eq!(entry.keys().collect::<Vec<_>>(), ["certFingerprint", "filename", "licenseAgreementHash", "onStartup"]);
    assert_eq!((&entry["filename"], &entry["onStartup"]), (&json!("One.modl"), &json!("enabled")));
    sim.stop();
    let mut sim = sim.unset("ACCEPT_MODULE_CERTS").unset("ACCEPT_MODULE_LICENSES");
    sim.start();
    sim.wait_running();
    assert!(healthy(&sim, ID).is_some(), "a second start does not ask again");
}

#[test]
fn an_unaccepted_module_keeps_the_gateway_in_commissioning_until_the_wizard_is_through() {
    let mut sim = box_with_module().started();
    eventually("commissioning", || commissioning(&sim));
    assert_eq!(sim.get("/system/gwinfo").body, "ContextStatus=NEEDS_COMMISSIONING;");
    assert!(sim.logged("Resources needing commissioning: modules"));
    assert_eq!(sim.get("/bootstrap").json()["steps"], json!({"modules": "modules"}));
    let page = sim.get("/welcome").body;
    assert!(page.contains("NOT TRUSTED") && page.contains("NOT ACCEPTED") && page.contains(ID), "{page}");
    let step = || sim.get("/get-step?step=modules&name=modules").json()["modules"][0].clone();
    assert_eq!((&step()["certificate"], &step()["license"]), (&json!("NOT TRUSTED"), &json!("NOT ACCEPTED")));
    assert_eq!(finish(&sim), 400);
    let accept = |data: Value| post(&sim, &json!({"id": "modules", "step": "modules", "data": data}));
    assert_eq!(accept(json!({"certificates": 7})), 400);
    assert_eq!(accept(json!({"certificates": [ID, "com.other"]})), 400, "nobody knows the other");
    assert_eq!(step()["certificate"], "NOT TRUSTED");
    assert_eq!(accept(json!({"certificates": [ID]})), 201);
    assert_eq!((&step()["certificate"], &step()["license"]), (&json!("TRUSTED"), &json!("NOT ACCEPTED")));
    assert_eq!(finish(&sim), 400);
    assert_eq!(accept(json!({"licenses": [ID]})), 201);
    assert_eq!(sim.get("/bootstrap").json()["steps"], json!({}));
    assert_eq!(finish(&sim), 200);
    sim.wait_running();
    assert!(healthy(&sim, ID).is_some());
    sim.stop();
    sim.start();
    sim.wait_running();
    assert!(healthy(&sim, ID).is_some(), "a second start does not ask again");
}

#[test]
fn half_an_acceptance_and_white_space_in_the_list_do_not_do() {
    for (name, value, other) in [
        ("ACCEPT_MODULE_CERTS", ID, "ACCEPT_MODULE_LICENSES"),
        ("ACCEPT_MODULE_LICENSES", ID, "ACCEPT_MODULE_CERTS"),
        ("ACCEPT_MODULE_CERTS", "com.other, com.example.one", "ACCEPT_MODULE_LICENSES"),
    ] {
        let sim = box_with_module().set(name, value);
        let sim = if value == ID { sim } else { sim.set(other, ID) }.started();
        eventually("commissioning", || commissioning(&sim));
    }
}

#[test]
fn a_module_that_comes_later_is_asked_about_and_the_variables_are_not_looked_at() {
    let mut sim = Sim::new("box").started();
    sim.wait_running();
    sim.stop();
    sim.put_bytes(FILE, &module(ID, "1.2.3", "8.3.0"));
    let mut sim = accepting(sim, ID);
    sim.start();
    eventually("commissioning", || commissioning(&sim));
    assert_eq!(sim.get("/bootstrap").json()["steps"], json!({"modules": "modules"}));
    // Only what is missing is asked: nobody becomes an administrator here.
    let user = json!({"id": "authentication", "step": "authSetup", "data": {"username": "eve", "password": "x"}});
    assert_eq!(post(&sim, &user), 400);
    let both = json!({"certificates": [ID], "licenses": [ID]});
    assert_eq!(post(&sim, &json!({"id": "modules", "step": "modules", "data": both})), 201);
    assert_eq!(finish(&sim), 200);
    sim.wait_running();
    assert!(healthy(&sim, ID).is_some());
}

#[test]
fn all_that_cannot_run_is_quarantined_for_its_own_reason_and_the_gateway_runs() {
    let sim = Sim::new("box");
    let put = |name: &str, bytes: &[u8]| sim.put_bytes(&format!("user-lib/modules/{name}"), bytes);
    put("good.modl", &module("com.a.good", "1.0.0", "8.3.0"));
    put("twin.modl", &module("com.a.good", "0.9.0", "8.3.0"));
    put("future.modl", &module("com.a.future", "1.0.0", "8.9.0"));
    put("unsigned.modl", &unsigned("com.a.unsigned", "1.0.0", "8.3.0"));
    put("broken.modl", &archive(&[("module.xml", descriptor("com.a.broken", "1.0.0", "8.3.0").as_bytes())]));
    put("text.modl", b"no archive");
    put("hostile\u{1b}[2J.modl", b"x");
    fs_err::create_dir(sim.dir.path().join("user-lib/modules/dir.modl")).unwrap();
    let sim = accepting(sim, "com.a.good,com.a.future,com.a.unsigned,com.a.broken").started();
    sim.wait_running();
    let items = sim.api("/modules/quarantined")["items"].as_array().unwrap().clone();
    let told = |id: &str| {
        let found = items.iter().find(|m| m["id"] == id).unwrap();
        (
            found["certAccepted"].as_bool().unwrap(),
            found["licenseAccepted"].as_bool().unwrap(),
            found["reason"].as_str().unwrap(),
        )
    };
    assert_eq!(told("com.a.good"), (true, true, "another file has this module: good.modl"));
    assert_eq!(told("com.a.future"), (true, true, "needs Ignition 8.9.0, and this is 8.3.9"));
    assert_eq!(told("com.a.unsigned"), (false, true, "is not signed"));
    assert_eq!(told("com.a.broken").2, "broken.modl has no licence agreement license.html, which module.xml names");
    assert_eq!(items.len(), 4);
    assert!(healthy(&sim, "com.a.good").is_some());
    assert!(sim.logged("text.modl is no module: it is no zip archive") && sim.logged("dir.modl is no module"));
    assert!(!sim.logged("\u{1b}"));
    assert!(sim.logged("Module 'com.a.future' is quarantined: needs Ignition 8.9.0"));
    assert!(sim.get("/Start").body.contains("needs Ignition 8.9.0"));
    assert!(sim.api("/overview/problems").to_string().contains("com.a.future"));
}

#[test]
fn a_strict_whitelist_holds_third_party_modules_back_without_asking() {
    let sim = box_with_module().set("GATEWAY_MODULES_ENABLED", "com.inductiveautomation.opcua").started();
    sim.wait_running();
    let items = sim.api("/modules/quarantined?limit=100")["items"].as_array().unwrap().clone();
    let held = items.iter().find(|m| m["id"] == ID).unwrap();
    assert_eq!(held["reason"], "not named in GATEWAY_MODULES_ENABLED");
    assert_eq!((&held["certAccepted"], &held["licenseAccepted"]), (&json!(false), &json!(false)));
    let named = format!("com.inductiveautomation.opcua,{ID}");
    let sim = accepting(box_with_module(), ID).set("GATEWAY_MODULES_ENABLED", &named).started();
    sim.wait_running();
    assert_eq!(sim.api("/modules/healthy")["metadata"]["total"], 2);
}

#[test]
fn modules_count_in_the_install_directory_and_in_the_external_folder() {
    let install = tempfile::tempdir().unwrap();
    let put = |path: &str, id: &str| {
        let path = install.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, module(id, "1.0.0", "8.3.0")).unwrap();
    };
    put("user-lib/modules/a.modl", "com.a");
    put("elsewhere/b.modl", "com.b");
    let external = install.path().join("elsewhere");
    let line = format!("-n demo -- -Dignition.gateway.externalModulesFolder={}", external.display());
    let sim = Sim::new("box").set("IGNITION_INSTALL_LOCATION", install.path().to_str().unwrap()).args(&line);
    let sim = accepting(sim, "com.a,com.b").started();
    sim.wait_running();
    assert!(healthy(&sim, "com.a").is_some() && healthy(&sim, "com.b").is_some());
}

#[test]
fn an_unsigned_module_runs_where_unsigned_ones_are_allowed() {
    let sim = Sim::new("box").args("-- -Dignition.allowunsignedmodules=true").set("ACCEPT_MODULE_LICENSES", ID);
    sim.put_bytes(FILE, &unsigned(ID, "1.0.0", "8.3.0"));
    let sim = sim.started();
    sim.wait_running();
    assert!(healthy(&sim, ID).is_some());
    assert_eq!(sim.api("/gateway-info")["allowUnsignedModules"], true);
}

#[test]
fn an_edge_gateway_has_twenty_two_modules() {
    let sim = Sim::new("box").set("IGNITION_EDITION", "edge").started();
    sim.wait_running();
    assert_eq!(sim.api("/modules/healthy")["metadata"]["total"], 22);
    assert_eq!(sim.api("/modules/quarantined")["items"], json!([]));
}

#[test]
fn a_module_found_by_a_scan_waits_for_a_restart() {
    let mut sim = Sim::new("box").started();
    sim.wait_running();
    sim.put_bytes(FILE, &module(ID, "1.0.0", "8.3.0"));
    // Another gateway's register, as a seed brings it: it says what was accepted.
    let other = accepting(box_with_module(), ID).started();
    other.wait_running();
    sim.put_bytes("modules.json", &fs_err::read(other.dir.path().join("modules.json")).unwrap());
    assert_eq!(sim.api("/restart-tasks/pending"), json!({"pending": []}));
    assert_eq!(sim.act("POST", "/scan/config", "").status, 200);
    assert_eq!(sim.api("/restart-tasks/pending"), json!({"pending": ["Module Enabled: com.example.one"]}));
    assert!(healthy(&sim, ID).is_none());
    assert_eq!(sim.act("POST", "/restart-tasks/restart?confirm=true", "").status, 200);
    eventually("it went down", || sim.logged("The gateway restarts"));
    sim.wait_running();
    assert_eq!(sim.api("/restart-tasks/pending"), json!({"pending": []}));
    assert!(healthy(&sim, ID).is_some());
    sim.stop();
    // Switched off and on again in the register.
    let register = || fs_err::read_to_string(sim.dir.path().join("modules.json")).unwrap();
    sim.put("modules.json", &register().replace("\"enabled\"", "\"disabled\""));
    sim.start();
    sim.wait_running();
    assert_eq!(healthy(&sim, ID).unwrap()["onStartup"], "disabled");
    let enabled =
        fs_err::read_to_string(sim.dir.path().join("modules.json")).unwrap().replace("\"disabled\"", "\"enabled\"");
    sim.put("modules.json", &enabled);
    sim.act("POST", "/scan/config", "");
    assert_eq!(sim.api("/restart-tasks/pending")["pending"], json!(["Module Enabled: com.example.one"]));
}

#[test]
fn a_register_that_cannot_be_read_accepts_nothing_and_is_left_alone() {
    let sim = accepting(box_with_module(), ID);
    sim.put("modules.json", "{ broken");
    let sim = sim.started();
    eventually("commissioning", || commissioning(&sim));
    assert!(sim.logged("nothing is accepted: modules.json"));
    assert_eq!(fs_err::read_to_string(sim.dir.path().join("modules.json")).unwrap(), "{ broken");
}
