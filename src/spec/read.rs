//! Document -> spec: the keys of the format, each read with its type. What only the predecessor's files have is in `predecessor`.

use super::document::{Document, Node};
use super::model::{
    AttachmentSpec, DATABASE_ROLE, GatewaySpec, PairMode, RedundancySpec, ReverseProxySpec, ServiceSpec, Spec, VERSION,
};
use super::predecessor::{self, Extras};
use super::problem::Problems;
use super::reader::{Fields, Reader};
use crate::stack::{Architecture, Edition, Network, ProxyMode, Role, Transport};

/// Words of the redundancy modes.
const MODES: [(&str, PairMode); 2] = [("master", PairMode::Master), ("backup", PairMode::Backup)];

/// Reads a document, with every problem in it: what has one is left out, or is what it is by default.
pub(super) fn read(document: &Document) -> (Option<(Spec, Extras)>, Problems) {
    // A file of the predecessor is known by having no version.
    let lax =
        matches!(&document.root.value, super::document::Value::Map(all) if all.iter().all(|e| e.key != "version"));
    let reader = Reader::new(document, lax);
    let read = spec(&reader, &document.root);
    (read, reader.problems())
}

fn spec(reader: &Reader<'_>, root: &Node) -> Option<(Spec, Extras)> {
    let fields = reader.fields("", root)?;
    let mut extras = Extras::default();
    let version = if reader.lax { VERSION } else { version(&fields) };
    let name = fields.text("name");
    if name.is_none() {
        fields.missing("name");
    }
    let stack_id = fields.text("stack_id").and_then(|text| {
        let parsed = text.parse();
        if parsed.is_err() {
            fields.problem("stack_id", "is not a UUID");
        }
        parsed.ok()
    });
    let architecture = fields.word("architecture", &words(&Architecture::ALL, Architecture::word));
    let mut spec = Spec {
        version,
        name: name.unwrap_or_default(),
        stack_id,
        architecture: architecture.unwrap_or(Architecture::Basic),
        ignition_image: fields.text("ignition_image"),
        timezone: fields.text("timezone"),
        admin_username: fields.text("admin_username"),
        gateway_network: fields.word("gateway_network", &words(&Transport::ALL, Transport::word)).unwrap_or_default(),
        network_split: fields.flag("network_split"),
        bind_address: fields.text("bind_address"),
        reverse_proxy: fields.fields("reverse_proxy").map(|inner| reverse_proxy(reader, inner)),
        gateways: Vec::new(),
        service_instances: Vec::new(),
    };
    let mut roles = Vec::new();
    for (path, node) in fields.items("gateways") {
        if let Some((gateway, role)) = gateway(reader, &path, node) {
            spec.gateways.push(gateway);
            roles.push(role);
        }
    }
    for (path, node) in fields.items("service_instances") {
        spec.service_instances.extend(service(reader, &path, node, &mut extras));
    }
    if reader.lax {
        predecessor::top(&fields, architecture, &mut roles, &mut spec, &mut extras);
    } else {
        if architecture.is_none() {
            fields.missing("architecture");
        }
        fields.missing("gateways");
    }
    for (gateway, role) in spec.gateways.iter_mut().zip(roles) {
        gateway.role = role.unwrap_or(gateway.role);
    }
    fields.finish();
    Some((spec, extras))
}

fn reverse_proxy(reader: &Reader<'_>, fields: Fields<'_>) -> ReverseProxySpec {
    let mode = fields.word("mode", &words(&ProxyMode::ALL, ProxyMode::word));
    let (network, mut path) = (fields.text("network"), fields.text("path"));
    let address = fields.text("address");
    if reader.lax {
        predecessor::reverse_proxy(&fields, mode, &mut path);
    } else {
        fields.missing("mode");
    }
    fields.finish();
    ReverseProxySpec { mode: mode.unwrap_or(ProxyMode::External), network, path, address }
}

fn version(fields: &Fields<'_>) -> u32 {
    fields.missing("version");
    let version = fields.number("version").unwrap_or(VERSION);
    if version != VERSION {
        fields.problem("version", format!("is {version}; this program reads version {VERSION}"));
    }
    version
}

/// One gateway, and its role when the file says it.
fn gateway(reader: &Reader<'_>, path: &str, node: &Node) -> Option<(GatewaySpec, Option<Role>)> {
    let fields = reader.fields(path, node)?;
    let role = fields.word("role", &words(&Role::ALL, Role::word));
    let (mut name, mut http_port) = (fields.text("name"), fields.number("http_port"));
    if reader.lax {
        predecessor::gateway_defaults(&fields, &mut name, &mut http_port);
    } else {
        for key in ["name", "role", "http_port"] {
            fields.missing(key);
        }
    }
    let gateway = GatewaySpec {
        name: name.unwrap_or_default(),
        role: role.unwrap_or(Role::Gateway),
        ignition_edition: fields.word("ignition_edition", &words(&Edition::ALL, Edition::word)).unwrap_or_default(),
        memory_mb: fields.number("memory_mb"),
        http_port: http_port.unwrap_or_default(),
        volume: fields.text("volume"),
        networks: fields.take("networks").map(|node| {
            let known = words(&Network::ALL, Network::word);
            let items = reader.items(&fields.path_of("networks"), node);
            items.filter_map(|(path, node)| reader.word(&path, node, &known)).collect()
        }),
        modules: fields.texts("modules"),
        disable_builtins: fields.texts("disable_builtins"),
        env: fields.text_map("env"),
        redundancy: fields.fields("redundancy").map(|inner| redundancy(reader, inner)),
        services: fields
            .items("services")
            .into_iter()
            .filter_map(|(path, node)| attachment(reader.fields(&path, node)?))
            .collect(),
        gan_outgoing: fields.texts("gan_outgoing"),
    };
    fields.finish();
    Some((gateway, role))
}

fn redundancy(reader: &Reader<'_>, fields: Fields<'_>) -> RedundancySpec {
    let mode = fields.word("mode", &MODES);
    fields.missing("mode");
    let gan_port = fields.number("gan_port").and_then(|port| {
        let fits = u16::try_from(port).ok().filter(|port| *port > 0);
        if fits.is_none() {
            fields.problem("gan_port", format!("{port} is not a port (1 to 65535)"));
        }
        fits
    });
    if reader.lax {
        predecessor::redundancy(&fields);
    }
    let redundancy = RedundancySpec { mode: mode.unwrap_or(PairMode::Master), peer: fields.text("peer"), gan_port };
    fields.finish();
    redundancy
}

fn attachment(fields: Fields<'_>) -> Option<AttachmentSpec> {
    fields.missing("instance");
    let instance = fields.text("instance");
    let role = fields.text("role").unwrap_or_else(|| DATABASE_ROLE.to_owned());
    fields.finish();
    Some(AttachmentSpec { instance: instance?, role })
}

fn service(reader: &Reader<'_>, path: &str, node: &Node, extras: &mut Extras) -> Option<ServiceSpec> {
    let fields = reader.fields(path, node)?;
    fields.missing("id");
    fields.missing("service");
    let (id, service) = (fields.text("id"), fields.text("service"));
    let mut given = ServiceSpec {
        id: id.clone().unwrap_or_default(),
        service: service.clone().unwrap_or_default(),
        image: fields.text("image"),
        env: fields.text_map("env"),
    };
    if reader.lax {
        predecessor::service(&fields, &mut given, extras);
    }
    fields.finish();
    (id.is_some() && service.is_some()).then_some(given)
}

/// The words of an enumeration with what they mean.
pub(super) fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<(&'static str, T)> {
    all.iter().map(|one| (word(*one), *one)).collect()
}
