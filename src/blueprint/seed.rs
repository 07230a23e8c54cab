//! Files that a gateway finds in its data volume at its first start: identity, redundancy, keys, database connection.

use super::{GATEWAY_DATA, KeyFile, SecretName, Seed, SeedContent, SeedWhen};
use crate::catalog::service;
use crate::render::resources::{self, SecretReference};
use crate::render::{REDUNDANCY_PATH, redundancy_xml};
use crate::stack::{Gateway, Name, Stack};

/// Directory below the data directory for secrets that the gateway's file secret provider reads (fact sheet 7.3). In the
/// volume, because the gateway's user must be able to read them whoever started the container.
const SECRETS: &str = "ignition-stack/secrets";

/// Name of the secret provider resource.
const PROVIDER: &str = "files";

pub(super) fn of_gateway(stack: &Stack, gateway: &Gateway) -> Vec<Seed> {
    let mut seeds = vec![first(resources::UUID_PATH, resources::uuid_txt(stack.gateway_uuid(&gateway.name)))];
    // A single gateway's as well: its data may be those of a pair's node from before.
    seeds.push(Seed {
        path: REDUNDANCY_PATH.to_owned(),
        content: SeedContent::Text(redundancy_xml(&gateway.node, stack.transport, stack.transport.port())),
        when: SeedWhen::EveryCreation,
    });
    if stack.certified().any(|certified| certified.name == gateway.name) {
        seeds.extend(keys(gateway));
    }
    let mut secrets = Vec::new();
    for id in &gateway.attachments {
        seeds.extend(database(stack, gateway, id, &mut secrets));
    }
    if !secrets.is_empty() {
        seeds.push(first(resources::CORE_CONFIG_MODE_PATH, resources::core_config_mode()));
        let files = secrets.iter().map(|(secret, path)| (secret.as_str(), path.as_str()));
        let provider = resources::file_secret_provider(files);
        seeds.extend(resource(stack, gateway, "secret-provider", PROVIDER, provider));
    }
    seeds
}

/// The gateway's keystore, and the stack's authority where it looks for whom to trust: as client and as server (fact sheet 4.5).
fn keys(gateway: &Gateway) -> [Seed; 3] {
    let key = |path: &str, file| Seed {
        path: path.to_owned(),
        content: SeedContent::Key(file),
        when: SeedWhen::EveryCreation,
    };
    [
        key(resources::KEYSTORE_PATH, KeyFile::keystore(&gateway.name)),
        key(resources::TRUSTED_BY_CLIENT_PATH, KeyFile::authority()),
        key(resources::TRUSTED_BY_SERVER_PATH, KeyFile::authority()),
    ]
}

/// The database connections that a gateway is seeded with, by name: its attachments that are databases of a kind that can be.
pub fn seeded_databases<'a>(stack: &'a Stack, gateway: &'a Gateway) -> impl Iterator<Item = &'a Name> {
    let is_database = |id: &&Name| {
        let service = stack.services.iter().find(|s| &s.id == *id);
        service.and_then(|s| service::find(&s.slug)).is_some_and(|m| m.database.is_some())
    };
    gateway.attachments.iter().filter(is_database)
}

fn database(stack: &Stack, gateway: &Gateway, id: &Name, secrets: &mut Vec<(String, String)>) -> Vec<Seed> {
    let service = stack.services.iter().find(|s| &s.id == id);
    let Some(database) = service.and_then(|s| service::find(&s.slug)).and_then(|m| m.database.as_ref()) else {
        return Vec::new();
    };
    let secret = SecretName::service(id.as_str());
    let path = format!("{SECRETS}/{}", secret.0);
    let reference = SecretReference { provider: PROVIDER, secret: &secret.0 };
    let connection = resources::postgres_connection(id.as_str(), &database.name, &database.user, reference);
    secrets.push((secret.0.clone(), format!("{GATEWAY_DATA}/{path}")));
    let mut seeds = resource(stack, gateway, "database-connection", id.as_str(), connection);
    seeds.push(Seed { path, content: SeedContent::Secret(secret), when: SeedWhen::EveryCreation });
    seeds
}

/// A named resource of the `core` collection: its configuration and the manifest beside it (fact sheet 7.2).
fn resource(stack: &Stack, gateway: &Gateway, kind: &str, name: &str, config: String) -> Vec<Seed> {
    let paths = resources::core_resource(kind, name);
    let uuid = uuid::Uuid::new_v5(&stack.gateway_uuid(&gateway.name), paths.config.as_bytes());
    vec![first(&paths.config, config), first(&paths.resource, resources::resource_json(uuid, ""))]
}

fn first(path: &str, text: String) -> Seed {
    Seed { path: path.to_owned(), content: SeedContent::Text(text), when: SeedWhen::FirstStart }
}
