//! Text -> spec and spec -> text: the one YAML dialect (JSON is read by the same reader), its limits. No files here.

use serde_yaml::{DuplicateKeyPolicy, Options};
use thiserror::Error;

use super::Spec;

/// The largest configuration, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Why a text is not a configuration.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum LoadError {
    /// Larger than [`MAX_BYTES`].
    #[error("it has {0} bytes; at most 1 MiB is read")]
    TooLarge(usize),
    /// Syntax, an unknown or doubled key, a wrong type.
    #[error("{place}{message}")]
    Invalid {
        /// `line 3, column 5: `, or empty when the reader gives none.
        place: String,
        /// What the reader says.
        message: String,
    },
}

/// Reads YAML or JSON.
pub fn load(text: &str) -> Result<Spec, LoadError> {
    if text.len() > MAX_BYTES {
        return Err(LoadError::TooLarge(text.len()));
    }
    serde_yaml::from_str_with_options(text, dialect()).map_err(|error| {
        let place =
            error.location().map(|at| format!("line {}, column {}: ", at.line(), at.column())).unwrap_or_default();
        LoadError::Invalid { place, message: error.without_snippet().to_string() }
    })
}

fn dialect() -> Options {
    serde_yaml::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::Error,
        budget: serde_yaml::budget! {
            max_depth: 64,
            max_aliases: 1_000,
            max_nodes: 100_000,
        },
    }
}

/// The record's text: JSON, two spaces, final newline.
pub fn dump_json(spec: &Spec) -> String {
    let mut text = serde_json::to_string_pretty(spec).unwrap_or_else(|e| unreachable(&e));
    text.push('\n');
    text
}

/// The same as YAML.
pub fn dump_yaml(spec: &Spec) -> String {
    let options = serde_yaml::ser_options! { compact_list_indent: false };
    serde_yaml::to_string_with_options(spec, options).unwrap_or_else(|e| unreachable(&e))
}

/// Serialising plain structs with string keys has no way to fail.
fn unreachable(error: &dyn std::fmt::Display) -> String {
    unreachable!("a spec always serialises: {error}")
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const GOOD: &str =
        "name: demo\narchitecture: basic\ngateways:\n  - name: gateway\n    role: gateway\n    http_port: 9088\n";

    fn fails(text: &str, expected: &str) {
        let told = load(text).unwrap_err().to_string();
        assert!(told.contains(expected), "wanted {expected:?} in {told:?}");
    }

    #[test]
    fn the_least_configuration_loads_and_defaults_are_left_open() {
        let spec = load(GOOD).unwrap();
        assert_eq!((spec.version, spec.name.as_str(), spec.network_split), (super::super::VERSION, "demo", None));
    }

    #[test]
    fn faults_carry_their_place() {
        fails(&format!("{GOOD}colour: red\n"), "colour");
        fails(&format!("{GOOD}name: again\n"), "line 7");
        fails("name: [", "line 1");
        fails(&GOOD.replace("basic", "star"), "star");
        fails(&GOOD.replace("9088", "eight"), "line 6");
        fails("", "");
    }

    #[test]
    fn hostile_texts_are_bounded() {
        fails(&"x".repeat(MAX_BYTES + 1), "1 MiB");
        fails(&"[".repeat(100_000), "");
        let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (from, to) in ["a", "b", "c", "d", "e", "f", "g", "h"].iter().zip(["b", "c", "d", "e", "f", "g", "h", "i"])
        {
            let list = vec![format!("*{from}"); 9].join(",");
            writeln!(bomb, "{to}: &{to} [{list}]").unwrap();
        }
        fails(&bomb, "");
        fails("name: \u{0}", "");
    }
}
