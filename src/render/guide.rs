//! The guides of a project: POST-SETUP.md and README.md; the Makefile is filled in the same way. Prose is in `templates/`; here are the facts it is filled with.

use std::fmt::Write as _;
use std::net::SocketAddr;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::{RenderError, secret_names};
use crate::blueprint::{Blueprint, Kind, SecretName};
use crate::stack::{Gateway, Link, Name, Node, Stack, Transport};

const POST_SETUP: &str = include_str!("../../templates/POST-SETUP.md");
const README: &str = include_str!("../../templates/README.md");
const PROXY_README: &str = include_str!("../../templates/proxy/README.md");

/// The project's POST-SETUP.md: every address, how to check each link and pair, what is left to do by hand.
///
/// `engine_host`: the machine that the engine is on, where that is another one.
pub fn post_setup(stack: &Stack, blueprint: &Blueprint, engine_host: Option<&str>) -> Result<String, RenderError> {
    fill("POST-SETUP.md", POST_SETUP, stack, blueprint, engine_host)
}

/// The project's README.md: what it is, and how to start and stop it.
pub fn readme(stack: &Stack, blueprint: &Blueprint, engine_host: Option<&str>) -> Result<String, RenderError> {
    fill("README.md", README, stack, blueprint, engine_host)
}

/// README.md of the proxy's scaffold: how to start it, and what is behind it.
pub(super) fn proxy_readme(stack: &Stack, blueprint: &Blueprint) -> Result<String, RenderError> {
    fill("the proxy's README.md", PROXY_README, stack, blueprint, None)
}

/// Fills a template with the stack's facts.
pub(super) fn fill(
    file: &'static str,
    template: &str,
    stack: &Stack,
    blueprint: &Blueprint,
    engine_host: Option<&str>,
) -> Result<String, RenderError> {
    let failed = |error: minijinja::Error| RenderError::Guide { file, reason: format!("{error:#}") };
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(failed)?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("code", |text: &str| code_span(text));
    environment.render_named_str(file, template, Serde(Facts::of(stack, blueprint, engine_host))).map_err(failed)
}

/// What the prose may say. Names need no escaping; every other text goes through the `code` filter.
#[derive(Serialize)]
struct Facts {
    name: String,
    architecture: &'static str,
    image: String,
    simulated: bool,
    plain: bool,
    /// Whether somebody talks TLS.
    tls: bool,
    gan_port: u16,
    admin_username: String,
    bind_address: String,
    /// Empty where the engine is on this machine.
    engine_host: String,
    /// Empty without a proxy.
    proxy_network: String,
    proxy_path: String,
    proxy_port: u16,
    gateways: Vec<GatewayFacts>,
    services: Vec<ServiceFacts>,
    pairs: Vec<PairFacts>,
    links: Vec<LinkFacts>,
    service_secrets: Vec<String>,
    databases: Vec<DatabaseFacts>,
}

#[derive(Serialize)]
struct GatewayFacts {
    name: String,
    role: &'static str,
    edition: &'static str,
    node: &'static str,
    address: String,
}

#[derive(Serialize)]
struct ServiceFacts {
    name: String,
    image: String,
    addresses: Vec<String>,
}

#[derive(Serialize)]
struct PairFacts {
    master: String,
    master_address: String,
    backup: String,
    backup_address: String,
    /// Of the pair as a whole; empty without a proxy.
    address: String,
}

#[derive(Serialize)]
struct LinkFacts {
    from: String,
    from_address: String,
    to: String,
    to_address: String,
    to_system_name: String,
}

/// A service attached to a gateway, and whether its connection is among the gateway's seeds.
#[derive(Serialize)]
struct DatabaseFacts {
    gateway: String,
    service: String,
    slug: String,
    seeded: bool,
}

impl Facts {
    fn of(stack: &Stack, blueprint: &Blueprint, engine_host: Option<&str>) -> Self {
        let place = Place { stack, engine_host };
        let admin = SecretName::admin();
        let secrets = secret_names(blueprint).into_iter().filter(|name| name != &admin);
        Self {
            name: stack.name.to_string(),
            architecture: stack.architecture.word(),
            image: stack.image.clone(),
            simulated: stack.simulated(),
            plain: stack.transport == Transport::Plain,
            tls: stack.certified().next().is_some(),
            gan_port: stack.transport.port(),
            admin_username: stack.admin_username.clone(),
            bind_address: stack.bind_address.to_string(),
            engine_host: engine_host.unwrap_or_default().to_owned(),
            proxy_network: stack.proxy.as_ref().map(|proxy| proxy.network.clone()).unwrap_or_default(),
            proxy_path: stack.proxy.as_ref().and_then(|proxy| proxy.scaffold.clone()).unwrap_or_default(),
            proxy_port: stack.proxy_port(),
            gateways: stack.gateways.iter().map(|gateway| gateway_facts(place, gateway)).collect(),
            services: services(place, blueprint),
            pairs: pairs(place),
            links: links(place),
            service_secrets: secrets.map(|name| name.0).collect(),
            databases: databases(stack, blueprint),
        }
    }
}

fn gateway_facts(place: Place<'_>, gateway: &Gateway) -> GatewayFacts {
    let node = match gateway.node {
        Node::Independent => "",
        Node::Master { .. } => "master",
        Node::Backup { .. } => "backup",
    };
    GatewayFacts {
        name: gateway.name.to_string(),
        role: gateway.role.word(),
        edition: gateway.edition.word(),
        node,
        address: place.gateway_address(gateway),
    }
}

fn services(place: Place<'_>, blueprint: &Blueprint) -> Vec<ServiceFacts> {
    let containers = blueprint.containers.iter().filter(|c| c.kind == Kind::Service);
    let facts = containers.map(|container| ServiceFacts {
        name: container.member.to_string(),
        image: container.image.clone(),
        addresses: container.ports.iter().map(|p| place.authority(p.host_port)).collect(),
    });
    facts.collect()
}

fn pairs(place: Place<'_>) -> Vec<PairFacts> {
    let stack = place.stack;
    let facts = stack.pairs.iter().map(|pair| PairFacts {
        master: pair.master.to_string(),
        master_address: place.address_of(&pair.master),
        backup: pair.backup.to_string(),
        backup_address: place.address_of(&pair.backup),
        address: stack.pair_route(pair).map(|route| stack.route_url(&route)).unwrap_or_default(),
    });
    facts.collect()
}

fn links(place: Place<'_>) -> Vec<LinkFacts> {
    let stack = place.stack;
    let fact = |link: &Link| LinkFacts {
        from: link.from.to_string(),
        from_address: place.address_of(&link.from),
        to: link.to.to_string(),
        to_address: place.address_of(&link.to),
        to_system_name: stack.gateway(&link.to).map_or(&link.to, |g| stack.system_name(g)).to_string(),
    };
    stack.links.iter().map(fact).collect()
}

fn databases(stack: &Stack, blueprint: &Blueprint) -> Vec<DatabaseFacts> {
    let mut facts = Vec::new();
    for gateway in &stack.gateways {
        let container = blueprint.containers.iter().find(|c| c.member == gateway.name);
        for service in stack.services.iter().filter(|s| gateway.attachments.contains(&s.id)) {
            let folder = format!("/database-connection/{}/", service.id);
            facts.push(DatabaseFacts {
                gateway: gateway.name.to_string(),
                service: service.id.to_string(),
                slug: service.slug.clone(),
                seeded: container.is_some_and(|c| c.seeds.iter().any(|seed| seed.path.contains(&folder))),
            });
        }
    }
    facts
}

/// A stack, and where its engine is.
#[derive(Clone, Copy)]
struct Place<'a> {
    stack: &'a Stack,
    engine_host: Option<&'a str>,
}

impl Place<'_> {
    fn address_of(self, gateway: &Name) -> String {
        self.stack.gateway(gateway).map_or_else(String::new, |g| self.gateway_address(g))
    }

    /// Where a browser finds a gateway: through the proxy, else on its published port.
    fn gateway_address(self, gateway: &Gateway) -> String {
        match self.stack.route(gateway) {
            Some(route) => self.stack.route_url(&route),
            None => format!("http://{}", self.authority(gateway.http_port.get())),
        }
    }

    /// Where a published port is reached: the loopback's from the engine's host alone, and what is open on every address of another
    /// machine at that machine.
    fn authority(self, port: u16) -> String {
        let bind = self.stack.bind_address;
        match self.engine_host {
            Some(host) if bind.is_unspecified() && host.contains(':') => format!("[{host}]:{port}"),
            Some(host) if bind.is_unspecified() => format!("{host}:{port}"),
            _ if bind.is_loopback() && bind.is_ipv4() || bind.is_unspecified() => format!("localhost:{port}"),
            _ => SocketAddr::new(bind, port).to_string(),
        }
    }
}

/// Any text as a Markdown code span that also holds in a table's cell; control characters are shown, not obeyed.
fn code_span(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut run, mut longest) = (0, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
        match c {
            '|' => shown.push_str("\\|"),
            c if c.is_control() => {
                // Writing to a String does not fail.
                let _ = write!(shown, "{}", c.escape_unicode());
            }
            c => shown.push(c),
        }
    }
    if shown.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest + 1);
    // A reader takes one blank from each end, but not of nothing but blanks.
    let blank = shown.trim_matches(' ').is_empty();
    let pad = if !blank && (shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' '])) { " " } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

#[cfg(test)]
mod tests;
