//! Passwords as they are kept: salted and hashed, never as text. Whose they are is not known here.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What one login costs is paid by every gateway of a stack at once, when a stack is proven.
const ROUNDS: u32 = 1_000;
/// Of passwords that were kept without their number.
fn rounds_before() -> u32 {
    10_000
}

/// A password that can be checked but not read. How the real gateway stretches passwords is not on record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Password {
    salt: String,
    hash: String,
    #[serde(default = "rounds_before")]
    rounds: u32,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    pub(crate) fn new(text: &str) -> Self {
        let salt = random_text();
        Self { hash: stretch(&salt, text, ROUNDS), salt, rounds: ROUNDS }
    }

    /// Whether that is the password.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        same(stretch(&self.salt, text, self.rounds).as_bytes(), self.hash.as_bytes())
    }
}

fn stretch(salt: &str, password: &str, rounds: u32) -> String {
    let mut digest = Sha256::digest(format!("{salt}:{password}"));
    for _ in 0..rounds {
        digest = Sha256::digest(digest);
    }
    hex(&digest)
}

/// Compares in a time that depends on the lengths alone.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(a.len() ^ b.len(), |d, (a, b)| d | usize::from(a ^ b));
    difference == 0
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// 244 random bits as text.
pub(crate) fn random_text() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_neither_stored_nor_shown() {
        let password = Password::new("hunter2-canary");
        let stored = serde_json::to_string(&password).unwrap();
        assert!(!stored.contains("canary") && !format!("{password:?}").contains("canary"));
        assert_ne!(Password::new("x"), Password::new("x"));
        let back: Password = serde_json::from_str(&stored).unwrap();
        assert!(back.accepts("hunter2-canary") && !back.accepts("hunter2-canar") && !back.accepts(""));
    }

    #[test]
    fn what_was_kept_without_the_number_of_rounds_is_still_accepted() {
        let hash = stretch("salt", "hunter2", rounds_before());
        let back: Password = serde_json::from_str(&format!(r#"{{"salt":"salt","hash":"{hash}"}}"#)).unwrap();
        assert!(back.accepts("hunter2") && !back.accepts("hunter3"));
    }

    #[test]
    fn what_differs_in_length_is_not_the_same() {
        assert!(same(b"ab", b"ab") && !same(b"ab", b"abc") && !same(b"ab", b"") && !same(b"ab", b"ac"));
    }
}
