//! Intent: a gateway that does not come up ends `up` with its name, the unmet condition, its last log lines and the right exit code.

use serde_json::{Value, json};

use ignition_stack_integration::World;

const PAIRLESS: [&str; 6] = ["--arch", "scale-out", "--frontends", "2", "--database", "none"];

/// Brings up a stack in which one gateway has other variables, and returns what `up` said of its failure.
fn failure(world: &World, gateway: &str, env: &Value, timeout: &str, code: i32) -> Value {
    world.create_edited(&PAIRLESS, |record| edit(record, gateway, env));
    let words = ["up", world.name(), "--timeout", timeout, "--output", "json"];
    let ran = world.run(&words).expect(code);
    world.time(&format!("up ends with {code}"), ran.took);
    let report = ran.json();
    assert_eq!(report["exit_code"], code, "{report:#}");
    let error = report["error"].clone();
    assert_eq!(error["member"], gateway, "{error:#}");
    assert!(error["advice"].as_str().is_some_and(|text| !text.is_empty()), "{error:#}");
    assert!(error["log"].as_array().is_some_and(|lines| !lines.is_empty()), "its last lines: {error:#}");
    error
}

fn edit(record: &mut Value, gateway: &str, env: &Value) {
    let gateways = record["gateways"].as_array_mut().unwrap();
    let found = gateways.iter_mut().find(|g| g["name"] == gateway).unwrap();
    for (key, value) in env.as_object().unwrap() {
        found["env"][key] = value.clone();
    }
}

fn says(error: &Value, texts: &[&str]) {
    let all = error.to_string();
    assert!(texts.iter().all(|text| all.contains(text)), "not all of {texts:?} in {error:#}");
}

#[test]
fn it_exits_at_boot() {
    let Some(world) = World::open_simulated("exits_at_boot") else { return };
    let env = json!({ "SIMULATED_EXIT_CODE": "3", "SIMULATED_EXIT_AFTER_MS": "300" });
    let error = failure(&world, "frontend-2", &env, "60s", 1);
    says(&error, &["3"]);
    assert_eq!(error["class"], "not-as-it-should-be", "{error:#}");
}

#[test]
fn it_hangs_while_starting() {
    let Some(world) = World::open_simulated("hangs_in_starting") else { return };
    let error = failure(&world, "backend", &json!({ "SIMULATED_HANG_IN": "STARTING" }), "10s", 5);
    says(&error, &["STARTING", "timed out after 10s"]);
    // Mended in the record, the same command goes on: only this gateway is made anew.
    let before = world.engine.inspect(&world.container("frontend-1")).id;
    world.edit_record(|record| edit(record, "backend", &json!({ "SIMULATED_HANG_IN": "" })));
    assert_eq!(world.up_again()["verified"], true);
    assert_eq!(world.engine.inspect(&world.container("frontend-1")).id, before);
}

#[test]
fn it_stays_in_commissioning() {
    let Some(world) = World::open("stays_in_commissioning") else { return };
    let error = failure(&world, "frontend-1", &json!({ "ACCEPT_IGNITION_EULA": "N" }), "120s", 1);
    says(&error, &["ommissioning"]);
    let verdict = world.verify();
    assert_eq!(verdict.code, 1);
    assert!(verdict.names("frontend-1", "running") && !verdict.names("frontend-2", "running"), "{verdict}");
}

#[test]
fn a_link_is_refused() {
    let Some(world) = World::open("link_refused") else { return };
    world.create_edited(&PAIRLESS, |record| edit(record, "backend", &json!({ "GATEWAY_NETWORK_REQUIRESSL": "true" })));
    let ran = world.run(&["up", world.name(), "--timeout", "180s", "--output", "json"]).expect(1);
    world.time("up ends with 1", ran.took);
    let error = &ran.json()["error"];
    says(error, &["403", "backend", "GATEWAY_NETWORK_REQUIRESSL"]);
    assert!(error["member"].as_str().unwrap().starts_with("frontend-"), "{error:#}");
}
