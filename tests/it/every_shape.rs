//! Shapes of a project that the program itself made, read back by programs that are not ours: docker-compose's reader of YAML, Python's
//! of XML. What they see is compared with the record. What needs no such program is in `shapes`, for all of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::Value;

use crate::world::World;

/// The words of `create` for architectures x split x redundant x edge x database, gateway network or proxy.
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
                    for rest in [
                        "--database postgres",
                        "--database none",
                        "--database postgres --reverse-proxy external",
                        "--database postgres --gateway-network tls",
                    ] {
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
    assert_eq!(shapes.len(), 78);
    // Runs of docker-compose and Python cost a second: they read every third one, of each kind of shape another.
    let shapes: Vec<_> = shapes.iter().step_by(3).collect();
    thread::scope(|scope| {
        for share in shapes.chunks(shapes.len().div_ceil(2)) {
            scope.spawn(move || share.iter().for_each(|shape| one(shape)));
        }
    });
}

fn one(shape: &str) {
    let world = World::new();
    world.run(&format!("create demo {shape}")).ends(0);
    let project = world.project("demo");
    let text = fs_err::read_to_string(project.join(".ignition-stack/config.json")).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    if let Some(seen) = output("docker-compose", &["config"], &project) {
        let seen: Value = serde_yaml::from_str(&seen).unwrap();
        services(&seen, &record, shape);
        for gateway in gateways(&record) {
            environment(&seen, gateway, shape);
        }
    }
    roles(&project, &record, shape);
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
        let proxied = record["reverse_proxy"].is_object();
        let port = (!proxied).then(|| format!("127.0.0.1:{}:8088/tcp", gateway["http_port"]));
        assert_eq!(service["ports"][0].as_str(), port.as_deref(), "{shape}");
        let networks: BTreeSet<_> = service["networks"].as_object().unwrap().keys().collect();
        let own = gateway["networks"].as_array().unwrap().iter().map(|n| n.as_str().unwrap());
        let own: BTreeSet<_> = own.chain(proxied.then_some("proxy")).collect();
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
            let name = if key == "proxy" { key.clone() } else { format!("demo_{key}") };
            assert_eq!(body["name"], name, "{shape}");
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

/// `redundancy.xml` of every node.
fn roles(project: &Path, record: &Value, shape: &str) {
    const READ: &str = "import sys, xml.etree.ElementTree as tree\n\
        for path in sys.argv[1:]:\n\
        \x20   entries = {e.get('key'): e.text for e in tree.parse(path).getroot().iter('entry')}\n\
        \x20   print(entries['redundancy.noderole'], entries.get('redundancy.gan.host'))\n";
    let file = |gateway: &Value| format!("services/{}/data/redundancy.xml", name(gateway));
    let nodes: Vec<&Value> = gateways(record).filter(|g| g["redundancy"].is_object()).collect();
    if nodes.is_empty() {
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
