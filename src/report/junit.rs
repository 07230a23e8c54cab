//! A report of `verify` as JUnit XML: one test case per check. Pure; foreign text is made harmless, so that it is always valid XML.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::foreign::harmless;
use super::outcome::{CheckRow, VerifyReport};

/// The document. A failed check is a failure, one that could not be made is an error, one that does not apply is skipped.
pub fn junit(report: &VerifyReport) -> String {
    let mut bytes = Vec::new();
    // Writing to memory does not fail: a Vec's writer always accepts everything.
    let written = write(&mut bytes, report);
    debug_assert!(written.is_ok(), "memory refused a write: {written:?}");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn write(bytes: &mut Vec<u8>, report: &VerifyReport) -> io::Result<()> {
    let counts = [
        ("tests", report.checks.len()),
        ("failures", report.failed),
        ("errors", report.unknown),
        ("skipped", report.skipped),
    ]
    .map(|(key, n)| (key, n.to_string()));
    let attributes = || counts.iter().map(|(key, n)| (*key, n.as_str()));
    let mut writer = Writer::new_with_indent(&mut *bytes, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites = writer.create_element("testsuites").with_attribute(("name", "ignition-stack verify"));
    suites.with_attributes(attributes()).write_inner_content(|writer| {
        let stack = clean(&report.stack);
        let suite = writer.create_element("testsuite").with_attribute(("name", stack.as_str()));
        suite.with_attributes(attributes()).write_inner_content(|writer| {
            writer.create_element("properties").write_inner_content(|writer| {
                let simulated = report.simulated.to_string();
                let property = writer.create_element("property").with_attribute(("name", "simulated"));
                property.with_attribute(("value", simulated.as_str())).write_empty()?;
                Ok(())
            })?;
            report.checks.iter().try_for_each(|check| case(writer, &stack, check))
        })?;
        Ok(())
    })?;
    bytes.push(b'\n');
    Ok(())
}

fn case(writer: &mut Writer<&mut Vec<u8>>, stack: &str, check: &CheckRow) -> io::Result<()> {
    let class = format!("{stack}.{}", clean(&check.member));
    let name = if check.subject == check.member {
        check.condition.clone()
    } else {
        format!("{} of {}", check.condition, clean(&check.subject))
    };
    let message = clean(&check.text);
    let case = writer.create_element("testcase").with_attribute(("classname", class.as_str()));
    case.with_attribute(("name", name.as_str())).write_inner_content(|writer| {
        let kind = match check.state.as_str() {
            "pass" => {
                writer.create_element("system-out").write_text_content(BytesText::new(&clean(&check.seen)))?;
                return Ok(());
            }
            "skip" => {
                writer.create_element("skipped").with_attribute(("message", message.as_str())).write_empty()?;
                return Ok(());
            }
            "fail" => "failure",
            _ => "error",
        };
        let kind_of_cause = check.cause_id.as_deref().unwrap_or("not-known");
        let element = writer.create_element(kind).with_attribute(("type", kind_of_cause));
        element.with_attribute(("message", message.as_str())).write_text_content(BytesText::new(&told(check)))?;
        Ok(())
    })?;
    Ok(())
}

/// What was seen, the cause and the advice, one line each.
fn told(check: &CheckRow) -> String {
    let mut lines = Vec::new();
    for (word, value) in [("seen", Some(&check.seen)), ("cause", check.cause.as_ref()), ("try", check.advice.as_ref())]
    {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            lines.push(format!("{word}: {}", clean(value)));
        }
    }
    if check.follows {
        lines.push("follows from another check that is open too".to_owned());
    }
    lines.join("\n")
}

/// Harmless, and without the two characters that XML forbids beyond those.
fn clean(text: &str) -> String {
    harmless(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::outcome::SummaryRow;
    use proptest::prelude::*;

    fn check(member: &str, subject: &str, state: &str, text: &str) -> CheckRow {
        let open = state == "fail" || state == "unknown";
        CheckRow {
            subject: subject.into(),
            member: member.into(),
            condition: "link-running".into(),
            state: state.into(),
            text: text.into(),
            seen: format!("{text} seen"),
            cause_id: open.then(|| "link-refused".into()),
            cause: open.then(|| "hub refuses the link".into()),
            advice: open.then(|| "docker rm -f demo-hub-1 && up <again>".into()),
            follows: state == "unknown",
        }
    }

    fn report(checks: Vec<CheckRow>) -> VerifyReport {
        let count = |state: &str| checks.iter().filter(|c| c.state == state).count();
        VerifyReport {
            stack: "demo".into(),
            simulated: true,
            holds: false,
            passed: count("pass"),
            failed: count("fail"),
            unknown: count("unknown"),
            skipped: count("skip"),
            summary: SummaryRow::default(),
            checks,
            notes: Vec::new(),
            verbose: false,
        }
    }

    #[test]
    fn each_state_has_its_element() {
        let checks = vec![
            check("hub", "hub", "pass", "Running"),
            check("spoke-1", "spoke-1 -> hub", "fail", "hub: Faulted"),
            check("hub", "stack", "skip", "no version"),
            check("spoke-1", "spoke-1", "unknown", "not seen"),
        ];
        insta::assert_snapshot!(junit(&report(checks)));
    }

    proptest! {
        #[test]
        fn any_text_gives_valid_xml_with_nothing_harmful(text in any::<String>(), more in "[\u{0}-\u{20}<>&'\"\u{7f}-\u{9f}\u{202e}\u{fffe}\u{ffff}]{0,40}") {
            let text = format!("{text}{more}");
            let states = ["pass", "fail", "skip", "unknown"];
            let xml = junit(&report(states.map(|state| check(&text, "a", state, &text)).to_vec()));
            prop_assert!(!xml.chars().any(|c| c.is_control() && c != '\n'));
            let forbidden = ['\u{fffe}', '\u{ffff}', '\u{202e}'];
            prop_assert!(!xml.contains(forbidden));
            let mut reader = quick_xml::Reader::from_str(&xml);
            reader.config_mut().check_end_names = true;
            let mut cases = 0;
            loop {
                match reader.read_event() {
                    Ok(Event::Eof) => break,
                    Ok(Event::Start(start)) => {
                        cases += usize::from(start.name().as_ref() == "testcase");
                        for attribute in start.attributes() {
                            prop_assert!(attribute.is_ok());
                        }
                    }
                    Ok(_) => {}
                    Err(error) => prop_assert!(false, "{error}\n{xml}"),
                }
            }
            prop_assert_eq!(cases, 4);
        }
    }
}
