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
    load_and_judge(text, |_| Problems::default())
}

/// The same; where something is wrong already, what `judge` has against the rest is named beside it, so that all is told at once.
pub fn load_and_judge(text: &str, judge: impl FnOnce(&Spec) -> Problems) -> Result<Loaded, Problems> {
    let document = Document::parse(text)?;
    let (read, mut problems) = read::read(&document);
    let Some((spec, Extras { passwords, notices, moved })) = read else { return Err(problems) };
    let loaded = Loaded { spec, passwords, notices, document, moved };
    if problems.0.is_empty() {
        return Ok(loaded);
    }
    if !problems.0.iter().any(|problem| shapes_the_rest(&problem.path)) {
        let found = loaded.locate(judge(&loaded.spec));
        let is_told = |path: &str| problems.0.iter().any(|told| told.path == path);
        let more: Vec<_> = found.0.into_iter().filter(|problem| !is_told(&problem.path)).collect();
        problems.0.extend(more);
    }
    Err(problems)
}

/// Whether what is wrong at a path makes another stack of the rest: it would be judged as what it is not.
fn shapes_the_rest(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    path.is_empty()
        || last.contains('[')
        || matches!(
            last,
            "architecture" | "version" | "role" | "gateways" | "service_instances" | "redundancy" | "mode"
        )
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
