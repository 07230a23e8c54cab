//! What only the config files of the Python `ignition-stack` 0.9 have: its defaults, its shorthand, its passwords. A file is
//! taken for one when it has no `version`. What this version cannot do yet is refused by name, never left out in silence.

use std::fmt;

use super::model::{AttachmentSpec, DATABASE_ROLE, GatewaySpec, ServiceSpec, Spec};
use super::reader::Fields;
use crate::catalog::service;
use crate::stack::{Architecture, Edition, ProxyMode, Role};

/// Name and port that a gateway without one has there.
const GATEWAY_NAME: &str = "gateway";
const HTTP_PORT: u32 = 9088;
/// Id that a database without one has there, and the account that every database has.
const DATABASE_ID: &str = "db";
const DATABASE_USER: &str = "ignition";
/// The only kind of reverse proxy there.
const PROXY_KIND: &str = "traefik";

/// What a file says beside the spec.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) passwords: Vec<Password>,
    pub(super) notices: Vec<String>,
    /// Paths of the spec that stand elsewhere in the file: (there, in the file).
    pub(super) moved: Vec<(String, String)>,
}

/// Whose password it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PasswordOf {
    /// The first administrator's.
    Admin,
    /// The account of the service of that id.
    Service(String),
}

/// A password that stood in a configuration. It belongs into `secrets/`, and is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password {
    /// Whose it is.
    pub of: PasswordOf,
    /// Its value.
    pub value: String,
    /// Where it stood.
    pub path: String,
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password").field("of", &self.of).field("path", &self.path).finish_non_exhaustive()
    }
}

pub(super) fn gateway_defaults(fields: &Fields<'_>, name: &mut Option<String>, http_port: &mut Option<u32>) {
    // One of the wrong type was told of already.
    if name.is_none() && !fields.has("name") {
        *name = Some(GATEWAY_NAME.to_owned());
    }
    if http_port.is_none() && !fields.has("http_port") {
        *http_port = Some(HTTP_PORT);
    }
}

pub(super) fn redundancy(fields: &Fields<'_>) {
    if fields.flag("seed_redundancy_xml") == Some(false) {
        fields.problem(
            "seed_redundancy_xml",
            "is not supported yet as false: a node without redundancy.xml has no role; leave it out",
        );
    }
}

/// The proxy as it stands there: of one kind, and with a path that counts with a scaffold only and may begin with `./`.
pub(super) fn reverse_proxy(fields: &Fields<'_>, mode: Option<ProxyMode>, path: &mut Option<String>) {
    if fields.text("kind").is_some_and(|kind| kind != PROXY_KIND) {
        fields.problem("kind", format!("is not known; the proxy is {PROXY_KIND}"));
    }
    if mode == Some(ProxyMode::Scaffold) {
        *path = path.take().map(|path| path.strip_prefix("./").map_or(path.clone(), str::to_owned));
    } else {
        *path = None;
    }
}

/// A service of the registry: its account, and the image that may be blank there.
pub(super) fn service(fields: &Fields<'_>, given: &mut ServiceSpec, extras: &mut Extras) {
    given.image = given.image.take().filter(|image| !image.is_empty());
    account(fields, &given.id, extras);
}

fn account(fields: &Fields<'_>, id: &str, extras: &mut Extras) {
    if fields.text("user").is_some_and(|user| user != DATABASE_USER) {
        fields.problem("user", format!("is not supported yet; the account is {DATABASE_USER}"));
    }
    if !fields.items("extra_databases").is_empty() {
        fields.problem("extra_databases", "is not supported yet; leave it out");
    }
    if let Some(value) = fields.text("password") {
        let of = PasswordOf::Service(id.to_owned());
        extras.passwords.push(Password { of, value, path: fields.path_of("password") });
    }
}

/// Everything at the top: what 0.9 knew beside the format, and the meaning of what it left open.
pub(super) fn top(
    fields: &Fields<'_>,
    architecture: Option<Architecture>,
    roles: &mut Vec<Option<Role>>,
    spec: &mut Spec,
    extras: &mut Extras,
) {
    for (key, wanted) in [("mcp_dropin", "false"), ("extra_modules", "empty")] {
        let given = match key {
            "mcp_dropin" => fields.flag("mcp_dropin") == Some(true),
            _ => !fields.items("extra_modules").is_empty(),
        };
        if given {
            fields.problem(key, format!("is not supported yet; leave it out, or {wanted}"));
        }
    }
    if let Some(value) = fields.text("admin_password") {
        extras.passwords.push(Password { of: PasswordOf::Admin, value, path: "admin_password".to_owned() });
    }
    if !fields.has("gateways") {
        spec.gateways.push(default_gateway());
        roles.push(None);
    }
    decide_roles(fields, architecture, roles, spec, extras);
    database(fields, spec, extras);
    services(fields);
}

fn default_gateway() -> GatewaySpec {
    GatewaySpec {
        name: GATEWAY_NAME.to_owned(),
        role: Role::Gateway,
        ignition_edition: Edition::Standard,
        memory_mb: None,
        http_port: HTTP_PORT,
        volume: None,
        networks: None,
        modules: Vec::new(),
        disable_builtins: Vec::new(),
        env: indexmap::IndexMap::new(),
        redundancy: None,
        services: Vec::new(),
        gan_outgoing: Vec::new(),
    }
}

/// There the architecture is a note and a role may be left out. Roles tell the architecture; without them it is what dials and
/// what is dialled that tells both.
fn decide_roles(
    fields: &Fields<'_>,
    given: Option<Architecture>,
    roles: &mut [Option<Role>],
    spec: &mut Spec,
    extras: &mut Extras,
) {
    let named = |wanted: &[Role]| roles.iter().flatten().any(|role| wanted.contains(role));
    let dials = |gateway: &GatewaySpec| !gateway.gan_outgoing.is_empty();
    let architecture = given.unwrap_or_else(|| {
        if named(&[Role::Hub, Role::Spoke]) {
            Architecture::HubAndSpoke
        } else if named(&[Role::Frontend, Role::Backend]) {
            Architecture::ScaleOut
        } else if spec.gateways.iter().any(|g| dials(g) && g.ignition_edition == Edition::Edge) {
            Architecture::HubAndSpoke
        } else if spec.gateways.iter().any(dials) {
            Architecture::ScaleOut
        } else {
            Architecture::Basic
        }
    });
    spec.architecture = architecture;
    let mut guessed = given.is_none() && !fields.has("architecture") && spec.gateways.len() > 1;
    for (gateway, role) in spec.gateways.iter().zip(roles.iter_mut()).filter(|(_, role)| role.is_none()) {
        guessed |= architecture != Architecture::Basic;
        *role = Some(match (architecture, dials(gateway)) {
            (Architecture::Basic, _) => Role::Gateway,
            (Architecture::ScaleOut, true) => Role::Frontend,
            (Architecture::ScaleOut, false) => Role::Backend,
            (Architecture::HubAndSpoke, true) => Role::Spoke,
            (Architecture::HubAndSpoke, false) => Role::Hub,
        });
    }
    if guessed {
        extras.notices.push(format!(
            "the file does not say every role: read as {architecture}, where who links to another is a {}",
            if architecture == Architecture::HubAndSpoke { "spoke" } else { "frontend" }
        ));
    }
}

/// `database:`, which there is PostgreSQL unless it is said to be null: one for every gateway that may hold one.
fn database(fields: &Fields<'_>, spec: &mut Spec, extras: &mut Extras) {
    let stated = fields.take_even_null("database").is_some();
    let inner = fields.fields("database");
    let registry = spec.service_instances.iter().any(|s| service::kind_of_database(&s.service));
    if inner.is_none() && (stated || registry) {
        return;
    }
    if !stated && spec.gateways.iter().all(|g| g.ignition_edition == Edition::Edge) {
        return;
    }
    let mut given = ServiceSpec {
        id: DATABASE_ID.to_owned(),
        service: "postgres".to_owned(),
        image: None,
        env: indexmap::IndexMap::new(),
    };
    let place = format!("service_instances[{}]", spec.service_instances.len());
    if let Some(inner) = inner {
        given.id = inner.text("name").unwrap_or(given.id);
        given.service = inner.text("kind").unwrap_or(given.service);
        given.image = inner.text("image").filter(|image| !image.is_empty());
        account(&inner, &given.id, extras);
        inner.finish();
        for (there, here) in [(".id", "database.name"), (".service", "database.kind"), (".image", "database.image")] {
            extras.moved.push((format!("{place}{there}"), here.to_owned()));
        }
    } else {
        extras.notices.push(
            "the file names no database: PostgreSQL comes with it, as in 0.9 (database: null for none)".to_owned(),
        );
    }
    for (i, gateway) in spec.gateways.iter_mut().enumerate().filter(|(_, g)| g.ignition_edition != Edition::Edge) {
        if gateway.services.iter().any(|attached| attached.instance == given.id) {
            continue;
        }
        extras.moved.push((format!("gateways[{i}].services[{}]", gateway.services.len()), "database".to_owned()));
        gateway.services.push(AttachmentSpec { instance: given.id.clone(), role: DATABASE_ROLE.to_owned() });
    }
    extras.moved.push((place, "database".to_owned()));
    if !spec.service_instances.iter().any(|s| s.id == given.id) {
        spec.service_instances.push(given);
    }
}

/// `services:` at the top: slugs, each a service of its own that every gateway uses. There a database may not stand among them.
fn services(fields: &Fields<'_>) {
    for (path, node) in fields.items("services") {
        let reader = fields.reader();
        let Some(slug) = reader.text(&path, node) else { continue };
        let message = if service::kind_of_database(&slug) {
            format!("{slug} is a database: name it under database")
        } else {
            service::unavailable(&slug)
        };
        reader.problem(&path, node.at, message);
    }
}

#[cfg(test)]
mod tests;
