//! Events as plain lines on stderr, one per change: for pipes, CI and `--no-progress`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::event::{Event, MemberLine};
use super::foreign::harmless;
use super::paint::Paint;

/// Remembers what was printed of each member, so that only changes are.
pub(super) struct Lines {
    paint: Paint,
    last: Mutex<BTreeMap<String, String>>,
}

impl Lines {
    pub(super) fn new(paint: Paint) -> Self {
        Self { paint, last: Mutex::default() }
    }

    /// The lines to print for an event.
    pub(super) fn of(&self, event: &Event) -> Vec<String> {
        match event {
            Event::Heading(text) => vec![self.paint.bold(&harmless(text))],
            Event::Note(text) | Event::Did(text) | Event::Working(text) => vec![harmless(text).into_owned()],
            Event::Warning(text) => vec![format!("{} {}", self.paint.warn("warning:"), harmless(text))],
            Event::Members(members) => members.iter().filter_map(|m| self.changed(m)).collect(),
            Event::Doing(_) | Event::Log { .. } => Vec::new(),
        }
    }

    fn changed(&self, m: &MemberLine) -> Option<String> {
        let facts = [&m.state, &m.detail, &m.unmet].into_iter().filter(|t| !t.is_empty());
        let text = facts.map(|t| harmless(t).into_owned()).collect::<Vec<_>>().join(", ");
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(&m.member) == Some(&text) {
            return None;
        }
        last.insert(m.member.clone(), text.clone());
        Some(format!("{}: {text} ({} s)", harmless(&m.member), m.elapsed.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_member_is_printed_when_it_changes_and_only_then() {
        let lines = Lines::new(Paint { on: false });
        let mut member = MemberLine {
            member: "hub".into(),
            place: ":9088".into(),
            node: String::new(),
            state: "STARTING".into(),
            detail: String::new(),
            unmet: "not RUNNING".into(),
            done: false,
            elapsed: Duration::from_secs(2),
        };
        let show = |m: &MemberLine| lines.of(&Event::Members(vec![m.clone()]));
        assert_eq!(show(&member), ["hub: STARTING, not RUNNING (2 s)"]);
        member.elapsed = Duration::from_secs(3);
        assert!(show(&member).is_empty());
        member.state = "RUNNING".into();
        member.unmet.clear();
        assert_eq!(show(&member), ["hub: RUNNING (3 s)"]);
    }
}
