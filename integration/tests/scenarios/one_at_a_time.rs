//! Intent: of several runs on one stack one works, and the others are told at once who does; a holder that was killed holds up nobody;
//! readers and other stacks never wait.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bollard::models::VolumeCreateRequest;
use serde_json::{Value, json};

use ignition_stack_integration::engine::STACK;
use ignition_stack_integration::leftovers::LEASE;
use ignition_stack_integration::run::Running;
use ignition_stack_integration::world::TIMES;
use ignition_stack_integration::{Invocation, World, target, wait};

const SHAPE: [&str; 4] = ["--arch", "basic", "--database", "none"];
const LIMIT: Duration = Duration::from_secs(1);

/// The run that holds the world's stack, out of the lease on the engine.
fn holder(world: &World) -> Option<Value> {
    let lease = world.engine.volumes(&format!("{LEASE}={}", world.name())).into_iter();
    let mut holders = lease
        .filter(|v| v.name == format!("{}-lease", world.name()))
        .filter_map(|mut v| v.labels.remove("ignition-stack.holder").and_then(|text| serde_json::from_str(&text).ok()));
    holders.next()
}

fn held_by(world: &World, running: &mut Running) {
    wait::until("the run holds the stack", target::patience(), || {
        assert!(running.ended().is_none(), "it ended\n{}", running.stderr());
        let now = holder(world);
        if now.as_ref().is_some_and(|h| h["pid"] == running.id()) { Ok(()) } else { Err(format!("{now:?}")) }
    });
}

#[test]
fn of_eight_runs_one_works_and_readers_and_others_do_not_wait() {
    let Some(world) = World::open("eight at once") else { return };
    let words = world.create_words(world.name(), 0, &SHAPE);
    world.command(&words).run().expect(0);
    let up = ["up", world.name(), "--output", "json"];
    let mut runs: Vec<Running> = (0..8).map(|_| world.command(&up).start()).collect();
    wait::until("a run holds the stack", target::patience(), || holder(&world).ok_or_else(|| "nobody".to_owned()));
    wait::until("its container is there", target::patience(), || {
        let label = format!("{STACK}={}", world.name());
        if world.engine.containers(&label).is_empty() { Err("none".to_owned()) } else { Ok(()) }
    });
    let looked = Instant::now();
    world.run(&["status", world.name()]).expect(0);
    world.run(&["logs", world.name()]).expect(0);
    let took = looked.elapsed();
    world.time("status and logs of a stack that is held", took);
    let mut neighbour = world.create_words(&format!("{}-b", world.name()), 8, &SHAPE);
    "up".clone_into(&mut neighbour[0]);
    world.command(&neighbour).run().expect(0);

    let ends: Vec<_> = runs.drain(..).map(Running::end).collect();
    let worked: Vec<_> = ends.iter().filter(|ran| ran.code == Some(0)).collect();
    assert_eq!(worked.len(), 1, "{ends:#?}");
    assert_eq!(worked[0].json()["verified"], true);
    for ran in ends.into_iter().filter(|ran| ran.code != Some(0)) {
        let command = format!("ignition-stack up {}", world.name());
        ran.expect(75).says(&["another run of ignition-stack works on", &command, "process ", ", for "]);
    }
    assert_eq!(holder(&world), None, "it was given back");
}

#[test]
fn of_two_first_runs_from_two_directories_one_works() {
    let Some(world) = World::open("two first runs") else { return };
    for round in 0..4 {
        let name = format!("{}-{round}", world.name());
        let directories = [0, 1].map(|i| world.directory().join(format!("{round}-{i}")));
        let runs = [0, 1].map(|i| {
            std::fs::create_dir(&directories[i]).unwrap();
            let port = u16::try_from(i).unwrap();
            let mut words = world.create_words(&name, port, &SHAPE);
            "up".clone_into(&mut words[0]);
            let run = Invocation::new(&directories[i], &words).limit(target::patience() + Duration::from_mins(1));
            TIMES.iter().fold(run, |run, (key, value)| run.env(key, value)).start()
        });
        let ends = runs.map(Running::end);
        let mut codes = ends.each_ref().map(|ran| ran.code);
        codes.sort_unstable();
        assert_eq!(codes, [Some(0), Some(75)], "{ends:#?}");
        let (index, refused) = ends.into_iter().enumerate().find(|(_, ran)| ran.code == Some(75)).unwrap();
        refused.says(&["another run of ignition-stack works on", "process "]);
        assert_eq!(std::fs::read_dir(&directories[index]).unwrap().count(), 0, "it writes no project");
        let down = ["down", &name, "--delete-data", "--no-snapshot", &format!("--yes-delete-data={name}")];
        Invocation::new(&directories[1 - index], &down).run().expect(0);
    }
}

#[test]
fn of_two_directories_one_works_and_a_killed_holder_holds_up_nobody() {
    let Some(world) = World::open("two directories") else { return };
    world.command(&world.create_words(world.name(), 0, &SHAPE)).run().expect(0);
    let other = world.directory().join("other");
    std::fs::create_dir(&other).unwrap();
    let copied = std::process::Command::new("cp").arg("-a").arg(world.project(world.name())).arg(&other).status();
    assert!(copied.unwrap().success());
    let elsewhere = |words: &[&str]| Invocation::new(&other, words).limit(target::patience() + Duration::from_mins(1));

    let mut first = world.command(&["up", world.name()]).start();
    held_by(&world, &mut first);
    let pid = format!("process {}", first.id());
    let refused = elsewhere(&["up", world.name(), "--memory", "1536"]).run().expect(75);
    refused.says(&[&format!("another run of ignition-stack works on {}", world.name()), &pid]);
    elsewhere(&["down", world.name()]).run().expect(75).says(&[&pid]);

    // Planning does not wait either, and shows how long a run looks before it asks for the stack.
    let looking = elsewhere(&["up", world.name(), "--memory", "1536", "--plan"]).run().expect(0).took;
    assert_eq!(holder(&world).map(|h| h["pid"].clone()), Some(first.id().into()), "it still works");
    let killed = std::process::Command::new("kill").args(["-9", &first.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let since = Instant::now();
    let mut second = elsewhere(&["up", world.name(), "--memory", "1536"]).start();
    held_by(&world, &mut second);
    let took = since.elapsed();
    world.time("kill -9 of the holder until the next run holds the stack", took);
    assert!(took <= looking + LIMIT, "{took:?}, of which {looking:?} for looking");
    second.end().expect(0);
    drop(first);
    assert_eq!(holder(&world), None);

    let mut third = elsewhere(&["up", world.name(), "--memory", "1024"]).start();
    held_by(&world, &mut third);
    third.interrupt();
    third.end().expect(130);
    assert_eq!(holder(&world), None, "an interrupted run gives it back");
}

/// As an engine leaves it that ended while it made the lease, or as somebody else has made it: nobody can know.
#[test]
fn a_volume_without_labels_that_has_its_name_is_told_with_what_to_do() {
    let Some(world) = World::open("no lease") else { return };
    world.up(&SHAPE);
    let name = format!("{}-lease", world.name());
    let request = VolumeCreateRequest { name: Some(name.clone()), ..VolumeCreateRequest::default() };
    world.engine.wait(world.engine.docker.create_volume(request)).unwrap();
    let remove = format!("docker volume rm {name}");
    for words in [&["stop", world.name()][..], &["up", world.name(), "--memory", "1536"]] {
        world.run(words).expect(3).says(&[&name, "nothing was touched", &remove]);
    }
    world.run(&["status", world.name()]).expect(0);
    assert_eq!(world.up_again()["operations"], 0, "with nothing to do nobody asks for it");
    world.engine.remove_volume(&name);
    world.run(&["stop", world.name()]).expect(0);
}

#[test]
fn a_lease_of_another_host_is_released_by_hand() {
    let Some(world) = World::open("another host") else { return };
    world.up(&SHAPE);
    let listed = || {
        let list = world.run(&["list", "--output", "json"]).expect(0).json();
        list["stacks"].as_array().unwrap().iter().find(|row| row["stack"] == world.name()).unwrap()["volumes"].clone()
    };
    let volumes = listed();
    let holder_there = json!({
        "run": "r1", "command": format!("up {}", world.name()), "since": 1000, "host": "build-7", "machine": "m",
        "boot": "b", "space": "pid:[1]", "pid": 1, "started": "1",
    });
    let labels = [(LEASE, world.name().to_owned()), ("ignition-stack.holder", holder_there.to_string())];
    let labels: HashMap<_, _> = labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let name = Some(format!("{}-lease", world.name()));
    let request = VolumeCreateRequest { name, labels: Some(labels), ..VolumeCreateRequest::default() };
    world.engine.wait(world.engine.docker.create_volume(request)).unwrap();

    assert_eq!(listed(), volumes, "a lease is no data");
    let unlock = format!("ignition-stack unlock {}", world.name());
    let stop = ["stop", world.name()];
    world.run(&stop).expect(75).says(&["process 1 on build-7", &unlock]);
    assert_eq!(world.up_again()["operations"], 0, "with nothing to do nobody asks for it");
    world.run(&["unlock", world.name()]).expect(3).says(&["process 1 on build-7", "nothing was touched", "--yes"]);
    world.run(&stop).expect(75);
    world.run(&["unlock", world.name(), "--yes"]).expect(0).says(&["released", "build-7"]);
    world.run(&stop).expect(0);
    world.run(&["unlock", world.name()]).expect(0).says(&["no run holds it"]);
    assert_eq!(holder(&world), None);
}
