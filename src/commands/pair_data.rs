//! Pairs of which one node has data and the other one's would take its place: a backup takes over what its active master has, also where
//! that is nothing. Looked at before anything is made.

use crate::blueprint::{Blueprint, labels};
use crate::engine::docker::{Observed, SeenContainer};
use crate::error::{Class, Failure};
use crate::project;
use crate::stack::{Name, Pair, Stack};

/// The stack that is asked about.
pub(super) struct Asked<'a> {
    pub(super) stack: &'a Stack,
    pub(super) blueprint: &'a Blueprint,
    pub(super) directory: &'a std::path::Path,
    /// What the record said before, where there is a record.
    pub(super) recorded: Option<&'a Stack>,
    pub(super) observed: &'a Observed,
}

/// What goes on, and what is said of it.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    /// Masters whose data is not there.
    pub(super) masters: Vec<Name>,
    pub(super) notes: Vec<String>,
}

/// How the data of a pair stands where it is not as it is left by a `down` or a `stop`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stake {
    /// The master's is not there, and the backup's is.
    MasterEmpty,
    /// The pair is new, and the backup's is from before.
    BackupKept,
}

impl Asked<'_> {
    /// Judges every pair. What would be lost is refused, unless somebody has said that what a backup alone has may be.
    pub(super) fn check(&self, abandon_backup: bool) -> Result<Accepted, Failure> {
        // Where there is no project yet there is nothing to read.
        let parted = self.recorded.map_or(Ok(Vec::new()), |_| project::read_parted(self.directory))?;
        let (mut accepted, mut refused) = (Accepted::default(), Vec::new());
        for pair in &self.stack.pairs {
            let Some(stake) = self.stake(pair, &parted) else { continue };
            if !abandon_backup {
                refused.push(self.refusal(pair, stake));
                continue;
            }
            accepted.notes.push(format!("--abandon-backup: {}", self.about(pair, stake)));
            if stake == Stake::MasterEmpty {
                accepted.masters.push(pair.master.clone());
            }
        }
        all(refused).map_or(Ok(accepted), Err)
    }

    fn stake(&self, pair: &Pair, parted: &[Pair]) -> Option<Stake> {
        let Pair { master, backup } = pair;
        if !self.has_data(backup) {
            return None;
        }
        if !self.has_data(master) {
            return Some(Stake::MasterEmpty);
        }
        let is_new = parted.contains(pair) || self.recorded.is_some_and(|stack| !stack.pairs.contains(pair));
        let is_its_backup = |c: &SeenContainer| c.labels.get(labels::BACKUP_OF).is_some_and(|of| of == master.as_str());
        (is_new && !self.container(backup).is_some_and(is_its_backup)).then_some(Stake::BackupKept)
    }

    fn about(&self, pair: &Pair, stake: Stake) -> String {
        let Pair { master, backup } = pair;
        match stake {
            Stake::MasterEmpty => {
                format!("{master} begins with no data, and {backup} takes that over: what {backup} has is lost")
            }
            Stake::BackupKept => format!(
                "{backup} comes back to volume {}, and what is in it is replaced by what {master} has",
                self.volume(backup).unwrap_or_default()
            ),
        }
    }

    fn refusal(&self, pair: &Pair, stake: Stake) -> Failure {
        let (name, Pair { master, backup }) = (&self.stack.name, pair);
        let volume = |member| self.volume(member).unwrap_or_default();
        let failure = Failure::new(Class::Refused, self.about(pair, stake));
        let (failure, advice) = match stake {
            Stake::MasterEmpty => (
                failure
                    .seen(format!("volume {} of {master} is not there", volume(master)))
                    .seen(format!("volume {} of {backup} is there", volume(backup))),
                format!(
                    "restore a snapshot that holds both: ignition-stack down {name} --delete-data (writes one of what is \
                     there), then ignition-stack restore {name} FILE; or, where what {backup} has may be lost, add \
                     --abandon-backup"
                ),
            ),
            Stake::BackupKept => (
                failure.seen(format!("{backup} was no backup of {master} until now")),
                "add --abandon-backup where what is in that volume may be lost".to_owned(),
            ),
        };
        failure
            .seen(format!("to keep what is there in a file first: ignition-stack snapshot {name}"))
            .seen("nothing was touched")
            .advise(advice)
    }

    fn volume(&self, member: &Name) -> Option<&str> {
        self.blueprint.volumes.iter().find(|v| v.member == *member).map(|v| v.name.as_str())
    }

    /// Whether a member's volume is there and the stack's.
    fn has_data(&self, member: &Name) -> bool {
        let id = self.stack.id.to_string();
        let own = |found: &std::collections::HashMap<String, String>| found.get(labels::STACK_ID) == Some(&id);
        let name = self.volume(member);
        self.observed.volumes.iter().any(|seen| Some(seen.name.as_str()) == name && own(&seen.labels))
    }

    fn container(&self, member: &Name) -> Option<&SeenContainer> {
        let id = self.stack.id.to_string();
        let own = |c: &&SeenContainer| c.labels.get(labels::STACK_ID) == Some(&id);
        let of = |c: &&SeenContainer| c.member_state().is_some_and(|seen| seen.member == *member);
        self.observed.containers.iter().filter(own).find(of)
    }
}

/// Several refusals in one: their advice, where it is not the same, stands beside each.
fn all(refused: Vec<Failure>) -> Option<Failure> {
    let mut refused = refused.into_iter();
    let mut first = refused.next()?;
    for other in refused {
        let told = other.details.into_iter().filter(|detail| !first.details.contains(detail)).collect::<Vec<_>>();
        let advice = other.advice.filter(|advice| first.advice.as_ref() != Some(advice));
        let advice = advice.map(|advice| format!("try: {advice}"));
        first.details.splice(0..0, std::iter::once(other.what).chain(told).chain(advice));
    }
    Some(first)
}

#[cfg(test)]
#[path = "pair_data_tests.rs"]
mod tests;
