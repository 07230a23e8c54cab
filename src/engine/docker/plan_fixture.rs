//! A small stack and the engine that has it, for tests of what is planned and made of them.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};

use indexmap::IndexMap;
use uuid::Uuid;

use super::label;
use super::observed::{Attachment, Observed, SeenContainer, SeenImage, SeenNetwork, SeenVolume};
use crate::blueprint::{
    Blueprint, Container, EnvValue, GATEWAY_DATA, HealthCheck, Kind, Mount, Network, PublishedPort, SecretName, Seed,
    SeedContent, SeedWhen, Volume, labels,
};
use crate::engine::{ContainerState, Health, Policy};
use crate::stack::{Name, Role};

pub(super) const GATEWAY_IMAGE: &str = "inductiveautomation/ignition:8.3.9";
pub(super) const DB_IMAGE: &str = "postgres:18.1";

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// `demo`: a database and a gateway that needs it, on two networks.
pub(crate) fn demo() -> Blueprint {
    let network = |key: &str| Network {
        key: key.to_owned(),
        name: format!("demo_{key}"),
        labels: IndexMap::new(),
        external: false,
    };
    let volume = |member: &str| Volume {
        key: format!("{member}-data"),
        name: format!("demo_{member}-data"),
        member: name(member),
        labels: IndexMap::new(),
    };
    let mut db = container("db", Kind::Service, DB_IMAGE);
    db.env.insert("POSTGRES_PASSWORD".to_owned(), EnvValue::Secret(SecretName::service("db")));
    db.mounts = vec![Mount { volume: "db-data".to_owned(), target: "/var/lib/postgresql".to_owned() }];
    db.networks = vec!["backend".to_owned()];
    let mut gateway = container("gateway", Kind::Gateway(Role::Gateway), GATEWAY_IMAGE);
    gateway.networks = vec!["frontend".to_owned(), "backend".to_owned()];
    gateway.after = vec![name("db")];
    gateway.mounts = vec![Mount { volume: "gateway-data".to_owned(), target: GATEWAY_DATA.to_owned() }];
    gateway.ports =
        vec![PublishedPort { host_ip: IpAddr::V4(Ipv4Addr::LOCALHOST), host_port: 9088, container_port: 8088 }];
    gateway.command = vec!["-m".to_owned(), "2048".to_owned()];
    gateway.env.insert("ACCEPT_IGNITION_EULA".to_owned(), EnvValue::Plain("Y".to_owned()));
    gateway.env.insert("GATEWAY_ADMIN_PASSWORD".to_owned(), EnvValue::Secret(SecretName::admin()));
    gateway.seeds = vec![
        seed("config/resources/core/x/config.json", SeedContent::Text("{}".to_owned()), SeedWhen::FirstStart),
        seed("redundancy.xml", SeedContent::Text("<x/>".to_owned()), SeedWhen::EveryCreation),
        seed("config/token", SeedContent::Secret(SecretName::admin()), SeedWhen::FirstStart),
    ];
    Blueprint {
        stack: name("demo"),
        stack_id: Uuid::from_u128(7),
        networks: vec![network("frontend"), network("backend")],
        volumes: vec![volume("db"), volume("gateway")],
        containers: vec![db, gateway],
    }
}

pub(super) fn seed(path: &str, content: SeedContent, when: SeedWhen) -> Seed {
    Seed { path: path.to_owned(), content, when }
}

fn container(member: &str, kind: Kind, image: &str) -> Container {
    Container {
        member: name(member),
        kind,
        name: format!("demo-{member}-1"),
        image: image.to_owned(),
        command: Vec::new(),
        env: IndexMap::new(),
        ports: Vec::new(),
        mounts: Vec::new(),
        networks: Vec::new(),
        health: Some(HealthCheck {
            shell: "true".to_owned(),
            interval_s: 5,
            timeout_s: 3,
            retries: 10,
            start_period_s: 60,
        }),
        memory_limit: Some(1 << 30),
        stop_grace_s: 30,
        after: Vec::new(),
        seeds: Vec::new(),
        labels: IndexMap::from([(labels::KIND.to_owned(), "any".to_owned())]),
        config_hash: format!("hash-{member}"),
    }
}

/// A running container with a member label and nothing else.
pub(super) fn seen(container: &str, member: &str) -> SeenContainer {
    SeenContainer {
        id: format!("id-{container}"),
        name: container.to_owned(),
        labels: HashMap::from([(labels::MEMBER.to_owned(), member.to_owned())]),
        image: String::new(),
        image_id: String::new(),
        state: ContainerState::Running,
        health: None,
        up: None,
        networks: BTreeMap::new(),
        published: BTreeMap::new(),
        listens: Vec::new(),
    }
}

/// An engine that has a stack as it should be, all of it healthy.
pub(crate) fn complete(want: &Blueprint) -> Observed {
    let hash = |labels: IndexMap<String, String>| labels.into_iter().collect::<HashMap<_, _>>();
    let containers = want.containers.iter().map(|c| {
        let mut found = seen(&c.name, c.member.as_str());
        found.labels = hash(label::of_container(want, c, &Policy::default()));
        found.image.clone_from(&c.image);
        found.image_id = format!("sha256:{}", c.image);
        found.health = Some(Health::Healthy);
        let attachment = |key: &String| {
            let network_id = Some(format!("net-demo_{key}"));
            (format!("demo_{key}"), Attachment { network_id, address: None })
        };
        found.networks = c.networks.iter().map(attachment).collect();
        found
    });
    let networks = want.networks.iter().map(|n| SeenNetwork {
        id: format!("net-{}", n.name),
        name: n.name.clone(),
        labels: hash(label::of_network(want, &n.key, &n.labels)),
    });
    let volumes = want
        .volumes
        .iter()
        .map(|v| SeenVolume { name: v.name.clone(), labels: hash(label::of_volume(want, &v.key, &v.labels)) });
    let image = |i: &str| (i.to_owned(), SeenImage { id: format!("sha256:{i}"), ..SeenImage::default() });
    Observed {
        containers: containers.collect(),
        networks: networks.collect(),
        volumes: volumes.collect(),
        images: want.containers.iter().map(|c| image(&c.image)).collect(),
        ..Observed::default()
    }
}
