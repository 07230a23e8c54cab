//! The words of a judgement: what about whom, met or not, seen where. Judges nothing.

use std::fmt;
use std::time::Duration;

use crate::diagnosis::{Cause, Names};
use crate::stack::{Link, Name, Pair, Route, Stack};

/// What a check is about.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Subject {
    /// One gateway.
    Gateway(Name),
    /// A master and its backup.
    Pair(Pair),
    /// A planned link.
    Link(Link),
    /// A route through the reverse proxy.
    Route(Route),
    /// A companion container.
    Service(Name),
    /// The stack as a whole.
    Stack,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(name) | Self::Service(name) => f.pad(name.as_str()),
            Self::Pair(pair) => f.pad(&format!("{} + {}", pair.master, pair.backup)),
            Self::Link(link) => f.pad(&link.to_string()),
            Self::Route(route) => f.pad(&route.host()),
            Self::Stack => f.pad("stack"),
        }
    }
}

/// What must hold (product reference, section 11), in the order in which it is judged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Condition {
    /// The container was made from what the record says, and the record names it.
    Configuration,
    /// The engine's health check of a service passes; where there is none, it runs.
    ServiceHealthy,
    /// The container runs and its port answers.
    Reachable,
    /// It has an address on every planned network.
    Networks,
    /// Commissioned and RUNNING (fact sheet 1.2).
    Running,
    /// The version of the image's tag.
    Version,
    /// The planned edition.
    Edition,
    /// The planned system name; on a backup its master's (fact sheet 5.4).
    SystemName,
    /// A session for the REST API (fact sheet 2.1).
    Login,
    /// The planned redundancy role.
    Role,
    /// `Sync Status: Good` (fact sheet 2.2).
    SyncState,
    /// One node Active, the other Cold or Warm (fact sheet 5.2).
    ActivityLevel,
    /// `PEER CONNECTED: Yes` (fact sheet 2.2).
    PeerConnected,
    /// The outgoing connection runs, seen at the dialling end.
    LinkRunning,
    /// The dialling gateway lists each planned remote as connected, and counts enough running connections.
    Remotes,
    /// The incoming connection runs, seen at the listening end.
    LinkAccepted,
    /// A seeded database connection is valid (fact sheet 2.5).
    Database,
    /// No module is in quarantine.
    Modules,
    /// No change waits for a restart.
    RestartTasks,
    /// Licensed, or the trial still runs.
    Trial,
    /// A gateway's route through the reverse proxy ends at that gateway.
    Route,
    /// A pair's route ends at its nodes, and the active one is reached.
    PairRoute,
    /// Who comes anew to a pair's route lands on the active node.
    FreshClient,
    /// No two gateways have one identity.
    Identities,
}

impl Condition {
    /// Stable word for machines.
    pub fn id(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::ServiceHealthy => "service-healthy",
            Self::Reachable => "reachable",
            Self::Networks => "networks",
            Self::Running => "running",
            Self::Version => "version",
            Self::Edition => "edition",
            Self::SystemName => "system-name",
            Self::Login => "login",
            Self::Role => "role",
            Self::SyncState => "sync-state",
            Self::ActivityLevel => "activity-level",
            Self::PeerConnected => "peer-connected",
            Self::LinkRunning => "link-running",
            Self::Remotes => "remotes",
            Self::LinkAccepted => "link-accepted",
            Self::Database => "database",
            Self::Modules => "modules",
            Self::RestartTasks => "restart-tasks",
            Self::Trial => "trial",
            Self::Route => "route",
            Self::PairRoute => "pair-route",
            Self::FreshClient => "fresh-client",
            Self::Identities => "identities",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// Why a condition does not hold, or not yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Short, for the progress line: `STARTING`, `peer not connected`, `backend-backup: Connecting`. May hold foreign text.
    pub text: String,
    /// What was seen, and where it was read. May hold foreign text.
    pub seen: String,
    /// The known cause.
    pub cause: Option<Cause>,
    /// Pending this long with the same cause is failed; `None`: only the deadline ends it.
    pub hopeless_after: Option<Duration>,
}

impl Reason {
    pub(super) fn new(text: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { text: text.into(), seen: seen.into(), cause: None, hopeless_after: None }
    }

    pub(super) fn because(mut self, cause: Cause) -> Self {
        self.cause = Some(cause);
        self.hopeless_after = cause.hopeless_after();
        self
    }

    pub(super) fn pending(self) -> Verdict {
        Verdict::Pending(self)
    }

    pub(super) fn failed(self) -> Verdict {
        Verdict::Failed(self)
    }

    pub(super) fn unknown(self) -> Verdict {
        Verdict::Unknown(self)
    }
}

/// Whether a condition holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It holds, and that was seen.
    Met,
    /// Not yet.
    Pending(Reason),
    /// It does not, and waiting will not help.
    Failed(Reason),
    /// It does not apply; why.
    Skipped(String),
    /// It could not be seen. Never counts as met.
    Unknown(Reason),
}

impl Verdict {
    /// Whether nothing is left to wait for: met, or does not apply.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Met | Self::Skipped(_))
    }

    /// Why it is not met.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Pending(reason) | Self::Failed(reason) | Self::Unknown(reason) => Some(reason),
            Self::Met | Self::Skipped(_) => None,
        }
    }
}

/// One condition, judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// About whom.
    pub subject: Subject,
    /// What must hold.
    pub condition: Condition,
    /// Whether it does.
    pub verdict: Verdict,
    /// What was seen, and where, whatever the verdict. May hold foreign text.
    pub evidence: String,
    /// Gateway or service whose log and progress line it belongs to.
    pub gateway: Name,
    /// The other gateway concerned: the node's peer, the link's other end, the twin of an identity.
    pub peer: Option<Name>,
}

impl Check {
    /// The names that texts of its cause are filled with.
    pub fn names<'a>(&'a self, stack: &'a Stack) -> Names<'a> {
        Names { stack: &stack.name, member: &self.gateway, peer: self.peer.as_ref() }
    }
}

/// A verdict with its evidence, before it is known whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) evidence: String,
}

impl Judged {
    pub(super) fn met(evidence: impl Into<String>) -> Self {
        Self { verdict: Verdict::Met, evidence: evidence.into() }
    }

    pub(super) fn skipped(why: impl Into<String>) -> Self {
        let why = why.into();
        Self { evidence: why.clone(), verdict: Verdict::Skipped(why) }
    }
}

impl From<Verdict> for Judged {
    fn from(verdict: Verdict) -> Self {
        let evidence = match &verdict {
            Verdict::Met => String::new(),
            Verdict::Skipped(why) => why.clone(),
            Verdict::Pending(r) | Verdict::Failed(r) | Verdict::Unknown(r) => r.seen.clone(),
        };
        Self { verdict, evidence }
    }
}
