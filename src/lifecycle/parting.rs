//! Whether a pair may lose its backup: only while the master works and has all that the backup has. Judged from the checks that
//! `verify` makes. Pure.

use super::condition::{Check, Condition, Subject, Verdict};
use super::standing::{Standing, is_active, standing, text};
use crate::gateway::Sighting;
use crate::stack::{Name, Pair};

/// What becomes of the master when the backup goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parting {
    /// It is active, and the backup connected and in sync.
    Safe,
    /// It is active and the backup does not run any more, since a run that had looked at both stopped it: that goes on.
    Done,
    /// The two are connected and in sync, and the backup is the active one.
    BackupActive,
    /// It may go on with less than the backup has.
    Unsure,
}

/// Judges a pair by its checks; `sighting` gives what was seen of a node. `decided`: a run that may do it has begun to take the pair
/// apart, and may have ended half way.
pub fn parting<'a>(
    pair: &Pair,
    decided: bool,
    backup_runs: bool,
    checks: &[Check],
    sighting: impl Fn(&Name) -> Option<&'a Sighting>,
) -> Parting {
    let master_active = sighting(&pair.master).is_some_and(is_active);
    match standing(pair, checks, sighting) {
        Standing::Redundant(active) if active == pair.master => Parting::Safe,
        Standing::Redundant(_) => Parting::BackupActive,
        Standing::Incompatible(_) | Standing::Apart(_) | Standing::Unfinished(_)
            if decided && !backup_runs && master_active && runs(&pair.master, checks) =>
        {
            Parting::Done
        }
        Standing::Incompatible(_) | Standing::Apart(_) | Standing::Unfinished(_) => Parting::Unsure,
    }
}

/// What was seen of a node, on one line: why it cannot be seen, or its level, sync state and connection.
pub fn node(name: &Name, pair: &Pair, checks: &[Check], sighting: Option<&Sighting>) -> String {
    let open = |check: &&Check| check.subject == Subject::Gateway(name.clone()) && check.verdict != Verdict::Met;
    if let Some(first) = checks.iter().find(open) {
        return format!("{name}: {}", text(&first.verdict));
    }
    let Some(seen) = sighting else { return format!("{name}: not seen") };
    let (info, rest) = (seen.gwinfo.value(), seen.redundancy.value());
    let level = rest.and_then(|r| r.activity.as_ref()).or_else(|| info.and_then(|g| g.activity.as_ref()));
    let sync = rest.and_then(|r| r.sync.as_ref()).or_else(|| info.and_then(|g| g.sync.as_ref()));
    let level = level.map_or_else(|| "activity level not seen".to_owned(), ToString::to_string);
    let sync = sync.map_or_else(|| "sync state not seen".to_owned(), |sync| format!("sync {sync}"));
    let of_pair = |c: &&Check| c.subject == Subject::Pair(pair.clone()) && &c.gateway == name;
    let peer = checks.iter().filter(of_pair).find(|c| c.condition == Condition::PeerConnected);
    let peer = match peer.map(|check| &check.verdict) {
        Some(Verdict::Met) => "peer connected",
        Some(verdict) => text(verdict),
        None => "peer connection not seen",
    };
    format!("{name}: {level}, {sync}, {peer}")
}

/// Whether a gateway is RUNNING.
fn runs(name: &Name, checks: &[Check]) -> bool {
    let of = |c: &&Check| c.condition == Condition::Running && c.subject == Subject::Gateway(name.clone());
    checks.iter().find(of).is_some_and(|check| check.verdict == Verdict::Met)
}

#[cfg(test)]
#[path = "parting_tests.rs"]
mod tests;
