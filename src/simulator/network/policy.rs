//! Who may connect over the gateway network (fact sheet 4.1, 4.2, 4.4). Pure decision; remembers nothing.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `gateway-network-settings` with the defaults of 8.3; unknown keys are ignored.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct NetworkSettings {
    /// Whole subsystem; only the environment can turn it off.
    #[serde(skip)]
    pub(crate) enabled: bool,
    #[serde(rename = "requireSSL")]
    pub(crate) require_ssl: bool,
    pub(crate) allow_incoming: bool,
    pub(crate) security_policy: SecurityPolicy,
    pub(crate) whitelist: String,
    pub(crate) incoming_ping_rate_millis: u64,
    pub(crate) incoming_ping_timeout_millis: u64,
    pub(crate) incoming_ping_max_missed: u32,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            require_ssl: true,
            allow_incoming: true,
            security_policy: SecurityPolicy::ApprovedOnly,
            whitelist: String::new(),
            incoming_ping_rate_millis: 5000,
            incoming_ping_timeout_millis: 300,
            incoming_ping_max_missed: 12,
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
        match word {
            "ApprovedOnly" => Some(Self::ApprovedOnly),
            "Unrestricted" => Some(Self::Unrestricted),
            "SpecifiedList" => Some(Self::SpecifiedList),
            _ => None,
        }
    }
}

/// `securityStatus` of an incoming connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum Approval {
    #[serde(rename = "PendingApproval")]
    Pending,
    Approved,
    NotOnWhiteList,
}

/// Approvals by connection id.
pub(crate) type Approvals = BTreeMap<String, Approval>;

/// `lower(name)|uuid` (fact sheet 4.2).
pub(crate) fn connection_id(name: &str, uuid: &str) -> String {
    format!("{}|{}", name.to_lowercase(), uuid.to_lowercase())
}

/// Why a connection is refused; each is a plain 403 on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Refused {
    Disabled,
    RequiresSsl,
    IncomingNotAllowed,
    NotApproved,
    NotOnWhiteList,
}

/// Decides about a plain (not TLS) connection, in the documented order: transport first, then policy.
pub(crate) fn admit_plain(
    settings: &NetworkSettings,
    approvals: &Approvals,
    name: &str,
    uuid: &str,
) -> Result<(), Refused> {
    if !settings.enabled {
        return Err(Refused::Disabled);
    }
    if settings.require_ssl {
        return Err(Refused::RequiresSsl);
    }
    if !settings.allow_incoming {
        return Err(Refused::IncomingNotAllowed);
    }
    match settings.security_policy {
        SecurityPolicy::Unrestricted => Ok(()),
        SecurityPolicy::ApprovedOnly => match approvals.get(&connection_id(name, uuid)) {
            Some(Approval::Approved) => Ok(()),
            _ => Err(Refused::NotApproved),
        },
        SecurityPolicy::SpecifiedList => {
            let listed = settings.whitelist.split(',').any(|entry| entry.trim().eq_ignore_ascii_case(name));
            if listed { Ok(()) } else { Err(Refused::NotOnWhiteList) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> NetworkSettings {
        NetworkSettings {
            require_ssl: false,
            security_policy: SecurityPolicy::Unrestricted,
            ..NetworkSettings::default()
        }
    }

    #[test]
    fn the_defaults_refuse_a_plain_connection_for_its_transport() {
        let settings: NetworkSettings = serde_json::from_str(r#"{"proxyInterceptServiceCalls":false}"#).unwrap();
        assert!(settings.require_ssl);
        let approvals = Approvals::from([(connection_id("A", "u"), Approval::Approved)]);
        assert_eq!(admit_plain(&settings, &approvals, "A", "u"), Err(Refused::RequiresSsl));
    }

    #[test]
    fn the_open_policy_admits_everybody_unless_switched_off() {
        let none = Approvals::new();
        assert_eq!(admit_plain(&open(), &none, "a", "u"), Ok(()));
        let closed = NetworkSettings { allow_incoming: false, ..open() };
        assert_eq!(admit_plain(&closed, &none, "a", "u"), Err(Refused::IncomingNotAllowed));
        let off = NetworkSettings { enabled: false, ..open() };
        assert_eq!(admit_plain(&off, &none, "a", "u"), Err(Refused::Disabled));
    }

    #[test]
    fn approved_only_wants_the_exact_identity() {
        let settings = NetworkSettings { security_policy: SecurityPolicy::ApprovedOnly, ..open() };
        let approvals = Approvals::from([
            (connection_id("Edge1", "U1"), Approval::Approved),
            (connection_id("edge2", "u2"), Approval::Pending),
        ]);
        assert_eq!(admit_plain(&settings, &approvals, "EDGE1", "u1"), Ok(()));
        assert_eq!(admit_plain(&settings, &approvals, "edge1", "u2"), Err(Refused::NotApproved));
        assert_eq!(admit_plain(&settings, &approvals, "edge2", "u2"), Err(Refused::NotApproved));
    }

    #[test]
    fn the_list_is_by_name() {
        let settings = NetworkSettings {
            security_policy: SecurityPolicy::SpecifiedList,
            whitelist: "alpha, Beta".to_owned(),
            ..open()
        };
        let none = Approvals::new();
        assert_eq!(admit_plain(&settings, &none, "beta", "u"), Ok(()));
        assert_eq!(admit_plain(&settings, &none, "bet", "u"), Err(Refused::NotOnWhiteList));
    }
}
