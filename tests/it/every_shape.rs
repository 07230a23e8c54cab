//! Every shape of a project, read back by parsers that are not ours: docker-compose's for YAML, Python's for XML. What they
//! see is compared with the record, and the record gives the same project again.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::Value;

use crate::world::World;

/// The words of `create` for architectures x split x redundant x edge x database x gateway network.
fn shapes() -> Vec<String> {
    let architectures = [
        ("basic", &[""][..], "gateway", "gateway"),
        ("scale-out --frontends 2", &["--network-split", "--no-network-split"][..], "backend", "frontend"),
        ("hub-and-spoke --spokes 2", &["--network-split", "--no-network-split"][..], "hub", "spoke"),
    ];
    let mut shapes = Vec::new();
    for (architecture, splits, redundant, edge) in architectures {
        for split in splits {
            for redundant in [String::new(), format!("--redundant {redundant}")] {
                for edge in ["none", edge] {
                    for rest in ["--database postgres", "--database none", "--database postgres --gateway-network tls"]
                    {
                        // A gateway alone has nobody to talk to, by whatever transport.
                        if !(rest.ends_with("tls") && architecture == "basic" && redundant.is_empty()) {
                            shapes.push(format!("--arch {architecture} {split} {redundant} --edge-role {edge} {rest}"));
                        }
                    }
                }
            }
        }
    }
    shapes
}

#[test]
fn every_shape_is_read_as_it_is_meant() {
    let shapes = shapes();
    assert_eq!(shapes.len(), 58);
    // Runs of docker-compose and Python cost a second: they read every third one, of each kind of shape another.
    let shapes: Vec<_> = shapes.iter().enumerate().map(|(i, shape)| (shape.as_str(), (i + i / 3) % 3 == 0)).collect();
    thread::scope(|scope| {
        for share in shapes.chunks(shapes.len().div_ceil(2)) {
            scope.spawn(move || share.iter().for_each(|(shape, foreign)| one(shape, *foreign)));
        }
    });
}

fn one(shape: &str, foreign: bool) {
    let world = World::new();
    world.run(&format!("create demo {shape}")).ends(0);
    let project = world.project("demo");
    let text = fs_err::read_to_string(project.join(".ignition-stack/config.json")).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    rebuilt(&world, shape);
    seeds_are_there(&project, &record, shape);
    if let Some(seen) = foreign.then(|| output("docker-compose", &["config"], &project)).flatten() {
        let seen: Value = serde_yaml::from_str(&seen).unwrap();
        services(&seen, &record, shape);
        for gateway in gateways(&record) {
            environment(&seen, gateway, shape);
        }
    }
    roles(&project, &record, shape, foreign);
}

fn gateways(record: &Value) -> impl Iterator<Item = &Value> {
    record["gateways"].as_array().unwrap().iter()
}

fn name(member: &Value) -> &str {
    member["name"].as_str().unwrap()
}

/// What another program says about files of a project; nothing, said loudly, where it is not installed.
#[allow(clippy::print_stdout, reason = "whoever runs the tests has to know what they did not check")]
fn output(program: &str, words: &[&str], project: &Path) -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let run = Command::new(program)
        .args(words)
        .current_dir(project)
        .env_clear()
        .envs([("PATH", path), ("HOME", project.into()), ("LC_ALL", "C.UTF-8".into())])
        .output();
    match run {
        Ok(run) => {
            assert!(run.status.success(), "{program}: {}", String::from_utf8_lossy(&run.stderr));
            Some(String::from_utf8(run.stdout).unwrap())
        }
        Err(error) => {
            println!("SKIPPED: {program} cannot be run ({error})");
            None
        }
    }
}

/// The record alone gives the same project, but for the secrets.
fn rebuilt(world: &World, shape: &str) {
    let first = world.tree("demo");
    fs_err::create_dir(world.project("again")).unwrap();
    let record = world.project("demo").join(".ignition-stack/config.json").display().to_string();
    world.run(&format!("create demo --from-file {record} --output-dir {}", world.project("again").display())).ends(0);
    let other = world.tree("again/demo");
    assert!(first == other, "{shape}: the record gives another project");
}

fn seeds_are_there(project: &Path, record: &Value, shape: &str) {
    for gateway in gateways(record) {
        let folder = project.join("services").join(name(gateway));
        let list = fs_err::read_to_string(folder.join("seeds")).unwrap();
        let mut files = 0;
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            let [when, what, path]: [&str; 3] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            assert!(["first", "always"].contains(&when), "{shape}: {line}");
            if what == "file" {
                assert!(folder.join("data").join(path).is_file(), "{shape}: {line}");
                files += 1;
            }
        }
        assert!(files > 0, "{shape}: {list}");
        let attached = gateway["services"].as_array().is_some_and(|s| !s.is_empty());
        assert_eq!(list.contains("secret:DB_PASSWORD"), attached, "{shape}: {list}");
        assert!(!attached || gateway["ignition_edition"] != "edge", "{shape}: an Edge gateway with a database");
    }
}

fn services(seen: &Value, record: &Value, shape: &str) {
    let mut expected = BTreeSet::new();
    for gateway in gateways(record) {
        let service = &seen["services"][name(gateway)];
        expected.extend([name(gateway).to_owned(), format!("seed-{}", name(gateway))]);
        assert_eq!(service["hostname"], name(gateway), "{shape}");
        assert_eq!(service["restart"], "unless-stopped", "{shape}");
        assert_eq!(service["stop_grace_period"], "30s", "{shape}");
        assert_eq!(service["healthcheck"]["test"][0], "CMD-SHELL", "{shape}");
        assert!(service["mem_limit"].is_string() || service["mem_limit"].is_number(), "{shape}: {service:#}");
        assert_eq!(service["ports"][0], format!("127.0.0.1:{}:8088/tcp", gateway["http_port"]), "{shape}");
        let networks: BTreeSet<_> = service["networks"].as_object().unwrap().keys().collect();
        let own: BTreeSet<_> = gateway["networks"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        assert!(networks.iter().map(|n| n.as_str()).eq(own.iter().copied()), "{shape}: {networks:?} {own:?}");
        let after = &service["depends_on"];
        let seeding = &after[format!("seed-{}", name(gateway))];
        assert_eq!(seeding["condition"], "service_completed_successfully", "{shape}");
        for attached in gateway["services"].as_array().into_iter().flatten() {
            let database = attached["instance"].as_str().unwrap();
            assert_eq!(after[database]["condition"], "service_healthy", "{shape}");
        }
    }
    expected.extend(
        record["service_instances"].as_array().into_iter().flatten().map(|s| s["id"].as_str().unwrap().to_owned()),
    );
    let services = seen["services"].as_object().unwrap();
    assert_eq!(services.keys().cloned().collect::<BTreeSet<_>>(), expected, "{shape}");
    for (service, body) in services {
        for forbidden in ["container_name", "privileged", "cap_add", "pid"] {
            assert!(body.get(forbidden).is_none(), "{shape}: {service} has {forbidden}");
        }
        let mounts = body["volumes"].as_array().into_iter().flatten();
        assert!(mounts.into_iter().all(|m| !m.to_string().contains("docker.sock")), "{shape}: {service}");
    }
    for kind in ["volumes", "networks"] {
        for (key, body) in seen[kind].as_object().unwrap() {
            assert_eq!(body["name"], format!("demo_{key}"), "{shape}");
        }
    }
}

/// Whom a gateway dials: its master, and the gateways that the record names with their backups.
fn environment(seen: &Value, gateway: &Value, shape: &str) {
    let environment = seen["services"][name(gateway)]["environment"].as_object().unwrap();
    let dialled: BTreeSet<&str> = environment
        .iter()
        .filter(|(key, _)| key.starts_with("GATEWAY_NETWORK_") && key.ends_with("_HOST"))
        .map(|(_, host)| host.as_str().unwrap())
        .collect();
    let links = gateway["gan_outgoing"].as_array().into_iter().flatten().map(|to| to.as_str().unwrap());
    let master = gateway["redundancy"]["peer"].as_str().filter(|_| gateway["redundancy"]["mode"] == "backup");
    assert_eq!(dialled, links.chain(master).collect(), "{shape}: {}", name(gateway));
    let port = if shape.ends_with("tls") { "8060" } else { "8088" };
    for number in 0..dialled.len() {
        assert_eq!(environment[&format!("GATEWAY_NETWORK_{number}_PORT")], port, "{shape}");
    }
    assert_eq!(environment["IGNITION_EDITION"], gateway["ignition_edition"], "{shape}");
}

/// `redundancy.xml` of every node, and of nobody else.
fn roles(project: &Path, record: &Value, shape: &str, foreign: bool) {
    const READ: &str = "import sys, xml.etree.ElementTree as tree\n\
        for path in sys.argv[1:]:\n\
        \x20   entries = {e.get('key'): e.text for e in tree.parse(path).getroot().iter('entry')}\n\
        \x20   print(entries['redundancy.noderole'], entries.get('redundancy.gan.host'))\n";
    let file = |gateway: &Value| format!("services/{}/data/redundancy.xml", name(gateway));
    let nodes: Vec<&Value> = gateways(record).filter(|g| g["redundancy"].is_object()).collect();
    for gateway in gateways(record) {
        assert_eq!(project.join(file(gateway)).is_file(), gateway["redundancy"].is_object(), "{shape}");
    }
    if nodes.is_empty() || !foreign {
        return;
    }
    let files: Vec<String> = nodes.iter().map(|node| file(node)).collect();
    let words: Vec<&str> = ["-c", READ].into_iter().chain(files.iter().map(String::as_str)).collect();
    let Some(said) = output("python3", &words, project) else { return };
    // Each node names the other (fact sheet 5.1: on the master that is ignored).
    let expected = nodes.iter().map(|node| {
        let role = if node["redundancy"]["mode"] == "master" { "Master" } else { "Backup" };
        format!("{role} {}", node["redundancy"]["peer"].as_str().unwrap())
    });
    let expected: Vec<String> = expected.collect();
    assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{shape}");
}
