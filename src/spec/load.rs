//! Text -> spec: what a file says, with what stood beside it, and its problems with their places. No files here.

use super::document::Document;
use super::model::Spec;
use super::predecessor::{Extras, Password};
use super::problem::Problems;
use super::read;

/// How many problems of the meaning get their place: more are not told.
const LOCATED: usize = 100;

/// What a text says.
pub struct Loaded {
    /// The stack as typed.
    pub spec: Spec,
    /// Passwords that stood in it: for `secrets/`, never for the record.
    pub passwords: Vec<Password>,
    /// What its reader decided and a person should know.
    pub notices: Vec<String>,
    document: Document,
    moved: Vec<(String, String)>,
}

/// Reads YAML or JSON, or names every problem with its place.
pub fn load(text: &str) -> Result<Loaded, Problems> {
    let document = Document::parse(text)?;
    let (spec, Extras { passwords, notices, moved }) = read::read(&document)?;
    Ok(Loaded { spec, passwords, notices, document, moved })
}

impl Loaded {
    /// The same problems with the paths of the file and their places in it.
    #[must_use]
    pub fn locate(&self, mut problems: Problems) -> Problems {
        for problem in &mut problems.0 {
            for (there, here) in &self.moved {
                let below = problem.path.strip_prefix(there.as_str());
                if let Some(rest) = below.filter(|rest| rest.is_empty() || rest.starts_with(['.', '['])) {
                    problem.path = if rest.starts_with('.') && here == "database" {
                        here.clone()
                    } else {
                        format!("{here}{rest}")
                    };
                    break;
                }
            }
        }
        for problem in problems.0.iter_mut().take(LOCATED) {
            if problem.place.is_none() {
                problem.place = self.document.find(&problem.path).map(|span| self.document.place(span));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests;
