//! Names that cannot be wrong. No lookup, no I/O.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name, in characters: what fits a host label beside our suffixes.
pub const MAX_NAME: usize = 31;

/// A name of a stack, gateway or service: `[a-z][a-z0-9-]{0,30}`.
///
/// One validator for all three, because each becomes a host name, a volume name and a part of a container's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is not a [`Name`].
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{shown:?} is not a valid name: {rule}")]
pub struct NameError {
    /// The text as given, cut to a length that fits a line.
    pub shown: String,
    /// The rule that it breaks.
    pub rule: &'static str,
}

impl Name {
    /// Parses a name. No trimming, no case folding: what is written is what is used.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fail = |rule| NameError { shown: text.chars().take(40).collect(), rule };
        let mut chars = text.chars();
        match chars.next() {
            None => return Err(fail("it is empty")),
            Some('a'..='z') => {}
            Some(_) => return Err(fail("it must begin with a lower-case letter (a-z)")),
        }
        if !chars.all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            return Err(fail("only lower-case letters, digits and hyphens may stand in it"));
        }
        if text.len() > MAX_NAME {
            return Err(fail("it is longer than 31 characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of this master's backup: `<name>-backup` (product reference, section 4).
    pub fn backup(&self) -> Result<Self, NameError> {
        Self::parse(&format!("{}-backup", self.0))
    }

    /// The form used in environment keys: upper case, `-` as `_`.
    pub fn env_key(&self) -> String {
        self.0.to_ascii_uppercase().replace('-', "_")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_the_documented_shape_and_nothing_else() {
        for good in ["a", "frontend-1", "b2-", &"a".repeat(31)] {
            assert_eq!(Name::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "1a", "-a", "A", "a_b", "a.b", "a\n", "ä", "a b", "a/../b", "\u{430}", &"a".repeat(32)] {
            assert!(Name::parse(bad).is_err(), "{bad:?} must be refused");
        }
    }

    #[test]
    fn a_backup_name_that_would_be_too_long_is_refused() {
        assert_eq!(Name::parse("hub").unwrap().backup().unwrap().as_str(), "hub-backup");
        assert!(Name::parse(&"a".repeat(30)).unwrap().backup().is_err());
    }

    proptest! {
        #[test]
        fn parsing_is_exactly_the_pattern(text in "\\PC{0,40}|[a-z0-9-]{0,40}") {
            let by_pattern = !text.is_empty()
                && text.len() <= 31
                && text.starts_with(|c: char| c.is_ascii_lowercase())
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            prop_assert_eq!(Name::parse(&text).is_ok(), by_pattern);
        }
    }
}
