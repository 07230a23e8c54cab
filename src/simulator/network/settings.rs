//! `gateway-network-settings` (fact sheet 4.2): what this gateway demands of others, as the configuration has it at the moment.

use std::time::Duration;

use serde::Deserialize;

use crate::simulator::config::store::Store;
use crate::simulator::node::Node;

/// The resource's type.
pub(crate) const SETTINGS: &str = "gateway-network-settings";

/// The settings that have an effect here, with the defaults of 8.3; unknown keys are ignored.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct NetworkSettings {
    #[serde(rename = "requireSSL")]
    pub(crate) require_ssl: bool,
    pub(crate) require_two_way_auth: bool,
    pub(crate) allow_incoming: bool,
    pub(crate) security_policy: SecurityPolicy,
    pub(crate) whitelist: String,
    pub(crate) incoming_ping_rate_millis: u64,
    pub(crate) incoming_ping_timeout_millis: u64,
    pub(crate) incoming_ping_max_missed: u32,
    pub(crate) websocket_session_idle_timeout: u64,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            require_ssl: true,
            require_two_way_auth: true,
            allow_incoming: true,
            security_policy: SecurityPolicy::ApprovedOnly,
            whitelist: String::new(),
            incoming_ping_rate_millis: 5000,
            incoming_ping_timeout_millis: 300,
            incoming_ping_max_missed: 12,
            websocket_session_idle_timeout: 30_000,
        }
    }
}

/// Whom a gateway lets in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum SecurityPolicy {
    ApprovedOnly,
    Unrestricted,
    SpecifiedList,
}

impl SecurityPolicy {
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::ApprovedOnly, Self::Unrestricted, Self::SpecifiedList].into_iter().find(|p| p.as_str() == word)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::ApprovedOnly => "ApprovedOnly",
            Self::Unrestricted => "Unrestricted",
            Self::SpecifiedList => "SpecifiedList",
        }
    }
}

impl NetworkSettings {
    /// Longest silence on a WebSocket; zero for ever.
    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.websocket_session_idle_timeout.min(u64::from(u32::MAX)))
    }

    /// Reads the settings. Those that make no sense leave the defaults in force, which let nobody in who is not known; that is the
    /// simulator's choice. The second value says what is wrong.
    pub(crate) fn read(store: &Store) -> (Self, Option<String>) {
        match store.singleton("ignition", SETTINGS).map(|found| Self::deserialize(found.config.as_ref())) {
            Some(Ok(settings)) => (settings, None),
            Some(Err(e)) => (Self::default(), Some(format!("{SETTINGS}: {e}"))),
            None => (Self::default(), None),
        }
    }
}

impl Node {
    /// The settings in force.
    pub(crate) fn network_settings(&self) -> NetworkSettings {
        NetworkSettings::read(&self.store).0
    }
}
