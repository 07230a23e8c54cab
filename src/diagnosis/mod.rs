//! Catalogue of causes: what is wrong, what to try, which exit code. Looks at nothing itself; the judges name the cause.

mod cause;
mod engine;
mod entry;
mod page;
mod patience;
mod table;

use std::fmt;
use std::time::Duration;

pub use cause::Cause;
pub use entry::Entry;
pub use page::{PAGE, page};
pub use patience::Patience;

use crate::stack::Name;

/// The names that an advice is filled with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Names<'a> {
    /// The stack.
    pub stack: &'a Name,
    /// The gateway or service that has the trouble.
    pub member: &'a Name,
    /// The other gateway that it concerns: the node's peer, the link's other end.
    pub peer: Option<&'a Name>,
}

/// The container's name on the engine, as compose v2 gives it.
fn container(stack: &Name, member: &Name) -> String {
    format!("{stack}-{member}-1")
}

/// The whole table: what the engine tells of, then what is seen of the stack.
fn rows() -> impl Iterator<Item = &'static Entry> {
    engine::ENGINE.iter().chain(table::TABLE)
}

impl Cause {
    /// Every cause, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        rows().map(|entry| entry.cause)
    }

    /// Its row in the table.
    pub fn entry(self) -> &'static Entry {
        // The table has a row for each cause (tested); the first row stands in so that this cannot panic.
        rows().find(|entry| entry.cause == self).unwrap_or(&table::TABLE[0])
    }

    /// Stable word for machines, kebab-case.
    pub fn id(self) -> &'static str {
        self.entry().id
    }

    /// What is wrong, filled with names.
    pub fn text(self, names: &Names<'_>) -> String {
        fill(self.entry().text, names)
    }

    /// One thing to try, filled with names.
    pub fn advice(self, names: &Names<'_>) -> String {
        fill(self.entry().advice, names)
    }

    /// Exit code of a run that ends with this cause: 1 the stack is not as it should be, 5 timed out.
    pub fn exit_code(self) -> u8 {
        self.entry().exit
    }

    /// For how long it may stay pending before `up` gives up; nothing: the deadline decides.
    pub fn hopeless_after(self) -> Option<Duration> {
        match self.entry().patience {
            Patience::For(ms, _) => Some(Duration::from_millis(ms)),
            Patience::None | Patience::UntilTheTimeout => None,
        }
    }

    /// Where the fact sheet speaks of it; empty where the engine does.
    pub fn section(self) -> &'static str {
        self.entry().section
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// Replaces `{stack}`, `{member}`, `{container}`, `{peer}`, `{peer_container}` in one pass. Where there is no peer, the
/// member itself is named.
fn fill(template: &str, names: &Names<'_>) -> String {
    let peer = names.peer.unwrap_or(names.member);
    let mut filled = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((key, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match key {
            "stack" => filled.push_str(names.stack.as_str()),
            "member" => filled.push_str(names.member.as_str()),
            "peer" => filled.push_str(peer.as_str()),
            "container" => filled.push_str(&container(names.stack, names.member)),
            "peer_container" => filled.push_str(&container(names.stack, peer)),
            other => {
                filled.push('{');
                filled.push_str(other);
                filled.push('}');
            }
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_has_one_row_and_every_row_is_whole() {
        let ids: BTreeSet<_> = Cause::all().map(Cause::id).collect();
        assert_eq!(ids.len(), rows().count(), "ids are distinct");
        let causes: BTreeSet<_> = Cause::all().map(|c| format!("{c:?}")).collect();
        assert_eq!(causes.len(), rows().count(), "one row per cause");
        for cause in Cause::all() {
            let entry = cause.entry();
            assert_eq!(entry.cause, cause);
            assert!(entry.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", entry.id);
            assert!(!entry.text.is_empty() && !entry.text.ends_with('.'), "{}", entry.id);
            assert!(!entry.advice.is_empty() && !entry.advice.contains('\n'), "{}", entry.id);
            assert!(matches!(entry.exit, 1 | 3 | 4 | 5), "{}", entry.id);
        }
    }

    #[test]
    fn every_placeholder_is_known() {
        let (stack, member, peer) = (name("demo"), name("backend"), name("backend-backup"));
        let names = Names { stack: &stack, member: &member, peer: Some(&peer) };
        for cause in Cause::all() {
            for filled in [cause.text(&names), cause.advice(&names)] {
                assert!(!filled.contains(['{', '}']), "{cause}: {filled}");
            }
        }
    }

    #[test]
    fn advice_names_the_right_container() {
        let (stack, member, peer) = (name("demo"), name("frontend-2"), name("backend-backup"));
        let names = Names { stack: &stack, member: &member, peer: Some(&peer) };
        let advice = Cause::LinkRefused.advice(&names);
        assert!(advice.contains("docker rm -f demo-backend-backup-1"), "{advice}");
        assert!(advice.contains("ignition-stack up demo"), "{advice}");
        let alone = Names { peer: None, ..names };
        assert!(Cause::RoleIndependent.advice(&alone).contains("docker rm -f demo-frontend-2-1"));
    }

    #[test]
    fn braces_that_are_no_placeholder_stay() {
        let (stack, member) = (name("s"), name("m"));
        let names = Names { stack: &stack, member: &member, peer: None };
        assert_eq!(fill("{x} {member} { {stack", &names), "{x} m { {stack");
    }

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }
}
