//! The commissioning wizard over HTTP, in front of everything else until it is through (fact sheet 1.5).

use axum::body::{Body, to_bytes};
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{bad_request, json_body, redirect};
use super::page;
use crate::simulator::access::commissioning::{ADMINISTRATOR, EULA, Step, commission, missing_steps};
use crate::simulator::node::Node;
use crate::simulator::start::public_address::Way;

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
                missing_steps(node).iter().map(|step| (step.name.to_owned(), json!(step.page))).collect();
            json_body(&json!({"steps": steps, "edition": node.setup.edition, "canReachIA": false}))
        }
        (&Method::GET, "/get-step") => get_step(parts),
        (&Method::POST, "/post-step") => {
            let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
            let Ok(request) = serde_json::from_slice::<PostStep>(&bytes) else { return bad_request() };
            post_step(node, &parts.headers, &request)
        }
        _ if path.starts_with("/data/api/") => StatusCode::BAD_REQUEST.into_response(),
        _ => redirect("/welcome"),
    }
}

#[derive(Deserialize)]
struct GetStep {
    step: String,
    name: String,
}

/// What there is to read about a step; in the query `step` is its page.
fn get_step(parts: &Parts) -> Response {
    let Ok(Query(wanted)) = Query::<GetStep>::try_from_uri(&parts.uri) else { return bad_request() };
    let is = |step: Step| step.page == wanted.step && step.name == wanted.name;
    match () {
        () if is(EULA) => json_body(&json!({"license": "No licence text: this gateway is SIMULATED."})),
        () if is(ADMINISTRATOR) => json_body(&json!({})),
        () => bad_request(),
    }
}

fn post_step(node: &Node, headers: &HeaderMap, request: &PostStep) -> Response {
    let word = |key: &str| request.data.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    let mut state = node.state();
    match request.step.as_str() {
        step if step == EULA.name && request.data.get("accept") == Some(&Value::Bool(true)) => state.record.eula = true,
        step if step == ADMINISTRATOR.name && !state.record.administrator => {
            let (Some(username), Some(password)) = (word("username"), word("password")) else { return bad_request() };
            if let Err(e) = commission(&node.store, username, password) {
                node.setup.log.error("Commissioning", &format!("the administrator could not be saved: {e}"));
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            state.record.administrator = true;
        }
        "finished" if state.record.eula && state.record.administrator => {
            state.record.commissioned = true;
            node.save(&state.record);
            drop(state);
            node.commissioned.notify_one();
            return json_body(&json!({"gatewayAddress": node.setup.public.url(Way::of(headers))}));
        }
        _ => return bad_request(),
    }
    node.save(&state.record);
    StatusCode::CREATED.into_response()
}
