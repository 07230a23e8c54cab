//! Text that compose must take as it stands. References to `.env` are the only raw text.

use serde::Serialize;

/// A scalar of the compose file, already in the form in which interpolation leaves the wanted text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub(in crate::render) struct Literal(String);

impl Literal {
    /// Text that means itself: compose turns `$$` back into `$` and touches nothing else.
    pub(in crate::render) fn of(text: &str) -> Self {
        Self(text.replace('$', "$$"))
    }

    /// Text that compose shall interpolate.
    pub(super) fn raw(text: String) -> Self {
        Self(text)
    }
}
