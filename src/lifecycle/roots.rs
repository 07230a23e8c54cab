//! Which of the open checks are at the root, and which only follow from another one. Pure.

use std::collections::HashMap;

use super::condition::{Check, Condition, Subject, Verdict};
use crate::stack::Name;

/// The members that a check depends on.
fn members(check: &Check) -> Vec<&Name> {
    let mut all = match &check.subject {
        Subject::Pair(pair) => vec![&pair.master, &pair.backup],
        Subject::Link(link) => vec![&link.from, &link.to],
        Subject::Gateway(_) | Subject::Service(_) | Subject::Route(_) | Subject::Stack => Vec::new(),
    };
    all.push(&check.gateway);
    all.extend(&check.peer);
    all
}

/// The open checks of one look, by member: which of them follow from others.
pub struct Roots<'a> {
    checks: &'a [Check],
    of: HashMap<&'a Name, Earliest>,
    of_all: Earliest,
}

/// The earliest open condition, in their order: of all open checks, and of those that were seen.
#[derive(Clone, Copy, Default)]
struct Earliest {
    open: Option<Condition>,
    seen: Option<Condition>,
}

impl Earliest {
    fn add(&mut self, check: &Check) {
        let earlier = |known: &mut Option<Condition>| {
            *known = Some(known.map_or(check.condition, |condition| condition.min(check.condition)));
        };
        earlier(&mut self.open);
        if !is_unknown(check) {
            earlier(&mut self.seen);
        }
    }

    /// Whether there is one that explains the check: earlier in the order of conditions. What was only not seen never explains what
    /// was seen to be wrong.
    fn explains(self, check: &Check) -> bool {
        let earliest = if is_unknown(check) { self.open } else { self.seen };
        earliest.is_some_and(|condition| condition < check.condition)
    }
}

fn is_unknown(check: &Check) -> bool {
    matches!(check.verdict, Verdict::Unknown(_))
}

impl<'a> Roots<'a> {
    /// Those of all checks of one look.
    pub fn of(checks: &'a [Check]) -> Self {
        let (mut of, mut of_all) = (HashMap::<_, Earliest>::new(), Earliest::default());
        for check in checks.iter().filter(|c| !c.verdict.is_settled()) {
            of.entry(&check.gateway).or_default().add(check);
            of_all.add(check);
        }
        Self { checks, of, of_all }
    }

    /// Whether an open check follows from another open one: of a member that it depends on, and earlier in the order of conditions.
    pub fn follows(&self, check: &Check) -> bool {
        members(check).into_iter().any(|name| self.of.get(name).is_some_and(|earliest| earliest.explains(check)))
            || (is_unknown(check) && check.subject == Subject::Stack && self.of_all.explains(check))
    }

    /// The open check that explains the others best: of those that follow from no other, the earliest in the order of starting.
    pub fn root(&self) -> Option<&'a Check> {
        let open = || self.checks.iter().filter(|c| !c.verdict.is_settled());
        open().filter(|c| !self.follows(c)).min_by_key(|c| c.condition).or_else(|| open().min_by_key(|c| c.condition))
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::Reason;
    use super::*;
    use crate::stack::{Link, Pair};

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn reason(text: &str) -> Reason {
        Reason { text: text.to_owned(), seen: String::new(), cause: None, hopeless_after: None }
    }

    fn check(subject: Subject, condition: Condition, verdict: Verdict, gateway: &str, peer: Option<&str>) -> Check {
        Check { subject, condition, verdict, evidence: String::new(), gateway: name(gateway), peer: peer.map(name) }
    }

    #[test]
    fn a_stopped_backup_explains_its_links_its_pair_and_what_could_not_be_seen() {
        let gateway = |n: &str| Subject::Gateway(name(n));
        let link = || Subject::Link(Link { from: name("frontend"), to: name("backup") });
        let pair = || Subject::Pair(Pair { master: name("backend"), backup: name("backup") });
        let failed = |t: &str| Verdict::Failed(reason(t));
        let unknown = || Verdict::Unknown(reason("not running"));
        let checks = [
            check(gateway("frontend"), Condition::Reachable, Verdict::Met, "frontend", None),
            check(link(), Condition::LinkRunning, Verdict::Pending(reason("Faulted")), "frontend", Some("backup")),
            check(gateway("frontend"), Condition::Remotes, failed("1 of 2"), "frontend", Some("backup")),
            check(pair(), Condition::PeerConnected, failed("not connected"), "backend", Some("backup")),
            check(gateway("backup"), Condition::Reachable, failed("stopped"), "backup", Some("backend")),
            check(gateway("backup"), Condition::Running, unknown(), "backup", Some("backend")),
            check(Subject::Stack, Condition::Identities, unknown(), "frontend", None),
        ];
        let all = Roots::of(&checks);
        let roots: Vec<_> = checks.iter().filter(|c| !c.verdict.is_settled() && !all.follows(c)).collect();
        assert_eq!(roots, [&checks[4]]);
        assert_eq!(all.root(), Some(&checks[4]));
    }

    #[test]
    fn what_was_not_seen_does_not_hide_what_was() {
        let of = |condition, verdict| check(Subject::Gateway(name("hub")), condition, verdict, "hub", None);
        let checks = [
            of(Condition::Login, Verdict::Unknown(reason("no password"))),
            of(Condition::Modules, Verdict::Failed(reason("quarantined"))),
            of(Condition::Trial, Verdict::Unknown(reason("not seen"))),
        ];
        let all = Roots::of(&checks);
        let open: Vec<bool> = checks.iter().map(|c| all.follows(c)).collect();
        assert_eq!(open, [false, false, true]);
    }
}
