//! Intent: the README's command brings up a redundant scale-out stack that is what it claims to be, seen from outside.

use std::collections::BTreeSet;
use std::process::Command;

use ignition_stack_integration::{World, http, listening, target, telling, wait};

const SHAPE: [&str; 8] = ["--arch", "scale-out", "--frontends", "2", "--redundant", "backend", "--database", "none"];
const GATEWAYS: [&str; 4] = ["frontend-1", "frontend-2", "backend", "backend-backup"];

#[test]
fn the_main_job() {
    let Some(world) = World::open("main_job") else { return };
    let report = world.up(&SHAPE);
    assert_eq!(report["summary"]["gateways_running"], 4, "{report:#}");
    assert_eq!(report["summary"]["pairs_connected"], 1, "{report:#}");
    assert_eq!(report["summary"]["links_running"], 4, "{report:#}");

    the_gateways_say_so_themselves(&world);
    verify_says_so(&world);
    nothing_is_open_to_others(&world);
    a_second_up_changes_nothing(&world);
    others_see_the_stack(&world);
    it_says_that_it_is_simulated(&world, &report);
    secrets_stay_secret(&world);
    members_stop_and_start(&world);
    logs_are_shown(&world);

    let down = world.run(&["down", world.name(), "--output", "json"]).expect(0).json();
    assert_eq!((&down["containers"], &down["volumes"], &down["kept_volumes"]), (&4.into(), &0.into(), &4.into()));
}

fn the_gateways_say_so_themselves(world: &World) {
    assert_eq!(http::redundancy(world.port(2)).unwrap(), "Master/Good/Active");
    let backup = http::redundancy(world.port(3)).unwrap();
    assert!(["Backup/Good/Cold", "Backup/Good/Warm"].contains(&backup.as_str()), "{backup}");
    for port in [0, 1] {
        assert_eq!(http::gwinfo(world.port(port)).unwrap()["RedundancyStatus"], "Independent");
    }
}

fn verify_says_so(world: &World) {
    let verdict = world.verify();
    assert!(verdict.holds(), "{verdict}");
    for node in ["backend", "backend-backup"] {
        assert_eq!(verdict.passed(node, "peer-connected"), 1);
        assert_eq!(verdict.passed(node, "link-accepted"), 2, "both frontends are heard by {node}");
    }
    for frontend in ["frontend-1", "frontend-2"] {
        assert_eq!(verdict.passed(frontend, "link-running"), 2, "{frontend} is linked to both nodes");
    }
    let networks = BTreeSet::from(["frontend", "backend"].map(|network| format!("{}_{network}", world.name())));
    for gateway in GATEWAYS {
        assert_eq!(world.engine.networks_of(&world.container(gateway)), networks, "{gateway}");
    }
}

fn nothing_is_open_to_others(world: &World) {
    for (index, gateway) in GATEWAYS.iter().enumerate() {
        let port = world.port(u16::try_from(index).unwrap());
        let published = world.engine.published(&world.container(gateway));
        assert_eq!(published, [("127.0.0.1".parse().unwrap(), port)], "{gateway}");
        let listening = listening::addresses(port);
        assert!(listening.iter().all(|address| address == listening::LOOPBACK), "{gateway} :{port}: {listening:?}");
    }
}

fn a_second_up_changes_nothing(world: &World) {
    let before = world.engine.identities(world.name());
    let ran = world.command(&world.up_words(&SHAPE)).run().expect(0);
    world.time("second up", ran.took);
    let report = ran.json();
    assert_eq!((&report["operations"], &report["verified"]), (&0.into(), &true.into()), "{report:#}");
    assert_eq!(world.engine.identities(world.name()), before);
}

fn others_see_the_stack(world: &World) {
    let label = format!("com.docker.compose.project={}", world.name());
    assert_eq!(world.engine.containers(&label).len(), 4);
    let list = world.run(&["list", "--output", "json"]).expect(0).json();
    let rows = list["stacks"].as_array().unwrap();
    let own = rows.iter().find(|row| row["stack"] == world.name()).unwrap();
    assert_eq!((&own["running"], &own["volumes"]), (&4.into(), &4.into()), "{own}");
    assert_eq!(own["directory_exists"], true, "{own}");
    let mut compose = Command::new("docker-compose");
    compose.args(["-p", world.name(), "ps", "-q"]).current_dir(world.project(world.name()));
    match compose.output() {
        Ok(seen) => {
            let text = String::from_utf8_lossy(&seen.stdout);
            assert_eq!(text.lines().count(), 4, "{text}{}", String::from_utf8_lossy(&seen.stderr));
        }
        Err(_) => telling::say("LEFT OUT (no docker-compose): main_job: docker-compose sees the stack"),
    }
}

fn it_says_that_it_is_simulated(world: &World, report: &serde_json::Value) {
    let simulated = target::real_image().is_none();
    assert_eq!(report["simulated"], simulated);
    for gateway in GATEWAYS {
        let labels = world.engine.inspect(&world.container(gateway)).config.and_then(|c| c.labels).unwrap();
        let label = labels.get("ignition-stack.simulated").map(String::as_str);
        assert_eq!(label, simulated.then_some("true"), "{gateway}");
    }
}

fn secrets_stay_secret(world: &World) {
    let folder = world.project(world.name()).join("secrets");
    let secrets: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap().trim().to_owned())
        .collect();
    assert!(!secrets.is_empty());
    for gateway in GATEWAYS {
        let container = world.container(gateway);
        let seen = [world.engine.inspect_json(&container).to_string(), world.engine.logs(&container)];
        assert!(seen.iter().all(|text| text.len() > 10), "there is something to search in");
        for secret in &secrets {
            assert!(secret.len() >= 16, "a secret worth its name");
            assert!(!seen.iter().any(|text| text.contains(secret.as_str())), "a secret of {gateway} can be read");
        }
    }
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let words = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        assert!(!secrets.iter().any(|secret| words.contains(secret.as_str())), "a secret is in argv: {words}");
    }
}

fn members_stop_and_start(world: &World) {
    let name = world.name();
    let frontend = world.container("frontend-1");
    world.run(&["stop", name, "frontend-1"]).expect(0);
    assert!(!world.engine.runs(&frontend));
    assert!(world.engine.runs(&world.container("frontend-2")), "only what was named is stopped");
    assert!(world.status("frontend-1")["state"].as_str().unwrap().starts_with("exited"));
    assert_eq!(world.status("backend")["peer"], "yes");
    world.run(&["start", name, "frontend-1"]).expect(0);
    let before = world.engine.started_at(&world.container("backend-backup"));
    world.run(&["restart", name, "backend-backup"]).expect(0);
    assert_ne!(world.engine.started_at(&world.container("backend-backup")), before);
    world.mended();
    wait::until("status shows the links again", target::patience(), || {
        let row = world.status("frontend-1");
        if row["links"] == "2 of 2" && row["state"] == "RUNNING" { Ok(()) } else { Err(row.to_string()) }
    });
    world.run(&["stop", name]).expect(0);
    assert!(GATEWAYS.iter().all(|gateway| !world.engine.runs(&world.container(gateway))));
    world.run(&["start", name]).expect(0);
    world.mended();
}

fn logs_are_shown(world: &World) {
    let logs = world.run(&["logs", world.name(), "backend", "--tail", "3"]).expect(0);
    assert!((1..=3).contains(&logs.stdout.lines().count()), "{}", logs.stdout);
    assert!(logs.stdout.lines().all(|line| line.starts_with("backend")), "{}", logs.stdout);
}
