//! Reading one look: which gateway may be asked, what several sources agree on, why something was not seen.

use std::fmt::Display;

use super::Look;
use super::index::Index;
use super::verdict::{Judged, Reason};
use crate::diagnosis::Cause;
use crate::engine::{ContainerState, MemberState};
use crate::gateway::{Fault, LoginFault, Seen, Sighting};
use crate::stack::{Name, Stack};

/// The stack and one look at it.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) stack: &'a Stack,
    pub(super) look: &'a Look<'a>,
    pub(super) index: &'a Index<'a>,
}

impl<'a> View<'a> {
    pub(super) fn member(&self, name: &Name) -> Option<&'a MemberState> {
        self.index.members.get(name).copied()
    }

    pub(super) fn sighting(&self, name: &Name) -> Option<&'a Sighting> {
        self.look.sightings.get(name)
    }

    /// What a gateway says, when it is in a state in which its word counts: its container runs, and it is RUNNING with no
    /// remark. Otherwise the condition is unknown, because of that.
    pub(super) fn ready(&self, name: &Name) -> Result<&'a Sighting, Judged> {
        let unknown =
            |state: String| Reason::new(format!("{name}: {state}"), format!("{name} is {state}")).unknown().into();
        let runs = self.member(name).is_some_and(|m| m.state == ContainerState::Running);
        match self.sighting(name) {
            _ if !runs => Err(unknown("not running".to_owned())),
            None => Err(unknown("not looked at".to_owned())),
            Some(sighting) if sighting.is_running() => Ok(sighting),
            Some(sighting) => Err(unknown(match sighting.ping.value() {
                Some(ping) if ping.is_commissioning() => "COMMISSIONING".to_owned(),
                Some(ping) => ping.state.to_string(),
                None => "not answering".to_owned(),
            })),
        }
    }
}

/// What a fact's several sources say.
pub(super) struct Sources<T> {
    values: Vec<T>,
    /// `gwinfo RedundancyStatus=Master, /redundancy role=Master`.
    pub(super) evidence: String,
}

impl<T: Display> Sources<T> {
    /// Reads each source that is there.
    pub(super) fn read<const N: usize>(sources: [(&str, Option<T>); N]) -> Self {
        let mut values = Vec::new();
        let mut parts = Vec::new();
        for (label, value) in sources {
            if let Some(value) = value {
                parts.push(format!("{label}={value}"));
                values.push(value);
            }
        }
        Self { values, evidence: parts.join(", ") }
    }

    /// Whether no source says anything.
    pub(super) fn is_silent(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether there is a source, and each one says what is wanted.
    pub(super) fn all(&self, wanted: impl Fn(&T) -> bool) -> bool {
        !self.is_silent() && self.values.iter().all(wanted)
    }

    /// Whether any source says what is looked for.
    pub(super) fn any(&self, wanted: impl Fn(&T) -> bool) -> bool {
        self.values.iter().any(wanted)
    }

    /// The first value that is not as wanted.
    pub(super) fn first_other(&self, wanted: impl Fn(&T) -> bool) -> Option<&T> {
        self.values.iter().find(|v| !wanted(v))
    }
}

impl<T: Display + PartialEq> Sources<T> {
    /// The value, when there is one and no source contradicts it.
    pub(super) fn agreed(&self) -> Option<&T> {
        let first = self.values.first()?;
        self.values.iter().all(|v| v == first).then_some(first)
    }
}

/// Why a fact is not known: never met, and where it will not come by waiting, not waited for.
pub(super) fn unseen<T>(seen: &Seen<T>, route: &str) -> Reason {
    let fault = match seen {
        Seen::Failed(fault) => fault,
        Seen::NotAsked => return Reason::new("not asked", format!("{route} was not asked")),
        Seen::Value(_) => {
            return Reason::new("not in the answer", format!("{route} does not say")).because(Cause::AnswerUnreadable);
        }
    };
    let reason = Reason::new("not seen", format!("{route}: {fault}"));
    match fault {
        Fault::Login(LoginFault::WrongPassword) => reason.because(Cause::LoginRefused),
        Fault::Login(_) => reason.because(Cause::LoginFailed),
        Fault::NotAvailable => reason.because(Cause::RestNotAvailable),
        _ => reason.because(Cause::AnswerUnreadable),
    }
}

/// Like [`unseen`], for facts that old versions cannot show and that no promise hangs on: there the check does not apply.
pub(super) fn unseen_or_old<T>(sighting: &Sighting, seen: &Seen<T>, route: &str) -> Judged {
    let old = sighting.login.fault() == Some(&Fault::NotAvailable);
    if old && seen.fault() == Some(&Fault::NotAvailable) {
        return Judged::skipped("this version has no REST API");
    }
    unseen(seen, route).unknown().into()
}
