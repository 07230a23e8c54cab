//! `StatusPing` and the commissioning steps. Nothing that needs a login.

use serde_json::Value;

use super::json;
use crate::gateway::{ContextState, Fault, Ping, capped};

/// `GET /StatusPing` (fact sheet 1.2). A `details` of any kind is kept, because it means "not simply running".
pub fn ping(body: &[u8]) -> Result<Ping, Fault> {
    let value = json::object(body)?;
    let state = json::text(&value, "state").ok_or_else(|| Fault::Malformed("no state in it".to_owned()))?;
    let details = match value.get("details") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.trim().is_empty() => None,
        Some(Value::String(text)) => Some(capped(text)),
        Some(other) => Some(capped(&other.to_string())),
    };
    Ok(Ping { state: ContextState::read(&state), details })
}

/// `GET /bootstrap` while commissioning (fact sheet 1.5): the names of the steps that wait.
pub fn bootstrap(body: &[u8]) -> Result<Vec<String>, Fault> {
    match json::object(body)?.get("steps") {
        Some(Value::Object(steps)) => Ok(steps.keys().take(100).map(|k| capped(k)).collect()),
        _ => Err(Fault::Malformed("no steps in it".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_the_fact_sheet() {
        let table = [
            (r#"{"state":"STARTING"}"#, ContextState::Starting, None, false, false),
            (r#"{"state":"RUNNING"}"#, ContextState::Running, None, true, false),
            (
                r#"{"state":"RUNNING","details":"COMMISSIONING"}"#,
                ContextState::Running,
                Some("COMMISSIONING"),
                false,
                true,
            ),
            (r#"{"state":"STOPPING"}"#, ContextState::Stopping, None, false, false),
            (r#"{"state":"FAULTED"}"#, ContextState::Faulted, None, false, false),
            (r#"{"state":"running","details":null,"more":1}"#, ContextState::Running, None, true, false),
            (r#"{"state":"RUNNING","details":""}"#, ContextState::Running, None, true, false),
            (r#"{"state":"RUNNING","details":["x"]}"#, ContextState::Running, Some(r#"["x"]"#), false, false),
        ];
        for (body, state, details, running, commissioning) in table {
            let seen = ping(body.as_bytes()).unwrap();
            assert_eq!(seen.state, state, "{body}");
            assert_eq!(seen.details.as_deref(), details, "{body}");
            assert_eq!(seen.is_running(), running, "{body}");
            assert_eq!(seen.is_commissioning(), commissioning, "{body}");
        }
    }

    #[test]
    fn other_bodies_are_faults() {
        for body in
            [&b""[..], b"RUNNING", b"[]", b"{}", b"{\"state\":1}", b"\xff\xfe", b"{\"state\":\"RUNNING\"", b"null"]
        {
            assert!(matches!(ping(body), Err(Fault::Malformed(_))), "{body:?}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(ping(deep.as_bytes()).is_err());
    }

    #[test]
    fn waiting_steps_are_named() {
        let body = br#"{"steps":{"eula":"license"},"edition":"","canReachIA":true}"#;
        assert_eq!(bootstrap(body).unwrap(), ["eula"]);
        assert_eq!(bootstrap(br#"{"steps":{}}"#).unwrap(), [""; 0]);
        assert!(bootstrap(br#"{"steps":"eula"}"#).is_err());
    }
}
