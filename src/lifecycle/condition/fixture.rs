//! Stacks and looks for tests: a healthy one, to be made worse.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use indexmap::IndexMap;

use super::*;
use crate::catalog::image;
use crate::engine::{ContainerState, Health};
use crate::gateway::*;
use crate::stack::{Architecture, Edition, Link, Network, Node, Pair, Port, Role, Service, StackId, Transport};

pub(in crate::lifecycle) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A stack and everything that one look at it shows.
#[derive(Clone)]
pub(in crate::lifecycle) struct World {
    pub(in crate::lifecycle) stack: Stack,
    pub(in crate::lifecycle) members: Vec<MemberState>,
    pub(in crate::lifecycle) sightings: BTreeMap<Name, Sighting>,
    pub(in crate::lifecycle) routes: BTreeMap<Route, Vec<Seen<GwInfo>>>,
}

impl World {
    pub(in crate::lifecycle) fn judge(&self) -> Vec<Check> {
        let names = self.stack.gateways.iter().map(|g| &g.name).chain(self.stack.services.iter().map(|s| &s.id));
        let planned = names.map(|n| (n.clone(), hash(n.as_str()))).collect();
        let World { members, sightings, routes, .. } = self;
        judge(&self.stack, &Look { members, sightings, routes, planned: &planned })
    }

    pub(in crate::lifecycle) fn see(&mut self, gateway: &str) -> &mut Sighting {
        self.sightings.get_mut(&name(gateway)).unwrap()
    }

    pub(in crate::lifecycle) fn member(&mut self, member: &str) -> &mut MemberState {
        self.members.iter_mut().find(|m| m.member.as_str() == member).unwrap()
    }

    pub(in crate::lifecycle) fn redundancy(&mut self, gateway: &str) -> &mut Redundancy {
        value(&mut self.see(gateway).redundancy)
    }

    pub(in crate::lifecycle) fn gwinfo(&mut self, gateway: &str) -> &mut GwInfo {
        value(&mut self.see(gateway).gwinfo)
    }

    pub(in crate::lifecycle) fn connections(&mut self, gateway: &str) -> &mut Vec<Connection> {
        value(&mut self.see(gateway).connections)
    }

    /// One node as it is with nobody at the other end (fact sheet 1.3, 2.2).
    pub(in crate::lifecycle) fn set_level(
        &mut self,
        gateway: &str,
        level: &ActivityLevel,
        sync: &SyncState,
        connected: bool,
    ) {
        self.gwinfo(gateway).activity = Some(level.clone());
        self.gwinfo(gateway).sync = Some(sync.clone());
        let redundancy = self.redundancy(gateway);
        redundancy.activity = Some(level.clone());
        redundancy.sync = Some(sync.clone());
        redundancy.peer_connected = Some(connected);
    }

    /// A container that does not run, with the sighting that then comes.
    pub(in crate::lifecycle) fn down(&mut self, gateway: &str, state: ContainerState) {
        self.member(gateway).state = state;
        let fault = Fault::Refused("connection refused".into());
        *self.see(gateway) =
            Sighting { ping: Seen::Failed(fault.clone()), gwinfo: Seen::Failed(fault), ..Sighting::default() };
    }

    /// Every REST fact replaced by a fault, as the client does it.
    pub(in crate::lifecycle) fn without_rest(&mut self, gateway: &str, fault: &Fault) {
        let sighting = self.see(gateway);
        sighting.login = Seen::Failed(fault.clone());
        sighting.redundancy = Seen::Failed(fault.clone());
        sighting.connections = Seen::Failed(fault.clone());
        sighting.gateways = Seen::Failed(fault.clone());
        sighting.gan = Seen::Failed(fault.clone());
        sighting.info = Seen::Failed(fault.clone());
        sighting.quarantined = Seen::Failed(fault.clone());
        sighting.restarts = Seen::Failed(fault.clone());
        sighting.local_uuid = Seen::NotAsked;
    }
}

/// The configuration hash of a member in these tests.
pub(in crate::lifecycle) fn hash(member: &str) -> String {
    format!("hash of {member}")
}

pub(in crate::lifecycle) fn value<T>(seen: &mut Seen<T>) -> &mut T {
    match seen {
        Seen::Value(value) => value,
        _ => panic!("not seen in the fixture"),
    }
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
        attachments: Vec::new(),
    }
}

fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(172, 18, 0, last))
}

/// Two frontends, a redundant backend, a database: 4 gateways, 1 pair, 4 links, all well.
pub(in crate::lifecycle) fn scale_out() -> World {
    scale_out_of(2)
}

/// The same with so many frontends.
pub(in crate::lifecycle) fn scale_out_of(frontends: u16) -> World {
    let (master, backup) = (name("backend"), name("backend-backup"));
    let names: Vec<String> = (1..=frontends).map(|number| format!("frontend-{number}")).collect();
    let mut gateways: Vec<Gateway> =
        names.iter().zip(9088..).map(|(name, port)| gateway(name, Role::Frontend, port, Node::Independent)).collect();
    let (port, node) = (9088 + frontends, Node::Master { backup: backup.clone() });
    gateways.push(gateway("backend", Role::Backend, port, node));
    gateways.push(gateway("backend-backup", Role::Backend, port + 1, Node::Backup { master: master.clone() }));
    let stack = Stack {
        name: name("demo"),
        id: StackId::from_u128(7),
        architecture: Architecture::ScaleOut,
        image: image::official("8.3.9"),
        timezone: "UTC".into(),
        admin_username: "admin".into(),
        transport: Transport::Plain,
        network_split: true,
        bind_address: address(1),
        proxy: None,
        gateways,
        pairs: vec![Pair { master: master.clone(), backup: backup.clone() }],
        links: names
            .iter()
            .flat_map(|from| [&master, &backup].map(|to| Link { from: name(from), to: to.clone() }))
            .collect(),
        services: vec![Service {
            id: name("db"),
            slug: "postgres".into(),
            image: "postgres:18.1".into(),
            env: IndexMap::new(),
            networks: vec![Network::Backend],
        }],
    };
    let mut members = vec![MemberState { health: Some(Health::Healthy), ..member(&stack, "db", 9) }];
    members[0].addresses.remove("demo_frontend");
    let mut sightings = BTreeMap::new();
    for (index, gateway) in (2..).zip(&stack.gateways) {
        members.push(member(&stack, gateway.name.as_str(), index));
        sightings.insert(gateway.name.clone(), sighting(&stack, gateway, index));
    }
    World { stack, members, sightings, routes: BTreeMap::new() }
}

fn member(stack: &Stack, text: &str, last: u8) -> MemberState {
    MemberState {
        member: name(text),
        container: format!("{}-{text}-1", stack.name),
        state: ContainerState::Running,
        health: None,
        addresses: [("demo_frontend".to_owned(), address(last)), ("demo_backend".to_owned(), address(last + 100))]
            .into(),
        published: BTreeMap::new(),
        image: stack.image.clone(),
        simulated: false,
        config_hash: Some(hash(text)),
        ended: None,
    }
}

fn sighting(stack: &Stack, gateway: &Gateway, last: u8) -> Sighting {
    let (role, level, sync, connected) = match gateway.node {
        Node::Independent => (NodeRole::Independent, ActivityLevel::Active, SyncState::Unknown, false),
        Node::Master { .. } => (NodeRole::Master, ActivityLevel::Active, SyncState::Good, true),
        Node::Backup { .. } => (NodeRole::Backup, ActivityLevel::Cold, SyncState::Good, true),
    };
    let system = stack.system_name(gateway).to_string();
    let links = || stack.links.iter();
    let running = |remote: &str, address: String, direction, role| Connection {
        remote: Some(remote.to_owned()),
        internal_id: Some("x".into()),
        address: Some(address),
        role,
        direction: Some(direction),
        status: Some(LinkStatus::Running),
        ..Connection::default()
    };
    let role_of = |to: &Name| if to.as_str() == "backend" { NodeRole::Master } else { NodeRole::Backup };
    let out = links().filter(|l| l.from == gateway.name);
    let mut connections: Vec<Connection> = out
        .map(|l| running("backend", format!("http://{}:8088", l.to), Direction::Outgoing, Some(role_of(&l.to))))
        .collect();
    let incoming = links().filter(|l| l.to == gateway.name);
    connections.extend(
        incoming.map(|l| {
            running(l.from.as_str(), "10.9.9.9:40000".into(), Direction::Incoming, Some(NodeRole::Independent))
        }),
    );
    let remote = |text: &str, connected| RemoteGateway {
        server_id: Some(format!("_0:0:{text}")),
        name: Some(text.to_owned()),
        connected: Some(connected),
    };
    let mut gateways = vec![remote("an-old-name", false)];
    gateways.extend(connections.iter().filter_map(|c| c.remote.as_deref()).map(|r| remote(r, true)));
    Sighting {
        ping: Seen::Value(Ping { state: ContextState::Running, details: None }),
        gwinfo: Seen::Value(GwInfo {
            context: Some(ContextState::Running),
            platform_name: Some(system.clone()),
            version: Some("8.3.9".into()),
            edition: Some(String::new()),
            role: Some(role.clone()),
            sync: Some(sync.clone()),
            activity: Some(level.clone()),
            backup_addresses: None,
        }),
        commissioning_steps: Seen::NotAsked,
        login: Seen::Value(()),
        redundancy: Seen::Value(Redundancy {
            role: Some(role),
            sync: Some(sync),
            activity: Some(level),
            local_id: Some(address(last).to_string()),
            peer_connected: Some(connected),
            ..Redundancy::default()
        }),
        gan: Seen::Value(GanOverview {
            total: Some(connections.len() as u64),
            running: Some(connections.len() as u64),
        }),
        connections: Seen::Value(connections),
        gateways: Seen::Value(gateways),
        info: Seen::Value(GatewayInfo {
            name: Some(system),
            edition: Some(String::new()),
            version: Some("8.3.9 (b2026082511)".into()),
        }),
        trial: Seen::Value(Trial {
            mode: Some("Trial".into()),
            state: Some("AllInDemo".into()),
            seconds_left: Some(6823),
            expired: Some(false),
        }),
        quarantined: Seen::Value(Vec::new()),
        databases: BTreeMap::new(),
        restarts: Seen::Value(Vec::new()),
        local_uuid: Seen::Value(stack.gateway_uuid(&gateway.name).to_string()),
    }
}
