//! The documented page of every cause, generated from the table. Pure.

use std::fmt::Write as _;

use super::Cause;

/// Where the page is, from the root of the source.
pub const PAGE: &str = "docs/diagnosis.md";

const HEAD: &str = "\
# What can be wrong, and what to try

Generated from `src/diagnosis/table.rs` and `patience.rs`: change those, not this.

Every failure names one cause by its id: in brackets after `error` and at the end of the `cause` line for people, as `cause_id`
in JSON, as the `type` of a failure in JUnit. This page has one section for each, in the order in which a start can go wrong. `MEMBER`
stands for the gateway or service that the failure names, `PEER` for the other gateway concerned, `STACK` for the stack.

`up` ends as soon as it sees what cannot heal by itself: within two seconds of the fact. What may still heal is given a patience, and
ends `up` when it has stayed the same for that long; what has none is waited for until `--timeout`. `verify` judges what it sees at
once, and with `--wait` does not end early.
";

/// The whole page.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n| id | exit code | patience of `up` |\n|---|---|---|\n");
    for cause in Cause::all() {
        let entry = cause.entry();
        let _ = writeln!(text, "| [{0}](#{0}) | {1} | {2} |", entry.id, entry.exit, entry.patience);
    }
    for cause in Cause::all() {
        let entry = cause.entry();
        let _ = write!(text, "\n## {}\n\nSeen: {}.\n\n", entry.id, named(entry.text));
        let (first, rest) = entry.advice.split_once("   (").unwrap_or((entry.advice, ""));
        let _ = write!(text, "Try: {}", named(first));
        if !rest.is_empty() {
            let _ = write!(text, " ({}", named(rest));
        }
        text.push_str(".\n\n");
        let _ = write!(text, "Exit code {}. Patience of `up`: {}.", entry.exit, entry.patience);
        if !entry.section.is_empty() {
            let _ = write!(text, " Fact sheet {}.", entry.section);
        }
        text.push('\n');
    }
    text
}

fn named(text: &str) -> String {
    text.replace("{stack}", "STACK")
        .replace("{member}", "MEMBER")
        .replace("{peer}", "PEER")
        .replace("{container}", "STACK-MEMBER-1")
        .replace("{peer_container}", "STACK-PEER-1")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE_DIAGNOSIS=1 cargo test -p ignition-stack --lib diagnosis` writes the page anew.
    #[test]
    fn the_page_in_the_docs_is_what_the_table_says() {
        let path = format!("{}/{PAGE}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE_DIAGNOSIS").is_some() {
            fs_err::write(&path, page()).unwrap();
        }
        let there = fs_err::read_to_string(&path).unwrap_or_default();
        assert!(
            there == page(),
            "{PAGE} is out of date: UPDATE_DIAGNOSIS=1 cargo test -p ignition-stack --lib diagnosis"
        );
    }

    #[test]
    fn every_cause_has_a_section_with_nothing_left_to_fill() {
        let page = page();
        for cause in Cause::all() {
            assert_eq!(page.matches(&format!("\n## {}\n", cause.id())).count(), 1, "{cause}");
        }
        assert!(!page.contains(['{', '}']));
    }
}
