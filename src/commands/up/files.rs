//! How a change of the project's files is told, before it is made and in a plan.

use crate::commands::Context;
use crate::report::Event;
use crate::report::outcome::{FilesRow, StepRow};

/// Names in one line; of more only the number is told.
const NAMED: usize = 6;

/// Says what is about to be written, and what is kept because a person edited it.
pub(super) fn tell(files: &FilesRow, context: &Context) {
    for (what, paths) in [("added", &files.added), ("changed", &files.written), ("removed", &files.removed)] {
        if !paths.is_empty() {
            context.event(Event::Note(format!("{what} {}", named(paths))));
        }
    }
    if !files.kept.is_empty() {
        context.event(Event::Warning(format!(
            "kept as edited by hand: {} (the stack follows the record; --overwrite writes them anew)",
            named(&files.kept)
        )));
    }
}

/// The same as steps of a plan.
pub(super) fn steps(files: &FilesRow) -> Vec<StepRow> {
    let rows = |verb: &'static str, paths: &[String], cause: &'static str| {
        let row = move |path: &String| StepRow {
            stage: 0,
            kind: format!("{verb}-file"),
            object: path.clone(),
            member: None,
            operation: format!("{verb} file {path}"),
            cause: cause.to_owned(),
        };
        paths.iter().map(row).collect::<Vec<_>>()
    };
    [
        rows("write", &files.written, "changed"),
        rows("write", &files.added, "missing"),
        rows("remove", &files.removed, "no longer part of the project"),
        rows("keep", &files.kept, "edited by hand; --overwrite writes it anew"),
    ]
    .concat()
}

/// Paths in a line; the files of one gateway or service are one name.
fn named(paths: &[String]) -> String {
    let mut names: Vec<&str> = paths.iter().map(|path| folder(path)).collect();
    names.dedup();
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `services/hub/` for anything below it, else the path itself.
fn folder(path: &str) -> &str {
    let below = path.strip_prefix("services/").and_then(|rest| rest.find('/'));
    below.map_or(path, |end| &path[..="services/".len() + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_name_and_many_names_are_counted() {
        let paths = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            named(&paths(&["README.md", "services/hub/data/x", "services/hub/seeds"])),
            "README.md, services/hub/"
        );
        assert_eq!(named(&paths(&["a", "b", "c", "d", "e", "f", "g", "h"])), "a, b, c, d, e, f and 2 more");
    }
}
