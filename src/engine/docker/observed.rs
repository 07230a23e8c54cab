//! One snapshot of the engine's objects that concern a stack, read out of the engine's answers. Pure.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use bollard::models::{ContainerSummary, PortSummaryTypeEnum};

use super::label;
use super::status;
use crate::blueprint::labels;
use crate::engine::{ContainerState, Health, MemberState};

/// Everything on the engine that concerns one stack: what carries its name in a label, and what has a name that it wants.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Observed {
    /// Containers, running or not.
    pub containers: Vec<SeenContainer>,
    /// Networks.
    pub networks: Vec<SeenNetwork>,
    /// Volumes.
    pub volumes: Vec<SeenVolume>,
    /// Images on the engine, by the reference that the stack uses.
    pub images: BTreeMap<String, SeenImage>,
}

/// A container on the engine.
#[derive(Clone, PartialEq, Debug)]
pub struct SeenContainer {
    /// Identity on the engine.
    pub id: String,
    /// Its name, without the leading slash.
    pub name: String,
    /// All its labels.
    pub labels: HashMap<String, String>,
    /// The reference it was created from.
    pub image: String,
    /// The image behind that reference at that time.
    pub image_id: String,
    /// What it does.
    pub state: ContainerState,
    /// Result of its health check.
    pub health: Option<Health>,
    /// Its networks, by name.
    pub networks: BTreeMap<String, Attachment>,
    /// Published TCP ports, by the container's port.
    pub published: BTreeMap<u16, (IpAddr, u16)>,
}

/// A container's place in a network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// Identity of the network; absent until the container's first start.
    pub network_id: Option<String>,
    /// Its address there; absent when it does not run.
    pub address: Option<IpAddr>,
}

/// A network on the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenNetwork {
    /// Identity on the engine.
    pub id: String,
    /// Its name, not necessarily unique (Docker before 25).
    pub name: String,
    /// All its labels.
    pub labels: HashMap<String, String>,
}

/// A volume on the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenVolume {
    /// Its name, unique.
    pub name: String,
    /// All its labels.
    pub labels: HashMap<String, String>,
}

/// An image on the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenImage {
    /// Identity.
    pub id: String,
    /// `User` of its configuration (fact sheet 6.1).
    pub user: String,
}

impl SeenContainer {
    /// Reads one entry of the engine's container list; nothing without an id and a name (a container being created).
    pub(super) fn read(summary: ContainerSummary) -> Option<Self> {
        let text = summary.status.unwrap_or_default();
        let names = summary.names.unwrap_or_default();
        // A container that others link to has more names, each with a second slash.
        let name = names.iter().filter_map(|n| n.strip_prefix('/')).find(|n| !n.contains('/'))?.to_owned();
        let mut networks = BTreeMap::new();
        for (network, endpoint) in summary.network_settings.and_then(|s| s.networks).unwrap_or_default() {
            let address = endpoint.ip_address.and_then(|a| a.parse().ok());
            networks.insert(network, Attachment { network_id: endpoint.network_id.filter(|i| !i.is_empty()), address });
        }
        let mut published = BTreeMap::new();
        for port in summary.ports.unwrap_or_default() {
            if port.typ != Some(PortSummaryTypeEnum::TCP) {
                continue;
            }
            let ip = port.ip.as_deref().and_then(|a| a.parse::<IpAddr>().ok());
            if let (Some(ip), Some(host_port)) = (ip, port.public_port) {
                let entry = published.entry(port.private_port).or_insert((ip, host_port));
                // A port on every address is listed for IPv4 and IPv6: the former is the one people type.
                if ip.is_ipv4() {
                    *entry = (ip, host_port);
                }
            }
        }
        Some(Self {
            id: summary.id?,
            name,
            labels: summary.labels.unwrap_or_default(),
            image: summary.image.unwrap_or_default(),
            image_id: summary.image_id.unwrap_or_default(),
            state: status::state(summary.state, &text),
            health: status::health(&text),
            networks,
            published,
        })
    }

    /// The same for other rooms; nothing when it is not a member of a stack.
    pub(super) fn member_state(&self) -> Option<MemberState> {
        Some(MemberState {
            member: label::member(&self.labels)?,
            container: self.name.clone(),
            state: self.state,
            health: self.health,
            addresses: self.networks.iter().filter_map(|(name, a)| Some((name.clone(), a.address?))).collect(),
            published: self.published.clone(),
            image: self.image.clone(),
            simulated: self.labels.get(labels::SIMULATED).is_some_and(|v| v == "true"),
        })
    }
}
