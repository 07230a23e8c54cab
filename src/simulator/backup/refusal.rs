//! Why a backup is not restored. Nothing is changed then.

use std::io;

use thiserror::Error;

/// What is wrong with a backup, or keeps it from being taken in.
#[derive(Debug, Error)]
pub(crate) enum BackupError {
    /// Not a backup that is known here.
    #[error("the file is no backup of a simulated gateway: {reason}")]
    Foreign {
        /// How that can be told.
        reason: String,
    },
    /// It cannot be read to its end.
    #[error("the backup is broken: {reason}")]
    Broken {
        /// Where and how.
        reason: String,
    },
    /// Something in it has no place in a backup.
    #[error("the backup is refused: {entry:?} {reason}")]
    Hostile {
        /// Name of the entry.
        entry: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More than a simulated gateway carries.
    #[error("the backup is too large: more than {limit}")]
    TooLarge {
        /// Of what, with its unit.
        limit: String,
    },
    /// Made by a newer version (fact sheet 8).
    #[error("the backup is one of Ignition {theirs}, which {own} cannot go back from")]
    Newer {
        /// Its version.
        theirs: String,
        /// The gateway's.
        own: String,
    },
    /// The new name cannot be one.
    #[error("the new name must be 1 to 255 characters, without | and control characters")]
    Name,
    /// Another restore waits for the restart.
    #[error("another backup is being restored")]
    Busy,
    /// It does not come, or not fast enough to wait for.
    #[error("the backup came too slowly: no byte for {silence_s} seconds, or fewer than {floor} bytes per second")]
    Slow {
        /// Longest silence.
        silence_s: u64,
        /// Least bytes per second.
        floor: u64,
    },
    /// The data directory cannot take it.
    #[error("the backup cannot be taken in: {0}")]
    Io(#[from] io::Error),
}

impl BackupError {
    /// A fault of the archive itself.
    #[allow(clippy::needless_pass_by_value, reason = "errors are mapped by it")]
    pub(crate) fn broken(reason: impl ToString) -> Self {
        Self::Broken { reason: reason.to_string() }
    }
}
