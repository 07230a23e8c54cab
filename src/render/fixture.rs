//! A small redundant scale-out stack with a database, made by hand: the tests of rendering and of the project share it.

use std::net::{IpAddr, Ipv4Addr};

use indexmap::IndexMap;
use uuid::Uuid;

use super::redundancy_xml::{REDUNDANCY_PATH, redundancy_xml};
use super::resources;
use crate::blueprint::{
    self, Blueprint, Container, EnvValue, HealthCheck, Kind, Mount, PublishedPort, SecretName, Seed, SeedContent,
    SeedWhen, Volume, labels,
};
use crate::engine::Secrets;
use crate::stack::{
    Architecture, Edition, Gateway, Link, Name, Network, Node, Pair, Port, Role, Service, Stack, Transport,
};

/// How many texts each renderer must survive.
pub(crate) const CASES: u32 = 10_000;

/// Path of the one seed that is a secret.
pub(crate) const SECRET_SEED: &str = "config/local/ignition-stack/db-password";

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn gateway(text: &str, role: Role, port: u16, node: Node) -> Gateway {
    Gateway {
        name: name(text),
        role,
        edition: Edition::Standard,
        memory_mb: 2048,
        http_port: Port::new(port).unwrap(),
        volume: format!("{text}-data"),
        networks: vec![Network::Frontend, Network::Backend],
        env: IndexMap::new(),
        disabled: Vec::new(),
        node,
        attachments: vec![name("db")],
    }
}

/// `frontend` -> (`backend` + `backend-backup`), and `db`.
pub(crate) fn stack() -> Stack {
    let link = |to| Link { from: name("frontend"), to: name(to) };
    Stack {
        name: name("demo"),
        id: Uuid::from_u128(0x1234),
        architecture: Architecture::ScaleOut,
        image: "inductiveautomation/ignition:8.3.9".to_owned(),
        timezone: "Europe/Zurich".to_owned(),
        admin_username: "admin".to_owned(),
        transport: Transport::Plain,
        network_split: true,
        bind_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        proxy: None,
        gateways: vec![
            gateway("frontend", Role::Frontend, 9088, Node::Independent),
            gateway("backend", Role::Backend, 9089, Node::Master { backup: name("backend-backup") }),
            gateway("backend-backup", Role::Backend, 9090, Node::Backup { master: name("backend") }),
        ],
        pairs: vec![Pair { master: name("backend"), backup: name("backend-backup") }],
        links: vec![link("backend"), link("backend-backup")],
        services: vec![Service {
            id: name("db"),
            slug: "postgres".to_owned(),
            image: "postgres:18.1".to_owned(),
            env: IndexMap::new(),
            networks: vec![Network::Backend],
        }],
    }
}

/// Values for the stack's secrets.
pub(crate) fn secrets() -> Secrets {
    let db = SecretName::service("db");
    Secrets::from([(SecretName::admin(), "plain-Text.1".to_owned()), (db, "it costs $5 # \"net\"".to_owned())])
}

fn own_labels(member: &str) -> IndexMap<String, String> {
    let all = [
        (labels::STACK, "demo"),
        (labels::MEMBER, member),
        (labels::COMPOSE_PROJECT, "demo"),
        (labels::COMPOSE_SERVICE, member),
    ];
    all.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn seeds(stack: &Stack, gateway: &Gateway) -> Vec<Seed> {
    let seed = |path: &str, when, content| Seed { path: path.to_owned(), content, when };
    let text = |path: &str, when, text| seed(path, when, SeedContent::Text(text));
    let password = resources::SecretReference { provider: "files", secret: "db-password" };
    let connection = resources::core_resource("database-connection", "db").config;
    let mut seeds = vec![
        text(resources::CORE_CONFIG_MODE_PATH, SeedWhen::FirstStart, resources::core_config_mode()),
        text(resources::UUID_PATH, SeedWhen::FirstStart, resources::uuid_txt(stack.gateway_uuid(&gateway.name))),
        text(&connection, SeedWhen::FirstStart, resources::postgres_connection("db", "ignition", "ignition", password)),
        seed(SECRET_SEED, SeedWhen::EveryCreation, SeedContent::Secret(SecretName::service("db"))),
    ];
    if gateway.node != Node::Independent {
        let xml = redundancy_xml(&gateway.node, stack.transport, stack.transport.port());
        seeds.push(text(REDUNDANCY_PATH, SeedWhen::EveryCreation, xml));
    }
    seeds
}

fn container(member: &str, kind: Kind, image: &str, mount: &str) -> Container {
    Container {
        member: name(member),
        kind,
        name: format!("demo-{member}-1"),
        image: image.to_owned(),
        command: Vec::new(),
        env: IndexMap::new(),
        ports: Vec::new(),
        mounts: vec![Mount { volume: format!("{member}-data"), target: mount.to_owned() }],
        networks: vec!["backend".to_owned()],
        health: None,
        memory_limit: None,
        stop_grace_s: 30,
        after: Vec::new(),
        seeds: Vec::new(),
        labels: own_labels(member),
        config_hash: String::new(),
    }
}

fn database() -> Container {
    let mut db = container("db", Kind::Service, "postgres:18.1", "/var/lib/postgresql");
    db.env.insert("POSTGRES_USER".to_owned(), EnvValue::Plain("ignition".to_owned()));
    db.env.insert("POSTGRES_PASSWORD".to_owned(), EnvValue::Secret(SecretName::service("db")));
    db.health = Some(HealthCheck {
        shell: "pg_isready -U \"$POSTGRES_USER\"".to_owned(),
        interval_s: 5,
        timeout_s: 3,
        retries: 20,
        start_period_s: 10,
    });
    db
}

fn gateway_container(stack: &Stack, gateway: &Gateway) -> Container {
    let kind = Kind::Gateway(gateway.role);
    let mut made = container(gateway.name.as_str(), kind, &stack.image, blueprint::GATEWAY_DATA);
    made.command = ["-m", "2048", "--", "-Dlabel=a$b"].map(str::to_owned).to_vec();
    let plain = |text: &str| EnvValue::Plain(text.to_owned());
    made.env = IndexMap::from([
        ("ACCEPT_IGNITION_EULA".to_owned(), plain("Y")),
        ("GATEWAY_ADMIN_PASSWORD".to_owned(), EnvValue::Secret(SecretName::admin())),
        ("GATEWAY_NETWORK_REQUIRESSL".to_owned(), plain("false")),
        ("NOTE".to_owned(), plain("$HOME is not ${expanded}")),
    ]);
    let port = PublishedPort { host_ip: stack.bind_address, host_port: gateway.http_port.get(), container_port: 8088 };
    made.ports = vec![port];
    made.networks = vec!["frontend".to_owned(), "backend".to_owned()];
    made.memory_limit = Some(2560 * 1024 * 1024);
    made.after = vec![name("db")];
    made.seeds = seeds(stack, gateway);
    made
}

/// The blueprint of [`stack`].
pub(crate) fn blueprint() -> Blueprint {
    let stack = stack();
    let containers: Vec<_> = std::iter::once(database())
        .chain(stack.gateways.iter().map(|gateway| gateway_container(&stack, gateway)))
        .collect();
    let network = |key: &str| blueprint::Network {
        key: key.to_owned(),
        name: format!("demo_{key}"),
        labels: IndexMap::from([(labels::STACK.to_owned(), "demo".to_owned())]),
        external: false,
    };
    let volume = |container: &Container| Volume {
        key: container.mounts[0].volume.clone(),
        name: format!("demo_{}", container.mounts[0].volume),
        member: container.member.clone(),
        labels: own_labels(container.member.as_str()),
    };
    Blueprint {
        stack: stack.name.clone(),
        stack_id: stack.id,
        networks: vec![network("frontend"), network("backend")],
        volumes: containers.iter().map(volume).collect(),
        containers,
    }
}
