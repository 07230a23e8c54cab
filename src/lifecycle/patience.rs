//! How long a check may be pending for one cause before it is given up. Knows no clock: it is told what time it is.

use std::collections::HashMap;

use tokio::time::Instant;

use super::condition::{Check, Condition, Subject, Verdict};
use crate::stack::Name;

/// Since when each check has been pending for the same cause.
#[derive(Default)]
pub(super) struct Patience {
    since: HashMap<Key, (Option<&'static str>, Instant)>,
}

/// What makes a check the same one in the next look.
type Key = (Subject, Condition, Name);

fn key(check: &Check) -> Key {
    (check.subject.clone(), check.condition, check.gateway.clone())
}

impl Patience {
    /// The first check that failed, or has been pending for longer than its cause deserves.
    pub(super) fn lost(&mut self, checks: &[Check], now: Instant) -> Option<Check> {
        let mut lost = None;
        for check in checks {
            let gone = match &check.verdict {
                Verdict::Met | Verdict::Skipped(_) => {
                    if !self.since.is_empty() {
                        self.since.remove(&key(check));
                    }
                    false
                }
                Verdict::Failed(_) => true,
                Verdict::Pending(reason) | Verdict::Unknown(reason) => {
                    let cause = reason.cause.as_ref().map(|c| c.id());
                    let entry = self.since.entry(key(check)).or_insert((cause, now));
                    if entry.0 != cause {
                        *entry = (cause, now);
                    }
                    reason.hopeless_after.is_some_and(|patience| now - entry.1 >= patience)
                }
            };
            if gone && lost.is_none() {
                lost = Some(check.clone());
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::condition::Reason;
    use super::*;
    use crate::diagnosis::Cause;

    fn check(verdict: Verdict) -> Check {
        let hub = Name::parse("hub").unwrap();
        Check {
            subject: Subject::Gateway(hub.clone()),
            condition: Condition::Running,
            verdict,
            evidence: String::new(),
            gateway: hub,
            peer: None,
        }
    }

    fn pending(cause: Cause, patience: Option<u64>) -> Vec<Check> {
        let reason = Reason {
            text: String::new(),
            seen: String::new(),
            cause: Some(cause),
            hopeless_after: patience.map(Duration::from_secs),
        };
        vec![check(Verdict::Pending(reason))]
    }

    #[test]
    fn patience_runs_out_for_one_cause_that_stays() {
        let mut patience = Patience::default();
        let start = Instant::now();
        let at = |s: u64| start + Duration::from_secs(s);
        assert!(patience.lost(&pending(Cause::LinkRefused, Some(15)), at(0)).is_none());
        assert!(patience.lost(&pending(Cause::LinkRefused, Some(15)), at(14)).is_none());
        assert!(patience.lost(&pending(Cause::LinkRefused, Some(15)), at(15)).is_some());
    }

    #[test]
    fn another_cause_or_a_moment_of_health_begins_anew() {
        let mut patience = Patience::default();
        let start = Instant::now();
        let at = |s: u64| start + Duration::from_secs(s);
        assert!(patience.lost(&pending(Cause::LinkRefused, Some(15)), at(0)).is_none());
        assert!(patience.lost(&pending(Cause::LinkFaulted, Some(15)), at(14)).is_none());
        assert!(patience.lost(&pending(Cause::LinkFaulted, Some(15)), at(16)).is_none());
        assert!(patience.lost(&[check(Verdict::Met)], at(20)).is_none());
        assert!(patience.lost(&pending(Cause::LinkFaulted, Some(15)), at(30)).is_none());
        assert!(patience.lost(&pending(Cause::LinkFaulted, Some(15)), at(45)).is_some());
    }

    #[test]
    fn what_has_no_limit_is_left_to_the_deadline_and_what_failed_is_lost_at_once() {
        let mut patience = Patience::default();
        let start = Instant::now();
        for s in [0, 60, 6000] {
            assert!(patience.lost(&pending(Cause::StuckStarting, None), start + Duration::from_secs(s)).is_none());
        }
        let reason = Reason { text: String::new(), seen: String::new(), cause: None, hopeless_after: None };
        assert!(patience.lost(&[check(Verdict::Failed(reason))], start).is_some());
    }
}
