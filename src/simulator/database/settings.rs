//! The settings of one connection: from the resource's JSON to what is needed to connect (fact sheet 7.3).

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::simulator::database::url::{JdbcUrl, Server, pairs};

/// Longest time for all of a check, unless the URL has a `connectTimeout`: the drivers' own default.
const LIMIT: Duration = Duration::from_secs(10);
const LIMIT_MAX: Duration = Duration::from_mins(2);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    #[serde(rename = "connectURL")]
    connect_url: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: Value,
    #[serde(default)]
    connection_props: String,
    #[serde(default)]
    validation_query: String,
}

/// What is needed to connect.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Settings {
    pub(super) url: JdbcUrl,
    pub(super) username: String,
    /// As configured: a reference, an embedded secret, or nothing.
    pub(super) password: Value,
    pub(super) validation_query: String,
    pub(super) limit: Duration,
}

impl Settings {
    /// Reads them, or says what is wrong.
    pub(super) fn read(config: &Value) -> Result<Self, String> {
        let config: Config = serde_json::from_value(config.clone()).map_err(|e| e.to_string())?;
        let mut url = JdbcUrl::parse(&config.connect_url).map_err(|e| e.to_string())?;
        // Extra properties stand beside the URL; what the URL says counts first.
        url.parameters.extend(pairs(&config.connection_props, ';'));
        let seconds = url.parameter("connecttimeout").and_then(|s| s.parse::<u64>().ok()).filter(|s| *s > 0);
        let limit = seconds.map_or(LIMIT, Duration::from_secs).min(LIMIT_MAX);
        let validation_query = Some(config.validation_query).filter(|q| !q.trim().is_empty());
        Ok(Self {
            username: config.username,
            password: config.password,
            validation_query: validation_query.unwrap_or_else(|| "SELECT 1".to_owned()),
            limit,
            url,
        })
    }

    /// The module with the driver; `MySQL`'s driver is no module of Ignition's own (fact sheet 7.5).
    pub(super) fn module(&self) -> Option<&'static str> {
        match self.url.server {
            Server::PostgreSql => Some("com.inductiveautomation.jdbc.postgresql"),
            Server::MariaDb => Some("com.inductiveautomation.jdbc.mariadb"),
            Server::MsSql => Some("com.inductiveautomation.jdbc.mssql"),
            Server::MySql => None,
        }
    }
}
