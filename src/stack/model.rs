//! The meaning of a stack with no option left open: who runs, in which role, linked to whom. Built only by `resolve`.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Name, Proxy};
use crate::catalog::builtin::BuiltIn;

/// A TCP port, never 0.
pub type Port = NonZeroU16;

/// The random identity of one stack. Two stacks of one name differ in it.
pub type StackId = Uuid;

/// How the gateways of a stack are arranged (product reference, section 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// One gateway.
    Basic,
    /// Frontends that link to one backend.
    ScaleOut,
    /// Spokes that link to one hub.
    HubAndSpoke,
}

impl Architecture {
    /// Every architecture, in the order in which they are listed to people.
    pub const ALL: [Self; 3] = [Self::Basic, Self::ScaleOut, Self::HubAndSpoke];

    /// The word used in flags and in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::ScaleOut => "scale-out",
            Self::HubAndSpoke => "hub-and-spoke",
        }
    }

    /// Which gateway role may be redundant here: the one that is not replicated.
    pub fn redundant_role(self) -> Role {
        match self {
            Self::Basic => Role::Gateway,
            Self::ScaleOut => Role::Backend,
            Self::HubAndSpoke => Role::Hub,
        }
    }

    /// The roles that occur here, in gateway order.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Basic => &[Role::Gateway],
            Self::ScaleOut => &[Role::Frontend, Role::Backend],
            Self::HubAndSpoke => &[Role::Hub, Role::Spoke],
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a gateway is for. Not its redundancy role: that is [`Node`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The only gateway of the basic architecture.
    Gateway,
    /// Serves people.
    Frontend,
    /// Serves data to the frontends.
    Backend,
    /// The centre of hub-and-spoke.
    Hub,
    /// A site of hub-and-spoke.
    Spoke,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Gateway, Self::Frontend, Self::Backend, Self::Hub, Self::Spoke];

    /// The word used in flags and in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Frontend => "frontend",
            Self::Backend => "backend",
            Self::Hub => "hub",
            Self::Spoke => "spoke",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The Ignition edition of a gateway (`IGNITION_EDITION`, fact sheet 6.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Edition {
    /// The full platform.
    #[default]
    Standard,
    /// The leaf edition: cannot be a link's target, holds no database.
    Edge,
}

impl Edition {
    /// Every edition.
    pub const ALL: [Self; 2] = [Self::Standard, Self::Edge];

    /// The word used in `IGNITION_EDITION` and in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Edge => "edge",
        }
    }
}

/// How gateways talk to each other (product reference, section 5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Port 8088 without TLS: for demonstration on one isolated host.
    #[default]
    Plain,
    /// Port 8060 with TLS, both ends known by certificates of the stack's own authority.
    Tls,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Tls];

    /// The word used in flags and in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tls => "tls",
        }
    }

    /// The port gateways dial each other on (fact sheet 4.3).
    pub fn port(self) -> u16 {
        match self {
            Self::Plain => 8088,
            Self::Tls => 8060,
        }
    }

    /// Whether gateways talk TLS.
    pub fn is_tls(self) -> bool {
        self == Self::Tls
    }
}

/// One container network of the stack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// The only network when the split is off.
    Default,
    /// People's side of a split.
    Frontend,
    /// The data side of a split.
    Backend,
}

impl Network {
    /// Every network.
    pub const ALL: [Self; 3] = [Self::Default, Self::Frontend, Self::Backend];

    /// The key used in the compose file and in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Frontend => "frontend",
            Self::Backend => "backend",
        }
    }
}

/// The place of a gateway in a redundant pair (fact sheet 5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Node {
    /// Not in a pair.
    Independent,
    /// Preferred active node.
    Master {
        /// Its backup.
        backup: Name,
    },
    /// Standby node; adopts the master's system name.
    Backup {
        /// Its master.
        master: Name,
    },
}

impl Node {
    /// `redundancy.noderole` and the REST API's `role` (fact sheet 5.1, 2.2).
    pub fn role_word(&self) -> &'static str {
        match self {
            Self::Independent => "Independent",
            Self::Master { .. } => "Master",
            Self::Backup { .. } => "Backup",
        }
    }
}

/// One gateway, fully decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gateway {
    /// Service name, host name, network alias and, except on a backup, system name.
    pub name: Name,
    /// What it is for.
    pub role: Role,
    /// Its edition.
    pub edition: Edition,
    /// Maximum Java heap in MiB (`-m`, fact sheet 6.3).
    pub memory_mb: u32,
    /// Port on the bind address of the engine's host.
    pub http_port: Port,
    /// Key of its data volume.
    pub volume: String,
    /// Networks it joins, in order.
    pub networks: Vec<Network>,
    /// Environment given by the user; wins over ours.
    pub env: IndexMap<String, String>,
    /// Built-in modules that it does not load, in the order in which they were named.
    pub disabled: Vec<BuiltIn>,
    /// Place in a pair.
    pub node: Node,
    /// Services attached to it.
    pub attachments: Vec<Name>,
}

/// A master and its backup: both names are gateways of the stack.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Pair {
    /// Preferred active node.
    pub master: Name,
    /// Standby node.
    pub backup: Name,
}

/// One outgoing gateway-network connection between two gateways of the stack.
///
/// Links that people asked for, expanded to both nodes of a pair. The backup's own link to its master is
/// not among them: it belongs to the [`Pair`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Link {
    /// The gateway that dials.
    pub from: Name,
    /// The gateway that is dialled.
    pub to: Name,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.from, self.to)
    }
}

/// A companion container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// Service name, host name and network alias.
    pub id: Name,
    /// Slug in the catalogue.
    pub slug: String,
    /// Image reference with a tag.
    pub image: String,
    /// Environment given by the user; wins over ours.
    pub env: IndexMap<String, String>,
    /// Networks it joins.
    pub networks: Vec<Network>,
}

/// A whole stack, resolved. Every name in it refers to something in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stack {
    /// Project name.
    pub name: Name,
    /// Random identity.
    pub id: StackId,
    /// Arrangement.
    pub architecture: Architecture,
    /// Image of every gateway.
    pub image: String,
    /// IANA time zone (`TZ`).
    pub timezone: String,
    /// First administrator (`GATEWAY_ADMIN_USERNAME`).
    pub admin_username: String,
    /// How gateways talk.
    pub transport: Transport,
    /// Whether container traffic is split in two networks.
    pub network_split: bool,
    /// Address that published ports bind to.
    pub bind_address: IpAddr,
    /// The reverse proxy in front of the gateways, which then publish no port.
    pub proxy: Option<Proxy>,
    /// Gateways in order; backups last.
    pub gateways: Vec<Gateway>,
    /// Redundant pairs.
    pub pairs: Vec<Pair>,
    /// Links, in order of the dialling gateway.
    pub links: Vec<Link>,
    /// Companion containers.
    pub services: Vec<Service>,
}

impl Stack {
    /// The gateway of that name.
    pub fn gateway(&self, name: &Name) -> Option<&Gateway> {
        self.gateways.iter().find(|g| &g.name == name)
    }

    /// The system name a gateway shows when all is well: its own, on a backup its master's (fact sheet 5.4).
    pub fn system_name<'a>(&'a self, gateway: &'a Gateway) -> &'a Name {
        match &gateway.node {
            Node::Backup { master } => master,
            _ => &gateway.name,
        }
    }

    /// Links that this gateway dials.
    pub fn links_from<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a Link> {
        self.links.iter().filter(move |l| &l.from == name)
    }

    /// Whether a gateway takes part in the gateway network: it dials, is dialled, or is a node of a pair.
    pub fn takes_part(&self, gateway: &Gateway) -> bool {
        gateway.node != Node::Independent || self.links.iter().any(|l| l.from == gateway.name || l.to == gateway.name)
    }

    /// Whether there is a gateway network at all: somebody takes part in it.
    pub fn has_gateway_network(&self) -> bool {
        !self.links.is_empty() || !self.pairs.is_empty()
    }

    /// The gateways that prove who they are by a certificate: those that take part in a gateway network over TLS.
    pub fn certified(&self) -> impl Iterator<Item = &Gateway> {
        self.gateways.iter().filter(|g| self.transport.is_tls() && self.takes_part(g))
    }

    /// The identity of a gateway in the gateway network: derived, so that it survives the loss of a volume, and
    /// distinct between stacks (product reference, 5.1; fact sheet 4.2 `uuid.txt`).
    pub fn gateway_uuid(&self, name: &Name) -> Uuid {
        Uuid::new_v5(&self.id, name.as_str().as_bytes())
    }

    /// Whether its gateways are simulated: known by the image's reserved repository.
    pub fn simulated(&self) -> bool {
        crate::catalog::image::is_simulated(&self.image)
    }
}
