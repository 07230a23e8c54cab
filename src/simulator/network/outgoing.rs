//! The connections that this gateway opens, as resources (fact sheet 4.2) and `redundancy.xml` describe them. Dials nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::simulator::config::store::Store;
use crate::simulator::network::frame::Purpose;
use crate::simulator::redundancy::machine::Role;
use crate::simulator::redundancy::xml::RedundancySettings;

/// The resource's type.
pub(crate) const OUTGOING: &str = "gateway-network-outgoing";
/// Most outgoing connections.
pub(crate) const OUTGOING_LIMIT: usize = 256;

/// A connection that this gateway opens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Outgoing {
    /// Name of its resource; empty for the connection to the master, which has none.
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) purpose: Purpose,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) ssl: bool,
    pub(crate) ping_rate: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) ping_max_missed: u32,
    pub(crate) websocket_timeout: Duration,
    pub(crate) http_connect_timeout: Duration,
}

/// `config.json` of an outgoing connection (fact sheet 4.2).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OutgoingConfig {
    host: String,
    port: u16,
    #[serde(rename = "useSSL")]
    use_ssl: bool,
    #[serde(default = "default_ping_rate")]
    ping_rate_millis: u32,
    #[serde(default = "default_ping_timeout")]
    ping_timeout_millis: u32,
    #[serde(default = "default_ping_max_missed")]
    ping_max_missed: u32,
    #[serde(default = "default_timeout")]
    ws_timeout_millis: u32,
    #[serde(default = "default_timeout")]
    http_connect_timeout_millis: u32,
}

const fn default_ping_rate() -> u32 {
    1000
}

const fn default_ping_timeout() -> u32 {
    300
}

const fn default_ping_max_missed() -> u32 {
    30
}

const fn default_timeout() -> u32 {
    10_000
}

impl Outgoing {
    /// The connections that the configuration wants: those enabled, one per remote, at most [`OUTGOING_LIMIT`]. The second value says
    /// which resources make no sense; they are left out, which is the simulator's choice.
    pub(crate) fn configured(store: &Store) -> (Vec<Self>, Vec<String>) {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for (name, resource) in store.named("ignition", OUTGOING).into_iter().filter(|(_, r)| r.enabled) {
            match Self::from_resource(&name, resource.resource.manifest.description(), &resource.config) {
                Ok(outgoing) => found.push(outgoing),
                Err(e) => problems.push(format!("{OUTGOING}/{name}: {e}")),
            }
        }
        let mut seen = BTreeSet::new();
        found.retain(|o| seen.insert((o.host.clone(), o.port)));
        found.truncate(OUTGOING_LIMIT);
        (found, problems)
    }

    /// The connection that a resource describes.
    pub(crate) fn from_resource(name: &str, description: &str, config: &Value) -> Result<Self, String> {
        let c = OutgoingConfig::deserialize(config).map_err(|e| e.to_string())?;
        if c.host.is_empty() {
            return Err("host is empty".to_owned());
        }
        Ok(Self {
            name: name.to_owned(),
            description: description.to_owned(),
            purpose: Purpose::Link,
            host: c.host,
            port: c.port,
            ssl: c.use_ssl,
            ping_rate: millis(c.ping_rate_millis),
            ping_timeout: millis(c.ping_timeout_millis),
            ping_max_missed: c.ping_max_missed,
            websocket_timeout: millis(c.ws_timeout_millis),
            http_connect_timeout: millis(c.http_connect_timeout_millis),
        })
    }

    /// The connection of a backup to its master; nobody else dials for redundancy (fact sheet 9.5).
    pub(crate) fn to_master(redundancy: &RedundancySettings) -> Option<Self> {
        let gan = &redundancy.gan;
        (redundancy.role == Role::Backup && !gan.host.is_empty()).then(|| Self {
            name: String::new(),
            description: String::new(),
            purpose: Purpose::Redundancy,
            host: gan.host.clone(),
            port: gan.port,
            ssl: gan.enable_ssl,
            ping_rate: gan.ping_rate,
            ping_timeout: gan.ping_timeout,
            ping_max_missed: gan.ping_max_missed,
            websocket_timeout: gan.websocket_timeout,
            http_connect_timeout: gan.http_connect_timeout,
        })
    }

    /// `host:port`, an IPv6 address in brackets.
    pub(crate) fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

fn millis(n: u32) -> Duration {
    Duration::from_millis(u64::from(n))
}
