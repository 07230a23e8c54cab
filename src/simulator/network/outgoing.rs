//! The connections that this gateway opens: as resources, variables and `redundancy.xml` describe them. Dials nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::simulator::error::SimulatorError;
use crate::simulator::network::frame::Purpose;
use crate::simulator::redundancy::machine::Role;
use crate::simulator::redundancy::xml::RedundancySettings;
use crate::simulator::start::environment::Environment;

/// Most outgoing connections.
pub(crate) const OUTGOING_LIMIT: usize = 256;

/// A connection that this gateway opens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Outgoing {
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
    /// The connection that a resource describes.
    pub(crate) fn from_resource(config: &Value) -> Result<Self, String> {
        let c = OutgoingConfig::deserialize(config).map_err(|e| e.to_string())?;
        Ok(Self {
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

    /// The enabled connections that the variables describe (fact sheet 4.1).
    pub(crate) fn from_variables(env: &Environment) -> Result<Vec<Self>, SimulatorError> {
        let mut found = Vec::new();
        for index in indices(env) {
            found.extend(from_index(env, index)?);
        }
        Ok(found)
    }

    /// `host:port`, an IPv6 address in brackets.
    pub(crate) fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// A variable and a resource may name the same remote; that is one connection.
    pub(crate) fn without_repetitions(mut all: Vec<Self>) -> Vec<Self> {
        let mut seen = BTreeSet::new();
        all.retain(|o| seen.insert((o.purpose, o.host.clone(), o.port)));
        all.truncate(OUTGOING_LIMIT);
        all
    }
}

/// Numbers `n` for which `GATEWAY_NETWORK_<n>_HOST` is set (fact sheet 4.1).
fn indices(env: &Environment) -> BTreeSet<u32> {
    let index = |name: &str| {
        let rest = name.strip_prefix("GATEWAY_NETWORK_")?;
        rest.strip_suffix("_HOST").or_else(|| rest.strip_suffix("_HOST_FILE"))?.parse().ok()
    };
    env.names().filter_map(index).collect()
}

fn from_index(env: &Environment, index: u32) -> Result<Option<Outgoing>, SimulatorError> {
    let name = |key: &str| format!("GATEWAY_NETWORK_{index}_{key}");
    let Some(host) = env.text(&name("HOST"))?.filter(|h| !h.is_empty()) else { return Ok(None) };
    let outgoing = Outgoing {
        purpose: Purpose::Link,
        host,
        port: env.number(&name("PORT"))?.unwrap_or(8060),
        ssl: env.flag(&name("ENABLESSL"), true)?,
        ping_rate: millis(env.number(&name("PINGRATE"))?.unwrap_or_else(default_ping_rate)),
        ping_timeout: millis(default_ping_timeout()),
        ping_max_missed: env.number(&name("PINGMAXMISSED"))?.unwrap_or_else(default_ping_max_missed),
        websocket_timeout: millis(env.number(&name("WEBSOCKETTIMEOUT"))?.unwrap_or_else(default_timeout)),
        http_connect_timeout: millis(default_timeout()),
    };
    Ok(env.flag(&name("ENABLED"), true)?.then_some(outgoing))
}

fn millis(n: u32) -> Duration {
    Duration::from_millis(u64::from(n))
}
