//! How a pair stands: redundant, and which node is active then; or what is missing. Judged from the checks that `verify` makes. Pure.

use super::condition::{Check, Condition, Subject, Verdict};
use crate::diagnosis::Cause;
use crate::gateway::{ActivityLevel, Sighting};
use crate::stack::{Name, Pair};

/// How a pair stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Both nodes run, connected and in sync; this one is active.
    Redundant(Name),
    /// Both run and are connected, and cannot come in sync before both are of one version, edition and module set.
    Incompatible(String),
    /// Both run, and are not connected.
    Apart(String),
    /// Not yet, or not any more, what it should be.
    Unfinished(String),
}

/// The checks that are about a pair: of its nodes, whether they run at all, and of the two together.
pub fn concerns(pair: &Pair, check: &Check) -> bool {
    match &check.subject {
        Subject::Pair(of) => of == pair,
        Subject::Gateway(name) => {
            (name == &pair.master || name == &pair.backup)
                && matches!(check.condition, Condition::Reachable | Condition::Running | Condition::Role)
        }
        Subject::Link(_) | Subject::Route(_) | Subject::Service(_) | Subject::Stack => false,
    }
}

/// Judges a pair by its checks; `sighting` gives what was seen of a node.
pub fn standing<'a>(pair: &Pair, checks: &[Check], sighting: impl Fn(&Name) -> Option<&'a Sighting>) -> Standing {
    let open: Vec<&Check> = checks.iter().filter(|c| concerns(pair, c) && c.verdict != Verdict::Met).collect();
    let Some(first) = open.first() else {
        let active = |name: &&Name| sighting(name).is_some_and(is_active);
        return match [&pair.master, &pair.backup].into_iter().find(active) {
            Some(name) => Standing::Redundant(name.clone()),
            None => Standing::Unfinished("no node is Active".to_owned()),
        };
    };
    let said = format!("{}: {}", first.gateway, text(&first.verdict));
    if matches!(first.subject, Subject::Gateway(_)) {
        return Standing::Unfinished(said);
    }
    let with = |wanted: &[Cause]| open.iter().find(|c| cause(&c.verdict).is_some_and(|c| wanted.contains(&c)));
    let incompatible = [Cause::IncompatibleVersions, Cause::IncompatibleEditions, Cause::IncompatibleModules];
    if let Some(check) = with(&incompatible) {
        return Standing::Incompatible(format!("{}: {}", check.gateway, text(&check.verdict)));
    }
    let apart =
        open.iter().find(|c| c.condition == Condition::PeerConnected && !matches!(c.verdict, Verdict::Unknown(_)));
    match apart {
        Some(check) => Standing::Apart(format!("{}: {}", check.gateway, text(&check.verdict))),
        None => Standing::Unfinished(said),
    }
}

/// The one node of a pair that says it is active; none when none or both say so.
pub fn only_active<'a>(pair: &Pair, sighting: impl Fn(&Name) -> Option<&'a Sighting>) -> Option<Name> {
    let mut active = [&pair.master, &pair.backup].into_iter().filter(|name| sighting(name).is_some_and(is_active));
    let first = active.next()?;
    active.next().is_none().then(|| first.clone())
}

pub(super) fn is_active(sighting: &Sighting) -> bool {
    let rest = sighting.redundancy.value().and_then(|r| r.activity.as_ref());
    let level = rest.or_else(|| sighting.gwinfo.value().and_then(|g| g.activity.as_ref()));
    level == Some(&ActivityLevel::Active)
}

fn cause(verdict: &Verdict) -> Option<Cause> {
    match verdict {
        Verdict::Pending(reason) | Verdict::Failed(reason) | Verdict::Unknown(reason) => reason.cause,
        Verdict::Met | Verdict::Skipped(_) => None,
    }
}

pub(super) fn text(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Pending(reason) | Verdict::Failed(reason) | Verdict::Unknown(reason) => &reason.text,
        Verdict::Skipped(why) => why,
        Verdict::Met => "met",
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::Reason;
    use super::*;
    use crate::gateway::Redundancy;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn pair() -> Pair {
        Pair { master: name("hub"), backup: name("hub-backup") }
    }

    fn check(subject: Subject, condition: Condition, verdict: Verdict) -> Check {
        Check { subject, condition, verdict, evidence: String::new(), gateway: name("hub-backup"), peer: None }
    }

    fn because(cause: Cause, text: &str) -> Verdict {
        let text = text.to_owned();
        Verdict::Pending(Reason { text, seen: String::new(), cause: Some(cause), hopeless_after: None })
    }

    #[test]
    fn the_first_thing_that_is_missing_decides() {
        let of_pair = |condition, verdict| check(Subject::Pair(pair()), condition, verdict);
        let starting = Verdict::Pending(Reason {
            text: "STARTING".to_owned(),
            seen: String::new(),
            cause: None,
            hopeless_after: None,
        });
        let running = check(Subject::Gateway(name("hub-backup")), Condition::Running, starting);
        let other = check(Subject::Gateway(name("spoke-1")), Condition::Running, running.verdict.clone());
        let apart = of_pair(Condition::PeerConnected, because(Cause::PeerNotConnected, "peer not connected"));
        let version = of_pair(Condition::SyncState, because(Cause::IncompatibleVersions, "sync Incompatible"));
        let pulling = of_pair(Condition::SyncState, because(Cause::SyncNotGood, "sync OutOfDate"));
        let active = Sighting {
            redundancy: crate::gateway::Seen::Value(Redundancy {
                activity: Some(ActivityLevel::Active),
                ..Redundancy::default()
            }),
            ..Sighting::default()
        };
        let judge = |checks: &[Check]| standing(&pair(), checks, |n| (n.as_str() == "hub-backup").then_some(&active));
        let met = of_pair(Condition::SyncState, Verdict::Met);
        assert_eq!(judge(&[met, other]), Standing::Redundant(name("hub-backup")), "another gateway is no matter");
        assert_eq!(standing(&pair(), &[], |_| None), Standing::Unfinished("no node is Active".to_owned()));
        let said = |text: &str| format!("hub-backup: {text}");
        assert_eq!(judge(&[running, apart.clone()]), Standing::Unfinished(said("STARTING")));
        assert_eq!(judge(&[version.clone(), apart.clone()]), Standing::Incompatible(said("sync Incompatible")));
        assert_eq!(judge(&[pulling.clone(), apart]), Standing::Apart(said("peer not connected")));
        assert_eq!(judge(&[pulling]), Standing::Unfinished(said("sync OutOfDate")));
    }
}
