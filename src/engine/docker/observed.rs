//! One snapshot of the engine's objects that concern a stack, read out of the engine's answers. Pure.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};

use bollard::models::{ContainerSummary, PortSummaryTypeEnum};

use super::label;
use super::{status, volumes};
use crate::blueprint::labels;
use crate::engine::{Around, ContainerState, Health, MemberState, PublishedBy};

/// Everything on the engine that concerns one stack: what carries its name in a label, and what has a name that it wants.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Observed {
    /// Containers, running or not.
    pub containers: Vec<SeenContainer>,
    /// Networks.
    pub networks: Vec<SeenNetwork>,
    /// Volumes, but for one of its own that only marks a restore.
    pub volumes: Vec<SeenVolume>,
    /// What was begun with the volumes and is not done, so that what is in them is not a stack's data.
    pub undone: Option<crate::engine::Undone>,
    /// Runs that hold its lease, or are on the way to it.
    pub leases: Vec<crate::holder::Holder>,
    /// Images on the engine, by the reference that the stack uses.
    pub images: BTreeMap<String, SeenImage>,
    /// What is on the engine beside it.
    pub around: Around,
}

impl Observed {
    /// Whether a container is there that holds volumes for a snapshot: one is under way, or was killed.
    pub fn is_held_for_a_snapshot(&self) -> bool {
        self.containers.iter().any(|c| volumes::is_holder(&c.labels, volumes::Purpose::Read))
    }
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
    /// How long its process has run, at least.
    pub up: Option<std::time::Duration>,
    /// Its networks, by name.
    pub networks: BTreeMap<String, Attachment>,
    /// Published TCP ports, by the container's port.
    pub published: BTreeMap<u16, (IpAddr, u16)>,
    /// Every TCP address of the engine's host that leads to it.
    pub listens: Vec<SocketAddr>,
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
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SeenImage {
    /// Identity.
    pub id: String,
    /// `User` of its configuration (fact sheet 6.1).
    pub user: String,
    /// Operating system and architecture that it is for: `linux/amd64`.
    pub platform: String,
    /// Digest of the program in it, out of the label that the simulated gateway's image has.
    pub executable: Option<String>,
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
        let mut listens = Vec::new();
        for port in summary.ports.unwrap_or_default() {
            if port.typ != Some(PortSummaryTypeEnum::TCP) {
                continue;
            }
            let ip = port.ip.as_deref().and_then(|a| a.parse::<IpAddr>().ok());
            if let (Some(ip), Some(host_port)) = (ip, port.public_port) {
                listens.push(SocketAddr::new(ip, host_port));
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
            up: status::up(&text),
            networks,
            published,
            listens,
        })
    }

    /// Every TCP port that it publishes, for other rooms.
    pub(super) fn published_by(&self) -> impl Iterator<Item = PublishedBy> {
        let label = |key: &str| self.labels.get(key).cloned();
        let stack = label(labels::STACK).map(|name| (name, label(labels::STACK_ID)));
        self.listens.iter().map(move |address| PublishedBy {
            address: *address,
            container: self.name.clone(),
            stack: stack.clone(),
        })
    }

    /// The same for other rooms; nothing when it is not a member of a stack.
    pub fn member_state(&self) -> Option<MemberState> {
        Some(MemberState {
            member: label::member(&self.labels)?,
            container: self.name.clone(),
            state: self.state,
            health: self.health,
            addresses: self.networks.iter().filter_map(|(name, a)| Some((name.clone(), a.address?))).collect(),
            published: self.published.clone(),
            image: self.image.clone(),
            simulated: self.labels.get(labels::SIMULATED).is_some_and(|v| v == "true"),
            config_hash: self.labels.get(labels::CONFIG_HASH).cloned(),
            ended: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    /// Shape of an entry as Docker 20.10 (API 1.41) sends it.
    const ENTRY: &str = r#"{
        "Id": "1b99", "Names": ["/other/alias", "/demo-gw-1"], "Image": "i:1", "ImageID": "sha256:bb", "Command": "/p",
        "Created": 1795366427, "State": "running", "Status": "Up 3 minutes (healthy)",
        "Ports": [
            {"IP": "::", "PrivatePort": 8088, "PublicPort": 9088, "Type": "tcp"},
            {"IP": "0.0.0.0", "PrivatePort": 8088, "PublicPort": 9088, "Type": "tcp"},
            {"IP": "127.0.0.1", "PrivatePort": 53, "PublicPort": 9053, "Type": "udp"},
            {"PrivatePort": 8043, "Type": "tcp"}],
        "Labels": {"ignition-stack.member": "gw", "ignition-stack.simulated": "true"},
        "HostConfig": {"NetworkMode": "2a33"},
        "NetworkSettings": {"Networks": {
            "demo_default": {"IPAMConfig": null, "Links": null, "Aliases": null, "NetworkID": "2a33", "IPAddress": "172.18.0.2"},
            "demo_late": {"NetworkID": "", "IPAddress": ""}}},
        "Mounts": []}"#;

    #[test]
    fn an_entry_of_the_list_is_read() {
        let seen = SeenContainer::read(serde_json::from_str(ENTRY).unwrap()).unwrap();
        assert_eq!((seen.name.as_str(), seen.image_id.as_str()), ("demo-gw-1", "sha256:bb"));
        assert_eq!(seen.networks["demo_late"], Attachment { network_id: None, address: None });
        let member = seen.member_state().unwrap();
        assert_eq!((member.state, member.health), (ContainerState::Running, Some(Health::Healthy)));
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        assert_eq!(member.published.into_iter().collect::<Vec<_>>(), [(8088, (any, 9088))], "TCP only, IPv4 first");
        let address = IpAddr::V4(Ipv4Addr::new(172, 18, 0, 2));
        assert_eq!(member.addresses.into_iter().collect::<Vec<_>>(), [("demo_default".to_owned(), address)]);
        assert!(member.simulated);
    }

    #[test]
    fn every_published_address_is_known_with_its_container() {
        let seen = SeenContainer::read(serde_json::from_str(ENTRY).unwrap()).unwrap();
        let all: Vec<_> = seen.published_by().map(|p| format!("{} {} {:?}", p.address, p.container, p.stack)).collect();
        assert_eq!(all, ["[::]:9088 demo-gw-1 None", "0.0.0.0:9088 demo-gw-1 None"]);
    }

    #[test]
    fn what_is_no_member_or_has_no_name_is_left_out() {
        let mut nameless: ContainerSummary = serde_json::from_str(ENTRY).unwrap();
        nameless.names = None;
        assert!(SeenContainer::read(nameless).is_none());
        let mut strange = SeenContainer::read(serde_json::from_str(ENTRY).unwrap()).unwrap();
        strange.labels.insert(labels::MEMBER.to_owned(), "Not A Name".to_owned());
        assert!(strange.member_state().is_none());
    }
}
