//! What is wrong with a configuration: every problem at once, each with its path and, where a text has one, its place.

use std::fmt;

use serde::Serialize;

use super::place::Place;

/// One problem.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    /// Where: `gateways[2].http_port`, or a flag such as `--spokes`. Empty when it is about the text itself.
    pub path: String,
    /// What is wrong, and what would be right.
    pub message: String,
    /// Where that is in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

/// One or more problems.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Problems(pub Vec<Problem>);

/// How many problems are looked for.
pub(super) const MAX_PROBLEMS: usize = 1_000;

/// How many problems are shown; the rest is counted.
const SHOWN: usize = 20;

impl Problems {
    /// A single problem.
    pub fn one(path: impl Into<String>, message: impl Into<String>) -> Self {
        let mut problems = Self::default();
        problems.add(path, message);
        problems
    }

    /// Adds a problem.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { path: path.into(), message: message.into(), place: None });
    }

    /// Whether there are more than anybody reads: looking for further ones may end.
    pub fn is_full(&self) -> bool {
        self.0.len() > MAX_PROBLEMS
    }

    /// The value when there is no problem, else the problems.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().take(SHOWN).enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        if self.0.len() > SHOWN {
            write!(f, "\nand {} more", self.0.len() - SHOWN)?;
        }
        Ok(())
    }
}
