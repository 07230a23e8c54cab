//! Intent: what one node of a pair alone has is never replaced by less of the other one's without somebody's word: not when the master's
//! volume is gone, not when a backup comes back to a volume of before; and a backup leaves by nobody's accident.

use ignition_stack_integration::engine::STACK;
use ignition_stack_integration::failpoint::{Failpoint, Moment};
use ignition_stack_integration::recreate::GATEWAY_DATA;
use ignition_stack_integration::{Ran, World, target, wait};

const SHAPE: [&str; 6] = ["--arch", "basic", "--redundant", "gateway", "--database", "none"];
/// A file that a pair shares (fact sheet 5.5).
const PROJECT: &str = "projects/plant/made-by-a-person";

#[test]
fn a_master_that_lost_its_data_does_not_empty_its_backup() {
    let Some(world) = World::open("master without data") else { return };
    let name = world.name().to_owned();
    world.up(&SHAPE);
    world.engine.write_file(&world.container("gateway"), GATEWAY_DATA, PROJECT, "work");
    for node in ["gateway", "gateway-backup"] {
        has_it(&world, node);
    }

    world.run(&["down", &name]).expect(0);
    world.engine.remove_volume(&format!("{name}_gateway-data"));
    let before = volumes(&world);
    let refused = ["gateway begins with no data", "what gateway-backup has is lost", "--abandon-backup"];
    for words in [&["up", &name][..], &["up", &name, "--plan"], &["up", &name, "--memory", "1536"]] {
        is_refused(&world, words, &refused);
    }
    let doctor = world.run(&["doctor", &name]).expect(3);
    doctor.says(&["problem", "gateway begins with no data"]);
    assert_eq!(volumes(&world), before, "nothing is touched");

    // A file of what is left says what it has not.
    let saved = world.run(&["snapshot", &name, "--output", "json"]).expect(0);
    let file = saved.says(&["gateway has no data volume"]).json()["file"].as_str().unwrap().to_owned();
    let sure = format!("--yes-delete-data={name}");
    world.run(&["down", &name, "--delete-data", "--no-snapshot", &sure]).expect(0);
    world.run(&["restore", &name, &file]).expect(0).says(&["has no data of gateway: it begins with none"]);
    is_refused(&world, &["up", &name], &refused);

    // Somebody may know that it is of no use.
    let ran = world.run(&["up", &name, "--abandon-backup", "--output", "json"]).expect(0);
    ran.says(&["--abandon-backup: gateway begins with no data"]);
    assert_eq!(project_of(&world, "gateway"), None);
}

/// A volume that was kept is not written over by accident, whoever changed the record.
#[test]
fn a_backup_does_not_come_back_to_a_volume_of_before_unasked() {
    let Some(world) = World::open("backup comes back") else { return };
    let name = world.name().to_owned();
    world.up(&SHAPE);
    world.run(&["up", &name, "--redundant", "none"]).expect(0);
    let before = volumes(&world);
    let refused = ["gateway-backup comes back to volume", "is replaced by what gateway has", "--abandon-backup"];
    is_refused(&world, &["up", &name, "--redundant", "gateway"], &refused);
    world.run(&["create", &name, "--update", "--redundant", "gateway"]).expect(0);
    is_refused(&world, &["up", &name], &refused);
    world.run(&["doctor", &name]).expect(3).says(&["comes back to volume"]);
    world.run(&["down", &name]).expect(0);
    is_refused(&world, &["up", &name], &refused);
    assert_eq!(volumes(&world), before, "nothing is touched");
    let ran = world.run(&["up", &name, "--abandon-backup", "--output", "json"]).expect(0);
    assert_eq!(ran.json()["verified"], true);
    assert_eq!(world.up_again()["operations"], 0, "it was said once");
}

/// A backup that does not run is no reason to let it go, unless a run that had looked at both nodes stopped it.
#[test]
fn what_was_decided_goes_on_and_nothing_else() {
    let Some(world) = World::open_simulated("parting decided") else { return };
    let Some(proxy) = world.proxy() else { return };
    let name = world.name().to_owned();
    world.up(&SHAPE);
    world.run(&["create", &name, "--update", "--redundant", "none"]).expect(0);
    world.engine.stop(&world.container("gateway-backup"));
    is_refused(&world, &["up", &name], &["gateway would go on without gateway-backup", "--abandon-backup"]);
    world.run(&["up", &name, "--redundant", "gateway"]).expect(0);

    let words = ["up", name.as_str(), "--redundant", "none"];
    let command = || world.command(&words).env("DOCKER_HOST", &proxy.host());
    // The lease is the first change, the backup's stop the second.
    let armed = Failpoint { call: 2, moment: Moment::After, signal: "KILL" }.arm(&proxy);
    let running = command().start();
    armed.aim(running.id());
    let ran = running.end();
    assert_eq!(ran.code, None, "{ran:?}");
    let hit = armed.hit().expect("it was killed at its moment").1;
    assert!(hit.contains("/stop"), "{hit}");
    assert!(!world.engine.runs(&world.container("gateway-backup")), "it was killed half way");
    let ran = world.run(&["up", &name, "--output", "json"]).expect(0);
    ran.says(&["gateway is active and gateway-backup does not run any more"]);
    assert_eq!(world.status("gateway")["role"], "Independent");
}

/// Waits until a node has what somebody made in the pair.
fn has_it(world: &World, node: &str) {
    wait::until(&format!("{node} has the project"), target::patience(), || {
        project_of(world, node).map(|_| ()).ok_or_else(|| "not there".to_owned())
    });
}

fn project_of(world: &World, node: &str) -> Option<String> {
    world.engine.read_file(&world.container(node), &format!("{GATEWAY_DATA}/{PROJECT}"))
}

fn volumes(world: &World) -> Vec<String> {
    let all = world.engine.volumes(&format!("{STACK}={}", world.name()));
    let mut all: Vec<_> = all.into_iter().map(|volume| volume.name).collect();
    all.sort();
    all
}

/// These words end with exit code 3 and these texts, and no container is touched.
fn is_refused(world: &World, words: &[&str], told: &[&str]) -> Ran {
    let before = world.engine.identities(world.name());
    let ran = world.run(&[words, &["--output", "json"]].concat()).expect(3);
    let error = ran.json()["error"].to_string();
    assert!(told.iter().all(|text| error.contains(text)), "{told:?}: {error}");
    assert!(error.contains("nothing was touched"), "{error}");
    assert_eq!(world.engine.identities(world.name()), before);
    ran
}
