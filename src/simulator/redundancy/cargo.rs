//! What one pull brings: the configuration, or the modules with which a backup starts again. Says what belongs to each.

use crate::simulator::redundancy::talk::Word;
use crate::simulator::redundancy::{module_files, replica};

/// The cargo of a pull.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cargo {
    Configuration,
    Modules,
}

impl Cargo {
    /// The word that asks for the list of files, from this place on.
    pub(crate) fn ask(self, from: usize) -> Word {
        match self {
            Self::Configuration => Word::Pull { from },
            Self::Modules => Word::PullModules { from },
        }
    }

    /// Whether a file of that path belongs to it.
    pub(crate) fn admits(self, path: &str) -> bool {
        match self {
            Self::Configuration => replica::is_replicated(path),
            Self::Modules => module_files::is_module_file(path),
        }
    }

    /// Most bytes, all files together.
    pub(crate) fn bytes_limit(self) -> u64 {
        match self {
            Self::Configuration => replica::BYTES_LIMIT,
            Self::Modules => module_files::BYTES_LIMIT,
        }
    }
}
