//! The guides of a project: POST-SETUP.md and README.md; the Makefile is filled in the same way. Prose is in `templates/`; here are the facts it is filled with.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

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
pub fn post_setup(stack: &Stack, blueprint: &Blueprint) -> Result<String, RenderError> {
    fill("POST-SETUP.md", POST_SETUP, stack, blueprint)
}

/// The project's README.md: what it is, and how to start and stop it.
pub fn readme(stack: &Stack, blueprint: &Blueprint) -> Result<String, RenderError> {
    fill("README.md", README, stack, blueprint)
}

/// README.md of the proxy's scaffold: how to start it, and what is behind it.
pub(super) fn proxy_readme(stack: &Stack, blueprint: &Blueprint) -> Result<String, RenderError> {
    fill("the proxy's README.md", PROXY_README, stack, blueprint)
}

/// Fills a template with the stack's facts.
pub(super) fn fill(
    file: &'static str,
    template: &str,
    stack: &Stack,
    blueprint: &Blueprint,
) -> Result<String, RenderError> {
    let failed = |error: minijinja::Error| RenderError::Guide { file, reason: format!("{error:#}") };
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(failed)?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("code", |text: &str| code_span(text));
    environment.render_named_str(file, template, Serde(Facts::of(stack, blueprint))).map_err(failed)
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
    fn of(stack: &Stack, blueprint: &Blueprint) -> Self {
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
            proxy_network: stack.proxy.as_ref().map(|proxy| proxy.network.clone()).unwrap_or_default(),
            proxy_path: stack.proxy.as_ref().and_then(|proxy| proxy.scaffold.clone()).unwrap_or_default(),
            proxy_port: stack.proxy_port(),
            gateways: stack.gateways.iter().map(|gateway| gateway_facts(stack, gateway)).collect(),
            services: services(stack, blueprint),
            pairs: pairs(stack),
            links: links(stack),
            service_secrets: secrets.map(|name| name.0).collect(),
            databases: databases(stack, blueprint),
        }
    }
}

fn gateway_facts(stack: &Stack, gateway: &Gateway) -> GatewayFacts {
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
        address: gateway_address(stack, gateway),
    }
}

fn services(stack: &Stack, blueprint: &Blueprint) -> Vec<ServiceFacts> {
    let containers = blueprint.containers.iter().filter(|c| c.kind == Kind::Service);
    let facts = containers.map(|container| ServiceFacts {
        name: container.member.to_string(),
        image: container.image.clone(),
        addresses: container.ports.iter().map(|p| authority(stack.bind_address, p.host_port)).collect(),
    });
    facts.collect()
}

fn pairs(stack: &Stack) -> Vec<PairFacts> {
    let facts = stack.pairs.iter().map(|pair| PairFacts {
        master: pair.master.to_string(),
        master_address: address_of(stack, &pair.master),
        backup: pair.backup.to_string(),
        backup_address: address_of(stack, &pair.backup),
        address: stack.pair_route(pair).map(|route| stack.route_url(&route)).unwrap_or_default(),
    });
    facts.collect()
}

fn links(stack: &Stack) -> Vec<LinkFacts> {
    let fact = |link: &Link| LinkFacts {
        from: link.from.to_string(),
        from_address: address_of(stack, &link.from),
        to: link.to.to_string(),
        to_address: address_of(stack, &link.to),
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

fn address_of(stack: &Stack, gateway: &Name) -> String {
    stack.gateway(gateway).map_or_else(String::new, |g| gateway_address(stack, g))
}

/// Where a browser finds a gateway: through the proxy, else on its published port.
fn gateway_address(stack: &Stack, gateway: &Gateway) -> String {
    match stack.route(gateway) {
        Some(route) => stack.route_url(&route),
        None => address(stack.bind_address, gateway.http_port.get()),
    }
}

fn address(bind: IpAddr, port: u16) -> String {
    format!("http://{}", authority(bind, port))
}

/// Where a published port is reached from the engine's host.
fn authority(bind: IpAddr, port: u16) -> String {
    if bind.is_loopback() && bind.is_ipv4() || bind.is_unspecified() {
        format!("localhost:{port}")
    } else {
        SocketAddr::new(bind, port).to_string()
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
