//! Database connections of the configuration tree that really connect (fact sheet 7.3), and what became of each. Uses no database.

mod attempt;
pub(crate) mod keeper;
mod settings;
#[cfg(test)]
mod tests;
mod url;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Resource type of a connection.
pub(crate) const KIND: &str = "database-connection";

/// How a connection stands. The words are the simulator's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Not tried yet.
    Connecting,
    Valid,
    Faulted,
    Disabled,
}

impl Standing {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "Connecting",
            Self::Valid => "Valid",
            Self::Faulted => "Faulted",
            Self::Disabled => "Disabled",
        }
    }
}

/// The outcome of the last check of one connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Checked {
    pub(crate) standing: Standing,
    /// Why it is faulted.
    pub(crate) error: Option<String>,
    /// When it was checked, in milliseconds since 1970.
    pub(crate) time: u64,
    /// How long that took, in milliseconds.
    pub(crate) duration: u64,
}

/// All connections of a gateway, by name.
#[derive(Debug, Default)]
pub(crate) struct Databases(Mutex<BTreeMap<String, Checked>>);

impl Databases {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Checked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every connection as it stands.
    pub(crate) fn all(&self) -> BTreeMap<String, Checked> {
        self.lock().clone()
    }

    /// One connection.
    pub(crate) fn of(&self, name: &str) -> Option<Checked> {
        self.lock().get(name).cloned()
    }
}
