//! The kinds of resources that are modelled: which are singletons, which can be made over REST, and what their settings must be.

use serde_json::Value;

use crate::simulator::config::tree::Kind;

/// What is known about one kind.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
    pub(crate) singleton: bool,
    /// Whether REST can make one (fact sheet 4.2).
    pub(crate) creatable: bool,
}

impl Rules {
    const fn named(name: &'static str) -> Self {
        Self { module: "ignition", name, singleton: false, creatable: true }
    }

    const fn single(name: &'static str) -> Self {
        Self { module: "ignition", name, singleton: true, creatable: true }
    }

    /// What is wrong with settings of this kind; nothing when they are fine.
    #[allow(clippy::unused_self, reason = "the rules of each kind are being written")]
    pub(crate) fn check(&self, config: &Value) -> Vec<String> {
        if config.is_object() { Vec::new() } else { vec!["must be an object".to_owned()] }
    }
}

/// Every kind that REST knows.
pub(crate) const RULES: &[Rules] = &[
    Rules::single("gateway-network-settings"),
    Rules::named("gateway-network-outgoing"),
    Rules { creatable: false, ..Rules::named("gateway-network-incoming") },
    Rules::single("gateway-network-proxy-rules"),
    Rules::single("gateway-network-queue-settings"),
    Rules::named("api-token"),
    Rules::single("security-levels"),
    Rules::single("security-properties"),
    Rules::named("database-connection"),
    Rules::named("secret-provider"),
    Rules::single("system-properties"),
    Rules::single("local-system-properties"),
    Rules::named("user-source"),
    Rules::named("identity-provider"),
];

/// The rules of a kind, `None` when it is not modelled.
pub(crate) fn find(kind: &Kind) -> Option<&'static Rules> {
    RULES.iter().find(|r| r.module == kind.module && r.name == kind.name)
}
