//! The kinds of resources that are modelled: which are singletons, which can be made over REST, and what their settings must be.
//! What a kind does is its owner's business.

mod data;
mod network;
mod security;
mod system;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::simulator::access::policy;
use crate::simulator::config::fields::{self, Field, Finding};
use crate::simulator::config::tree::Kind;

/// What is known about one kind of the platform (module `ignition`).
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) name: &'static str,
    pub(crate) singleton: bool,
    /// Whether REST can make one (fact sheet 4.2).
    pub(crate) creatable: bool,
    fields: &'static [Field],
    /// Settings of a singleton that was never written.
    pub(crate) default: Option<fn() -> Value>,
}

impl Rules {
    const fn named(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, singleton: false, creatable: true, fields, default: None }
    }

    const fn single(name: &'static str, fields: &'static [Field], default: Option<fn() -> Value>) -> Self {
        Self { name, singleton: true, creatable: true, fields, default }
    }

    /// What is wrong with settings of this kind; nothing when they are fine.
    pub(crate) fn check(&self, config: &Value) -> Vec<Finding> {
        fields::check(self.fields, config)
    }
}

/// The module of every kind that is modelled.
pub(crate) const MODULE: &str = "ignition";

/// Every kind that REST knows.
pub(crate) const RULES: &[Rules] = &[
    Rules::single("gateway-network-settings", network::SETTINGS, Some(network::default_settings)),
    Rules::named("gateway-network-outgoing", network::OUTGOING),
    Rules { creatable: false, ..Rules::named("gateway-network-incoming", network::INCOMING) },
    Rules::single("gateway-network-proxy-rules", network::PROXY_RULES, Some(network::default_proxy_rules)),
    Rules::single("gateway-network-queue-settings", network::QUEUES, Some(network::default_queues)),
    Rules::named("api-token", security::API_TOKEN),
    Rules::single("security-levels", security::LEVELS, Some(policy::default_levels)),
    Rules::single("security-properties", security::PROPERTIES, Some(policy::default_properties)),
    Rules::named("database-connection", data::DATABASE_CONNECTION),
    Rules::named("secret-provider", data::SECRET_PROVIDER),
    Rules::single("system-properties", system::SYSTEM_PROPERTIES, Some(system::default_system)),
    Rules::single("local-system-properties", system::LOCAL_SYSTEM_PROPERTIES, Some(system::default_local)),
    Rules::single("quickstart", system::QUICKSTART, None),
    Rules::named("user-source", security::USER_SOURCE),
    Rules::named("identity-provider", security::IDENTITY_PROVIDER),
];

/// The rules of a kind, `None` when it is not modelled.
pub(crate) fn find(kind: &Kind) -> Option<&'static Rules> {
    RULES.iter().find(|r| kind.module == MODULE && r.name == kind.name)
}
