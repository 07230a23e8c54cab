//! Stack -> blueprint: networks, volumes and containers with their names and labels.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    Blueprint, Container, EnvValue, FirstStart, Kind, Network, SeedContent, SeedWhen, Volume, gateway, labels, routes,
    service,
};
use crate::stack::{self, Name, Node, Stack};

/// Everything that must exist for a stack: services first, then gateways in their order.
pub fn build(stack: &Stack) -> Blueprint {
    let containers: Vec<Container> = stack
        .services
        .iter()
        .map(|s| service::container(stack, s))
        .chain(stack.gateways.iter().map(|g| gateway::container(stack, g)))
        .map(|c| labelled(stack, c))
        .collect();
    Blueprint {
        stack: stack.name.clone(),
        stack_id: stack.id,
        networks: networks(stack),
        volumes: containers.iter().flat_map(|c| volumes(stack, c)).collect(),
        containers,
    }
}

/// Name of a container on the engine: as compose v2 gives it.
pub fn container_name(stack: &Stack, member: &Name) -> String {
    format!("{}-{member}-1", stack.name)
}

/// Name of a network on the engine.
pub fn network_name(stack: &Name, network: stack::Network) -> String {
    format!("{stack}_{}", network.word())
}

fn networks(stack: &Stack) -> Vec<Network> {
    let keys: &[stack::Network] = if stack.network_split {
        &[stack::Network::Frontend, stack::Network::Backend]
    } else {
        &[stack::Network::Default]
    };
    let own = keys.iter().map(|n| Network {
        key: n.word().to_owned(),
        name: network_name(&stack.name, *n),
        labels: own(stack),
        external: false,
    });
    let external = stack.proxy.as_ref().map(|proxy| Network {
        key: routes::PROXY_NETWORK.to_owned(),
        name: proxy.network.clone(),
        labels: IndexMap::new(),
        external: true,
    });
    own.chain(external).collect()
}

fn volumes(stack: &Stack, container: &Container) -> Vec<Volume> {
    container
        .mounts
        .iter()
        .map(|mount| {
            let mut labels = own(stack);
            labels.insert(labels::MEMBER.to_owned(), container.member.to_string());
            if let Some(gateway) = stack.gateway(&container.member) {
                labels.insert(labels::FIRST_START.to_owned(), FirstStart::of(stack, gateway).label());
            }
            Volume {
                key: mount.volume.clone(),
                name: format!("{}_{}", stack.name, mount.volume),
                member: container.member.clone(),
                labels,
            }
        })
        .collect()
}

/// The labels of every object of a stack.
fn own(stack: &Stack) -> IndexMap<String, String> {
    IndexMap::from([
        (labels::STACK.to_owned(), stack.name.to_string()),
        (labels::STACK_ID.to_owned(), stack.id.to_string()),
    ])
}

fn labelled(stack: &Stack, mut container: Container) -> Container {
    container.config_hash = config_hash(&container);
    let mut all = own(stack);
    all.insert(labels::MEMBER.to_owned(), container.member.to_string());
    match container.kind {
        Kind::Gateway(role) => {
            all.insert(labels::KIND.to_owned(), "gateway".to_owned());
            all.insert(labels::ROLE.to_owned(), role.word().to_owned());
            if let Some(Node::Backup { master }) = stack.gateway(&container.member).map(|g| &g.node) {
                all.insert(labels::BACKUP_OF.to_owned(), master.to_string());
            }
            if stack.simulated() {
                all.insert(labels::SIMULATED.to_owned(), "true".to_owned());
            }
        }
        Kind::Service => {
            all.insert(labels::KIND.to_owned(), "service".to_owned());
        }
    }
    all.insert(labels::CONFIG_HASH.to_owned(), container.config_hash.clone());
    all.append(&mut container.labels);
    container.labels = all;
    container
}

/// Hash over what a container is made from. Networks are left out, because they are compared by what is attached;
/// so are seeds of the first start, which the gateway owns afterwards.
fn config_hash(c: &Container) -> String {
    let env: Vec<_> = c
        .env
        .iter()
        .map(|(key, value)| match value {
            EnvValue::Plain(text) => json!([key, "plain", text]),
            EnvValue::Secret(name) => json!([key, "secret", name.0]),
        })
        .collect();
    let seeds: Vec<_> = c
        .seeds
        .iter()
        .filter(|s| s.when == SeedWhen::EveryCreation)
        .map(|s| match &s.content {
            SeedContent::Text(text) => json!([s.path, "text", text]),
            SeedContent::Secret(name) => json!([s.path, "secret", name.0]),
            SeedContent::Key(file) => json!([s.path, "key", file.file_name()]),
        })
        .collect();
    let mut whole = json!({
        "image": c.image,
        "command": c.command,
        "env": env,
        "ports": c.ports.iter().map(|p| json!([p.host_ip, p.host_port, p.container_port])).collect::<Vec<_>>(),
        "mounts": c.mounts.iter().map(|m| json!([m.volume, m.target])).collect::<Vec<_>>(),
        "health": c.health.as_ref().map(|h| json!([h.shell, h.interval_s, h.timeout_s, h.retries, h.start_period_s])),
        "memory": c.memory_limit,
        "grace": c.stop_grace_s,
        "seeds": seeds,
    });
    // Not said where there are none, so that a container made before there were any is still what it should be.
    if !c.labels.is_empty() {
        whole["labels"] = json!(c.labels);
    }
    let digest = Sha256::digest(whole.to_string().as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
