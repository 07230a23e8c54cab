//! The container of a companion service, from its manifest.

use indexmap::IndexMap;

use super::build::container_name;
use super::{Container, EnvValue, HealthCheck, Kind, Mount, SecretName};
use crate::catalog::service::{self, Manifest};
use crate::stack::{Service, Stack};

/// Seconds from SIGTERM to SIGKILL: time for a database to write what it holds.
const STOP_GRACE_S: u32 = 30;

pub(super) fn container(stack: &Stack, given: &Service) -> Container {
    let manifest = service::find(&given.slug);
    Container {
        member: given.id.clone(),
        kind: Kind::Service,
        name: container_name(stack, &given.id),
        image: given.image.clone(),
        command: Vec::new(),
        env: environment(given, manifest),
        ports: Vec::new(),
        mounts: manifest
            .map(|m| Mount { volume: format!("{}-data", given.id), target: m.data.clone() })
            .into_iter()
            .collect(),
        networks: given.networks.iter().map(|n| n.word().to_owned()).collect(),
        health: manifest.map(|m| HealthCheck {
            shell: m.health.shell.clone(),
            interval_s: m.health.interval_s,
            timeout_s: m.health.timeout_s,
            retries: m.health.retries,
            start_period_s: m.health.start_period_s,
        }),
        memory_limit: None,
        stop_grace_s: STOP_GRACE_S,
        after: Vec::new(),
        seeds: Vec::new(),
        labels: IndexMap::new(),
        config_hash: String::new(),
    }
}

fn environment(given: &Service, manifest: Option<&Manifest>) -> IndexMap<String, EnvValue> {
    let mut env = IndexMap::new();
    if let Some(manifest) = manifest {
        for (key, value) in &manifest.env {
            env.insert(key.clone(), EnvValue::Plain(value.clone()));
        }
        if let Some(key) = &manifest.password_variable {
            env.insert(key.clone(), EnvValue::Secret(SecretName::service(given.id.as_str())));
        }
    }
    for (key, value) in &given.env {
        env.insert(key.clone(), EnvValue::Plain(value.clone()));
    }
    env
}
