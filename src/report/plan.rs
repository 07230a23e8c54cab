//! A plan in words: every operation with its cause, by what it does to which member, and what it amounts to. Pure.

use std::fmt::Write as _;

use super::foreign::harmless;
use super::outcome::{PlanReport, StepRow};

/// The text of a plan. The number before an operation is its stage: a stage begins when the one before it is done.
pub(super) fn text(report: &PlanReport) -> String {
    let mut text = String::new();
    let widest = report.steps.iter().map(|s| s.stage.to_string().len()).max().unwrap_or(0);
    for (member, steps) in groups(&report.steps) {
        match member {
            Some(member) => {
                let _ = writeln!(text, "{}: {}", harmless(member), becomes(report, member));
            }
            None => {
                let _ = writeln!(text, "stack {}:", harmless(&report.stack));
            }
        }
        for step in steps {
            let (operation, cause) = (harmless(&step.operation), harmless(&step.cause));
            let _ = writeln!(text, "  {:>widest$}  {operation}  ({cause})", step.stage);
        }
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {}", harmless(note));
    }
    let _ = writeln!(text, "{}", report.amounts.text());
    text
}

/// Steps by member: those of the stack as a whole first, then each member where it first comes.
fn groups(steps: &[StepRow]) -> Vec<(Option<&str>, Vec<&StepRow>)> {
    let mut groups: Vec<(Option<&str>, Vec<&StepRow>)> = Vec::new();
    for step in steps {
        let member = step.member.as_deref();
        match groups.iter_mut().find(|(of, _)| *of == member) {
            Some((_, of)) => of.push(step),
            None if member.is_none() => groups.insert(0, (member, vec![step])),
            None => groups.push((member, vec![step])),
        }
    }
    groups
}

/// What becomes of a member.
fn becomes(report: &PlanReport, member: &str) -> &'static str {
    let amounts = &report.amounts;
    let words = [
        (&amounts.creates, "create"),
        (&amounts.replaces, "replace"),
        (&amounts.starts, "start"),
        (&amounts.connects, "connect"),
        (&amounts.removes, "remove"),
    ];
    words.into_iter().find(|(names, _)| names.iter().any(|name| name == member)).map_or("change", |(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Amounts;

    fn report(rows: &[(usize, &str, &str, Option<&str>, &str)]) -> PlanReport {
        let row = |(stage, kind, object, member, cause): &(usize, &str, &str, Option<&str>, &str)| StepRow {
            stage: *stage,
            kind: (*kind).to_owned(),
            object: (*object).to_owned(),
            member: member.map(str::to_owned),
            operation: format!("{} {object}", kind.replace('-', " ")),
            cause: (*cause).to_owned(),
        };
        let steps: Vec<StepRow> = rows.iter().map(row).collect();
        let amounts = Amounts::of(steps.iter().map(|s| (s.kind.as_str(), s.object.as_str(), s.member.as_deref())));
        PlanReport { stack: "demo".to_owned(), creates_project: false, steps, amounts, notes: Vec::new() }
    }

    #[test]
    fn steps_stand_under_their_member_and_the_last_line_says_what_they_amount_to() {
        let mut report = report(&[
            (0, "write-project", "demo", None, "missing"),
            (1, "remove-container", "demo-hub-1", Some("hub"), "image changed"),
            (2, "create-container", "demo-spoke-1-1", Some("spoke-1"), "missing"),
            (2, "create-container", "demo-hub-1", Some("hub"), "image changed"),
            (10, "wait-healthy", "demo-db-1", None, "needed by hub"),
            (11, "start", "demo-hub-1", Some("hub"), "image changed"),
        ]);
        report.notes.push("worth \u{1b}[31mknowing".to_owned());
        insta::assert_snapshot!(text(&report), @r"
        stack demo:
           0  write project demo  (missing)
          10  wait healthy demo-db-1  (needed by hub)
        hub: replace
           1  remove container demo-hub-1  (image changed)
           2  create container demo-hub-1  (image changed)
          11  start demo-hub-1  (image changed)
        spoke-1: create
           2  create container demo-spoke-1-1  (missing)
        note: worth \x1b[31mknowing
        writes 1 file; creates 1 member; replaces 1 member
        ");
    }

    #[test]
    fn nothing_to_do_is_said_also_when_a_file_is_kept() {
        assert_eq!(text(&report(&[])), "nothing to do\n");
        let kept = text(&report(&[(0, "keep-file", "README.md", None, "edited by hand")]));
        assert!(
            kept.ends_with("\nnothing to do\n") && kept.contains("keep file README.md  (edited by hand)"),
            "{kept}"
        );
    }
}
