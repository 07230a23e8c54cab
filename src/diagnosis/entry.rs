//! A row of the tables of causes: what is known of one.

use super::Cause;
use super::patience::{Patience, of};

/// What is known of a cause. Texts hold `{stack}`, `{member}`, `{container}`, `{peer}` and `{peer_container}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The cause.
    pub cause: Cause,
    /// Stable word for machines.
    pub id: &'static str,
    /// What is wrong.
    pub text: &'static str,
    /// One thing to try.
    pub advice: &'static str,
    /// Exit code of a run that ends with it.
    pub exit: u8,
    /// How long `up` waits for it to heal by itself.
    pub patience: Patience,
    /// Section of the fact sheet.
    pub section: &'static str,
}

pub(super) const fn row(
    cause: Cause,
    id: &'static str,
    text: &'static str,
    advice: &'static str,
    exit: u8,
    section: &'static str,
) -> Entry {
    Entry { cause, id, text, advice, exit, patience: of(cause), section }
}
