//! Trees of security levels (fact sheet 3.3): what is granted, what is demanded, and whether one covers the other.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most levels in one tree.
const LIMIT: usize = 1000;

/// A security level and those below it. A leaf's path, such as `Authenticated/Roles/Administrator`, is what is granted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Level {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) children: Vec<Level>,
}

impl Level {
    /// A tree with one leaf.
    pub(crate) fn path(names: &[&str]) -> Vec<Self> {
        names.iter().rev().fold(Vec::new(), |children, name| {
            vec![Self { name: (*name).to_owned(), description: String::new(), children }]
        })
    }
}

/// A list of trees from JSON; the error says why it is none.
pub(crate) fn parse(value: &Value) -> Result<Vec<Level>, String> {
    let levels: Vec<Level> = Vec::deserialize(value).map_err(|e| e.to_string())?;
    if count(&levels) > LIMIT { Err(format!("there are more than {LIMIT} security levels")) } else { Ok(levels) }
}

fn count(levels: &[Level]) -> usize {
    levels.iter().map(|l| 1 + count(&l.children)).sum()
}

/// The levels below those of `granted` that bear the same name as `wanted`. One name may stand there more than once.
fn below<'a>(granted: &[&'a [Level]], wanted: &Level) -> Vec<&'a [Level]> {
    let named = granted.iter().flat_map(|levels| levels.iter()).filter(|l| l.name == wanted.name);
    named.map(|l| l.children.as_slice()).collect()
}

/// Whether every leaf (`all`) or at least one of `wanted` is granted. Whoever has a level has those above it as well.
pub(crate) fn covers(wanted: &[Level], granted: &[Level], all: bool) -> bool {
    covers_each(wanted, &[granted], all)
}

fn covers_each(wanted: &[Level], granted: &[&[Level]], all: bool) -> bool {
    let covered = |level: &Level| {
        let below = below(granted, level);
        if below.is_empty() {
            return false;
        }
        level.children.is_empty() || covers_each(&level.children, &below, all)
    };
    if all { wanted.iter().all(covered) } else { wanted.iter().any(covered) }
}

/// What of `granted` is also there in `defined`.
pub(crate) fn within(granted: &[Level], defined: &[Level]) -> Vec<Level> {
    within_each(granted, &[defined])
}

fn within_each(granted: &[Level], defined: &[&[Level]]) -> Vec<Level> {
    let kept = granted.iter().filter_map(|level| {
        let below = below(defined, level);
        if below.is_empty() {
            return None;
        }
        let children = within_each(&level.children, &below);
        Some(Level { name: level.name.clone(), description: String::new(), children })
    });
    kept.collect()
}

#[cfg(test)]
#[path = "levels_tests.rs"]
mod tests;
