//! Intent: whatever is broken behind the program's back, `verify` says so with exit code 1, names the gateway and the condition,
//! and holds again when it is mended, by its own advice where it gives one.

use ignition_stack_integration::World;

const SHAPE: [&str; 8] = ["--arch", "scale-out", "--frontends", "2", "--redundant", "backend", "--database", "none"];

#[test]
fn verify_names_what_is_broken() {
    let Some(world) = World::open("verify_names") else { return };
    world.up(&SHAPE);
    the_backup_is_stopped(&world);
    the_master_is_paused(&world);
    a_frontend_is_cut_off(&world);
    the_backup_loses_its_role(&world);
    the_backend_loses_its_policy(&world);
    the_whole_pair_is_gone(&world);
}

fn the_backup_is_stopped(world: &World) {
    world.engine.stop(&world.container("backend-backup"));
    let verdict = world.verify_until("verify sees the stopped backup", |v| v.names("backend", "peer-connected"));
    assert_eq!(verdict.code, 1);
    verdict.expect("backend-backup", "reachable", &["stopped", "ignition-stack start"]);
    verdict.expect("backend", "peer-connected", &["peer not connected"]);
    world.run(&["start", world.name(), "backend-backup"]).expect(0);
    world.mended();
}

fn the_master_is_paused(world: &World) {
    let master = world.container("backend");
    world.engine.pause(&master);
    let verdict = world.verify();
    assert_eq!(verdict.code, 1);
    verdict.expect("backend", "reachable", &["paused", "ignition-stack start"]);
    assert!(!verdict.names("frontend-1", "running"), "{verdict}");
    world.engine.unpause(&master);
    world.mended();
}

fn a_frontend_is_cut_off(world: &World) {
    let frontend = world.container("frontend-1");
    for network in ["frontend", "backend"] {
        world.engine.disconnect(&frontend, &format!("{}_{network}", world.name()));
    }
    let verdict = world.verify();
    assert_eq!(verdict.code, 1);
    verdict.expect("frontend-1", "networks", &["_frontend", "_backend", "ignition-stack up"]);
    assert!(!verdict.names("frontend-2", "networks") && !verdict.names("frontend-2", "link-running"), "{verdict}");
    // As advised: `up` connects it again, and leaves the container as it is.
    let report = world.up_again();
    assert!(report["operations"].as_u64() > Some(0), "{report:#}");
    assert!(world.verify().holds());
}

fn the_backup_loses_its_role(world: &World) {
    let backup = world.container("backend-backup");
    world.engine.remove_data_file(&backup, "redundancy.xml");
    world.engine.start(&backup);
    let verdict = world.verify_until("verify sees the role", |v| v.names("backend-backup", "role"));
    assert_eq!(verdict.code, 1);
    verdict.expect("backend-backup", "role", &["Independent", "redundancy.xml", "docker rm -f"]);
    verdict.expect("backend", "peer-connected", &[]);
    world.engine.remove(&backup);
    world.up_again();
    assert!(world.verify().holds());
}

fn the_backend_loses_its_policy(world: &World) {
    let master = world.container("backend");
    world.engine.recreate(&master, |body| {
        // The image's own default again. Without the variable the gateway would keep what it was told before (fact sheet 10.12).
        let env = body.env.get_or_insert_default();
        let policy = env.iter_mut().find(|variable| variable.starts_with("GATEWAY_NETWORK_REQUIRESSL="));
        "GATEWAY_NETWORK_REQUIRESSL=true".clone_into(policy.expect("the policy was given by variables"));
    });
    world.engine.start(&master);
    let refused = ["403", "GATEWAY_NETWORK_REQUIRESSL", &master];
    let verdict = world.verify_until("verify sees every refusal", |v| {
        ["frontend-1", "frontend-2"].iter().all(|frontend| v.says(frontend, "link-running", &refused))
            && v.says("backend-backup", "peer-connected", &["403"])
    });
    assert_eq!(verdict.code, 1);
    verdict.expect("backend", "link-accepted", &["frontend-1"]);
    verdict.expect("backend", "link-accepted", &["frontend-2"]);
    world.engine.remove(&master);
    world.up_again();
    assert!(world.verify().holds());
}

fn the_whole_pair_is_gone(world: &World) {
    for node in ["backend", "backend-backup"] {
        world.engine.remove(&world.container(node));
    }
    let verdict = world.verify();
    assert_eq!(verdict.code, 1);
    for node in ["backend", "backend-backup"] {
        verdict.expect(node, "reachable", &["no container"]);
    }
    let before = world.engine.identities(world.name());
    world.up_again();
    let kept = world.engine.identities(world.name());
    assert!(before.is_subset(&kept), "what was not broken stays: {before:?} {kept:?}");
}

/// What runs and what the record says may differ in other ways than in being broken.
#[test]
fn verify_names_what_is_not_as_the_record_says() {
    let Some(world) = World::open("record_differs") else { return };
    let shape = ["--arch", "scale-out", "--frontends", "2", "--database", "none"];
    world.up(&shape);
    world.edit_record(|record| record["gateways"][0]["memory_mb"] = 4096.into());
    let verdict = world.verify();
    assert_eq!(verdict.code, 1);
    verdict.expect("frontend-1", "configuration", &["another configuration", "ignition-stack up"]);
    assert!(!verdict.names("backend", "configuration") && !verdict.names("frontend-2", "configuration"), "{verdict}");
    world.edit_record(|record| {
        record["gateways"].as_array_mut().unwrap().remove(1);
    });
    world.verify().expect("frontend-2", "configuration", &["not in its record", "ignition-stack up"]);
    world.up_again();
    world.mended();
    assert!(
        world.engine.containers(&format!("ignition-stack.stack={}", world.name())).len() == 2,
        "the stranger is gone"
    );
}
