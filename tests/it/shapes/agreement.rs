//! Compose file and blueprint say the same, so that a stack is the same whoever starts it.

use ignition_stack::blueprint::{Container, EnvValue};
use serde_json::{Value, json};

use super::compose::{keys, read, services, texts};
use super::each;

/// Text as compose hands it to the engine.
fn literal(text: &str) -> String {
    text.replace("$$", "$")
}

fn literals(value: &Value) -> Vec<String> {
    texts(value).into_iter().map(literal).collect()
}

fn same(service: &Value, container: &Container) {
    assert_eq!(service["image"], json!(container.image));
    assert_eq!(service["hostname"], json!(container.member.as_str()));
    assert_eq!(literals(&service["command"]), container.command);
    assert_eq!(texts(&service["networks"]), container.networks);
    let mounts: Vec<_> = container.mounts.iter().map(|mount| format!("{}:{}", mount.volume, mount.target)).collect();
    assert_eq!(literals(&service["volumes"]), mounts);
    let ports = container.ports.iter().map(|p| format!("{}:{}:{}", p.host_ip, p.host_port, p.container_port));
    assert_eq!(texts(&service["ports"]), ports.collect::<Vec<_>>());
    assert_eq!(keys(&service["environment"]), container.env.keys().map(String::as_str).collect());
    for (key, value) in &container.env {
        let written = service["environment"][key].as_str().unwrap();
        match value {
            EnvValue::Plain(text) => assert_eq!(&literal(written), text, "{key}"),
            EnvValue::Secret(name) => assert!(written.starts_with(&format!("${{{}:?", name.env_key())), "{key}"),
        }
    }
    for (key, value) in container.labels.iter().filter(|(key, _)| !key.starts_with("com.docker.compose.")) {
        assert_eq!(&literal(service["labels"][key].as_str().unwrap()), value, "{key}");
    }
    let limit = service["mem_limit"].as_str().map(|text| text.strip_suffix('m').unwrap().parse::<u64>().unwrap() << 20);
    assert_eq!(limit, container.memory_limit);
    assert_eq!(service["stop_grace_period"], json!(format!("{}s", container.stop_grace_s)));
    let shell = container.health.as_ref().map(|health| health.shell.clone());
    assert_eq!(service["healthcheck"]["test"][1].as_str().map(literal), shell);
    for member in &container.after {
        assert!(service["depends_on"].get(member.as_str()).is_some(), "it must wait for {member}");
    }
}

#[test]
fn every_container_is_a_service_of_the_same_kind() {
    each(|project| {
        let file = read(project);
        for container in &project.blueprint.containers {
            same(&file["services"][container.member.as_str()], container);
        }
        let seeded = project.blueprint.containers.iter().filter(|container| !container.seeds.is_empty());
        for container in seeded.clone() {
            let seeding = &file["services"][format!("seed-{}", container.member)];
            assert_eq!(seeding["image"], json!(container.image));
            assert!(
                literals(&seeding["volumes"])
                    .contains(&format!("{}:{}", container.mounts[0].volume, container.mounts[0].target))
            );
        }
        assert_eq!(services(&file).count(), project.blueprint.containers.len() + seeded.count());
    });
}

#[test]
fn networks_and_volumes_bear_the_names_that_the_engine_knows() {
    each(|project| {
        let file = read(project);
        for network in &project.blueprint.networks {
            assert_eq!(file["networks"][&network.key]["name"], json!(network.name));
        }
        for volume in &project.blueprint.volumes {
            assert_eq!(file["volumes"][&volume.key]["name"], json!(volume.name));
        }
        assert_eq!(keys(&file["networks"]).len(), project.blueprint.networks.len());
        assert_eq!(keys(&file["volumes"]).len(), project.blueprint.volumes.len());
    });
}
