//! The keys of the configuration file and the record, in the order in which a dump shows them.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::stack::{Architecture, Edition, Network, Role, Transport};

/// The only version of the format so far.
pub const VERSION: u32 = 1;

/// Role of an attachment through which a gateway uses a service.
pub const DATABASE_ROLE: &str = "consumer";

/// A stack as typed: what is left out is decided by `stack::resolve`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Version of the format.
    #[serde(default = "current")]
    pub version: u32,
    /// Project name.
    pub name: String,
    /// Random identity; made when the project is created.
    #[serde(default)]
    pub stack_id: Option<Uuid>,
    /// Arrangement of the gateways.
    pub architecture: Architecture,
    /// Image of every gateway.
    #[serde(default)]
    pub ignition_image: Option<String>,
    /// IANA time zone.
    #[serde(default)]
    pub timezone: Option<String>,
    /// First administrator.
    #[serde(default)]
    pub admin_username: Option<String>,
    /// Transport of the gateway network.
    #[serde(default)]
    pub gateway_network: Transport,
    /// Two container networks instead of one.
    #[serde(default)]
    pub network_split: Option<bool>,
    /// Address that published ports bind to.
    #[serde(default)]
    pub bind_address: Option<String>,
    /// Reverse proxy; refused by this version when it is anything but null.
    #[serde(default)]
    pub reverse_proxy: Option<serde_json::Value>,
    /// The gateways.
    pub gateways: Vec<GatewaySpec>,
    /// Companion containers.
    #[serde(default)]
    pub service_instances: Vec<ServiceSpec>,
}

fn current() -> u32 {
    VERSION
}

/// One gateway as typed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySpec {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Its edition.
    #[serde(default)]
    pub ignition_edition: Edition,
    /// Maximum Java heap in MiB.
    #[serde(default)]
    pub memory_mb: Option<u32>,
    /// Port on the engine's host.
    pub http_port: u32,
    /// Key of its data volume.
    #[serde(default)]
    pub volume: Option<String>,
    /// Networks it joins.
    #[serde(default)]
    pub networks: Option<Vec<Network>>,
    /// Third-party modules; refused by this version when not empty.
    #[serde(default)]
    pub modules: Vec<String>,
    /// Built-in modules to leave out; refused by this version when not empty.
    #[serde(default)]
    pub disable_builtins: Vec<String>,
    /// Environment; wins over ours.
    #[serde(default)]
    pub env: IndexMap<String, String>,
    /// Place in a pair.
    #[serde(default)]
    pub redundancy: Option<RedundancySpec>,
    /// Services attached to it.
    #[serde(default)]
    pub services: Vec<AttachmentSpec>,
    /// Gateways that it links to.
    #[serde(default)]
    pub gan_outgoing: Vec<String>,
}

/// Which node of a pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairMode {
    /// Preferred active node.
    Master,
    /// Standby node.
    Backup,
}

/// Place of a gateway in a pair, as typed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedundancySpec {
    /// Master or backup.
    pub mode: PairMode,
    /// The other node; a master without one gets `<name>-backup`.
    #[serde(default)]
    pub peer: Option<String>,
    /// Port of the link between the nodes.
    #[serde(default)]
    pub gan_port: Option<u16>,
}

/// A service attached to a gateway.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentSpec {
    /// Id of the service instance.
    pub instance: String,
    /// How it is used.
    #[serde(default = "consumer")]
    pub role: String,
}

fn consumer() -> String {
    DATABASE_ROLE.to_owned()
}

/// A companion container as typed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpec {
    /// Its name in the stack.
    pub id: String,
    /// Slug in the catalogue.
    pub service: String,
    /// Image; the catalogue's when left out.
    #[serde(default)]
    pub image: Option<String>,
    /// Environment; wins over ours.
    #[serde(default)]
    pub env: IndexMap<String, String>,
}
