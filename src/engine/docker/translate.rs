//! From the blueprint's container to the body of the engine's create call. Pure.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, EndpointSettings, HealthConfig, HostConfig, Mount, MountType, MountVolumeOptions,
    NetworkingConfig, PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use indexmap::IndexMap;

use super::op::{Creation, NetworkRef, VolumeMount};
use crate::blueprint::{EnvValue, HealthCheck, PublishedPort, SECRETS_DIR, SecretName};
use crate::stack::Name;

/// Body of the create call. `network` is the identity of the first network, or its name.
pub(super) fn create_body(creation: &Creation, network: Option<&str>) -> ContainerCreateBody {
    let container = &creation.container;
    let ports = &container.ports;
    ContainerCreateBody {
        hostname: Some(container.member.to_string()),
        image: Some(container.image.clone()),
        cmd: (!container.command.is_empty()).then(|| container.command.clone()),
        env: Some(container.env.iter().map(|(key, value)| env_entry(key, value)).collect()),
        labels: Some(map(&creation.labels)),
        exposed_ports: Some(ports.iter().map(|p| port_key(p.container_port)).collect()),
        healthcheck: container.health.as_ref().map(health),
        stop_timeout: Some(i64::from(container.stop_grace_s)),
        host_config: Some(HostConfig {
            memory: container.memory_limit.and_then(|bytes| i64::try_from(bytes).ok()),
            mounts: Some(creation.volumes.iter().map(mount).collect()),
            network_mode: network.map(str::to_owned),
            port_bindings: Some(bindings(ports)),
            restart_policy: Some(RestartPolicy {
                name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
                maximum_retry_count: None,
            }),
            ..HostConfig::default()
        }),
        networking_config: network.map(|network| NetworkingConfig {
            endpoints_config: Some(HashMap::from([(network.to_owned(), endpoint(Some(&container.member)))])),
        }),
        ..ContainerCreateBody::default()
    }
}

/// A container's place in a network: known there by the member's name, if it has one there.
pub(super) fn endpoint(alias: Option<&Name>) -> EndpointSettings {
    EndpointSettings { aliases: alias.map(|alias| vec![alias.to_string()]), ..EndpointSettings::default() }
}

/// File in the container that holds a secret of the environment.
pub(super) fn secret_path(secret: &SecretName) -> String {
    format!("{SECRETS_DIR}/{}", secret.0)
}

/// Labels as the engine takes them.
pub(super) fn map(labels: &IndexMap<String, String>) -> HashMap<String, String> {
    labels.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// How the engine is told of a network: by identity where it is known.
pub(super) fn network_handle<'a>(network: &'a NetworkRef, created: Option<&'a str>) -> &'a str {
    match network {
        NetworkRef::Existing { id, .. } => id,
        NetworkRef::Planned { name } => created.unwrap_or(name),
    }
}

/// A secret is named, never told: `docker inspect` shows the environment to everyone who may ask the engine.
fn env_entry(key: &str, value: &EnvValue) -> String {
    match value {
        EnvValue::Plain(value) => format!("{key}={value}"),
        EnvValue::Secret(secret) => format!("{key}_FILE={}", secret_path(secret)),
    }
}

fn port_key(port: u16) -> String {
    format!("{port}/tcp")
}

fn bindings(ports: &[PublishedPort]) -> HashMap<String, Option<Vec<PortBinding>>> {
    let mut all: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for port in ports {
        all.entry(port_key(port.container_port))
            .or_default()
            .get_or_insert_default()
            .push(PortBinding { host_ip: Some(port.host_ip.to_string()), host_port: Some(port.host_port.to_string()) });
    }
    all
}

/// The engine makes the volume, with these labels, when it creates the container.
fn mount(volume: &VolumeMount) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(volume.name.clone()),
        target: Some(volume.target.clone()),
        volume_options: Some(MountVolumeOptions { labels: Some(map(&volume.labels)), ..MountVolumeOptions::default() }),
        ..Mount::default()
    }
}

fn health(check: &HealthCheck) -> HealthConfig {
    let nanoseconds = |seconds: u32| Some(i64::from(seconds) * 1_000_000_000);
    HealthConfig {
        test: Some(vec!["CMD-SHELL".to_owned(), check.shell.clone()]),
        interval: nanoseconds(check.interval_s),
        timeout: nanoseconds(check.timeout_s),
        retries: Some(i64::from(check.retries)),
        start_period: nanoseconds(check.start_period_s),
        start_interval: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::observed::Observed;
    use super::super::op::Op;
    use super::super::plan::plan;
    use super::super::plan_fixture::demo;
    use super::*;
    use crate::engine::Policy;

    fn creation(member: usize, policy: &Policy) -> Creation {
        let plan = plan(&demo(), &Observed::default(), policy).unwrap();
        let mut found = plan.steps().filter_map(|s| match &s.op {
            Op::CreateContainer(creation) => Some(creation.as_ref().clone()),
            _ => None,
        });
        found.nth(member).unwrap()
    }

    #[test]
    fn a_gateway_becomes_a_body() {
        let body = create_body(&creation(1, &Policy::default()), Some("net-id"));
        assert_eq!(body.hostname.as_deref(), Some("gateway"));
        assert_eq!(body.cmd.unwrap(), ["-m", "2048"]);
        let env = ["ACCEPT_IGNITION_EULA=Y", "GATEWAY_ADMIN_PASSWORD_FILE=/run/secrets/admin-password"];
        assert_eq!(body.env.unwrap(), env);
        assert_eq!(body.exposed_ports.unwrap(), ["8088/tcp"]);
        assert_eq!(body.stop_timeout, Some(30));
        let health = body.healthcheck.unwrap();
        assert_eq!(health.test.unwrap(), ["CMD-SHELL", "true"]);
        assert_eq!((health.interval, health.start_period), (Some(5_000_000_000), Some(60_000_000_000)));
        let host = body.host_config.unwrap();
        assert_eq!((host.memory, host.network_mode.as_deref()), (Some(1 << 30), Some("net-id")));
        assert_eq!(host.restart_policy.unwrap().name, Some(RestartPolicyNameEnum::UNLESS_STOPPED));
        assert_eq!((host.privileged, host.init, host.binds), (None, None, None));
        let bound = host.port_bindings.unwrap().remove("8088/tcp").flatten().unwrap();
        assert_eq!((bound[0].host_ip.as_deref(), bound[0].host_port.as_deref()), (Some("127.0.0.1"), Some("9088")));
        let mount = host.mounts.unwrap().remove(0);
        assert_eq!(mount.source.as_deref(), Some("demo_gateway-data"));
        let labels = mount.volume_options.unwrap().labels.unwrap();
        assert_eq!(labels["com.docker.compose.volume"], "gateway-data");
        assert_eq!(labels[crate::blueprint::labels::STACK], "demo");
        let endpoints = body.networking_config.unwrap().endpoints_config.unwrap();
        assert_eq!(endpoints["net-id"].aliases.as_deref().unwrap(), ["gateway"]);
    }

    #[test]
    fn compose_finds_its_labels_beside_ours() {
        let policy = Policy { project_dir: Some("/p/demo".into()), ..Policy::default() };
        let mut labels: Vec<String> = creation(0, &policy).labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
        labels.sort();
        let labels = labels.join("\n").replace(env!("CARGO_PKG_VERSION"), "[version]");
        insta::assert_snapshot!(labels, @r"
        com.docker.compose.config-hash=hash-db
        com.docker.compose.container-number=1
        com.docker.compose.oneoff=False
        com.docker.compose.project.working_dir=/p/demo
        com.docker.compose.project=demo
        com.docker.compose.service=db
        com.docker.compose.version=2.0.0
        ignition-stack.config-hash=hash-db
        ignition-stack.kind=any
        ignition-stack.member=db
        ignition-stack.project-dir=/p/demo
        ignition-stack.stack-id=00000000-0000-0000-0000-000000000007
        ignition-stack.stack=demo
        ignition-stack.version=[version]
        ");
    }

    #[test]
    fn no_network_and_no_command_are_left_to_the_engine() {
        let mut creation = creation(0, &Policy::default());
        creation.network = None;
        let body = create_body(&creation, None);
        assert!(body.cmd.is_none() && body.networking_config.is_none());
    }
}
