//! The services that put seeds into the data volumes on the compose path. The engine path seeds without them.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::literal::Literal;
use super::model::Service;
use crate::blueprint::{Blueprint, Container, GATEWAY_DATA, Kind, Mount, Seed, SeedContent, labels};
use crate::render::error::RenderError;
use crate::render::secret_key;
use crate::stack::Name;

/// Value of [`labels::KIND`] on seeding services. They have no [`labels::MEMBER`]: they are no member of the stack.
pub const SEED_KIND: &str = "seed";

/// Where the seeding script finds its own files.
const SCRIPT: &str = "/seed/seed.sh";
const SOURCE: &str = "/seed/gateway";
const KEYS: &str = "/seed/keys";

fn key_file(seed: &Seed) -> Option<&str> {
    match &seed.content {
        SeedContent::Key(file) => Some(file.file_name()),
        SeedContent::Text(_) | SeedContent::Secret(_) => None,
    }
}

/// For each gateway with seeds and a volume to hold them: the seeding service's name, and the volume's mount.
pub(super) fn names(blueprint: &Blueprint) -> IndexMap<Name, (String, Mount)> {
    let members: BTreeSet<&str> = blueprint.containers.iter().map(|c| c.member.as_str()).collect();
    let seeded = blueprint.containers.iter().filter(|c| matches!(c.kind, Kind::Gateway(_)) && !c.seeds.is_empty());
    seeded
        .filter_map(|container| {
            let mount = container.mounts.iter().find(|m| m.target == GATEWAY_DATA)?;
            let usual = format!("seed-{}", container.member);
            // A member may bear that name; no member's name contains `_`.
            let name = if members.contains(usual.as_str()) { format!("seed_{}", container.member) } else { usual };
            Some((container.member.clone(), (name, mount.clone())))
        })
        .collect()
}

/// The service that seeds one gateway's volume, with the gateway's own image: no other has to be pulled.
///
/// The volume is mounted where the gateway mounts it, not elsewhere: the first container that mounts an empty volume
/// fills it with what its image has *at that path*, and the gateway does not start without those files (fact sheet 6.1,
/// 6.6). docker-compose 1.29 creates the gateway's container only after this one has ended.
pub(super) fn service(blueprint: &Blueprint, container: &Container, mount: &Mount) -> Result<Service, RenderError> {
    let mut environment = IndexMap::new();
    for seed in &container.seeds {
        if let SeedContent::Secret(name) = &seed.content {
            environment.insert(secret_key::env_key(name)?, Literal::raw(secret_key::reference(name)?));
        }
    }
    let mut volumes = vec![
        format!("{}:{}", mount.volume, mount.target),
        format!("./scripts/seed.sh:{SCRIPT}:ro"),
        format!("./services/{}:{SOURCE}:ro", container.member),
    ];
    // One by one: the directory of secrets also holds what no container may see, the authority's private key before all.
    let keys: BTreeSet<&str> = container.seeds.iter().filter_map(key_file).collect();
    volumes.extend(keys.into_iter().map(|file| format!("./secrets/{file}:{KEYS}/{file}:ro")));
    let own = [
        (labels::STACK, blueprint.stack.to_string()),
        (labels::STACK_ID, blueprint.stack_id.to_string()),
        (labels::KIND, SEED_KIND.to_owned()),
    ];
    Ok(Service {
        image: Literal::of(&container.image),
        user: Some("root"),
        entrypoint: vec!["/bin/bash", SCRIPT],
        command: Vec::new(),
        hostname: None,
        environment,
        ports: Vec::new(),
        volumes: volumes.iter().map(|v| Literal::of(v)).collect(),
        networks: Vec::new(),
        network_mode: Some("none"),
        depends_on: IndexMap::new(),
        healthcheck: None,
        restart: "no",
        stop_grace_period: None,
        mem_limit: None,
        labels: own.into_iter().map(|(key, value)| (key.to_owned(), Literal::of(&value))).collect(),
    })
}
