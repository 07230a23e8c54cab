//! Why a change of the configuration is refused, and how that is told over REST (fact sheet 2.1). Decides nothing.

use serde_json::{Value, json};

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

    /// The error object.
    pub(crate) fn body(&self) -> Value {
        let mut fields: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, message) in &self.fields {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some((_, messages)) => messages.push(message),
                None => fields.push((name, vec![message])),
            }
        }
        let fields: Vec<Value> =
            fields.into_iter().map(|(name, messages)| json!({"fieldName": name, "messages": messages})).collect();
        let message = self.messages.first().map(String::as_str).unwrap_or_default();
        json!({
            "success": false, "messages": self.messages, "fieldMessages": fields,
            "problem": {"message": message, "stacktrace": []},
        })
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::new(500, error.to_string())
    }
}
