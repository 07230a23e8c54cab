//! The table of `doctor`: state, what, what was seen, and one thing to try below what is not in order.

use std::fmt::Write as _;

use super::count;
use crate::report::foreign::harmless;
use crate::report::outcome::DoctorReport;
use crate::report::paint::Paint;

pub(super) fn doctor(report: &DoctorReport, paint: Paint) -> String {
    let mut text = String::new();
    let widest = report.findings.iter().map(|f| f.topic.len()).max().unwrap_or(0);
    for finding in &report.findings {
        let word = format!("{:<7}", finding.state);
        let word = match finding.state.as_str() {
            "ok" => paint.good(&word),
            "problem" => paint.bad(&word),
            _ => paint.warn(&word),
        };
        let member = finding.member.as_ref().map(|m| format!("{}: ", harmless(m))).unwrap_or_default();
        let _ = writeln!(text, "{word}  {:<widest$}  {member}{}", finding.topic, harmless(&finding.seen));
        if let Some(advice) = finding.advice.as_ref().filter(|_| finding.state != "ok") {
            let _ = writeln!(text, "{:9}{:widest$}  {} {}", "", "", paint.dim("try"), harmless(advice));
        }
    }
    let whom = report.stack.as_ref().map_or("an up".to_owned(), |stack| format!("up {}", harmless(stack)));
    let last = match (report.problems, report.warnings + report.unknown) {
        (0, 0) => paint.good(&format!("nothing is in the way of {whom}")),
        (0, _) => paint.warn(&format!(
            "nothing seen is in the way of {whom}: {}, {} unknown",
            count(report.warnings, "warning"),
            report.unknown
        )),
        (problems, _) => paint.bad(&format!(
            "{}, {}, {} unknown: {whom} would stop before it makes anything",
            count(problems, "problem"),
            count(report.warnings, "warning"),
            report.unknown
        )),
    };
    text + &last + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::outcome::FindingRow;

    fn row(topic: &str, state: &str, member: Option<&str>, seen: &str, advice: Option<&str>) -> FindingRow {
        let text = |t: &str| t.to_owned();
        FindingRow {
            topic: text(topic),
            state: text(state),
            member: member.map(text),
            seen: text(seen),
            advice: advice.map(text),
        }
    }

    #[test]
    fn a_table_with_one_advice_each() {
        let report = DoctorReport {
            stack: Some("demo".to_owned()),
            endpoint: "unix:///d.sock (default)".to_owned(),
            warnings: 1,
            problems: 1,
            unknown: 1,
            exit_code: 4,
            findings: vec![
                row("engine", "ok", None, "unix:///d.sock (default), Docker 20.10.24, API 1.41", None),
                row("clock", "warning", None, "the engine's clock is 1m behind", Some("set both by NTP")),
                row(
                    "ports",
                    "problem",
                    Some("hub"),
                    "port 127.0.0.1:9088 is taken by a\u{1b}[2Jb (process 1)",
                    Some("end it"),
                ),
                row("address pools", "unknown", None, "not seen", Some("look there")),
            ],
        };
        insta::assert_snapshot!(doctor(&report, Paint { on: false }), @r#"
    ok       engine         unix:///d.sock (default), Docker 20.10.24, API 1.41
    warning  clock          the engine's clock is 1m behind
                            try set both by NTP
    problem  ports          hub: port 127.0.0.1:9088 is taken by a\x1b[2Jb (process 1)
                            try end it
    unknown  address pools  not seen
                            try look there
    1 problem, 1 warning, 1 unknown: up demo would stop before it makes anything
    "#);
        let fine = DoctorReport { warnings: 0, problems: 0, unknown: 0, findings: Vec::new(), stack: None, ..report };
        assert_eq!(doctor(&fine, Paint { on: false }), "nothing is in the way of an up\n");
    }
}
