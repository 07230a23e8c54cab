//! Spec -> stack: decides what was left open, expands pairs and links, and collects every problem. Pure.

mod gateways;
mod links;
mod modules;
mod pairs;
mod proxy;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

pub use modules::WHITELIST;
pub use proxy::{DEFAULT_PROXY_NETWORK, DEFAULT_PROXY_PATH};
pub use texts::SECRET_VARIABLES;

use super::{Architecture, Gateway, Name, Network, Service, Stack};
use crate::catalog::{image, service};
use crate::spec::{Problems, Spec, VERSION};

/// Heap of a gateway when none is named, in MiB.
pub const DEFAULT_MEMORY_MB: u32 = 2048;
/// First administrator when none is named.
pub const DEFAULT_ADMIN: &str = "admin";
/// Time zone when none is named.
pub const DEFAULT_TIMEZONE: &str = "UTC";

/// The most gateways, and the most services, of a stack: a container network, which is a Linux bridge, has 1024 ports.
pub const MAX_MEMBERS: usize = 1_000;

/// Resolves a spec. Resolving the dump of a stack gives the same stack.
///
/// The stack id must be there: randomness is the caller's.
pub fn resolve(spec: &Spec) -> Result<Stack, Problems> {
    let mut problems = Problems::default();
    if spec.version != VERSION {
        problems.add("version", format!("is {}; this program reads version {VERSION}", spec.version));
        return Err(problems);
    }
    for (path, count) in [("gateways", spec.gateways.len()), ("service_instances", spec.service_instances.len())] {
        if count > MAX_MEMBERS {
            problems.add(path, format!("are {count}; a stack has at most {MAX_MEMBERS}"));
            return Err(problems);
        }
    }
    if spec.stack_id.is_none() {
        problems.add("stack_id", "is missing");
    }
    let name = texts::name("name", &spec.name, &mut problems);
    let image = spec.ignition_image.clone().unwrap_or_else(|| image::official(image::DEFAULT_VERSION));
    texts::image("ignition_image", &image, &mut problems);
    let timezone = spec.timezone.clone().unwrap_or_else(|| DEFAULT_TIMEZONE.to_owned());
    texts::timezone(&timezone, &mut problems);
    let admin_username = spec.admin_username.clone().unwrap_or_else(|| DEFAULT_ADMIN.to_owned());
    texts::admin(&admin_username, &mut problems);
    let bind_address = bind_address(spec.bind_address.as_deref(), &mut problems);
    let network_split = network_split(spec, &mut problems);
    let proxy = spec.reverse_proxy.as_ref().map(|given| proxy::resolve(&spec.name, given, &mut problems));

    let services = services(spec, network_split, &mut problems);
    let mut gateways = gateways::resolve(spec, network_split, &image, &services, &mut problems);
    let pairs = pairs::expand(spec, &mut gateways, &mut problems);
    let links = links::expand(spec, &gateways, &pairs, &mut problems);
    unique_members(&gateways, &services, &mut problems);
    unique_ports(&gateways, &mut problems);

    match (name, spec.stack_id) {
        (Some(name), Some(id)) if problems.0.is_empty() => Ok(Stack {
            name,
            id,
            architecture: spec.architecture,
            image,
            timezone,
            admin_username,
            transport: spec.gateway_network,
            network_split,
            bind_address,
            proxy,
            gateways: gateways.into_iter().map(|g| g.gateway).collect(),
            pairs,
            links,
            services,
        }),
        _ => Err(problems),
    }
}

fn bind_address(text: Option<&str>, problems: &mut Problems) -> IpAddr {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let Some(text) = text else { return loopback };
    text.parse().unwrap_or_else(|_| {
        problems.add("bind_address", format!("{:?} is not an IP address", texts::cut(text)));
        loopback
    })
}

fn network_split(spec: &Spec, problems: &mut Problems) -> bool {
    match (spec.architecture, spec.network_split) {
        (Architecture::Basic, Some(true)) => {
            problems.add("network_split", "is for several gateways; basic has one");
            false
        }
        (Architecture::ScaleOut, None) => true,
        (_, given) => given.unwrap_or(false),
    }
}

/// The networks a member joins when none are named.
fn default_networks(split: bool, service: bool) -> Vec<Network> {
    match (split, service) {
        (false, _) => vec![Network::Default],
        (true, false) => vec![Network::Frontend, Network::Backend],
        (true, true) => vec![Network::Backend],
    }
}

fn services(spec: &Spec, split: bool, problems: &mut Problems) -> Vec<Service> {
    let mut services = Vec::new();
    for (i, given) in spec.service_instances.iter().enumerate() {
        let path = format!("service_instances[{i}]");
        let id = texts::name(&format!("{path}.id"), &given.id, problems);
        let Some(manifest) = service::find(&given.service) else {
            problems.add(format!("{path}.service"), service::unavailable(&given.service));
            continue;
        };
        let image = given.image.clone().unwrap_or_else(|| manifest.image.clone());
        texts::image(&format!("{path}.image"), &image, problems);
        texts::environment(&format!("{path}.env"), &given.env, problems);
        if given.id == ADMIN_SECRET {
            problems.add(
                format!("{path}.id"),
                "its password would be secrets/admin-password, which is the administrator's: choose another id",
            );
        }
        if let Some(id) = id {
            services.push(Service {
                id,
                slug: manifest.slug.clone(),
                image,
                env: given.env.clone(),
                networks: default_networks(split, true),
            });
        }
    }
    services
}

/// A gateway with its place in the spec, `None` for a backup that was added here.
struct Resolved {
    at: Option<usize>,
    gateway: Gateway,
}

impl Resolved {
    fn path(&self) -> String {
        self.at.map_or_else(|| format!("gateways[{}]", self.gateway.name), |i| format!("gateways[{i}]"))
    }
}

/// The service whose secret would have the name of the administrator's.
const ADMIN_SECRET: &str = "admin";

/// Prefix of the compose file's seeding services, which share one name space with the members.
pub const SEEDING_PREFIX: &str = "seed-";

fn unique_members(gateways: &[Resolved], services: &[Service], problems: &mut Problems) {
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    for gateway in gateways {
        let name = &gateway.gateway.name;
        if !seen.insert(name) {
            problems.add(format!("{}.name", gateway.path()), format!("{name} is used twice"));
        }
        if name.as_str().starts_with(SEEDING_PREFIX) {
            problems.add(
                format!("{}.name", gateway.path()),
                format!("names that begin with {SEEDING_PREFIX} are reserved"),
            );
        }
    }
    for (i, service) in services.iter().enumerate() {
        if !seen.insert(&service.id) {
            problems.add(format!("service_instances[{i}].id"), format!("{} is used twice", service.id));
        }
        if service.id.as_str().starts_with(SEEDING_PREFIX) {
            problems.add(
                format!("service_instances[{i}].id"),
                format!("names that begin with {SEEDING_PREFIX} are reserved"),
            );
        }
    }
}

fn unique_ports(gateways: &[Resolved], problems: &mut Problems) {
    let mut seen = std::collections::BTreeMap::new();
    for gateway in gateways {
        let port = gateway.gateway.http_port;
        if let Some(other) = seen.insert(port, &gateway.gateway.name) {
            problems.add(
                format!("{}.http_port", gateway.path()),
                format!("{port} is {other}'s port as well as {}'s", gateway.gateway.name),
            );
        }
    }
}
