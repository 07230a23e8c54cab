//! One thing that was looked at before anything is made: what was seen, what it means, one thing to try. Pure.

use crate::error::{Class, Failure};
use crate::stack::Name;

/// What was looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Topic {
    /// The engine itself and how it was found.
    Engine,
    /// Operating system and architecture.
    Platform,
    /// Memory for gateways and services.
    Memory,
    /// Room where the engine keeps its data.
    Disk,
    /// Subnets for new networks.
    AddressPools,
    /// The engine's clock beside this machine's.
    Clock,
    /// Ports on the engine's host.
    Ports,
    /// Whether the gateways can be reached from here.
    Reach,
    /// An image.
    Image,
    /// Objects of others in the way.
    Objects,
    /// The network of a reverse proxy.
    Proxy,
    /// What is in the stack's volumes.
    Data,
    /// The project's secrets.
    Secrets,
}

impl Topic {
    /// Its word for people and machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Platform => "platform",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::AddressPools => "address pools",
            Self::Clock => "clock",
            Self::Ports => "ports",
            Self::Reach => "reach",
            Self::Image => "image",
            Self::Objects => "objects",
            Self::Proxy => "proxy",
            Self::Data => "data",
            Self::Secrets => "secrets",
        }
    }
}

/// What it means for an `up`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// In order.
    Ok,
    /// `up` goes on and says it.
    Warning,
    /// `up` would stop.
    Problem,
    /// Could not be seen; never the same as in order.
    Unknown,
}

impl State {
    /// Its word for people and machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What was looked at.
    pub topic: Topic,
    /// What it means.
    pub state: State,
    /// How `up` ends for it, where it is a problem.
    pub class: Class,
    /// The gateway or service that it concerns.
    pub member: Option<Name>,
    /// What was seen.
    pub seen: String,
    /// One thing to try.
    pub advice: Option<String>,
}

impl Finding {
    fn new(topic: Topic, state: State, seen: impl Into<String>) -> Self {
        Self { topic, state, class: Class::Engine, member: None, seen: seen.into(), advice: None }
    }

    pub(super) fn ok(topic: Topic, seen: impl Into<String>) -> Self {
        Self::new(topic, State::Ok, seen)
    }

    pub(super) fn warning(topic: Topic, seen: impl Into<String>) -> Self {
        Self::new(topic, State::Warning, seen)
    }

    pub(super) fn unknown(topic: Topic, seen: impl Into<String>) -> Self {
        Self::new(topic, State::Unknown, seen)
    }

    pub(super) fn problem(topic: Topic, class: Class, seen: impl Into<String>) -> Self {
        Self { class, ..Self::new(topic, State::Problem, seen) }
    }

    /// The problem that a failure tells.
    pub fn of_failure(topic: Topic, failure: Failure) -> Self {
        let seen = std::iter::once(failure.what).chain(failure.details).collect::<Vec<_>>().join("; ");
        Self { advice: failure.advice, ..Self::problem(topic, failure.class, seen) }
    }

    pub(super) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    pub(super) fn of(mut self, member: Option<&Name>) -> Self {
        self.member = member.cloned();
        self
    }
}
