//! `.env`: the project's name and the secrets, so that both compose generations read the exact text back.

use super::error::RenderError;
use super::secret_key;
use crate::engine::Secrets;
use crate::stack::Name;

/// The `.env` of a project. Its text holds secrets: mode 0600, never shown.
pub fn dotenv(project: &Name, secrets: &Secrets) -> Result<String, RenderError> {
    let mut text = format!(
        "# Read by docker compose. Holds secrets: keep it out of version control.\nCOMPOSE_PROJECT_NAME={project}\n"
    );
    for (name, value) in secrets {
        let key = secret_key::env_key(name)?;
        let value = quoted(value).map_err(|rule| RenderError::SecretValue { name: name.0.clone(), rule })?;
        text.push_str(&key);
        text.push('=');
        text.push_str(&value);
        text.push('\n');
    }
    Ok(text)
}

/// The rule by which a value cannot be a secret of a project; `None` when it can.
pub fn secret_rule(value: &str) -> Option<&'static str> {
    quoted(value).err()
}

/// A value as it stands in `.env`, or the rule that it breaks.
///
/// Single quotes keep everything in both readers but what is refused here: v2 and python-dotenv (docker-compose 1.29)
/// disagree about `\` and an escaped `'`, and python-dotenv expands `${...}` even in single quotes.
fn quoted(value: &str) -> Result<String, &'static str> {
    if value.is_empty() {
        return Err("it is empty");
    }
    if value.chars().any(char::is_control) {
        return Err("it contains a line break or another control character");
    }
    if value.contains(['\'', '\\']) {
        return Err("it contains a single quote or a backslash, which compose v1 and v2 read differently");
    }
    if value.contains("${") {
        return Err("it contains ${, which docker-compose 1.29 takes for a variable");
    }
    if value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        return Ok(value.to_owned());
    }
    Ok(format!("'{value}'"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::blueprint::SecretName;
    use crate::render::fixture;

    #[test]
    fn golden() {
        insta::assert_snapshot!(dotenv(&fixture::stack().name, &fixture::secrets()).unwrap());
    }

    #[test]
    fn what_compose_would_misread_is_refused_without_showing_it() {
        for bad in ["", "a'b", "a\\b", "a\nB=1", "a\r", "\0", "x${HOME}", "\u{85}"] {
            let secrets = Secrets::from([(SecretName::admin(), bad.to_owned())]);
            let error = dotenv(&fixture::stack().name, &secrets).unwrap_err();
            assert!(matches!(error, RenderError::SecretValue { .. }), "{bad:?}");
            assert!(bad.is_empty() || !error.to_string().contains(bad));
        }
    }

    /// What both readers do with the lines that we write: unquoted up to the line's end, or between single quotes.
    fn read(line: &str) -> (&str, &str) {
        let (key, value) = line.split_once('=').unwrap();
        (key, value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')).unwrap_or(value))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(fixture::CASES))]
        #[test]
        fn every_accepted_value_is_read_back(value in "[ -~äß€\u{1F600}$#{}'\"\\\\\n]{0,30}") {
            let secrets = Secrets::from([(SecretName::admin(), value.clone())]);
            if let Ok(text) = dotenv(&fixture::stack().name, &secrets) {
                let lines: Vec<_> = text.split_terminator('\n').collect();
                prop_assert_eq!(lines.len(), 3);
                prop_assert_eq!(read(lines[2]), ("ADMIN_PASSWORD", value.as_str()));
            } else {
                let expected = value.is_empty() || value.contains(['\'', '\\', '\n']) || value.contains("${");
                prop_assert!(expected);
            }
        }
    }
}
