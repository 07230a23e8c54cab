//! `services/<gateway>/seeds`: tells the seeding script what to put where, and when. Also decides which paths may be seeds.

use std::fmt::Write as _;

use super::error::{RenderError, shown};
use super::secret_key;
use crate::blueprint::{Container, Seed, SeedContent, SeedWhen};

const HEADER: &str = "\
# What the seeding script puts into this gateway's data directory: when, what, path.
# first: only into a volume that was never seeded.  always: whenever the stack is started by compose.
";

/// The list of one gateway. A line is `WHEN WHAT PATH`: `first` or `always`; `file` (from `data/` beside the list),
/// `secret:KEY` (from the environment) or `key:FILE` (from the keys beside the script).
pub(super) fn seed_list(container: &Container) -> Result<String, RenderError> {
    let mut text = HEADER.to_owned();
    for seed in &container.seeds {
        let path = checked(container, seed)?;
        let when = match seed.when {
            SeedWhen::FirstStart => "first",
            SeedWhen::EveryCreation => "always",
        };
        let what = match &seed.content {
            SeedContent::Text(_) => "file".to_owned(),
            SeedContent::Secret(name) => format!("secret:{}", secret_key::env_key(name)?),
            // Its name is made of a gateway's name or a constant: one word.
            SeedContent::Key(file) => format!("key:{}", file.file_name()),
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "{when} {what} {path}");
    }
    Ok(text)
}

/// The path of a seed, when it stays below the data directory and is one word for the script.
pub(super) fn checked<'a>(container: &Container, seed: &'a Seed) -> Result<&'a str, RenderError> {
    match rule(&seed.path) {
        None => Ok(&seed.path),
        Some(rule) => {
            Err(RenderError::SeedPath { gateway: container.member.to_string(), shown: shown(&seed.path), rule })
        }
    }
}

/// The rule that a seed's path breaks.
fn rule(path: &str) -> Option<&'static str> {
    if path.starts_with('/') {
        return Some("it is absolute");
    }
    if path.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Some("white space, control characters and backslashes may not stand in it");
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some("it has an empty part, or one that is . or ..");
    }
    (path == crate::blueprint::SEED_MARKER).then_some("this file says that seeding is complete")
}

#[cfg(test)]
mod tests;
