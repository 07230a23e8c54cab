//! Blueprint -> `docker-compose.yaml` for compose v2 and docker-compose 1.29. What the file may contain is in `model`.

mod literal;
mod model;
mod seeding;
#[cfg(test)]
mod tests;

use indexmap::IndexMap;

pub(super) use self::literal::Literal;
use self::model::{Condition, DependsOn, File, Health, Named, Service};
use super::error::RenderError;
use super::secret_key;
use crate::blueprint::{Blueprint, Container, EnvValue, HealthCheck, Network, PublishedPort};
use crate::catalog::image;

pub use self::seeding::SEED_KIND;

/// What a reader of the file must know first. A constant: nothing of the stack's text is in it.
const HEADER: &str = "\
# Works with `docker compose up -d` and with docker-compose 1.29. The project's name and the secrets are in .env.
# Written by ignition-stack from .ignition-stack/config.json.
";

/// The same for simulated gateways. Their image is made from the program alone and has no shell to seed with, so the file
/// has no seeding services and says who fills the volumes.
const SIMULATED_HEADER: &str = "\
# SIMULATED gateways. Start them the first time with `ignition-stack up`, which builds their image and fills their
# volumes; afterwards `docker compose` and docker-compose 1.29 can stop, start, remove and recreate them, too.
# The project's name and the secrets are in .env. Written by ignition-stack from .ignition-stack/config.json.
";

/// The compose file of a blueprint. The secrets it refers to are in `.env` beside it.
///
/// It has no `name:`, because docker-compose 1.29 refuses the file with it (`COMPOSE_PROJECT_NAME` in `.env` says the
/// same to both), and no `version:`, because 1.29 takes its absence for the compose specification and v2 warns of it.
pub fn compose(blueprint: &Blueprint) -> Result<String, RenderError> {
    let file = file(blueprint)?;
    // Block scalars off: folded text is the one form that readers of YAML 1.1 disagree about.
    let options = serde_yaml::ser_options! { compact_list_indent: false, prefer_block_scalars: false };
    let body = serde_yaml::to_string_with_options(&file, options)
        .map_err(|error| RenderError::Yaml { reason: error.to_string() })?;
    let header = if is_simulated(blueprint) { SIMULATED_HEADER } else { HEADER };
    Ok(format!("{header}\n{body}"))
}

fn is_simulated(blueprint: &Blueprint) -> bool {
    blueprint.containers.iter().any(|c| image::is_simulated(&c.image))
}

fn file(blueprint: &Blueprint) -> Result<File, RenderError> {
    let seeding_names = if is_simulated(blueprint) { IndexMap::new() } else { seeding::names(blueprint) };
    let mut services = IndexMap::new();
    for container in &blueprint.containers {
        let seeding = seeding_names.get(&container.member);
        if let Some((name, mount)) = seeding {
            services.insert(name.clone(), seeding::service(blueprint, container, mount)?);
        }
        let seeding = seeding.map(|(name, _)| name.as_str());
        services.insert(container.member.to_string(), service(blueprint, container, seeding)?);
    }
    let network = |n: &Network| Named { external: n.external.then_some(true), ..named(&n.name, &n.labels) };
    let networks = blueprint.networks.iter().map(|n| (n.key.clone(), network(n))).collect();
    let volumes = blueprint.volumes.iter().map(|v| (v.key.clone(), named(&v.name, &v.labels))).collect();
    Ok(File { services, networks, volumes })
}

fn service(blueprint: &Blueprint, container: &Container, seeding: Option<&str>) -> Result<Service, RenderError> {
    let environment = container.env.iter().map(|(key, value)| Ok((key.clone(), env_value(value)?)));
    Ok(Service {
        image: Literal::of(&container.image),
        user: None,
        entrypoint: Vec::new(),
        command: container.command.iter().map(|argument| Literal::of(argument)).collect(),
        hostname: Some(container.member.to_string()),
        environment: environment.collect::<Result<_, RenderError>>()?,
        ports: container.ports.iter().map(port).collect(),
        volumes: container.mounts.iter().map(|m| Literal::of(&format!("{}:{}", m.volume, m.target))).collect(),
        networks: container.networks.clone(),
        network_mode: None,
        depends_on: depends_on(blueprint, container, seeding),
        healthcheck: container.health.as_ref().map(health),
        restart: "unless-stopped",
        stop_grace_period: Some(format!("{}s", container.stop_grace_s)),
        mem_limit: container.memory_limit.map(bytes),
        labels: labels(&container.labels),
    })
}

fn env_value(value: &EnvValue) -> Result<Literal, RenderError> {
    match value {
        EnvValue::Plain(text) => Ok(Literal::of(text)),
        EnvValue::Secret(name) => secret_key::reference(name).map(Literal::raw),
    }
}

fn port(port: &PublishedPort) -> String {
    let host = std::net::SocketAddr::new(port.host_ip, port.host_port);
    format!("{host}:{}", port.container_port)
}

fn depends_on(blueprint: &Blueprint, container: &Container, seeding: Option<&str>) -> IndexMap<String, DependsOn> {
    let seeded = seeding.map(|name| (name.to_owned(), DependsOn { condition: Condition::CompletedSuccessfully }));
    let after = container.after.iter().map(|member| {
        let other = blueprint.containers.iter().find(|c| &c.member == member);
        // Compose refuses to wait for the health of something without a check.
        let checked = other.is_some_and(|c| c.health.is_some());
        let condition = if checked { Condition::Healthy } else { Condition::Started };
        (member.to_string(), DependsOn { condition })
    });
    seeded.into_iter().chain(after).collect()
}

fn health(check: &HealthCheck) -> Health {
    Health {
        test: [Literal::of("CMD-SHELL"), Literal::of(&check.shell)],
        interval: format!("{}s", check.interval_s),
        timeout: format!("{}s", check.timeout_s),
        retries: check.retries,
        start_period: format!("{}s", check.start_period_s),
    }
}

/// Bytes in the largest unit that says them exactly.
fn bytes(count: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if count.is_multiple_of(MIB) { format!("{}m", count / MIB) } else { format!("{count}b") }
}

/// Our labels. Compose sets its own (`com.docker.compose.*`) and would override ours of that prefix.
fn labels(labels: &IndexMap<String, String>) -> IndexMap<String, Literal> {
    let ours = labels.iter().filter(|(key, _)| !key.starts_with("com.docker.compose."));
    ours.map(|(key, value)| (key.clone(), Literal::of(value))).collect()
}

fn named(name: &str, of: &IndexMap<String, String>) -> Named {
    Named { external: None, name: Literal::of(name), labels: labels(of) }
}
