//! One request to a REST route as its handler sees it: checked, decoded and bounded. Decides nothing.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::answer::Answer;
use crate::simulator::access::caller::Caller;
use crate::simulator::node::Node;

/// A request whose caller may make it.
pub(crate) struct Call {
    /// The gateway.
    pub(crate) node: Arc<Node>,
    /// Who calls.
    pub(crate) caller: Caller,
    /// The path's parameters, decoded.
    pub(crate) parameters: Vec<(&'static str, String)>,
    /// The query, decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The whole body, within the route's limit.
    pub(crate) body: Bytes,
}

impl Call {
    /// A parameter of the path; the route's pattern names it.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value)
    }

    /// The first value of a query key.
    pub(crate) fn query(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// Whether a query key says `true`.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.query(key).is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    /// The body as JSON; otherwise the answer that refuses it.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        serde_json::from_slice(&self.body).map_err(|e| Answer::problem(StatusCode::BAD_REQUEST, &e.to_string()))
    }
}
