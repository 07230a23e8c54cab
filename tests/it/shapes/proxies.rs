//! Shapes behind a reverse proxy: who is reached by which name, and the proxy's own project.

use std::collections::{BTreeMap, BTreeSet};

use ignition_stack::stack::Node;
use serde_json::{Value, json};

use super::compose::{read, services, texts};
use super::{Project, each};

/// The gateways behind each host, by the labels of the compose file.
fn routes(file: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut routes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, service) in services(file) {
        for (key, rule) in service["labels"].as_object().into_iter().flatten() {
            if key.strip_prefix("traefik.http.routers.").and_then(|key| key.strip_suffix(".rule")).is_some() {
                let host = rule.as_str().unwrap().strip_prefix("Host(`").unwrap().strip_suffix("`)").unwrap();
                routes.entry(host.to_owned()).or_default().insert(name.clone());
            }
        }
    }
    routes
}

#[test]
fn every_gateway_has_a_route_of_its_own_and_a_pair_one_with_both_nodes() {
    each(|project| {
        let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for gateway in project.stack.gateways.iter().filter(|_| project.stack.proxy.is_some()) {
            let own = if project.stack.gateways.len() == 1 { String::new() } else { format!("-{}", gateway.name) };
            expected.insert(format!("demo{own}.localtest.me"), [gateway.name.to_string()].into());
            if let Node::Master { backup } = &gateway.node {
                let nodes = [gateway.name.to_string(), backup.to_string()].into();
                expected.insert(format!("demo-{}-pair.localtest.me", gateway.name), nodes);
            }
        }
        assert_eq!(routes(&read(project)), expected);
    });
}

#[test]
fn gateways_alone_are_on_the_proxys_network_which_is_somebody_elses() {
    each(|project| {
        let file = read(project);
        let external = &file["networks"]["proxy"];
        assert_eq!(external.is_object(), project.stack.proxy.is_some());
        if project.stack.proxy.is_none() {
            return;
        }
        assert_eq!((&external["external"], &external["name"]), (&json!(true), &json!("proxy")));
        for (name, service) in services(&file) {
            let gateway = project.stack.gateways.iter().any(|gateway| gateway.name.as_str() == name.as_str());
            assert_eq!(texts(&service["networks"]).contains(&"proxy"), gateway, "{name}");
            assert_eq!(service["labels"].get("traefik.enable").is_some(), gateway, "{name}");
        }
    });
}

#[test]
fn a_scaffold_is_a_whole_project_and_nobody_else_has_one() {
    each(|project| {
        let path = "reverse-proxy/docker-compose.yaml";
        let scaffolded = project.stack.proxy.as_ref().is_some_and(|proxy| proxy.scaffold.is_some());
        assert_eq!(project.tree.files.contains_key(path), scaffolded);
        if !scaffolded {
            assert!(!project.tree.files.keys().any(|path| path.starts_with("reverse-proxy")));
            return;
        }
        check_scaffold(project, &serde_yaml::from_str(project.text(path)).unwrap());
    });
}

fn check_scaffold(project: &Project, file: &Value) {
    let proxy = &file["services"]["traefik"];
    assert_eq!(texts(&proxy["ports"]), ["127.0.0.1:80:80"]);
    assert_eq!(file["networks"]["proxy"], json!({"name": "proxy"}), "it makes the network");
    assert!(texts(&proxy["command"]).contains(&"--providers.docker.exposedbydefault=false"));
    let guide = project.text("reverse-proxy/README.md");
    for host in routes(&read(project)).into_keys() {
        assert!(guide.contains(&format!("http://{host}")), "{host}");
    }
}
