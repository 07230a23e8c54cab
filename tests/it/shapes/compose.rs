//! The compose file as plain YAML: everything that it refers to is there, nothing is there for nobody.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Project, each, variables};

/// The file without any type of ours.
pub(super) fn read(project: &Project) -> Value {
    serde_yaml::from_str(project.text("docker-compose.yaml")).unwrap()
}

/// Keys of a mapping; none where it is missing.
pub(super) fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

/// Texts of a list; none where it is missing.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
}

/// The services of the file by name.
pub(super) fn services(file: &Value) -> impl Iterator<Item = (&String, &Value)> {
    file["services"].as_object().unwrap().iter()
}

#[test]
fn every_name_in_it_refers_to_something_in_it() {
    each(|project| {
        let file = read(project);
        let names = keys(&file["services"]);
        let mut networks = BTreeSet::new();
        let mut volumes = BTreeSet::new();
        for (name, service) in services(&file) {
            for (other, how) in service["depends_on"].as_object().into_iter().flatten() {
                assert!(names.contains(other.as_str()) && other != name, "{name} waits for {other}");
                let target = &file["services"][other];
                match how["condition"].as_str().unwrap() {
                    "service_healthy" => assert!(target["healthcheck"].is_object(), "{other} has no check"),
                    "service_completed_successfully" => assert_eq!(target["restart"], "no", "{other} does not end"),
                    condition => assert_eq!(condition, "service_started"),
                }
            }
            networks.extend(texts(&service["networks"]));
            for mount in texts(&service["volumes"]) {
                let source = mount.split(':').next().unwrap();
                let Some(own) = source.strip_prefix("./") else {
                    volumes.insert(source);
                    continue;
                };
                let below = format!("{own}/");
                let is_there = project.tree.files.keys().any(|path| path == own || path.starts_with(&below));
                assert!(is_there || own.starts_with("secrets/"), "{name} mounts {own}");
            }
        }
        assert_eq!(networks, keys(&file["networks"]));
        assert_eq!(volumes, keys(&file["volumes"]));
    });
}

#[test]
fn nobody_waits_for_himself_however_far_around() {
    each(|project| {
        let file = read(project);
        let mut started: BTreeSet<&str> = BTreeSet::new();
        loop {
            let ready = services(&file).filter(|(_, service)| keys(&service["depends_on"]).is_subset(&started));
            let next: BTreeSet<&str> = ready.map(|(name, _)| name.as_str()).collect();
            if next == started {
                break;
            }
            started = next;
        }
        assert_eq!(started, keys(&file["services"]), "the others never start");
    });
}

#[test]
fn no_port_is_taken_twice_and_every_address_is_the_loopback() {
    each(|project| {
        let file = read(project);
        let ports: Vec<_> = services(&file).flat_map(|(_, service)| texts(&service["ports"])).collect();
        let hosts: BTreeSet<_> = ports.iter().map(|port| port.rsplit_once(':').unwrap().0).collect();
        assert_eq!(hosts.len(), ports.len());
        // Behind a proxy nothing is published.
        let published = if project.stack.proxy.is_some() { 0 } else { project.stack.gateways.len() };
        assert_eq!(ports.len(), published);
        assert!(hosts.iter().all(|host| host.starts_with("127.0.0.1:")));
    });
}

#[test]
fn every_variable_that_it_takes_is_in_the_env_file() {
    each(|project| {
        let text = project.text("docker-compose.yaml");
        let known = variables(&project.dotenv);
        let taken: BTreeSet<_> = text.split("${").skip(1).map(|rest| rest.split([':', '}']).next().unwrap()).collect();
        assert!(taken.iter().all(|key| known.contains_key(key)), "{taken:?}");
        assert_eq!(taken.len(), project.secrets.len(), "a secret that no service takes");
    });
}
