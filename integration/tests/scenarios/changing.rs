//! Intent: a stack that runs is changed by flags and by its record; each change is told, converges and is proven, what it does not
//! concern runs on, and no data goes.

use std::collections::BTreeSet;

use ignition_stack_integration::recreate::GATEWAY_DATA;
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
    a_pair_is_undone_and_made_again(&world);
}

fn a_pair_is_undone_and_made_again(world: &World) {
    let label = format!("ignition-stack.stack={}", world.name());
    let volumes = || world.engine.volumes(&label).into_iter().map(|volume| volume.name).collect::<BTreeSet<_>>();
    let before = volumes();
    world.engine.write_file(&world.container("backend"), GATEWAY_DATA, "canary", "mine");
    let stays =
        format!("backend-backup leaves the stack; its data stays in volume {}_backend-backup-data", world.name());
    world.run(&["up", world.name(), "--redundant", "none", "--plan"]).expect(0).says(&[&stays]);
    change(world, &["--redundant", "none"]).says(&[&stays]);
    assert_eq!(running(world), set(&["backend", "frontend"]));
    assert_eq!(volumes(), before, "no volume goes");
    assert_eq!(world.status("backend")["role"], "Independent");
    let canary = world.engine.read_file(&world.container("backend"), &format!("{GATEWAY_DATA}/canary"));
    assert_eq!(canary.as_deref(), Some("mine"));
    let verdict = world.verify();
    assert!(verdict.holds(), "{verdict}");
    assert_eq!(change(world, &["--redundant", "none"]).json()["operations"], 0);
    change(world, &["--redundant", "backend", "--abandon-backup"]);
    assert_eq!(world.status("backend-backup")["role"], "Backup");
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

/// What a person does to the record.
type Edit = Box<dyn Fn(&mut serde_json::Value)>;

#[test]
fn what_only_a_first_start_takes_over_is_refused_once_there_is_data() {
    let Some(world) = World::open("changing what is settled") else { return };
    world.up(&["--arch", "scale-out", "--database", "none"]);
    let members = ["frontend", "backend"];
    let (before, identities) = (started(&world, &members), world.engine.identities(world.name()));
    let database = serde_json::json!([{"id": "db", "service": "postgres"}]);
    let edits: [(&str, Edit); 3] = [
        (
            "frontend: gateways[0].ignition_edition is \"edge\", and its data began with \"standard\"",
            Box::new(|record| record["gateways"][0]["ignition_edition"] = "edge".into()),
        ),
        (
            "backend: admin_username is \"root\", and its data began with \"admin\"",
            Box::new(|record| record["admin_username"] = "root".into()),
        ),
        (
            "backend: gateways[1].services is \"db\", and its data began with \"none\"",
            Box::new(move |record| {
                record["service_instances"] = database.clone();
                record["gateways"][1]["services"] = serde_json::json!([{"instance": "db"}]);
            }),
        ),
    ];
    let record = world.project(world.name()).join(".ignition-stack/config.json");
    let good = std::fs::read_to_string(&record).unwrap();
    for (told, edit) in edits {
        world.edit_record(edit);
        let verdict = world.verify();
        assert!(!verdict.holds(), "{told}: verify calls it good");
        for words in [&["up", world.name()][..], &["up", world.name(), "--plan"]] {
            world.run(words).expect(3).says(&[told, "nothing was touched", "docker volume rm"]);
        }
        assert_eq!(
            (started(&world, &members), world.engine.identities(world.name())),
            (before.clone(), identities.clone())
        );
        std::fs::write(&record, &good).unwrap();
    }
    assert_eq!(change(&world, &[]).json()["operations"], 0, "put back, nothing is left to do");
    // Without its data a gateway may begin otherwise.
    world.edit_record(|record| record["gateways"][0]["ignition_edition"] = "edge".into());
    world.run(&["down", world.name()]).expect(0);
    let volume = format!("{}_frontend-data", world.name());
    let options = None::<bollard::query_parameters::RemoveVolumeOptions>;
    world.engine.wait(world.engine.docker.remove_volume(&volume, options)).unwrap();
    change(&world, &[]);
    assert!(world.verify().holds());
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
