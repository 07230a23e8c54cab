//! Intent: an `up` that fails keeps what it made and is mended from there; with `--rollback` it takes away what it made, and nothing
//! that was there before.

use ignition_stack_integration::World;
use ignition_stack_integration::engine::STACK;
use ignition_stack_integration::recreate::GATEWAY_DATA;

/// Lets a gateway of the record crash at its boot, or no more.
fn crashes(world: &World, gateway: &str, code: &str) {
    world.edit_record(|record| {
        let found = record["gateways"].as_array_mut().unwrap().iter_mut().find(|g| g["name"] == gateway).unwrap();
        found["env"]["SIMULATED_EXIT_CODE"] = code.into();
        found["env"]["SIMULATED_EXIT_AFTER_MS"] = if code.is_empty() { "" } else { "300" }.into();
    });
}

#[test]
fn what_was_made_is_kept_and_mended() {
    let Some(world) = World::open_simulated("third of five crashes") else { return };
    world.create_edited(&["--arch", "scale-out", "--frontends", "4", "--database", "none"], |_| {});
    crashes(&world, "frontend-3", "3");
    let ran = world.run(&["up", world.name(), "--timeout", "60s", "--output", "json"]).expect(1);
    assert_eq!(ran.json()["error"]["member"], "frontend-3", "{}", ran.stdout);
    let others = ["frontend-1", "frontend-2", "frontend-4", "backend"];
    let ids = || others.map(|member| world.engine.inspect(&world.container(member)).id);
    let made = ids();
    crashes(&world, "frontend-3", "");
    assert_eq!(world.up_again()["verified"], true);
    assert_eq!(ids(), made);
}

#[test]
fn with_rollback_only_what_this_run_made_goes() {
    let Some(world) = World::open_simulated("rollback") else { return };
    let label = format!("{STACK}={}", world.name());
    world.up(&["--arch", "scale-out", "--database", "none"]);
    world.engine.write_file(&world.container("frontend"), GATEWAY_DATA, "canary", "still here");
    world.run(&["down", world.name()]).expect(0);
    let before = world.engine.identities(world.name());
    assert_eq!(before.len(), 2, "two volumes: {before:?}");
    world.run(&["create", world.name(), "--update", "--frontends", "4"]).expect(0);
    crashes(&world, "frontend-3", "3");
    let ran = world.run(&["up", world.name(), "--rollback", "--timeout", "60s", "--output", "json"]).expect(1);
    let error = &ran.json()["error"];
    assert_eq!(error["member"], "frontend-3", "{error:#}");
    assert!(error["log"].as_array().is_some_and(|lines| !lines.is_empty()), "its last lines: {error:#}");
    let told = error["details"].to_string();
    let line = |begin: &str| {
        let details = error["details"].as_array().unwrap().iter().filter_map(|line| line.as_str());
        details.into_iter().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin}: {error:#}"))
    };
    assert!(line("rolled back").contains(&format!("container {}", world.container("frontend-2"))), "{told}");
    for volume in &before {
        assert!(line("stayed").contains(volume) && !line("rolled back").contains(volume.as_str()), "{told}");
    }
    assert!(!told.contains("is kept"), "{told}");
    assert_eq!(world.engine.identities(world.name()), before);
    assert!(world.engine.networks(&label).is_empty());
    crashes(&world, "frontend-3", "");
    assert_eq!(world.up_again()["verified"], true);
    let canary = world.engine.read_file(&world.container("frontend"), &format!("{GATEWAY_DATA}/canary"));
    assert_eq!(canary.as_deref(), Some("still here"));
}
