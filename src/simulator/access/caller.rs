//! Who calls a REST route, once the credentials are known to be good.

/// How a caller showed who it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Caller {
    /// It did not, and did not need to.
    Nobody,
    /// A person in a browser session.
    Person {
        /// User name.
        name: String,
        /// Value that changes must bring along.
        csrf: String,
    },
}

#[allow(dead_code, reason = "the areas that need it are being moved onto this table")]
impl Caller {
    /// The name under which its changes are recorded.
    pub(crate) fn actor(&self) -> &str {
        match self {
            Self::Nobody => "",
            Self::Person { name, .. } => name,
        }
    }
}
