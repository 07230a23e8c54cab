//! Events as lines of JSON on stderr, one per change: for programs that watch. Pure but for the clock.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::event::{Event, MemberLine};
use super::foreign::harmless_json;

/// Remembers what was told of each member, so that only changes are.
#[derive(Default)]
pub(super) struct Ndjson {
    last: Mutex<BTreeMap<String, MemberLine>>,
}

impl Ndjson {
    /// The lines to print for an event that happened at a time.
    pub(super) fn of(&self, event: &Event, at: SystemTime) -> Vec<String> {
        let text = |kind: &str, text: &str| vec![json!({ "event": kind, "text": text })];
        let values = match event {
            Event::Heading(t) => text("heading", t),
            Event::Note(t) => text("note", t),
            Event::Warning(t) => text("warning", t),
            Event::Working(t) => text("working", t),
            Event::Doing(t) => text("doing", t),
            Event::Did(t) => text("did", t),
            Event::Members(members) => members.iter().filter_map(|m| self.changed(m)).collect(),
            Event::Log { .. } => Vec::new(),
        };
        let at = humantime::format_rfc3339_millis(at).to_string();
        values.into_iter().map(|value| line(&at, value)).collect()
    }

    fn changed(&self, member: &MemberLine) -> Option<Value> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Time alone is no change.
        let same = last
            .get(&member.member)
            .is_some_and(|old| MemberLine { elapsed: member.elapsed, ..old.clone() } == *member);
        if same {
            return None;
        }
        last.insert(member.member.clone(), member.clone());
        let mut value = json!({ "event": "member", "seconds": member.elapsed.as_secs_f64() });
        if let (Some(into), Ok(Value::Object(fields))) = (value.as_object_mut(), serde_json::to_value(member)) {
            into.extend(fields);
        }
        Some(value)
    }
}

fn line(at: &str, mut value: Value) -> String {
    value["time"] = at.into();
    harmless_json(&value.to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_line_per_change_with_its_time() {
        let ndjson = Ndjson::default();
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        let hub = MemberLine {
            member: "hub".into(),
            place: ":9088".into(),
            node: "master".into(),
            state: "STARTING".into(),
            detail: String::new(),
            unmet: "not RUNNING \u{9b}2J\u{202e}\u{1b}[2J".into(),
            done: false,
            elapsed: Duration::from_millis(1500),
        };
        let later = MemberLine { elapsed: Duration::from_secs(9), ..hub.clone() };
        let done = MemberLine { state: "RUNNING".into(), unmet: String::new(), done: true, ..later.clone() };
        let events = [
            Event::Heading("demo   basic".into()),
            Event::Note("created demo".into()),
            Event::Warning("a lot".into()),
            Event::Working("pull image i:1".into()),
            Event::Doing("start demo-hub-1".into()),
            Event::Did("start demo-hub-1  (missing)".into()),
            Event::Members(vec![hub]),
            Event::Members(vec![later]),
            Event::Members(vec![done]),
            Event::Log { member: "hub".into(), text: "no progress".into() },
        ];
        let lines: Vec<String> = events.iter().flat_map(|e| ndjson.of(e, at)).collect();
        for line in &lines {
            let value: Value = serde_json::from_str(line).unwrap();
            assert!(value["event"].is_string() && value["time"] == "2023-11-14T22:13:20.250Z", "{line}");
            assert!(!line.chars().any(char::is_control) && !line.contains('\u{202e}'), "{line}");
        }
        insta::assert_snapshot!(lines.join("\n"));
    }
}
