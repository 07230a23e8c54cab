//! Why a change of the configuration is refused, with the status that REST answers (fact sheet 2.1). Decides nothing.

/// A change that was not made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    pub(crate) messages: Vec<String>,
    /// What is wrong with which field.
    pub(crate) fields: Vec<(String, String)>,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, messages: vec![message.into()], fields: Vec::new() }
    }

    /// Settings that cannot be (fact sheet 2.2: 422).
    pub(crate) fn invalid(fields: Vec<(String, String)>) -> Self {
        Self { status: 422, messages: vec!["The configuration is invalid".to_owned()], fields }
    }

    /// One field that cannot be.
    pub(crate) fn field(name: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![(name.to_owned(), message.into())])
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::new(500, error.to_string())
    }
}
