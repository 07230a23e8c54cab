//! The container of a gateway: environment, arguments, limits (fact sheet 4.1, 6.2, 6.3; product reference 4, 5.2, 5.3).

use indexmap::IndexMap;

use super::build::container_name;
use super::{Container, EnvValue, GATEWAY_DATA, Kind, Mount, PublishedPort, SecretName, health, routes, seed};
use crate::catalog::{builtin, image};
use crate::stack::{Gateway, Name, Node, Stack, WHITELIST};

/// Port of the web server and of the plain gateway network (fact sheet 4.3).
pub const HTTP_PORT: u16 = 8088;

/// Seconds from SIGTERM to SIGKILL (fact sheet 6.5: 30 s in use).
const STOP_GRACE_S: u32 = 30;

pub(super) fn container(stack: &Stack, gateway: &Gateway) -> Container {
    Container {
        member: gateway.name.clone(),
        kind: Kind::Gateway(gateway.role),
        name: container_name(stack, &gateway.name),
        image: stack.image.clone(),
        command: command(stack, gateway),
        env: environment(stack, gateway),
        ports: published(stack, gateway),
        mounts: vec![Mount { volume: gateway.volume.clone(), target: GATEWAY_DATA.to_owned() }],
        networks: networks(stack, gateway),
        health: (!stack.simulated()).then(health::of_gateway),
        memory_limit: Some(memory_limit(gateway.memory_mb)),
        stop_grace_s: STOP_GRACE_S,
        after: gateway.attachments.clone(),
        seeds: seed::of_gateway(stack, gateway),
        labels: routes::labels(stack, gateway),
        config_hash: String::new(),
    }
}

/// Behind a proxy nothing is published: the proxy reaches the gateway on its network.
fn published(stack: &Stack, gateway: &Gateway) -> Vec<PublishedPort> {
    let (host_ip, host_port) = (stack.bind_address, gateway.http_port.get());
    let port = PublishedPort { host_ip, host_port, container_port: HTTP_PORT };
    if stack.proxy.is_some() { Vec::new() } else { vec![port] }
}

fn networks(stack: &Stack, gateway: &Gateway) -> Vec<String> {
    let own = gateway.networks.iter().map(|n| n.word());
    own.chain(stack.proxy.as_ref().map(|_| routes::PROXY_NETWORK)).map(str::to_owned).collect()
}

/// `-n` names the system at every start; a backup adopts its master's name and must not get one (fact sheet 5.4).
fn command(stack: &Stack, gateway: &Gateway) -> Vec<String> {
    let mut words = Vec::new();
    if !matches!(gateway.node, Node::Backup { .. }) {
        words.extend(["-n".to_owned(), gateway.name.to_string()]);
    }
    words.extend(["-m".to_owned(), gateway.memory_mb.to_string()]);
    words.extend(routes::public_address(stack, gateway));
    words
}

/// Container limit in bytes: the heap, and beside it half as much again, at least 1 GiB, for what a JVM holds outside its
/// heap. 2 GB for a heap of 1024 MB is in use (fact sheet 6.5).
fn memory_limit(heap_mb: u32) -> u64 {
    let heap = u64::from(heap_mb);
    (heap + (heap / 2).max(1024)) << 20
}

fn environment(stack: &Stack, gateway: &Gateway) -> IndexMap<String, EnvValue> {
    let mut env = IndexMap::new();
    let mut plain = |key: &str, value: &str| {
        env.insert(key.to_owned(), EnvValue::Plain(value.to_owned()));
    };
    plain("ACCEPT_IGNITION_EULA", "Y");
    plain("GATEWAY_ADMIN_USERNAME", &stack.admin_username);
    plain("IGNITION_EDITION", gateway.edition.word());
    plain("TZ", &stack.timezone);
    if stack.takes_part(gateway) {
        gateway_network(stack, gateway, &mut plain);
    }
    if let Some(list) = enabled_modules(stack, gateway) {
        env.insert(WHITELIST.to_owned(), EnvValue::Plain(list));
    }
    env.insert("GATEWAY_ADMIN_PASSWORD".to_owned(), EnvValue::Secret(SecretName::admin()));
    for (key, value) in &gateway.env {
        env.insert(key.clone(), EnvValue::Plain(value.clone()));
    }
    env
}

/// The strict whitelist that leaves the disabled modules out, by full identifiers (fact sheet 6.2, 7.5); nothing when none is
/// disabled, because a whitelist must change with the version.
fn enabled_modules(stack: &Stack, gateway: &Gateway) -> Option<String> {
    if gateway.disabled.is_empty() {
        return None;
    }
    let there = builtin::of_version(image::version_of(&stack.image)?)?;
    let enabled = there.filter(|module| !gateway.disabled.contains(module)).map(|module| module.identifier());
    let mut enabled: Vec<String> = enabled.collect();
    enabled.sort();
    Some(enabled.join(","))
}

fn gateway_network(stack: &Stack, gateway: &Gateway, plain: &mut impl FnMut(&str, &str)) {
    let tls = stack.transport.is_tls().to_string();
    plain("GATEWAY_NETWORK_ENABLED", "true");
    plain("GATEWAY_NETWORK_ALLOWINCOMING", "true");
    // Over TLS as well: there the certificate is the gate (fact sheet 4.5).
    plain("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted");
    plain("GATEWAY_NETWORK_REQUIRESSL", &tls);
    plain("GATEWAY_NETWORK_REQUIRETWOWAYAUTH", &tls);
    for (i, host) in dialled(stack, gateway).into_iter().enumerate() {
        plain(&format!("GATEWAY_NETWORK_{i}_HOST"), host.as_str());
        plain(&format!("GATEWAY_NETWORK_{i}_PORT"), &stack.transport.port().to_string());
        plain(&format!("GATEWAY_NETWORK_{i}_ENABLESSL"), &tls);
    }
}

/// Whom a gateway dials: a backup its master first, then the links.
fn dialled<'a>(stack: &'a Stack, gateway: &'a Gateway) -> Vec<&'a Name> {
    let master = match &gateway.node {
        Node::Backup { master } => Some(master),
        _ => None,
    };
    master.into_iter().chain(stack.links_from(&gateway.name).map(|l| &l.to)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    #[test]
    fn disabled_modules_become_a_whitelist_of_all_others_and_none_becomes_no_variable() {
        let mut stack = fixture::stack();
        assert!(!environment(&stack, &stack.gateways[0]).contains_key(WHITELIST));
        stack.gateways[0].disabled = vec![builtin::find("vision").unwrap(), builtin::find("sfc").unwrap()];
        let env = environment(&stack, &stack.gateways[0]);
        let Some(EnvValue::Plain(list)) = env.get(WHITELIST) else { panic!("no list") };
        let modules: Vec<&str> = list.split(',').collect();
        assert_eq!(modules.len(), 30);
        assert!(modules.contains(&"com.inductiveautomation.perspective"));
        assert!(!list.contains("vision") && !list.contains("sfc") && !list.contains(' '));
        assert!(!environment(&stack, &stack.gateways[1]).contains_key(WHITELIST));
    }
}
