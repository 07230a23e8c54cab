//! The gateways that were typed, one by one: memory, port, networks, attachments. Pairs and links come after.

use super::{DEFAULT_MEMORY_MB, Resolved, default_networks, texts};
use crate::catalog::service;
use crate::spec::{DATABASE_ROLE, GatewaySpec, Problems, Spec};
use crate::stack::{Edition, Gateway, Name, Network, Node, Port, Service};

/// Least and largest heap that is accepted, in MiB.
const MEMORY: std::ops::RangeInclusive<u32> = 256..=1_048_576;

/// Roles of attachments that this version does not have yet.
const ROLES_NOT_YET: [&str; 3] = ["owner", "mqtt-transmission", "mqtt-engine"];

pub(super) fn resolve(
    spec: &Spec,
    split: bool,
    image: &str,
    services: &[Service],
    problems: &mut Problems,
) -> Vec<Resolved> {
    if spec.gateways.is_empty() {
        problems.add("gateways", "a stack has at least one gateway");
    }
    let typed = spec.gateways.iter().enumerate();
    typed
        .filter_map(|(i, given)| {
            let path = format!("gateways[{i}]");
            if !spec.architecture.roles().contains(&given.role) {
                let known: Vec<_> = spec.architecture.roles().iter().map(|r| r.word()).collect();
                problems.add(
                    format!("{path}.role"),
                    format!("{} has no role {}; it has: {}", spec.architecture, given.role, known.join(", ")),
                );
            }
            one(&path, given, split, image, services, problems).map(|gateway| Resolved { at: Some(i), gateway })
        })
        .collect()
}

fn one(
    path: &str,
    given: &GatewaySpec,
    split: bool,
    image: &str,
    services: &[Service],
    problems: &mut Problems,
) -> Option<Gateway> {
    let name = texts::name(&format!("{path}.name"), &given.name, problems);
    let http_port = u16::try_from(given.http_port).ok().and_then(Port::new);
    if http_port.is_none() {
        problems.add(format!("{path}.http_port"), format!("{} is not a port (1 to 65535)", given.http_port));
    }
    let memory_mb = given.memory_mb.unwrap_or(DEFAULT_MEMORY_MB);
    if !MEMORY.contains(&memory_mb) {
        problems.add(format!("{path}.memory_mb"), format!("{memory_mb} is not between 256 and 1048576 (MiB)"));
    }
    if !given.modules.is_empty() {
        problems.add(format!("{path}.modules"), "third-party modules are not supported yet");
    }
    let disabled = super::modules::disabled(path, given, image, services, problems);
    texts::environment(&format!("{path}.env"), &given.env, problems);
    let networks = networks(path, given, split, problems);
    let attachments = attachments(path, given, services, problems);
    let name = name?;
    let volume = format!("{name}-data");
    if given.volume.as_ref().is_some_and(|v| *v != volume) {
        problems.add(format!("{path}.volume"), format!("the volume of {name} is {volume}; leave it out"));
    }
    Some(Gateway {
        volume,
        name,
        role: given.role,
        edition: given.ignition_edition,
        memory_mb,
        http_port: http_port?,
        networks,
        env: given.env.clone(),
        disabled,
        node: Node::Independent,
        attachments,
    })
}

fn networks(path: &str, given: &GatewaySpec, split: bool, problems: &mut Problems) -> Vec<Network> {
    let default = default_networks(split, false);
    let Some(networks) = &given.networks else { return default };
    let known: &[Network] = if split { &[Network::Frontend, Network::Backend] } else { &[Network::Default] };
    let mut sorted = networks.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if networks.is_empty() || sorted.len() != networks.len() || !networks.iter().all(|n| known.contains(n)) {
        let words: Vec<_> = known.iter().map(|n| n.word()).collect();
        problems.add(
            format!("{path}.networks"),
            format!("must name networks of this stack, each once: {}", words.join(", ")),
        );
    }
    networks.clone()
}

fn attachments(path: &str, given: &GatewaySpec, services: &[Service], problems: &mut Problems) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    for (i, attachment) in given.services.iter().enumerate() {
        let at = format!("{path}.services[{i}]");
        let Some(service) = services.iter().find(|s| s.id.as_str() == attachment.instance) else {
            problems.add(
                format!("{at}.instance"),
                format!("there is no service instance {:?}", texts::cut(&attachment.instance)),
            );
            continue;
        };
        if attachment.role != DATABASE_ROLE {
            let told = if ROLES_NOT_YET.contains(&attachment.role.as_str()) { "supported yet" } else { "known" };
            let role = texts::cut(&attachment.role);
            problems.add(format!("{at}.role"), format!("{role:?} is not {told}; known: {DATABASE_ROLE}"));
        }
        let database = service::find(&service.slug).is_some_and(|m| m.database.is_some());
        if database && given.ignition_edition == Edition::Edge {
            problems.add(format!("{at}.instance"), "an Edge gateway holds no database connection");
        }
        if !found.is_empty() && database {
            problems.add(format!("{at}.instance"), "a gateway has at most one database");
        }
        found.push(service.id.clone());
    }
    found
}
