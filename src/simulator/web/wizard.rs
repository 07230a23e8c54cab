//! The commissioning wizard over HTTP, in front of everything else until it is through (fact sheet 1.5).

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{bad_request, json_body, redirect};
use super::page;
use crate::simulator::access::login::Admin;
use crate::simulator::node::Node;

/// Largest request body, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

#[derive(Deserialize)]
struct PostStep {
    step: String,
    #[serde(default)]
    data: Value,
}

/// Answers any request while the gateway needs commissioning.
pub(crate) async fn answer(node: &Node, parts: &Parts, path: &str, body: Body) -> Response {
    match (&parts.method, path) {
        (&Method::GET, "/welcome") => Html(page::welcome(node)).into_response(),
        (&Method::GET, "/bootstrap") => {
            let steps: serde_json::Map<_, _> =
                page::missing_steps(node).into_iter().map(|(step, id)| (step.to_owned(), json!(id))).collect();
            json_body(&json!({"steps": steps, "edition": node.setup.edition, "canReachIA": false}))
        }
        (&Method::GET, "/get-step") => json_body(&json!({"license": "No licence text: this gateway is SIMULATED."})),
        (&Method::POST, "/post-step") => {
            let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
            let Ok(request) = serde_json::from_slice::<PostStep>(&bytes) else { return bad_request() };
            post_step(node, &parts.uri, &parts.headers, &request)
        }
        _ if path.starts_with("/data/api/") => StatusCode::BAD_REQUEST.into_response(),
        _ => redirect("/welcome"),
    }
}

fn post_step(node: &Node, uri: &Uri, headers: &HeaderMap, request: &PostStep) -> Response {
    let mut state = node.state();
    let word = |key: &str| request.data.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    match request.step.as_str() {
        "eula" if request.data.get("accept") == Some(&Value::Bool(true)) => state.record.eula = true,
        "authSetup" => match (word("username"), word("password")) {
            (Some(username), Some(password)) => state.record.admin = Some(Admin::new(username, password)),
            _ => return bad_request(),
        },
        "finished" if state.record.eula && state.record.admin.is_some() => {
            state.record.commissioned = true;
            node.save(&state.record);
            drop(state);
            node.commissioned.notify_one();
            let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).or(uri.host()).unwrap_or("localhost");
            return json_body(&json!({"gatewayAddress": format!("http://{host}")}));
        }
        _ => return bad_request(),
    }
    node.save(&state.record);
    StatusCode::CREATED.into_response()
}
