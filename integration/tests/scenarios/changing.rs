//! Intent: a stack that runs is changed by flags and by its record; each change is told, converges and is proven, what it does not
//! concern runs on, and no data goes.

use std::collections::BTreeSet;

use ignition_stack_integration::{Ran, World};

#[test]
fn a_running_stack_grows_pairs_joins_its_networks_and_shrinks() {
    let Some(world) = World::open("changing") else { return };
    world.up(&["--arch", "scale-out", "--database", "none"]);
    let first = started(&world, &["frontend", "backend"]);

    let ran = change(&world, &["--frontends", "3"]);
    ran.says(&["added services/frontend-2/", "changed .ignition-stack/config.json, POST-SETUP.md"]);
    assert_eq!(started(&world, &["frontend", "backend"]), first, "growing concerns nobody else");
    assert_eq!(running(&world), set(&["backend", "frontend", "frontend-2", "frontend-3"]));

    change(&world, &["--redundant", "backend"]);
    let verdict = world.verify();
    assert!(verdict.holds(), "{verdict}");
    assert_eq!(world.status("backend")["role"], "Master");
    assert_eq!(world.status("frontend-3")["links"], "2 of 2", "links follow the pair");

    let plan = world.run(&["up", world.name(), "--no-network-split", "--plan"]).expect(0);
    assert!(plan.stdout.contains("write file docker-compose.yaml  (changed)"), "{}", plan.stdout);
    assert!(plan.stdout.contains("(no longer part of the stack)"), "{}", plan.stdout);
    change(&world, &["--no-network-split"]);
    let networks = world.engine.networks_of(&world.container("backend"));
    assert_eq!(networks, set(&[&format!("{}_default", world.name())]));
    let label = format!("ignition-stack.stack={}", world.name());
    assert_eq!(world.engine.networks(&label).len(), 1, "the two of the split are gone");

    let volumes = world.engine.volumes(&label).len();
    change(&world, &["--frontends", "1"]).says(&["removed services/frontend-2/"]);
    assert_eq!(running(&world), set(&["backend", "backend-backup", "frontend"]));
    assert_eq!(world.engine.volumes(&label).len(), volumes, "volumes stay");
    assert_eq!(change(&world, &["--frontends", "1"]).json()["operations"], 0);
}

#[test]
fn an_edited_record_is_followed_and_edited_files_are_kept() {
    let Some(world) = World::open("changing by hand") else { return };
    world.up(&["--arch", "hub-and-spoke", "--spokes", "2", "--database", "none"]);
    let before = started(&world, &["hub", "spoke-1", "spoke-2"]);
    let compose = world.project(world.name()).join("docker-compose.yaml");
    let mine = std::fs::read_to_string(&compose).unwrap() + "# mine\n";
    std::fs::write(&compose, &mine).unwrap();
    world.edit_record(|record| record["gateways"][2]["env"]["LANG"] = "C.UTF-8".into());
    change(&world, &[]).says(&["kept as edited by hand: docker-compose.yaml", "--overwrite"]);
    assert_eq!(std::fs::read_to_string(&compose).unwrap(), mine);
    let after = started(&world, &["hub", "spoke-1", "spoke-2"]);
    assert_eq!(after[..2], before[..2]);
    assert_ne!(after[2], before[2], "only the gateway that was edited is made anew");
    change(&world, &["--overwrite"]).says(&["changed docker-compose.yaml"]);
    let written = std::fs::read_to_string(&compose).unwrap();
    assert!(written.contains("LANG: C.UTF-8") && !written.contains("# mine"));
    assert_eq!(started(&world, &["hub", "spoke-1", "spoke-2"]), after);
}

/// `up` with these words on the stack that is there, proven.
fn change(world: &World, words: &[&str]) -> Ran {
    let mut all = vec!["up", world.name(), "--output", "json"];
    all.extend(words);
    let ran = world.run(&all).expect(0);
    assert_eq!(ran.json()["verified"], true);
    ran
}

fn started(world: &World, members: &[&str]) -> Vec<String> {
    members.iter().map(|member| world.engine.started_at(&world.container(member))).collect()
}

/// The members whose containers run.
fn running(world: &World) -> BTreeSet<String> {
    let label = format!("ignition-stack.stack={}", world.name());
    let members = world.engine.containers(&label).into_iter().filter_map(|c| c.labels?.remove("ignition-stack.member"));
    members.collect()
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
