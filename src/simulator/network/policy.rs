//! Who may connect over the gateway network (fact sheet 4.1, 4.2, 4.4). Pure decision; remembers nothing.

use serde::Deserialize;

use crate::simulator::network::settings::{NetworkSettings, SecurityPolicy};

/// `securityStatus` of an incoming connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum Approval {
    #[serde(rename = "PendingApproval")]
    Pending,
    Approved,
    NotOnWhiteList,
}

impl Approval {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PendingApproval",
            Self::Approved => "Approved",
            Self::NotOnWhiteList => "NotOnWhiteList",
        }
    }
}

/// `lower(name)|uuid` (fact sheet 4.2).
pub(crate) fn connection_id(name: &str, uuid: &str) -> String {
    format!("{}|{}", name.to_lowercase(), uuid.to_lowercase())
}

/// Why a connection is refused; each is a plain 403 on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Refused {
    RequiresSsl,
    IncomingNotAllowed,
    NotApproved,
    NotOnWhiteList,
}

impl Refused {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::RequiresSsl => "SSL is required",
            Self::IncomingNotAllowed => "incoming connections are not allowed",
            Self::NotApproved => "PendingApproval",
            Self::NotOnWhiteList => "NotOnWhiteList",
        }
    }
}

/// Decides about a connection in the documented order (fact sheet 9.5): transport first, then policy. Over TLS the trust folders have
/// spoken before, because the protocol has it so. `known` is what the configuration says about the caller.
pub(crate) fn admit(
    settings: &NetworkSettings,
    secure: bool,
    name: &str,
    known: Option<Approval>,
) -> Result<(), Refused> {
    if settings.require_ssl && !secure {
        return Err(Refused::RequiresSsl);
    }
    if !settings.allow_incoming {
        return Err(Refused::IncomingNotAllowed);
    }
    match settings.security_policy {
        SecurityPolicy::Unrestricted => Ok(()),
        SecurityPolicy::ApprovedOnly if known == Some(Approval::Approved) => Ok(()),
        SecurityPolicy::ApprovedOnly => Err(Refused::NotApproved),
        SecurityPolicy::SpecifiedList => {
            let listed = settings.whitelist.split(',').any(|entry| entry.trim().eq_ignore_ascii_case(name));
            if listed { Ok(()) } else { Err(Refused::NotOnWhiteList) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPROVED: Option<Approval> = Some(Approval::Approved);

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
        assert_eq!(settings, NetworkSettings::default());
        assert_eq!(admit(&settings, false, "a", APPROVED), Err(Refused::RequiresSsl));
        assert_eq!(admit(&settings, true, "a", APPROVED), Ok(()));
        assert_eq!(admit(&settings, true, "a", None), Err(Refused::NotApproved));
    }

    #[test]
    fn the_open_policy_admits_everybody_unless_switched_off() {
        assert_eq!(admit(&open(), false, "a", None), Ok(()));
        let closed = NetworkSettings { allow_incoming: false, ..open() };
        assert_eq!(admit(&closed, true, "a", APPROVED), Err(Refused::IncomingNotAllowed));
        let both = NetworkSettings { require_ssl: true, ..closed };
        assert_eq!(admit(&both, false, "a", APPROVED), Err(Refused::RequiresSsl), "the transport comes first");
    }

    #[test]
    fn approved_only_wants_an_approval() {
        let settings = NetworkSettings { security_policy: SecurityPolicy::ApprovedOnly, ..open() };
        assert_eq!(admit(&settings, false, "a", APPROVED), Ok(()));
        for known in [None, Some(Approval::Pending), Some(Approval::NotOnWhiteList)] {
            assert_eq!(admit(&settings, false, "a", known), Err(Refused::NotApproved));
        }
        assert_eq!(connection_id("Edge1", "U1"), "edge1|u1");
    }

    #[test]
    fn the_list_is_by_name() {
        let settings = NetworkSettings {
            security_policy: SecurityPolicy::SpecifiedList,
            whitelist: "alpha, Beta".to_owned(),
            ..open()
        };
        assert_eq!(admit(&settings, false, "beta", None), Ok(()));
        assert_eq!(admit(&settings, false, "bet", APPROVED), Err(Refused::NotOnWhiteList));
    }
}
