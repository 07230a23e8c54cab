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

    /// What a query key says: `true`, `false`, or nothing, which is `false`; otherwise the words that refuse it.
    pub(crate) fn truth(&self, key: &str) -> Result<bool, String> {
        match self.query(key) {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(format!("The query parameter '{key}' must be true or false")),
        }
    }

    /// The body as JSON; otherwise the answer that refuses it.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        serde_json::from_slice(&self.body).map_err(|e| Answer::problem(StatusCode::BAD_REQUEST, &unreadable(&e)))
    }
}

/// What is wrong with a body and where, without the names of types that mean nothing to who sent it.
fn unreadable(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    let text = text.split_once(", expected").map_or(text, |(what, _)| what);
    let what =
        if text.contains("untagged enum") { "a key is missing or has another type than it should" } else { text };
    format!("The body cannot be read: {what}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::config::change::Draft;

    #[test]
    fn types_of_the_program_are_in_no_refusal() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(untagged)]
        enum Either {
            #[expect(dead_code, reason = "only read")]
            Number(u32),
        }
        let told = |body: &str| unreadable(&serde_json::from_str::<Vec<Draft>>(body).unwrap_err());
        assert_eq!(told("[7]"), "The body cannot be read: invalid type: integer `7` at line 1 column 2");
        assert_eq!(told(r#"[{"name":7}]"#), "The body cannot be read: invalid type: integer `7` at line 1 column 10");
        assert!(told("[").starts_with("The body cannot be read: EOF while parsing a list at line 1"), "{}", told("["));
        let told = unreadable(&serde_json::from_str::<Either>("\"x\"").unwrap_err());
        assert!(told.contains("a key is missing") && !told.contains("Either"), "{told}");
    }
}
