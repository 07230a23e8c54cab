//! Intent: all data of a stack goes into one file and comes back out of it, into a stack that is proven again; nothing is ever
//! restored over data that is there, and a restore that was killed is never taken for a stack's data.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use ignition_stack_integration::engine::STACK;
use ignition_stack_integration::proxy::{Fault, Rule};
use ignition_stack_integration::recreate::GATEWAY_DATA;
use ignition_stack_integration::{Verdict, World, target, wait};

const SHAPE: [&str; 6] = ["--arch", "scale-out", "--redundant", "backend", "--database", "none"];
const GATEWAYS: [&str; 3] = ["frontend", "backend", "backend-backup"];
/// Label of what holds volumes while they are copied.
const HOLDS: &str = "ignition-stack.holds";

#[test]
fn a_snapshot_brings_a_stack_back() {
    let Some(world) = World::open("snapshots") else { return };
    let name = world.name().to_owned();
    world.up(&SHAPE);
    for gateway in GATEWAYS {
        world.engine.write_file(&world.container(gateway), GATEWAY_DATA, "canary", gateway);
    }
    let file = a_running_stack_is_paused_and_goes_on(&world);
    let again = |file: &str| world.run(&["restore", &name, file]);
    again(&file).expect(3).says(&["has containers", "nothing was touched"]);
    world.run(&["down", &name]).expect(0);
    again(&file).expect(3).says(&["has data", "nothing was touched"]);
    world.up_again();

    let sure = format!("--yes-delete-data={name}");
    let down = world.run(&["down", &name, "--delete-data", &sure, "--output", "json"]).expect(0).json();
    let saved = down["snapshot"].as_str().unwrap_or_else(|| panic!("{down:#}")).to_owned();
    assert!(world.engine.volumes(&format!("{STACK}={name}")).is_empty());
    nothing_holds(&world);

    a_damaged_file_makes_nothing(&world, &saved);
    killed_at_any_moment_it_is_whole_or_known_to_be_not(&world, &saved);
    let report = world.up_again();
    assert_eq!(report["verified"], true);
    for gateway in GATEWAYS {
        let canary = world.engine.read_file(&world.container(gateway), &format!("{GATEWAY_DATA}/canary"));
        assert_eq!(canary.as_deref(), Some(gateway));
    }
    nothing_holds(&world);
    world.run(&["down", &name, "--delete-data", "--no-snapshot", &sure]).expect(0);
    assert_eq!(std::fs::read_dir(world.project(&name).join("snapshots")).unwrap().count(), 2);
}

fn a_running_stack_is_paused_and_goes_on(world: &World) -> String {
    let name = world.name();
    let before = world.engine.identities(name);
    let ran = world.run(&["snapshot", name, "--output", "json"]).expect(0);
    world.time("snapshot of 3 running gateways", ran.took);
    let report = ran.json();
    assert_eq!((&report["command"], &report["members"]), (&"snapshot".into(), &"paused".into()), "{report:#}");
    let volumes = report["volumes"].as_array().unwrap();
    assert_eq!(volumes.len(), GATEWAYS.len());
    assert!(volumes.iter().all(|v| v["bytes"].as_u64().unwrap() > 1000), "{report:#}");
    let file = report["file"].as_str().unwrap().to_owned();
    let mode = std::fs::metadata(world.directory().join(&file)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "a snapshot is as secret as what is in it");
    assert_eq!(world.engine.identities(name), before);
    for gateway in GATEWAYS {
        assert!(world.engine.runs(&world.container(gateway)), "{gateway} goes on");
    }
    world.verify_until("the stack is as it was", Verdict::holds);
    file
}

fn nothing_holds(world: &World) {
    let label = format!("{STACK}={}", world.name());
    let held = world
        .engine
        .containers(&label)
        .into_iter()
        .filter(|c| c.labels.as_ref().is_some_and(|labels| labels.contains_key(HOLDS)));
    assert_eq!(held.count(), 0);
    for purpose in ["snapshot", "restore"] {
        let image = format!("ignition-stack-volumes:{}-{purpose}", world.name());
        assert!(world.engine.wait(world.engine.docker.inspect_image(&image)).is_err(), "{image} is gone");
    }
}

fn a_damaged_file_makes_nothing(world: &World, file: &str) {
    let whole = std::fs::read(world.directory().join(file)).unwrap();
    let damaged: [(&str, Vec<u8>); 2] = [
        ("cut.tar", whole[..whole.len() / 2].to_vec()),
        ("changed.tar", {
            let mut bytes = whole.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            bytes
        }),
    ];
    for (name, bytes) in damaged {
        std::fs::write(world.directory().join(name), bytes).unwrap();
        world.run(&["restore", world.name(), name]).expect(2).says(&[name]);
        assert!(world.engine.identities(world.name()).is_empty());
    }
}

/// Many moments, because it is quick; each ends in one of three states, and never in one that looks whole and is not.
fn killed_at_any_moment_it_is_whole_or_known_to_be_not(world: &World, file: &str) {
    let name = world.name();
    let label = format!("{STACK}={name}");
    let quick = world.run(&["restore", name, file]).expect(0).took;
    world.time("restore of 3 gateways", quick);
    let sure = format!("--yes-delete-data={name}");
    let mut halves = 0;
    for part in 1..=12 {
        world.run(&["down", name, "--delete-data", "--no-snapshot", &sure]).expect(0);
        let running = world.command(&["restore", name, file]).start();
        std::thread::sleep(quick * part / 12);
        drop(running);
        let there = world.engine.volumes(&label).len();
        let plan = world.run(&["up", name, "--plan"]);
        if plan.code == Some(3) {
            halves += 1;
            plan.says(&["did not end", "restore"]);
            world.run(&["down", name]).expect(3).says(&["did not end"]);
            let doctor = world.run(&["doctor", name, "--output", "json"]).expect(3).json();
            assert!(doctor["findings"].as_array().unwrap().iter().any(|f| f["topic"] == "data"), "{doctor:#}");
            world.run(&["snapshot", name]).expect(3).says(&["did not end"]);
            if halves == 1 {
                everybody_tells_it(world);
            }
        } else {
            plan.expect(0);
            assert!(there == 0 || there == GATEWAYS.len(), "{there} volumes look whole");
        }
    }
    let last = world.run(&["restore", name, file]);
    if last.code != Some(0) {
        last.expect(3).says(&["has data"]);
    }
    world.time(&format!("{halves} of 12 kills met a restore half done; restore took"), quick);
    if target::real_image().is_none() {
        assert!(halves > 0, "no kill met a restore half done");
    }
}

pub(super) fn everybody_tells_it(world: &World) {
    let name = world.name();
    for verb in ["start", "restart"] {
        world.run(&[verb, name]).expect(3).says(&["did not end", "restore"]);
    }
    world.run(&["logs", name]).expect(1).says(&["did not end"]);
    for verb in ["logs", "stop"] {
        let ran = world.run(&[verb, name]).expect(1).says(&["no", "container", "FILE again"]);
        assert!(!ran.stderr.contains(&format!("ignition-stack up {name}")), "up would refuse\n{}", ran.stderr);
    }
    world.run(&["status", name]).expect(0).says(&["did not end", "restore"]);
    world.run(&["verify", name]).expect(1).says(&["did not end", "restore"]);
    let verdict = world.run(&["verify", name, "--output", "json"]).expect(1).json();
    let checks = verdict["checks"].as_array().unwrap();
    let data = checks.iter().find(|check| check["condition"] == "data").unwrap();
    assert_eq!((&data["state"], &data["follows"]), (&"fail".into(), &false.into()), "{verdict:#}");
    world.run(&["list"]).expect(0).says(&["restore did not end"]);
    let list = world.run(&["list", "--output", "json"]).expect(0).json();
    let row = list["stacks"].as_array().unwrap().iter().find(|row| row["stack"] == name).unwrap();
    assert_eq!(row["restore_unfinished"], true, "{list:#}");
}

/// A person's file, whose name only looks like one of the program's.
const MINE: &str = ".snapshot-mine.part";

/// Kills a snapshot while it copies, and sees what it leaves. Returns the file.
fn killed_while_it_copies(world: &World) -> PathBuf {
    let proxy = world.proxy().unwrap();
    proxy.rule(Rule::kind("GET /containers/*/archive", Fault::Delay(Duration::from_mins(1))));
    let mut running = world.command(&["snapshot", world.name()]).env("DOCKER_HOST", &proxy.host()).start();
    wait::until("the snapshot reads a volume", target::patience(), || {
        assert!(running.ended().is_none(), "it ended\n{}", running.stderr());
        let calls = proxy.calls().of("GET /containers/*/archive");
        if calls.is_empty() { Err(running.stderr()) } else { Ok(()) }
    });
    what_is_paused_is_told(world, false);
    drop(running);
    what_is_paused_is_told(world, true);
    let snapshots = world.project(world.name()).join("snapshots");
    let mut left = std::fs::read_dir(snapshots).unwrap().map(|entry| entry.unwrap().path());
    let is_left = |path: &PathBuf| path.extension().is_some_and(|end| end == "part") && !path.ends_with(MINE);
    let file = left.find(is_left).unwrap();
    assert!(world.engine.inspect_if_there(&format!("{}-snapshot", world.name())).is_some());
    file
}

/// `left`: nobody is at work any more who lets it go on.
fn what_is_paused_is_told(world: &World, left: bool) {
    let name = world.name();
    let start = format!("ignition-stack start {name}");
    let status = world.run(&["status", name]).expect(0);
    assert_eq!(status.stdout.contains("gateway is paused: by a snapshot that was killed"), left, "{}", status.stdout);
    assert_eq!(status.stdout.contains(&start), left, "{}", status.stdout);
    let doctor = world.run(&["doctor", name, "--output", "json"]).expect(0).json();
    let told = doctor["findings"].as_array().unwrap().iter().find(|finding| finding["topic"] == "data");
    assert_eq!(told.is_some(), left, "{doctor:#}");
    assert!(
        told.is_none_or(|f| f["state"] == "warning" && f["advice"].as_str().unwrap().contains(&start)),
        "{doctor:#}"
    );
}

#[test]
fn what_a_killed_snapshot_leaves_goes_with_the_next_run() {
    let Some(world) = World::open("snapshots_killed") else { return };
    if world.proxy().is_none() {
        return;
    }
    world.up(&["--arch", "basic", "--database", "none"]);
    let name = world.name().to_owned();
    for next in ["up", "snapshot", "down"] {
        if next != "up" {
            world.up_again();
        }
        let part = killed_while_it_copies(&world);
        let mine = part.with_file_name(MINE);
        std::fs::write(&mine, "a person's").unwrap();
        let file = part.file_name().unwrap().to_str().unwrap();
        let container = format!("removed container {name}-snapshot,");
        world.run(&[next, &name]).expect(0).says(&[&container, file, "left that was killed"]);
        assert!(!part.exists(), "{next} leaves {}", part.display());
        assert!(mine.exists(), "{next}: not ours");
        nothing_holds(&world);
    }
}

#[test]
fn a_snapshot_of_another_stack_is_refused() {
    let Some(world) = World::open("snapshots_of_others") else { return };
    let name = world.name().to_owned();
    world.command(&world.create_words(&name, 0, &["--arch", "basic", "--database", "none"])).run().expect(0);
    world.run(&["snapshot", &name]).expect(2).says(&["no volumes"]);
    world.run(&["up", &name, "--no-wait"]).expect(0);
    world.run(&["snapshot", &name, "--no-pause", "--file", "mine.tar"]).expect(0);
    world.run(&["snapshot", &name, "--file", "mine.tar"]).expect(3).says(&["already"]);
    assert!(world.engine.runs(&world.container("gateway")), "a snapshot that fails leaves nothing frozen");
    let twin = world.directory().join("elsewhere");
    std::fs::create_dir(&twin).unwrap();
    let words = ["create", &name, "--arch", "basic", "--database", "none", "--output-dir", "elsewhere"];
    world.run(&words).expect(0);
    let file: PathBuf = world.directory().join("mine.tar");
    let inside =
        ignition_stack_integration::run::Invocation::new(&twin.join(&name), &["restore", file.to_str().unwrap()]);
    inside.limit(Duration::from_mins(1)).run().expect(3).says(&["another stack"]);
    let other = format!("{name}-b");
    world.command(&world.create_words(&other, 1, &["--arch", "basic", "--database", "none"])).run().expect(0);
    world.run(&["restore", &other, "mine.tar"]).expect(3).says(&["not of"]);
}
