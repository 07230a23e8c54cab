//! Backups of a gateway (`.gwbk`, fact sheet 2.3, 6.3): made, read with suspicion, staged beside the data, swapped in at the next
//! start. Who may ask for one, and over what, is decided elsewhere.
//!
//! The inner layout of a real one is not on record but for this: it is a zip, and files below the data directory, such as trusted
//! certificates, have their place in it (4.5). So a path in the archive is a path below the data directory; see [`layout`].

pub(crate) mod archive;
mod disable;
pub(crate) mod info;
pub(crate) mod layout;
pub(crate) mod make;
pub(crate) mod refusal;
pub(crate) mod stage;
pub(crate) mod swap;
#[cfg(test)]
mod tests;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

/// Most backups on their way at a time.
const ARRIVING: usize = 8;

/// Keeps those who make or restore backups apart: each takes disk and a thread for a while.
#[derive(Default)]
pub(crate) struct Gate {
    /// Held while one is made.
    pub(crate) making: Mutex<()>,
    /// Held while one that has arrived is taken in.
    pub(crate) restoring: Mutex<()>,
    /// One for each that may be on its way here at a time.
    pub(crate) arriving: Arriving,
}

/// Places for backups that are on their way: each takes disk.
pub(crate) struct Arriving(Semaphore);

impl Default for Arriving {
    fn default() -> Self {
        Self(Semaphore::new(ARRIVING))
    }
}

impl Arriving {
    /// A place, when one is free.
    pub(crate) fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.0.try_acquire().ok()
    }
}
