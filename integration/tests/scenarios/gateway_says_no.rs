//! Intent: a gateway that does not come up ends `up` within 2 s of the fact (and of the patience that its cause is given), with its
//! name, the unmet condition, its last log lines, the cause's id and the right exit code; and what the advice says helps.

use std::time::Duration;

use serde_json::{Value, json};

use ignition_stack_integration::facts::{self, Moment};
use ignition_stack_integration::pressure::Pressure;
use ignition_stack_integration::recreate::GATEWAY_DATA;
use ignition_stack_integration::session::Session;
use ignition_stack_integration::{World, wait};

const PAIRLESS: [&str; 6] = ["--arch", "scale-out", "--frontends", "2", "--database", "none"];
const BASIC: [&str; 4] = ["--arch", "basic", "--database", "none"];

/// How long after the fact a failure is told.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// What a failed `up` said, and when it began and ended.
struct Failed {
    error: Value,
    began: Moment,
    ended: Moment,
    pressure: Pressure,
}

impl Failed {
    /// Runs `up`, which is expected to fail with this code for this cause at this member.
    fn of(world: &World, member: &str, cause: &str, timeout: &str, code: i32) -> Self {
        let (pressure, began) = (Pressure::watch(), facts::now());
        let ran = world.run(&["up", world.name(), "--timeout", timeout, "--output", "json"]).expect(code);
        let ended = facts::now();
        world.time(&format!("up ends with {code}"), ran.took);
        let report = ran.json();
        assert_eq!(report["exit_code"], code, "{report:#}");
        let error = report["error"].clone();
        assert_eq!((&error["member"], &error["cause_id"]), (&member.into(), &cause.into()), "{error:#}");
        assert!(error["advice"].as_str().is_some_and(|text| !text.is_empty()), "{error:#}");
        assert!(error["log"].as_array().is_some_and(|lines| !lines.is_empty()), "its last lines: {error:#}");
        Self { error, began, ended, pressure }
    }

    fn says(self, texts: &[&str]) -> Self {
        let all = self.error.to_string();
        assert!(texts.iter().all(|text| all.contains(text)), "not all of {texts:?} in {:#}", self.error);
        self
    }

    /// The run ended within 2 s of the fact and the patience. What the machine had no processor for does not count.
    fn in_time(self, world: &World, fact: Option<Moment>, patience: Duration) -> Self {
        let fact = fact.expect("the fact is on record");
        assert!(fact >= self.began, "the fact is of this run");
        let took = self.ended.saturating_sub(fact);
        let stalled = self.pressure.between(fact, self.ended);
        world.time("from the fact to the end", took);
        world.time("of that, no processor was free", stalled);
        assert!(
            took.saturating_sub(stalled) <= patience + TOLD_WITHIN,
            "told {took:?} after the fact, {stalled:?} of it without a free processor, with a patience of {patience:?}"
        );
        self
    }
}

fn set(world: &World, gateway: &str, env: &Value) {
    world.edit_record(|record| edit(record, gateway, env));
}

/// Sets variables of one gateway; null takes one away.
fn edit(record: &mut Value, gateway: &str, env: &Value) {
    let gateways = record["gateways"].as_array_mut().unwrap();
    let found = gateways.iter_mut().find(|g| g["name"] == gateway).unwrap();
    for (key, value) in env.as_object().unwrap() {
        match value {
            Value::Null => drop(found["env"].as_object_mut().unwrap().remove(key)),
            value => found["env"][key] = value.clone(),
        }
    }
}

/// A project in which one gateway has other variables.
fn with(world: &World, shape: &[&str], gateway: &str, env: &Value) {
    world.create_edited(shape, |record| edit(record, gateway, env));
}

fn proven(world: &World) {
    assert_eq!(world.up_again()["verified"], true);
}

#[test]
fn it_exits_at_boot() {
    let Some(world) = World::open_simulated("exits_at_boot") else { return };
    with(&world, &PAIRLESS, "frontend-2", &json!({ "SIMULATED_EXIT_CODE": "3", "SIMULATED_EXIT_AFTER_MS": "1500" }));
    let failed = Failed::of(&world, "frontend-2", "container-exited", "60s", 1);
    let died = world.engine.first_event(&world.container("frontend-2"), "die", failed.began);
    failed.in_time(&world, died, Duration::ZERO).says(&["exit code 3", "not-as-it-should-be"]);
    set(&world, "frontend-2", &json!({ "SIMULATED_EXIT_CODE": null, "SIMULATED_EXIT_AFTER_MS": null }));
    proven(&world);
}

#[test]
fn it_crashes_again_and_again() {
    let Some(world) = World::open_simulated("crash_loop") else { return };
    with(&world, &BASIC, "gateway", &json!({ "SIMULATED_EXIT_CODE": "7", "SIMULATED_EXIT_AFTER_MS": "100" }));
    world.run(&["up", world.name(), "--no-wait"]).expect(0);
    let container = world.container("gateway");
    wait::until("the engine has started it again", Duration::from_mins(1), || {
        let count = world.engine.inspect(&container).restart_count.unwrap_or(0);
        if count >= 4 { Ok(()) } else { Err(count.to_string()) }
    });
    let verdict = world.verify_until("verify names the loop", |v| v.says("gateway", "reachable", &["crash-loop"]));
    assert_eq!(verdict.code, 1);
    Failed::of(&world, "gateway", "crash-loop", "60s", 1).says(&["exit code 7", "started again"]);
    set(&world, "gateway", &json!({ "SIMULATED_EXIT_CODE": null, "SIMULATED_EXIT_AFTER_MS": null }));
    proven(&world);
}

#[test]
fn it_is_killed_for_its_memory() {
    let Some(world) = World::open_simulated("killed_for_memory") else { return };
    world.create_edited(&BASIC, |record| {
        edit(record, "gateway", &json!({ "SIMULATED_MEMORY_MIB": "1400" }));
        record["gateways"][0]["memory_mb"] = 256.into();
    });
    let failed = Failed::of(&world, "gateway", "out-of-memory", "60s", 1);
    let died = world.engine.first_event(&world.container("gateway"), "die", failed.began);
    failed.in_time(&world, died, Duration::ZERO).says(&["memory limit 1280 MiB", "heap 256 MiB", "memory_mb"]);
    world.edit_record(|record| record["gateways"][0]["memory_mb"] = 1024.into());
    proven(&world);
}

#[test]
fn it_hangs_while_starting() {
    let Some(world) = World::open_simulated("hangs_in_starting") else { return };
    with(&world, &PAIRLESS, "backend", &json!({ "SIMULATED_HANG_IN": "STARTING" }));
    Failed::of(&world, "backend", "starting", "10s", 5).says(&["STARTING", "timed out after 10s"]);
    // Mended in the record, the same command goes on: only this gateway is made anew.
    let before = world.engine.inspect(&world.container("frontend-1")).id;
    set(&world, "backend", &json!({ "SIMULATED_HANG_IN": null }));
    proven(&world);
    assert_eq!(world.engine.inspect(&world.container("frontend-1")).id, before);
}

#[test]
fn it_stays_in_commissioning() {
    let Some(world) = World::open("stays_in_commissioning") else { return };
    with(&world, &PAIRLESS, "frontend-1", &json!({ "ACCEPT_IGNITION_EULA": "N" }));
    let failed = Failed::of(&world, "frontend-1", "commissioning-eula", "120s", 1).says(&["COMMISSIONING", "eula"]);
    let container = world.container("frontend-1");
    let waits = world.engine.first_logged(&container, "needing commissioning");
    failed.in_time(&world, waits, Duration::from_secs(1));
    let verdict = world.verify();
    assert_eq!(verdict.code, 1);
    assert!(verdict.names("frontend-1", "running") && !verdict.names("frontend-2", "running"), "{verdict}");
    // As advised: the variable goes, and with it the volume, because it counts at the first start only.
    set(&world, "frontend-1", &json!({ "ACCEPT_IGNITION_EULA": null }));
    world.engine.remove(&container);
    world.engine.remove_volume(&format!("{}_frontend-1-data", world.name()));
    proven(&world);
}

#[test]
fn a_link_is_refused() {
    let Some(world) = World::open("link_refused") else { return };
    with(&world, &BASIC_LINK, "backend", &json!({ "GATEWAY_NETWORK_REQUIRESSL": "true" }));
    let failed = Failed::of(&world, "frontend", "link-refused", "180s", 1).says(&[
        "403",
        "backend",
        "GATEWAY_NETWORK_REQUIRESSL",
    ]);
    let refused = world.engine.first_logged(&world.container("frontend"), "403");
    failed.in_time(&world, refused, Duration::from_secs(15));
    set(&world, "backend", &json!({ "GATEWAY_NETWORK_REQUIRESSL": null }));
    world.engine.remove(&world.container("backend"));
    proven(&world);
}

const BASIC_LINK: [&str; 6] = ["--arch", "scale-out", "--frontends", "1", "--database", "none"];

#[test]
fn a_certificate_is_not_trusted() {
    let Some(world) = World::open("certificate_not_trusted") else { return };
    let shape: Vec<&str> = BASIC_LINK.into_iter().chain(["--gateway-network", "tls"]).collect();
    world.up(&shape);
    let backend = world.container("backend");
    world.engine.remove_data_file(&backend, "config/local/ignition/gateway-network/keystore/metro-keystore.pfx");
    // Without its keystore it makes itself a certificate, which nobody here trusts.
    world.engine.start(&backend);
    let failed = Failed::of(&world, "frontend", "link-certificate", "180s", 1).says(&["secrets/backend.pfx"]);
    let rejected = world.engine.first_logged(&world.container("frontend"), "No approved certificate");
    let rejected = rejected.map(|at| at.max(failed.began));
    failed.in_time(&world, rejected, Duration::from_mins(1));
    world.engine.remove(&backend);
    proven(&world);
}

#[test]
fn it_runs_another_edition() {
    let Some(world) = World::open_simulated("wrong_edition") else { return };
    with(&world, &BASIC, "gateway", &json!({ "IGNITION_EDITION": "edge" }));
    let failed = Failed::of(&world, "gateway", "edition-differs", "60s", 1).says(&["edge", "planned standard"]);
    let runs = world.engine.first_logged(&world.container("gateway"), "RUNNING");
    failed.in_time(&world, runs, Duration::ZERO);
    set(&world, "gateway", &json!({ "IGNITION_EDITION": null }));
    world.engine.remove(&world.container("gateway"));
    proven(&world);
}

#[test]
fn a_module_is_in_quarantine() {
    let Some(world) = World::open_simulated("module_quarantined") else { return };
    with(&world, &BASIC, "gateway", &json!({ "GATEWAY_MODULES_ENABLED": "com.inductiveautomation.perspective" }));
    let failed = Failed::of(&world, "gateway", "module-quarantined", "60s", 1).says(&["GATEWAY_MODULES_ENABLED"]);
    let runs = world.engine.first_logged(&world.container("gateway"), "RUNNING");
    // Modules are there a moment after the gateway.
    failed.in_time(&world, runs, Duration::from_millis(500));
    set(&world, "gateway", &json!({ "GATEWAY_MODULES_ENABLED": null }));
    world.engine.remove(&world.container("gateway"));
    proven(&world);
}

#[test]
fn its_trial_is_over() {
    let Some(world) = World::open_simulated("trial_expired") else { return };
    world.up(&BASIC);
    let gateway = world.container("gateway");
    world.engine.stop(&gateway);
    let folder = format!("{GATEWAY_DATA}/config/resources/local/ignition/local-system-properties");
    let text = world.engine.read_file(&gateway, &format!("{folder}/config.json")).unwrap();
    let mut properties: Value = serde_json::from_str(&text).unwrap();
    properties["demoTimeRemaining"] = 0.into();
    world.engine.write_file(&gateway, &folder, "config.json", &properties.to_string());
    let failed = Failed::of(&world, "gateway", "trial-expired", "60s", 1).says(&["trial expired", "Reset Trial"]);
    let started = world.engine.first_event(&gateway, "start", failed.began);
    // The boot of a simulated gateway.
    failed.in_time(&world, started, Duration::from_secs(2));
    let password = std::fs::read_to_string(world.project(world.name()).join("secrets/admin-password")).unwrap();
    let session = Session::open(world.port(0), "admin", password.trim());
    assert_eq!(session.send("POST", "/data/api/v1/trial", "").status, 200, "Reset Trial");
    proven(&world);
}

/// The image of a simulated gateway in a database's place: a process that runs, and a health check that never passes.
#[test]
fn the_database_is_unhealthy() {
    let Some(world) = World::open_simulated("unhealthy_database") else { return };
    world.create_edited(&["--arch", "basic", "--database", "postgres"], |record| {
        record["service_instances"][0]["image"] = "ignition-stack/simulated-gateway:8.3.9".into();
    });
    let failed = Failed::of(&world, "db", "service-unhealthy", "5m", 1).says(&["health check"]);
    let unhealthy = world.engine.first_event(&world.container("db"), "health_status: unhealthy", failed.began);
    failed.in_time(&world, unhealthy, Duration::ZERO);
}
