//! Intent: with an engine on another host everything is there: addresses, ports, files, images. This machine's loopback is not that
//! host's, and what is taken here is not taken there.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use ignition_stack_integration::engine::{Engine, STACK};
use ignition_stack_integration::observer::Conditions;
use ignition_stack_integration::pair::Half;
use ignition_stack_integration::private_engine::PrivateEngine;
use ignition_stack_integration::recreate::GATEWAY_DATA;
use ignition_stack_integration::sequence::Place;
use ignition_stack_integration::{World, http, target};
use serde_json::Value;

const SHAPE: [&str; 6] = ["--arch", "scale-out", "--redundant", "backend", "--database", "none"];
const GATEWAYS: [&str; 3] = ["frontend", "backend", "backend-backup"];
const EVERYWHERE: [&str; 2] = ["--bind-address", "0.0.0.0"];
/// As where a pair is changed on this machine's engine.
const FAILOVER: Duration = Duration::from_secs(1);

#[test]
fn a_stack_on_another_host_is_proven_from_here() {
    let Some(private) = PrivateEngine::start_away("another_host") else { return };
    let Some(world) = World::open_on("another_host", &private) else { return };
    let there = private.away().unwrap();
    what_cannot_be_reached_is_told_before_anything_is_made(&world, there);
    let shape = [&SHAPE[..], &EVERYWHERE].concat();
    a_port_that_is_taken_there_is_a_conflict(&world, &private, &shape);
    // Taken here, which is no matter of that engine's.
    let _here = TcpListener::bind((Ipv4Addr::UNSPECIFIED, world.port(0))).unwrap();

    let report = world.up(&shape);
    assert_eq!(report["urls"], serde_json::json!([format!("http://{there}:{}", world.port(0))]), "{report:#}");
    everything_is_there(&world, there);
    nothing_of_this_machine_is_in_it(&world);
    its_ports_are_taken_for_others(&world);
    let again = world.command(&world.up_words(&shape)).run().expect(0).json();
    assert_eq!((&again["operations"], &again["verified"]), (&0.into(), &true.into()), "{again:#}");
    data_goes_out_and_comes_back(&world);
}

fn what_cannot_be_reached_is_told_before_anything_is_made(world: &World, there: Ipv4Addr) {
    let host = there.to_string();
    for more in [&[][..], &["--bind-address", "::1"]] {
        let words = world.up_words(&[&SHAPE[..], more].concat());
        let told =
            ["which this machine does not reach", &host, "--bind-address with an address of", "nothing was touched"];
        let ran = world.command(&words).run().expect(2).says(&told);
        world.time("up with an address that is not reached", ran.took);
        nothing_is_made(world);
    }
    // Who wants no proof may have it so, and is told when it is wanted after all; also where nothing is left to be done.
    let words = world.up_words(&[&SHAPE[..], &["--no-wait"]].concat());
    world.command(&words).run().expect(0).says(&["which this machine does not reach"]);
    world.run(&["up", world.name()]).expect(2).says(&["which this machine does not reach", "--bind-address"]);
    world.run(&["verify", world.name()]).expect(1).says(&["which this machine does not reach", "--bind-address"]);
    let sure = format!("--yes-delete-data={}", world.name());
    world.run(&["down", world.name(), "--delete-data", "--no-snapshot", &sure]).expect(0);
    std::fs::remove_dir_all(world.project(world.name())).unwrap();
}

fn nothing_is_made(world: &World) {
    assert!(world.engine.identities(world.name()).is_empty());
    assert!(!world.project(world.name()).exists());
}

fn a_port_that_is_taken_there_is_a_conflict(world: &World, private: &PrivateEngine, shape: &[&str]) {
    let taken = private.cable().listen(world.port(1));
    let host = private.away().unwrap();
    let port = format!("port 0.0.0.0:{} is taken by something else on {host}", world.port(1));
    world.command(&world.up_words(shape)).run().expect(4).says(&[&port, "nothing was touched"]);
    nothing_is_made(world);
    // The next free one is found there, too.
    let words = world.create_words(world.name(), 0, &[shape, &["--auto-ports"]].concat());
    let words = [&["up".to_owned()], &words[1..], &["--plan".to_owned()]].concat();
    world.command(&words).run().expect(0);
    drop(taken);
}

fn everything_is_there(world: &World, there: Ipv4Addr) {
    let at = |index: u16| SocketAddr::from((there, world.port(index)));
    let backend = http::redundancy_at(at(1), Duration::from_secs(3)).unwrap();
    assert_eq!(backend, "Master/Good/Active");
    for (index, gateway) in (0..).zip(GATEWAYS) {
        let published = world.engine.published(&world.container(gateway));
        assert_eq!(published, [(Ipv4Addr::UNSPECIFIED.into(), world.port(index))], "{gateway}");
        let row = world.status(gateway);
        assert_eq!(
            (&row["address"], &row["state"]),
            (&format!("http://{}", at(index)).into(), &"RUNNING".into()),
            "{row:#}"
        );
    }
    let verdict = world.verify();
    assert!(verdict.holds(), "{verdict}");
    assert_eq!(verdict.passed("frontend", "link-running"), 2, "{verdict}");
    let logs = world.run(&["logs", world.name(), "backend", "--tail", "3"]).expect(0);
    assert!(logs.stdout.lines().count() > 0 && logs.stdout.lines().all(|line| line.starts_with("backend")));
    for guide in ["POST-SETUP.md", "README.md"] {
        let text = std::fs::read_to_string(world.project(world.name()).join(guide)).unwrap();
        assert!(text.contains(&format!("http://{}", at(2))) && !text.contains("//localhost"), "{guide}: {text}");
    }
    let shown = world.run(&["up", world.name()]).expect(0);
    assert!(
        shown.stdout.contains(&format!("http://{}", at(0))) && !shown.stdout.contains("localhost"),
        "{}",
        shown.stdout
    );
    world.run(&["doctor", world.name()]).expect(0).says(&[&there.to_string(), "in use by the stack's own containers"]);
}

fn nothing_of_this_machine_is_in_it(world: &World) {
    for gateway in GATEWAYS {
        let seen = world.engine.inspect_json(&world.container(gateway));
        let mounts = seen["Mounts"].as_array().unwrap();
        assert!(!mounts.is_empty() && mounts.iter().all(|mount| mount["Type"] == "volume"), "{mounts:?}");
        let binds = &seen["HostConfig"]["Binds"];
        let named = |bind: &Value| !bind.as_str().unwrap().starts_with('/');
        assert!(binds.as_array().is_none_or(|binds| binds.iter().all(named)), "{binds}");
    }
    if let Some(engine) = Engine::connect() {
        assert!(engine.identities(world.name()).is_empty(), "something was made on this machine's engine");
    }
}

fn its_ports_are_taken_for_others(world: &World) {
    let other = format!("{}-other", world.name());
    let mut words =
        world.create_words(&other, 0, &["--arch", "basic", "--database", "none", "--bind-address", "0.0.0.0"]);
    "up".clone_into(&mut words[0]);
    let taken = format!("is taken by container {} of stack {}", world.container("frontend"), world.name());
    world.command(&words).run().expect(4).says(&[&taken, "nothing was touched"]);
}

fn data_goes_out_and_comes_back(world: &World) {
    let name = world.name();
    for gateway in GATEWAYS {
        world.engine.write_file(&world.container(gateway), GATEWAY_DATA, "canary", gateway);
    }
    let sure = format!("--yes-delete-data={name}");
    let down = world.run(&["down", name, "--delete-data", &sure, "--output", "json"]).expect(0).json();
    let saved = down["snapshot"].as_str().unwrap_or_else(|| panic!("{down:#}"));
    assert!(world.engine.volumes(&format!("{STACK}={name}")).is_empty());
    world.run(&["restore", name, saved]).expect(0);
    assert_eq!(world.up_again()["verified"], true);
    for gateway in GATEWAYS {
        let canary = world.engine.read_file(&world.container(gateway), &format!("{GATEWAY_DATA}/canary"));
        assert_eq!(canary.as_deref(), Some(gateway));
    }
    world.run(&["down", name, "--delete-data", "--no-snapshot", &sure]).expect(0);
    assert!(world.engine.identities(name).is_empty());
}

/// The hand-over asks the gateways where they are: at one address of that host, under the ports that they have.
#[test]
fn a_pair_on_another_host_hands_over() {
    let Some(private) = PrivateEngine::start_away("another_host pair") else { return };
    let Some(world) = World::open_on("another_host pair", &private) else { return };
    let there = private.away().unwrap();
    let shape = ["--arch", "basic", "--redundant", "gateway", "--database", "none"];
    let bind = there.to_string();
    world.up(&[&shape[..], &["--bind-address", &bind]].concat());
    let show = |half| {
        let at = SocketAddr::from((there, world.port(u16::from(half == Half::Backup))));
        match http::redundancy_at(at, Duration::from_secs(3)) {
            Ok(seen) if !seen.starts_with('-') => Ok(seen),
            Ok(seen) | Err(seen) => Err(seen),
        }
    };
    let conditions = Conditions::new([Place::WELL; 2]);
    let limit = format!("{}s", target::patience().as_secs());
    // To another address of the host, and with more memory: until a node is made anew it is at its old one.
    let change =
        ["up", world.name(), "--memory", "1536", "--bind-address", "0.0.0.0", "--output", "json", "--timeout", &limit];
    let ran = std::thread::scope(|scope| {
        let watching = scope.spawn(|| conditions.watch_nodes(show));
        let ran = world.run(&change);
        conditions.end();
        watching.join().unwrap();
        ran
    });
    let ran = ran.expect(0).says(&["in sync", "fail over from gateway to gateway-backup"]);
    assert!(!ran.stderr.contains("did not hand over"), "{}", ran.stderr);
    assert_eq!(ran.json()["verified"], true);
    let gap = conditions.nobody_active();
    world.time("longest time with no node Active on another host", gap);
    assert_eq!(conditions.broken(), None, "{}", conditions.story());
    assert!(gap <= FAILOVER, "{gap:?}\n{}", conditions.story());
    assert!(conditions.story().contains("backup Backup/Good/Active"), "{}", conditions.story());
}
