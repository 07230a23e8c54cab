//! How long each cause is waited for before `up` gives up. Looks at no clock.

use std::fmt;

use super::Cause;

/// How long `up` waits for something to heal by itself while it stays pending.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Not at all.
    None,
    /// So many milliseconds, and why.
    For(u64, &'static str),
    /// As long as `--timeout` allows.
    UntilTheTimeout,
}

impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::For(ms, why) => write!(f, "{} s: {why}", ms / 1000),
            Self::UntilTheTimeout => f.write_str("until `--timeout`"),
        }
    }
}

/// The one place of these times, with their reasons out of the fact sheet.
pub(super) const fn of(cause: Cause) -> Patience {
    match cause {
        Cause::Commissioning | Cause::CommissioningEula | Cause::CommissioningPassword | Cause::CommissioningModule => {
            Patience::For(1_000, "a look may fall into the moment of its end")
        }
        Cause::NameDiffers => Patience::For(10_000, "a name is set while the gateway starts"),
        Cause::LoginRefused => Patience::For(10_000, "a user source may still be loading"),
        Cause::RestNotAvailable => Patience::For(15_000, "routes come a moment after RUNNING"),
        Cause::LinkRefused | Cause::LinkPendingApproval => {
            Patience::For(15_000, "an approval takes 10 to 12 s by itself")
        }
        Cause::LinkStale => Patience::For(30_000, "it does not heal by itself, and yet the next attempt is waited for"),
        Cause::LinkNotDefined => Patience::For(15_000, "connections are defined at the start"),
        Cause::PairCertificate | Cause::LinkCertificate | Cause::LinkCertificateRefused | Cause::LinkTrustEmpty => {
            Patience::For(60_000, "a certificate that somebody approves counts about 30 s later")
        }
        Cause::SplitBrain => Patience::For(
            90_000,
            "both are Active for a moment while a master takes over again, and longer when they boot at different speeds",
        ),
        Cause::IncompatibleVersions | Cause::IncompatibleEditions => {
            Patience::For(30_000, "a restart may be under way")
        }
        Cause::DatabaseInvalid => Patience::For(60_000, "a server that still starts is there by then"),
        Cause::ProxyNotListening
        | Cause::RouteUnknown
        | Cause::RouteDead
        | Cause::RouteCrossed
        | Cause::RouteStranger
        | Cause::RouteWithoutActive => {
            Patience::For(20_000, "a proxy hears of a container at once, and looks at the nodes of a pair every 5 s")
        }
        Cause::PortNotReachable
        | Cause::NotAGateway
        | Cause::StuckStarting
        | Cause::Stopping
        | Cause::LoginFailed
        | Cause::PeerNotConnected
        | Cause::PeerUnresolvable
        | Cause::NoActiveNode
        | Cause::SyncNotGood
        | Cause::IncompatibleModules
        | Cause::LinkFaulted
        | Cause::LinkNotFormed
        | Cause::ServiceStarting
        | Cause::RestartPending
        | Cause::AnswerUnreadable => Patience::UntilTheTimeout,
        _ => Patience::None,
    }
}
