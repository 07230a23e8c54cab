//! Which of the open checks are at the root, and which only follow from another one. Pure.

use super::condition::{Check, Subject};
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

/// Whether an open check follows from another open one: of a member that it depends on, and earlier in the order of
/// conditions. What was only not seen never explains what was seen to be wrong.
pub fn follows(check: &Check, all: &[Check]) -> bool {
    let unknown = |c: &Check| matches!(c.verdict, super::condition::Verdict::Unknown(_));
    let depends_on = members(check);
    all.iter().filter(|c| !c.verdict.is_settled() && c.condition < check.condition).any(|earlier| {
        let explains = unknown(check) || !unknown(earlier);
        explains && depends_on.contains(&&earlier.gateway)
    }) || (unknown(check)
        && check.subject == Subject::Stack
        && all.iter().any(|c| c.condition < check.condition && !c.verdict.is_settled()))
}

/// The open check that explains the others best: of those that follow from no other, the earliest in the order of starting.
pub fn root(checks: &[Check]) -> Option<&Check> {
    let open = || checks.iter().filter(|c| !c.verdict.is_settled());
    open().filter(|c| !follows(c, checks)).min_by_key(|c| c.condition).or_else(|| open().min_by_key(|c| c.condition))
}

#[cfg(test)]
mod tests {
    use super::super::condition::{Condition, Reason, Verdict};
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
        let roots: Vec<_> = checks.iter().filter(|c| !c.verdict.is_settled() && !follows(c, &checks)).collect();
        assert_eq!(roots, [&checks[4]]);
        assert_eq!(root(&checks), Some(&checks[4]));
    }

    #[test]
    fn what_was_not_seen_does_not_hide_what_was() {
        let of = |condition, verdict| check(Subject::Gateway(name("hub")), condition, verdict, "hub", None);
        let checks = [
            of(Condition::Login, Verdict::Unknown(reason("no password"))),
            of(Condition::Modules, Verdict::Failed(reason("quarantined"))),
            of(Condition::Trial, Verdict::Unknown(reason("not seen"))),
        ];
        let open: Vec<bool> = checks.iter().map(|c| follows(c, &checks)).collect();
        assert_eq!(open, [false, false, true]);
    }
}
