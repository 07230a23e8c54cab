//! Intent: everything that is in the way of an `up` is told at once, with who it is, before anything is made; `doctor` says the same.

use std::net::{Ipv6Addr, TcpListener};

use bollard::models::{ContainerCreateBody, HostConfig, PortBinding};
use ignition_stack_integration::leftovers::WORLD;
use ignition_stack_integration::{World, image, ports};
use serde_json::Value;

const SHAPE: [&str; 6] = ["--arch", "hub-and-spoke", "--spokes", "3", "--database", "none"];

/// The findings of `doctor` on a topic.
fn findings(report: &Value, topic: &str) -> Vec<Value> {
    let all = report["findings"].as_array().unwrap();
    all.iter().filter(|finding| finding["topic"] == topic).cloned().collect()
}

/// A running container of somebody else that publishes a port.
fn publisher(world: &World, name: &str, port: u16, labels: &[(&str, &str)]) {
    let own = [(WORLD.to_owned(), world.name().to_owned())];
    let labels = own.into_iter().chain(labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))).collect();
    let binding = PortBinding { host_ip: Some("127.0.0.1".to_owned()), host_port: Some(port.to_string()) };
    let host = HostConfig {
        port_bindings: Some([("8088/tcp".to_owned(), Some(vec![binding]))].into()),
        ..HostConfig::default()
    };
    let body = ContainerCreateBody {
        image: image::simulated(&world.engine),
        labels: Some(labels),
        exposed_ports: Some(vec!["8088/tcp".to_owned()]),
        env: Some(vec!["ACCEPT_IGNITION_EULA=Y".to_owned()]),
        host_config: Some(host),
        ..ContainerCreateBody::default()
    };
    world.engine.create(name, body);
    world.engine.start(name);
}

#[test]
fn every_port_that_is_taken_is_told_with_its_holder() {
    let Some(world) = World::open_simulated("preflight_ports") else { return };
    let process = ports::bind(world.port(0)).unwrap();
    // On every address of both families, as many servers listen.
    let both = TcpListener::bind((Ipv6Addr::UNSPECIFIED, world.port(1))).unwrap();
    let web = format!("{}-web", world.name());
    publisher(&world, &web, world.port(2), &[]);
    let other = format!("{}-other-hub-1", world.name());
    let stack = format!("{}-other", world.name());
    publisher(&world, &other, world.port(3), &[("ignition-stack.stack", &stack), ("ignition-stack.stack-id", "x")]);

    let me = format!("process {}", std::process::id());
    let expected = [(0, "hub", me.as_str()), (1, "spoke-1", &me), (2, "spoke-2", &web), (3, "spoke-3", &other)];
    world.command(&world.create_words(world.name(), 0, &SHAPE)).run().expect(0);
    let report = world.run(&["doctor", world.name(), "--output", "json"]).expect(4).json();
    let found = findings(&report, "ports");
    assert_eq!(found.len(), expected.len(), "{report:#}");
    for (finding, (index, member, holder)) in found.iter().zip(expected) {
        let address = format!("127.0.0.1:{}", world.port(index));
        let seen = finding["seen"].as_str().unwrap();
        assert_eq!((&finding["state"], &finding["member"]), (&"problem".into(), &member.into()), "{finding:#}");
        assert!(seen.contains(&address) && seen.contains(holder), "{seen}: {holder}");
        assert!(finding["advice"].is_string(), "{finding:#}");
    }
    let ran = world.run(&["up", world.name()]).expect(4);
    for (index, member, holder) in expected {
        let port = world.port(index).to_string();
        let line = ran.stderr.lines().find(|l| l.contains(&port)).unwrap_or_else(|| panic!("{port}: {}", ran.stderr));
        assert!(line.contains(member) && line.contains(holder), "{line}");
    }
    assert!(world.engine.identities(world.name()).is_empty(), "nothing is made");

    // The one word that mends it: other ports, which stay.
    world.run(&["up", world.name(), "--auto-ports", "--no-wait"]).expect(0);
    let published = |member: &str| world.engine.published(&world.container(member))[0].1;
    let chosen = ["hub", "spoke-1", "spoke-2", "spoke-3"].map(published);
    assert_eq!(chosen, [4, 5, 6, 7].map(|index| world.port(index)));
    drop((process, both));
    let before = world.engine.identities(world.name());
    world.run(&["up", world.name(), "--auto-ports", "--no-wait"]).expect(0);
    assert_eq!(world.engine.identities(world.name()), before, "they are kept");

    // A stack that is stopped has its ports in its record alone: a neighbour leaves them to it.
    world.run(&["stop", world.name()]).expect(0);
    let neighbour = format!("{}-neighbour", world.name());
    let mut words = world.create_words(&neighbour, 4, &["--arch", "basic", "--database", "none"]);
    words.push("--auto-ports".to_owned());
    world.command(&words).run().expect(0);
    let record = std::fs::read_to_string(world.project(&neighbour).join(".ignition-stack/config.json")).unwrap();
    assert!(record.contains(&format!("\"http_port\": {}", world.port(8))), "{record}");

    // Its own ports are no conflict, neither while it runs nor when one member is made anew.
    world.run(&["start", world.name()]).expect(0);
    let report = world.run(&["doctor", world.name(), "--output", "json"]).expect(0).json();
    assert_eq!(findings(&report, "ports").len(), 1, "{report:#}");
    assert!(findings(&report, "ports")[0]["seen"].as_str().unwrap().contains("own containers"), "{report:#}");
    world.edit_record(|record| record["gateways"][1]["env"]["LANG"] = "C.UTF-8".into());
    world.run(&["up", world.name(), "--no-wait"]).expect(0).says(&["configuration changed"]);
}

#[test]
fn problems_of_every_kind_at_once() {
    let Some(world) = World::open_simulated("preflight_kinds") else { return };
    let taken = ports::bind(world.port(0)).unwrap();
    let body = ContainerCreateBody {
        image: image::simulated(&world.engine),
        labels: Some([(WORLD.to_owned(), world.name().to_owned())].into()),
        ..ContainerCreateBody::default()
    };
    let foreign = world.container("spoke-2");
    world.engine.create(&foreign, body);
    let mut words = world.up_words(&SHAPE);
    words.extend(["--reverse-proxy", "external", "--proxy-network"].map(str::to_owned));
    words.push(format!("{}-nowhere", world.name()));
    let ran = world.command(&words).run().expect(3);
    let error = ran.json()["error"].to_string();
    assert!(error.contains(&foreign) && error.contains("nowhere"), "{error}");
    let ran = world.command(&world.up_words(&SHAPE)).run().expect(3);
    let error = ran.json()["error"].to_string();
    assert!(error.contains("nothing was touched"), "{error}");
    assert!(error.contains(&foreign), "{error}");
    assert!(!world.project(world.name()).exists(), "nothing is written");
    drop(taken);
}

#[test]
fn an_engine_by_itself() {
    let Some(world) = World::open("preflight_engine") else { return };
    let report = world.run(&["doctor", "--output", "json"]).expect(0).json();
    assert_eq!(report["stack"], Value::Null);
    for topic in ["engine", "platform", "memory", "disk", "address pools", "clock"] {
        let found = findings(&report, topic);
        assert_eq!(found.len(), 1, "{topic}: {report:#}");
        assert!(["ok", "warning", "unknown"].map(Value::from).contains(&found[0]["state"]), "{report:#}");
    }
    assert!(findings(&report, "ports").is_empty(), "{report:#}");
    world.run(&["doctor"]).expect(0).says(&["address pools", "subnets are free", "of an up"]);
    world.run(&["doctor", "no-such-stack"]).expect(2);
}

#[test]
fn secrets_that_are_missing_stop_every_look_ahead() {
    let Some(world) = World::open_simulated("no_secrets") else { return };
    let name = world.name().to_owned();
    world.command(&world.create_words(&name, 0, &SHAPE)).run().expect(0);
    let secrets = |report: &Value| findings(report, "secrets");
    let whole = world.run(&["doctor", &name, "--output", "json"]).json();
    assert!(secrets(&whole).is_empty(), "{whole:#}");
    world.run(&["up", &name, "--plan"]).expect(0);
    std::fs::remove_dir_all(world.project(&name).join("secrets")).unwrap();
    let report = world.run(&["doctor", &name, "--output", "json"]).expect(2).json();
    let found = secrets(&report);
    assert_eq!((found.len(), &found[0]["state"]), (1, &"problem".into()), "{report:#}");
    for words in [&["up", &name, "--plan"][..], &["up", &name]] {
        world.run(words).expect(2).says(&["secrets"]);
    }
}

#[test]
fn secrets_that_cannot_be_used_or_are_open_to_others_are_told_beside_the_rest() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(world) = World::open_simulated("preflight_secrets") else { return };
    let shape = ["--arch", "scale-out", "--database", "none", "--gateway-network", "tls"];
    world.command(&world.create_words(world.name(), 0, &shape)).run().expect(0);
    let secrets = world.project(world.name()).join("secrets");
    std::fs::set_permissions(secrets.join("admin-password"), std::fs::Permissions::from_mode(0o644)).unwrap();
    world.run(&["up", world.name(), "--plan"]).expect(0).says(&["secrets/admin-password: chmod 600 "]);
    std::fs::write(secrets.join("backend.pfx"), "junk").unwrap();
    let report = world.run(&["doctor", world.name(), "--output", "json"]).expect(2).json();
    let told: Vec<_> =
        findings(&report, "secrets").iter().map(|f| (f["state"].clone(), f["seen"].to_string())).collect();
    assert_eq!(told.len(), 2, "{report:#}");
    assert!(told[0].0 == "problem" && told[0].1.contains("secrets/backend.pfx, the keystore of backend"), "{told:?}");
    assert!(told[1].0 == "warning" && told[1].1.contains("secrets/admin-password"), "{told:?}");
    assert!(!findings(&report, "memory").is_empty(), "the rest is told: {report:#}");
}
