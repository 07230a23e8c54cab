//! What happens while a command works, as data. Drawn by `progress`, printed as lines by `lines`.

use std::time::Duration;

use serde::Serialize;

/// Where one gateway or service stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MemberLine {
    /// Its name.
    pub member: String,
    /// Its address (`:9090`) or image.
    pub place: String,
    /// `master`, `backup` or nothing.
    pub node: String,
    /// `RUNNING`, `STARTING`, `exited (1)`.
    pub state: String,
    /// What else was seen: level, sync, links.
    pub detail: String,
    /// The first condition that is not met, empty when all are.
    pub unmet: String,
    /// Whether every condition of this member is met.
    pub done: bool,
    /// Since its container was started in this run, until it was done.
    #[serde(skip)]
    pub elapsed: Duration,
}

/// Something that happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A heading: which stack, what kind.
    Heading(String),
    /// A line of information.
    Note(String),
    /// A line of warning.
    Warning(String),
    /// A long operation goes on: image pull or build.
    Working(String),
    /// An operation of the plan begins.
    Doing(String),
    /// An operation of the plan is done.
    Did(String),
    /// Where every member stands now.
    Members(Vec<MemberLine>),
    /// A log line for stdout: member and text.
    Log {
        /// The member it comes from.
        member: String,
        /// The text, not yet harmless.
        text: String,
    },
}

/// Who listens to events.
pub trait Events {
    /// Takes note of one.
    fn event(&self, event: Event);
}
