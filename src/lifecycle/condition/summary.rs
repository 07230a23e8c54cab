//! Reading a list of checks: what a member still lacks, and the counts of the last line. Judges nothing anew.

use super::verdict::{Check, Condition, Subject, Verdict};
use crate::stack::{Name, Stack};

/// Counts over a whole look.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Gateways in the stack.
    pub gateways: usize,
    /// Of them: commissioned and RUNNING.
    pub gateways_running: usize,
    /// Services in the stack.
    pub services: usize,
    /// Of them: healthy.
    pub services_healthy: usize,
    /// Pairs in the stack.
    pub pairs: usize,
    /// Of them: peer connected, in sync and with one Active node, seen on both nodes.
    pub pairs_connected: usize,
    /// Links in the stack.
    pub links: usize,
    /// Of them: running at both ends.
    pub links_running: usize,
    /// Checks that are met.
    pub passed: usize,
    /// Checks that failed, or that are not met yet.
    pub failed: usize,
    /// Checks that do not apply.
    pub skipped: usize,
    /// Checks whose facts could not be seen.
    pub unknown: usize,
}

impl Summary {
    /// Whether every check is met or does not apply, and there is one.
    pub fn holds(&self) -> bool {
        self.passed > 0 && self.failed == 0 && self.unknown == 0
    }
}

/// The first check of that member that is neither met nor skipped: what its progress line shows.
pub fn unmet<'a>(checks: &'a [Check], member: &Name) -> Option<&'a Check> {
    checks.iter().find(|c| &c.gateway == member && !c.verdict.is_settled())
}

/// Counts over checks that [`super::judge`] made of the same stack.
pub fn summary(stack: &Stack, checks: &[Check]) -> Summary {
    let met = |wanted: &dyn Fn(&Check) -> bool, at_least: usize| {
        let mut found = 0;
        let all = checks.iter().filter(|c| wanted(c)).all(|c| {
            found += 1;
            c.verdict == Verdict::Met
        });
        all && found >= at_least
    };
    let count = |wanted: fn(&Verdict) -> bool| checks.iter().filter(|c| wanted(&c.verdict)).count();
    let pair = |c: &Check, p: &crate::stack::Pair| {
        c.subject == Subject::Pair(p.clone())
            || (c.condition == Condition::Role && (c.gateway == p.master || c.gateway == p.backup))
    };
    Summary {
        gateways: stack.gateways.len(),
        gateways_running: stack
            .gateways
            .iter()
            .filter(|g| met(&|c| c.condition == Condition::Running && c.gateway == g.name, 1))
            .count(),
        services: stack.services.len(),
        services_healthy: stack
            .services
            .iter()
            .filter(|s| met(&|c| c.condition == Condition::ServiceHealthy && c.gateway == s.id, 1))
            .count(),
        pairs: stack.pairs.len(),
        pairs_connected: stack.pairs.iter().filter(|p| met(&|c| pair(c, p), 8)).count(),
        links: stack.links.len(),
        links_running: stack.links.iter().filter(|l| met(&|c| c.subject == Subject::Link((*l).clone()), 2)).count(),
        passed: count(|v| *v == Verdict::Met),
        failed: count(|v| matches!(v, Verdict::Pending(_) | Verdict::Failed(_))),
        skipped: count(|v| matches!(v, Verdict::Skipped(_))),
        unknown: count(|v| matches!(v, Verdict::Unknown(_))),
    }
}
