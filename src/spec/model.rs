//! The keys of the configuration file and the record, in the order in which a dump shows them. Reading them is in `read`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::stack::{Architecture, Edition, Network, ProxyMode, Role, Transport};

/// The only version of the format so far.
pub const VERSION: u32 = 1;

/// Role of an attachment through which a gateway uses a service.
pub const DATABASE_ROLE: &str = "consumer";

/// A stack as typed: what is left out is decided by `stack::resolve`.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Spec {
    /// Version of the format.
    #[schemars(default, range(min = 1, max = 1))]
    pub version: u32,
    /// Project name.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,30}$"))]
    pub name: String,
    /// Random identity; made when the project is created.
    #[schemars(with = "Option<String>", extend("format" = "uuid"))]
    pub stack_id: Option<Uuid>,
    /// Arrangement of the gateways.
    pub architecture: Architecture,
    /// Image of every gateway.
    #[schemars(length(max = 255), regex(pattern = "^[A-Za-z0-9][A-Za-z0-9./:@_-]*$"))]
    pub ignition_image: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
    /// First administrator.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[^\\p{Cc}]*[^\\p{Cc}\\s][^\\p{Cc}]*$"))]
    pub admin_username: Option<String>,
    /// Transport of the gateway network.
    #[schemars(default)]
    pub gateway_network: Transport,
    /// Two container networks instead of one.
    pub network_split: Option<bool>,
    /// Address that published ports bind to.
    pub bind_address: Option<String>,
    /// Reverse proxy in front of the gateways, which then publish no port.
    pub reverse_proxy: Option<ReverseProxySpec>,
    /// The gateways.
    #[schemars(length(min = 1, max = 1000))]
    pub gateways: Vec<GatewaySpec>,
    /// Companion containers.
    #[schemars(default, length(max = 1000))]
    pub service_instances: Vec<ServiceSpec>,
}

/// One gateway as typed.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GatewaySpec {
    /// Its name.
    #[schemars(regex(pattern = "^(?!seed-)[a-z][a-z0-9-]{0,30}$"))]
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Its edition.
    #[schemars(default)]
    pub ignition_edition: Edition,
    /// Maximum Java heap in MiB.
    #[schemars(range(min = 256, max = 1_048_576))]
    pub memory_mb: Option<u32>,
    /// Port on the engine's host.
    #[schemars(range(min = 1, max = 65535))]
    pub http_port: u32,
    /// Key of its data volume.
    pub volume: Option<String>,
    /// Networks it joins.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub networks: Option<Vec<Network>>,
    /// Third-party modules; refused by this version when not empty.
    #[schemars(default, length(max = 0))]
    pub modules: Vec<String>,
    /// Built-in modules that it does not load, by slug.
    #[schemars(default)]
    pub disable_builtins: Vec<String>,
    /// Environment; wins over ours.
    #[schemars(default)]
    pub env: IndexMap<String, String>,
    /// Place in a pair.
    pub redundancy: Option<RedundancySpec>,
    /// Services attached to it.
    #[schemars(default, length(max = 1))]
    pub services: Vec<AttachmentSpec>,
    /// Gateways that it links to.
    #[schemars(default)]
    pub gan_outgoing: Vec<String>,
}

/// A reverse proxy as typed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReverseProxySpec {
    /// Whose the proxy is.
    pub mode: ProxyMode,
    /// Network on which it reaches the gateways: there before the stack.
    #[schemars(
        length(max = 63),
        regex(pattern = "^(?!(bridge|default|host|ingress|none)$)[A-Za-z0-9][A-Za-z0-9_.-]*$")
    )]
    pub network: Option<String>,
    /// Where the scaffold is written, below the project.
    #[schemars(
        length(max = 200),
        regex(pattern = "^(?!\\.\\.?(/|$))[A-Za-z0-9_.-]+(/(?!\\.\\.?(/|$))[A-Za-z0-9_.-]+)*$")
    )]
    pub path: Option<String>,
    /// Where it listens, `HOST:PORT`; without one at port 80 of this machine.
    #[schemars(
        length(max = 259),
        regex(
            pattern = "^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9_.-]+):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$"
        )
    )]
    pub address: Option<String>,
}

/// Which node of a pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PairMode {
    /// Preferred active node.
    Master,
    /// Standby node.
    Backup,
}

/// Place of a gateway in a pair, as typed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RedundancySpec {
    /// Master or backup.
    pub mode: PairMode,
    /// The other node; a master without one gets `<name>-backup`.
    pub peer: Option<String>,
    /// Port of the link between the nodes.
    #[schemars(range(min = 1, max = 65535))]
    pub gan_port: Option<u16>,
}

/// A service attached to a gateway.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AttachmentSpec {
    /// Id of the service instance.
    pub instance: String,
    /// How it is used.
    #[schemars(default = "consumer", extend("const" = "consumer"))]
    pub role: String,
}

fn consumer() -> String {
    DATABASE_ROLE.to_owned()
}

/// A companion container as typed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ServiceSpec {
    /// Its name in the stack.
    #[schemars(regex(pattern = "^(?!seed-|admin$)[a-z][a-z0-9-]{0,30}$"))]
    pub id: String,
    /// Slug in the catalogue.
    pub service: String,
    /// Image; the catalogue's when left out.
    #[schemars(length(max = 255), regex(pattern = "^[A-Za-z0-9][A-Za-z0-9./:@_-]*$"))]
    pub image: Option<String>,
    /// Environment; wins over ours.
    #[schemars(default)]
    pub env: IndexMap<String, String>,
}
