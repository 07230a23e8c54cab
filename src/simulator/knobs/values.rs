//! All knobs and their values: one JSON object, each name also a variable. Changes are taken whole or not at all.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::simulator::error::SimulatorError;
use crate::simulator::knobs::answer::{ANSWERS_LIMIT, Answer};
use crate::simulator::knobs::hostile::Hostile;
use crate::simulator::knobs::names;
use crate::simulator::start::environment::Environment;

const PREFIX: &str = "SIMULATED_";
/// Most memory that can be asked for: 1 TiB.
const MEMORY_LIMIT_MIB: u32 = 1 << 20;
/// A century: clocks further off are out of every calendar's range.
const CLOCK_LIMIT_MS: u64 = 100 * 365 * 24 * 3600 * 1000;
/// Most lines per second of a flood.
const FLOOD_LIMIT: u32 = 1_000_000;

/// A state that the gateway can be kept in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Hang {
    PortClosed,
    Starting,
    Commissioning,
    Stopping,
}

/// From when the time to an exit counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Moment {
    /// The start of the container, before the port opens.
    #[default]
    Start,
    /// The port is open.
    Starting,
    /// The gateway is RUNNING.
    Running,
}

/// Frames of the gateway network that never arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum DropFrames {
    #[default]
    None,
    Incoming,
    Outgoing,
    Both,
}

/// Every knob with its value; `None` is the documented behaviour.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Values {
    pub(crate) boot_ms: Option<u32>,
    pub(crate) port_closed_ms: Option<u32>,
    pub(crate) starting_ms: Option<u32>,
    pub(crate) commission_ms: Option<u32>,
    pub(crate) link_approval_ms: Option<u32>,
    pub(crate) link_retry_ms: Option<u32>,
    pub(crate) certificate_retry_ms: Option<u32>,
    pub(crate) recovery_ms: Option<u32>,
    pub(crate) takeover_ms: Option<u32>,
    pub(crate) overlap_ms: Option<u32>,
    pub(crate) link_hold_ms: Option<u32>,
    pub(crate) sync_ms: Option<u32>,
    pub(crate) modules_ms: Option<u32>,
    pub(crate) stopping_ms: Option<u32>,
    pub(crate) database_check_ms: Option<u32>,
    pub(crate) hang_in: Option<Hang>,
    pub(crate) exit_code: Option<u8>,
    pub(crate) exit_at: Moment,
    pub(crate) exit_after_ms: Option<u32>,
    pub(crate) exit_starts: Option<u32>,
    pub(crate) memory_mib: u32,
    pub(crate) memory_mib_per_s: u32,
    pub(crate) clock_offset_ms: i64,
    pub(crate) answers: Vec<Answer>,
    pub(crate) silent_http: bool,
    pub(crate) silent_gateway_network: bool,
    pub(crate) drop_frames: DropFrames,
    pub(crate) stale_links: bool,
    pub(crate) log_flood_per_s: u32,
    pub(crate) log_flood_ms: Option<u32>,
    pub(crate) hostile_log: Vec<Hostile>,
}

impl Values {
    /// The knobs as the variables set them. A variable that is empty leaves its knob alone.
    pub(super) fn from_environment(env: &Environment) -> Result<Self, SimulatorError> {
        let mut values = Self::default();
        let mut refused = Vec::new();
        for variable in names::KNOBS {
            let text = match env.text(variable) {
                Ok(text) => text.filter(|t| !t.trim().is_empty()),
                Err(error) => {
                    refused.push(error);
                    continue;
                }
            };
            let Some(text) = text else { continue };
            let change = Map::from_iter([(name_of(variable), read(text.trim()))]);
            match values.changed(&change) {
                Ok(next) => values = next,
                Err(problems) => {
                    refused.push(SimulatorError::Variable { name: variable.to_owned(), reason: problems.join("; ") });
                }
            }
        }
        match refused.len() {
            0 => Ok(values),
            1 => Err(refused.remove(0)),
            _ => Err(SimulatorError::Variables(refused.iter().map(ToString::to_string).collect())),
        }
    }

    /// The knobs with some of them changed, or everything that is wrong with the change.
    pub(super) fn changed(&self, change: &Map<String, Value>) -> Result<Self, Vec<String>> {
        let now = self.json();
        let mut next = now.clone();
        let mut problems = Vec::new();
        for (name, value) in change {
            if !now.contains_key(name) {
                problems.push(format!("{name}: there is no such knob"));
                continue;
            }
            // Null takes a knob back to what it is without anybody's doing.
            let value = if value.is_null() { Self::default().json().get(name).cloned() } else { Some(value.clone()) };
            let value = value.unwrap_or_default();
            let mut alone = now.clone();
            alone.insert(name.clone(), value.clone());
            match serde_json::from_value::<Self>(Value::Object(alone)) {
                Ok(values) => {
                    problems.extend(values.problems());
                    next.insert(name.clone(), value);
                }
                Err(e) => problems.push(format!("{name}: {}", plain(&e.to_string()))),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        serde_json::from_value(Value::Object(next)).map_err(|e| vec![e.to_string()])
    }

    /// What types alone do not rule out.
    fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self.answers.iter().filter_map(|a| a.check().err()).collect();
        let mut limit = |name: &str, exceeded: bool, limit: u64| {
            if exceeded {
                problems.push(format!("{name}: must not be more than {limit}"));
            }
        };
        limit("answers", self.answers.len() > ANSWERS_LIMIT, ANSWERS_LIMIT as u64);
        limit("memory_mib", self.memory_mib > MEMORY_LIMIT_MIB, u64::from(MEMORY_LIMIT_MIB));
        limit("memory_mib_per_s", self.memory_mib_per_s > MEMORY_LIMIT_MIB, u64::from(MEMORY_LIMIT_MIB));
        limit("clock_offset_ms", self.clock_offset_ms.unsigned_abs() > CLOCK_LIMIT_MS, CLOCK_LIMIT_MS);
        limit("log_flood_per_s", self.log_flood_per_s > FLOOD_LIMIT, u64::from(FLOOD_LIMIT));
        problems
    }

    /// Name to value.
    pub(super) fn json(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }
}

/// What a reader of JSON says, without the names of types.
fn plain(error: &str) -> String {
    let ranges = [
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected u32", "expected a whole number from 0 to 4294967295"),
        ("expected i64", "expected a whole number"),
    ];
    ranges.iter().fold(error.to_owned(), |text, (of_type, words)| text.replace(of_type, words))
}

/// The knob of a variable.
pub(super) fn name_of(variable: &str) -> String {
    variable.strip_prefix(PREFIX).unwrap_or(variable).to_ascii_lowercase()
}

/// Text of a variable or an argument: JSON where it is JSON, else a word. True and false in any case, as everywhere.
pub(super) fn read(text: &str) -> Value {
    match text.to_ascii_lowercase().as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    fn change(values: &Values, change: &Value) -> Result<Values, Vec<String>> {
        values.changed(change.as_object().unwrap())
    }

    #[test]
    fn every_knob_has_its_variable() {
        let by_variable: std::collections::BTreeSet<String> = names::KNOBS.iter().map(|v| name_of(v)).collect();
        assert_eq!(by_variable, Values::default().json().keys().cloned().collect());
    }

    #[test]
    fn variables_are_read_and_nonsense_is_refused() {
        let values = Values::from_environment(&environment(&[
            (names::EXIT_CODE, "137"),
            (names::EXIT_AFTER_MS, " 20 "),
            (names::HANG_IN, "STARTING"),
            (names::SILENT_HTTP, "TRUE"),
            (names::CLOCK_OFFSET_MS, "-5"),
            (names::ANSWERS, r#"[{"route":"/StatusPing","status":500}]"#),
            (names::MEMORY_MIB, ""),
        ]))
        .unwrap();
        assert_eq!((values.exit_code, values.exit_after_ms), (Some(137), Some(20)));
        assert_eq!((values.hang_in, values.silent_http, values.clock_offset_ms), (Some(Hang::Starting), true, -5));
        assert_eq!(values.answers[0].status, Some(500));
        for (name, text) in [
            (names::EXIT_CODE, "256"),
            (names::HANG_IN, "LUNCH"),
            (names::STARTING_MS, "-1"),
            (names::SILENT_HTTP, "yes"),
            (names::ANSWERS, "[{}]"),
            (names::ANSWERS, r#"[{"route":"x"}]"#),
        ] {
            let error = Values::from_environment(&environment(&[(name, text)])).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn every_variable_that_is_wrong_is_named_at_once_and_in_plain_words() {
        let bad = environment(&[
            (names::BOOT_MS, "-1"),
            (names::EXIT_CODE, "300"),
            ("SIMULATED_ANSWERS_FILE", "/nonexistent/x"),
        ]);
        let error = Values::from_environment(&bad).unwrap_err().to_string();
        for part in [
            "variable SIMULATED_BOOT_MS: boot_ms: ",
            "expected a whole number from 0 to 4294967295",
            "variable SIMULATED_EXIT_CODE: exit_code: ",
            "expected a whole number from 0 to 255",
            "variable SIMULATED_ANSWERS_FILE: ",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn a_change_is_taken_whole_or_not_at_all_and_names_every_problem() {
        let values = Values::default();
        let problems =
            change(&values, &json!({"exit_code": 3, "memory_mib": "much", "lunch": 1, "log_flood_per_s": 2_000_000}))
                .unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
        for word in ["memory_mib", "lunch", "log_flood_per_s"] {
            assert!(problems.iter().any(|p| p.starts_with(word)), "{word}: {problems:?}");
        }
        let next = change(&values, &json!({"exit_code": 3, "drop_frames": "BOTH"})).unwrap();
        assert_eq!((next.exit_code, next.drop_frames), (Some(3), DropFrames::Both));
        let back = change(&next, &json!({"exit_code": null, "drop_frames": null})).unwrap();
        assert_eq!(back, values);
    }
}
