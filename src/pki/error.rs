//! Why a key, a certificate or a keystore cannot be made or used. Never carries a part of a key.

use thiserror::Error;

/// What goes wrong with keys and certificates.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum PkiError {
    /// A library refused.
    #[error("{what} cannot be made: {reason}")]
    Make {
        /// What was being made.
        what: &'static str,
        /// What the library said.
        reason: String,
    },
    /// A file of the authority is not what it must be.
    #[error("{what} cannot be used: {reason}")]
    Read {
        /// Which one.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Key and certificate of the authority do not belong together.
    #[error("the authority's key and its certificate do not belong together")]
    Mismatch,
    /// The authority's time is over, or has not come.
    #[error("the authority's certificate is not valid at this time")]
    Expired,
}

impl PkiError {
    pub(super) fn make(what: &'static str) -> impl FnOnce(&dyn std::fmt::Display) -> Self {
        move |error| Self::Make { what, reason: error.to_string() }
    }

    pub(super) fn read(what: &'static str) -> impl FnOnce(&dyn std::fmt::Display) -> Self {
        move |error| Self::Read { what, reason: error.to_string() }
    }
}
