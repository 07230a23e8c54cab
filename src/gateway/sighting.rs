//! What one look at a gateway showed: plain data, with the reason wherever nothing was seen. No requests, no judgement.

use std::collections::BTreeMap;

use super::error::Fault;
use super::words::{ActivityLevel, ContextState, Direction, LinkStatus, NodeRole, SyncState};

/// How far a look goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Depth {
    /// `StatusPing` only (fact sheet 1.2).
    Ping,
    /// And `gwinfo` (fact sheet 1.3): all that needs no login.
    Public,
    /// And, on a gateway that is RUNNING, a login and the REST API (fact sheet 2).
    Full,
}

/// A fact, or why it is not known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Seen<T> {
    /// The gateway said so.
    Value(T),
    /// It was asked and gave no usable answer.
    Failed(Fault),
    /// It was not asked: the look did not go that far.
    #[default]
    NotAsked,
}

impl<T> Seen<T> {
    /// The value, when there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The fault, when it was asked for in vain.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Failed(fault) => Some(fault),
            _ => None,
        }
    }
}

impl<T> From<Result<T, Fault>> for Seen<T> {
    fn from(result: Result<T, Fault>) -> Self {
        match result {
            Ok(value) => Self::Value(value),
            Err(fault) => Self::Failed(fault),
        }
    }
}

/// Everything that one look showed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sighting {
    /// `GET /StatusPing` (fact sheet 1.2).
    pub ping: Seen<Ping>,
    /// `GET /system/gwinfo` (fact sheet 1.3).
    pub gwinfo: Seen<GwInfo>,
    /// Names of the commissioning steps that wait, `GET /bootstrap` (fact sheet 1.5). Asked only while commissioning.
    pub commissioning_steps: Seen<Vec<String>>,
    /// Whether there is a session (fact sheet 2.1).
    pub login: Seen<()>,
    /// `GET /data/api/v1/redundancy` (fact sheet 2.2).
    pub redundancy: Seen<Redundancy>,
    /// `GET /data/api/v1/gateway-network/connections` (fact sheet 2.4).
    pub connections: Seen<Vec<Connection>>,
    /// `GET /data/api/v1/gateway-network/gateways` (fact sheet 2.4).
    pub gateways: Seen<Vec<RemoteGateway>>,
    /// `GET /data/api/v1/overview/gan` (fact sheet 2.3).
    pub gan: Seen<GanOverview>,
    /// `GET /data/api/v1/gateway-info` (fact sheet 2.3).
    pub info: Seen<GatewayInfo>,
    /// `GET /data/api/v1/trial` (fact sheet 2.3); needs no login.
    pub trial: Seen<Trial>,
    /// `GET /data/api/v1/modules/quarantined` (fact sheet 2.3).
    pub quarantined: Seen<Vec<QuarantinedModule>>,
    /// Health of each database connection that was asked about, by name (fact sheet 2.5).
    pub databases: BTreeMap<String, Seen<Health>>,
    /// `GET /data/api/v1/restart-tasks/pending` (fact sheet 2.3).
    pub restarts: Seen<Vec<String>>,
    /// `localUUID` of a connection's details (fact sheet 2.4): the gateway's own identity in the gateway network.
    /// Asked only when there is a connection to ask about.
    pub local_uuid: Seen<String>,
}

impl Sighting {
    /// Whether the gateway says RUNNING with nothing after it. With `details` it is commissioning (fact sheet 1.2).
    pub fn is_running(&self) -> bool {
        self.ping.value().is_some_and(Ping::is_running)
    }
}

/// `StatusPing`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ping {
    /// State of the context.
    pub state: ContextState,
    /// `COMMISSIONING`, or another remark. Any remark means: not simply running.
    pub details: Option<String>,
}

impl Ping {
    /// RUNNING with no remark.
    pub fn is_running(&self) -> bool {
        self.state == ContextState::Running && self.details.is_none()
    }

    /// Whether it waits for the EULA, an administrator or a module's acceptance.
    pub fn is_commissioning(&self) -> bool {
        self.state == ContextState::NeedsCommissioning
            || self.details.as_deref().is_some_and(|d| d.to_ascii_uppercase().contains("COMMISSIONING"))
    }
}

/// `gwinfo`: each key is `None` when it is not there, or there twice with different values.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GwInfo {
    /// `ContextStatus`.
    pub context: Option<ContextState>,
    /// `PlatformName`: the system name.
    pub platform_name: Option<String>,
    /// `Version`: `8.3.6` style.
    pub version: Option<String>,
    /// `PlatformEdition`: empty means standard.
    pub edition: Option<String>,
    /// `RedundancyStatus`.
    pub role: Option<NodeRole>,
    /// `RedundantState`.
    pub sync: Option<SyncState>,
    /// `RedundantNodeActiveStatus`.
    pub activity: Option<ActivityLevel>,
    /// `RedundantBackupAddresses`, form not recorded.
    pub backup_addresses: Option<String>,
}

/// State of a node as the REST API tells it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Redundancy {
    /// `role`.
    pub role: Option<NodeRole>,
    /// `projectState`.
    pub sync: Option<SyncState>,
    /// `activityLevel`.
    pub activity: Option<ActivityLevel>,
    /// `localId`: this node's address.
    pub local_id: Option<String>,
    /// `peerConnected`: the only honest sign of the link between the nodes.
    pub peer_connected: Option<bool>,
    /// `peerId`.
    pub peer_id: Option<String>,
    /// `syncPending`.
    pub sync_pending: Option<bool>,
    /// `failoverPending`.
    pub failover_pending: Option<bool>,
    /// `uptime`, in milliseconds since the gateway's start.
    pub uptime_ms: Option<u64>,
}

/// One gateway-network connection, outgoing or incoming.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Connection {
    /// `remoteGateway`: the other side's system name.
    pub remote: Option<String>,
    /// `internalId`.
    pub internal_id: Option<String>,
    /// `networkAddr`: address of the other side.
    pub address: Option<String>,
    /// `redundantRole`.
    pub role: Option<NodeRole>,
    /// `direction`.
    pub direction: Option<Direction>,
    /// `status`.
    pub status: Option<LinkStatus>,
    /// `lastError`.
    pub last_error: Option<String>,
    /// `faultCount`.
    pub fault_count: Option<u64>,
}

/// A gateway that this one knows of, connected or not.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RemoteGateway {
    /// `serverId`: `_0:<role>:<name>`.
    pub server_id: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// Whether `status` is `Connected`. Old names stay as `NotConnected` ghosts.
    pub connected: Option<bool>,
}

/// Counts over the gateway network.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GanOverview {
    /// `totalConnections`.
    pub total: Option<u64>,
    /// `runningConnections`.
    pub running: Option<u64>,
}

/// General information.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GatewayInfo {
    /// `name`: the system name.
    pub name: Option<String>,
    /// `edition`: empty means standard.
    pub edition: Option<String>,
    /// `ignitionVersion`: `8.3.9 (b2026082511)`.
    pub version: Option<String>,
}

/// State of the licence.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trial {
    /// `licenseMode`: `Free`, `Trial`, `Activated`, `Invalid`.
    pub mode: Option<String>,
    /// `trialState`: `AllInDemo`, `SomeInDemo`, `NoneInDemo`.
    pub state: Option<String>,
    /// `trialSecondsLeft`.
    pub seconds_left: Option<u64>,
    /// `expired`.
    pub expired: Option<bool>,
}

/// `healthchecks.status.result` of a resource that stands for a connection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Health {
    /// `healthy`.
    pub healthy: Option<bool>,
    /// `message`.
    pub message: Option<String>,
    /// `error`.
    pub error: Option<String>,
}

/// A module that the gateway does not load.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct QuarantinedModule {
    /// `id`.
    pub id: Option<String>,
    /// `name`, or `id` where there is no name.
    pub name: String,
    /// `reason`.
    pub reason: Option<String>,
}
