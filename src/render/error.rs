//! Why something cannot be rendered. Never carries the value of a secret.

use thiserror::Error;

/// Why a file of the project cannot be written as text.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum RenderError {
    /// The YAML serialiser refused.
    #[error("docker-compose.yaml cannot be written: {reason}")]
    Yaml {
        /// What it said.
        reason: String,
    },
    /// A guide's template failed.
    #[error("{file} cannot be written: {reason}")]
    Guide {
        /// The file that it makes.
        file: &'static str,
        /// What the template engine said, with the template's line.
        reason: String,
    },
    /// The name of a secret cannot be a file name and a key of `.env`.
    #[error(
        "secret {shown:?} cannot be a file in secrets/ and a key in .env: a name is a lower-case letter, then lower-case letters, digits and hyphens"
    )]
    SecretName {
        /// The name, cut to a length that fits a line.
        shown: String,
    },
    /// The value of a secret cannot be written so that every compose reads the same text back.
    #[error("secret {name:?} cannot stand in .env: {rule}")]
    SecretValue {
        /// Whose value.
        name: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// The path of a seed would leave the data directory or confuse the seeding script.
    #[error("gateway {gateway}: {shown:?} cannot be the path of a seed: {rule}")]
    SeedPath {
        /// The gateway that it is for.
        gateway: String,
        /// The path, cut to a length that fits a line.
        shown: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
}

/// Foreign text cut to what fits a line of an error.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
