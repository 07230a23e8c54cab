//! Reading a list of checks: what a member still lacks, and the counts of the last line. Judges nothing anew.

use std::collections::HashMap;
use std::hash::Hash;

use super::verdict::{Check, Condition, Subject, Verdict};
use crate::stack::{Name, Pair, Stack};

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
    let (mut running, mut healthy) = (Tally::default(), Tally::default());
    let (mut roles, mut pairs, mut links) = (Tally::default(), Tally::default(), Tally::default());
    for check in checks {
        let met = check.verdict == Verdict::Met;
        match check.condition {
            Condition::Running => running.add(&check.gateway, met),
            Condition::ServiceHealthy => healthy.add(&check.gateway, met),
            Condition::Role => roles.add(&check.gateway, met),
            _ => {}
        }
        match &check.subject {
            Subject::Pair(pair) => pairs.add(pair, met),
            Subject::Link(link) => links.add(link, met),
            _ => {}
        }
    }
    // Three checks of the pair and one of the role, at each of its nodes.
    let connected = |pair: &&Pair| {
        pairs.all_met(pair, 6) && [&pair.master, &pair.backup].into_iter().all(|name| roles.all_met(name, 1))
    };
    let count = |wanted: fn(&Verdict) -> bool| checks.iter().filter(|c| wanted(&c.verdict)).count();
    Summary {
        gateways: stack.gateways.len(),
        gateways_running: stack.gateways.iter().filter(|g| running.all_met(&g.name, 1)).count(),
        services: stack.services.len(),
        services_healthy: stack.services.iter().filter(|s| healthy.all_met(&s.id, 1)).count(),
        pairs: stack.pairs.len(),
        pairs_connected: stack.pairs.iter().filter(connected).count(),
        links: stack.links.len(),
        links_running: stack.links.iter().filter(|link| links.all_met(link, 2)).count(),
        passed: count(|v| *v == Verdict::Met),
        failed: count(|v| matches!(v, Verdict::Pending(_) | Verdict::Failed(_))),
        skipped: count(|v| matches!(v, Verdict::Skipped(_))),
        unknown: count(|v| matches!(v, Verdict::Unknown(_))),
    }
}

/// How many checks there are about each of some things, and how many of them are met.
struct Tally<'a, T>(HashMap<&'a T, (usize, usize)>);

impl<T> Default for Tally<'_, T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<'a, T: Eq + Hash> Tally<'a, T> {
    fn add(&mut self, about: &'a T, met: bool) {
        let (all, good) = self.0.entry(about).or_default();
        *all += 1;
        *good += usize::from(met);
    }

    /// Whether there are so many at least, and every one is met.
    fn all_met(&self, about: &T, at_least: usize) -> bool {
        self.0.get(about).is_some_and(|(all, met)| all == met && *all >= at_least)
    }
}
