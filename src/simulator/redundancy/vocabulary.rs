//! The words of redundancy with the spellings of the platform (fact sheet 2.2). What they lead to is decided elsewhere.

use serde::{Deserialize, Serialize};

/// Role of a node, fixed by configuration. The order is the platform's, and gives the ordinals of server ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(crate) enum Role {
    Independent,
    Backup,
    Master,
}

/// How active a node is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(crate) enum Level {
    Undecided,
    Cold,
    Warm,
    Active,
}

/// How far a node's configuration agrees with its peer's: the platform's `projectState`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(crate) enum SyncState {
    Unknown,
    Incompatible,
    #[serde(rename = "Edition_Incompatible")]
    EditionIncompatible,
    #[serde(rename = "Modules_Incompatible")]
    ModulesIncompatible,
    OutOfDate,
    Good,
}

/// What a returning master does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(crate) enum Recovery {
    Automatic,
    Manual,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Independent => "Independent",
            Self::Backup => "Backup",
            Self::Master => "Master",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Independent, Self::Backup, Self::Master].into_iter().find(|r| r.as_str().eq_ignore_ascii_case(word))
    }

    /// Number in a server id (fact sheet 2.4).
    pub(crate) fn ordinal(self) -> u8 {
        match self {
            Self::Independent => 0,
            Self::Backup => 1,
            Self::Master => 2,
        }
    }
}

impl Level {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Undecided => "Undecided",
            Self::Cold => "Cold",
            Self::Warm => "Warm",
            Self::Active => "Active",
        }
    }
}

impl SyncState {
    /// The raw enum name, as `/overview` shows it (fact sheet 2.3).
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Incompatible => "Incompatible",
            Self::EditionIncompatible => "Edition_Incompatible",
            Self::ModulesIncompatible => "Modules_Incompatible",
            Self::OutOfDate => "OutOfDate",
            Self::Good => "Good",
        }
    }

    /// The display text, as `/redundancy` shows it (fact sheet 2.2). The edition's text follows the modules' by analogy.
    pub(crate) fn display(self) -> &'static str {
        match self {
            Self::EditionIncompatible => "Incompatible (Edition)",
            Self::ModulesIncompatible => "Incompatible (Modules)",
            other => other.as_str(),
        }
    }
}

impl Recovery {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "Automatic",
            Self::Manual => "Manual",
        }
    }
}
