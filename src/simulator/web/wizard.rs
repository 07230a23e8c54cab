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
use crate::simulator::access::commissioning::{ADMINISTRATOR, EULA, MODULES, Step, commission, missing_steps};
use crate::simulator::modules::{Accepted, Waiting};
use crate::simulator::node::Node;
use crate::simulator::start::public_address::Way;

/// Largest request body, in bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// What the wizard says of a module whose certificate, and whose licence agreement, nobody accepted (fact sheet 6.4).
const NOT_TRUSTED: &str = "NOT TRUSTED";
const NOT_ACCEPTED: &str = "NOT ACCEPTED";

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
        (&Method::GET, "/get-step") => get_step(node, parts),
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
fn get_step(node: &Node, parts: &Parts) -> Response {
    let Ok(Query(wanted)) = Query::<GetStep>::try_from_uri(&parts.uri) else { return bad_request() };
    let is = |step: Step| step.page == wanted.step && step.name == wanted.name;
    match () {
        () if is(EULA) => json_body(&json!({"license": "No licence text: this gateway is SIMULATED."})),
        () if is(ADMINISTRATOR) => json_body(&json!({})),
        () if is(MODULES) => {
            let modules: Vec<Value> = node.modules.now().waiting.iter().map(waiting).collect();
            json_body(&json!({"modules": modules}))
        }
        () => bad_request(),
    }
}

/// A module that waits, with the words that the wizard shows (fact sheet 6.4).
fn waiting(waiting: &Waiting) -> Value {
    let module = &waiting.module;
    json!({
        "id": module.id, "name": module.name, "version": module.version,
        "certificate": if waiting.cert_accepted { "TRUSTED" } else { NOT_TRUSTED },
        "certFingerprint": waiting.certificate,
        "license": if waiting.license_accepted { "ACCEPTED" } else { NOT_ACCEPTED },
        "licenseAgreementHash": waiting.license,
    })
}

/// Takes what was filled in; only what is missing can be.
fn post_step(node: &Node, headers: &HeaderMap, request: &PostStep) -> Response {
    let missing = missing_steps(node);
    let asked = |step: Step| request.step == step.name && missing.contains(&step);
    let kept = match () {
        () if asked(EULA) => accept_agreement(node, &request.data),
        () if asked(ADMINISTRATOR) => make_administrator(node, &request.data),
        () if asked(MODULES) => accept_modules(node, &request.data),
        () if request.step == "finished" && missing.is_empty() && says_yes(&request.data, "startGateway") => {
            return finish(node, headers);
        }
        () => Err(Refused::Request),
    };
    match kept {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(Refused::Request) => bad_request(),
        Err(Refused::Disk(what)) => {
            node.setup.log.error("Commissioning", &what);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Why a step is not taken.
enum Refused {
    /// It is not what the step asks for.
    Request,
    /// It could not be kept.
    Disk(String),
}

fn says_yes(data: &Value, key: &str) -> bool {
    data.get(key) == Some(&Value::Bool(true))
}

fn accept_agreement(node: &Node, data: &Value) -> Result<(), Refused> {
    if !says_yes(data, "accept") {
        return Err(Refused::Request);
    }
    let mut state = node.state();
    state.record.eula = true;
    node.save(&state.record);
    Ok(())
}

fn make_administrator(node: &Node, data: &Value) -> Result<(), Refused> {
    let word = |key: &str| data.get(key).and_then(Value::as_str).filter(|t| !t.is_empty()).ok_or(Refused::Request);
    let (username, password) = (word("username")?, word("password")?);
    let failed = |e| Refused::Disk(format!("the administrator could not be saved: {e}"));
    let mut state = node.state();
    commission(&node.store, username, password).map_err(failed)?;
    state.record.administrator = true;
    node.save(&state.record);
    Ok(())
}

fn accept_modules(node: &Node, data: &Value) -> Result<(), Refused> {
    let accepted: Accepted = serde_json::from_value(data.clone()).map_err(|_| Refused::Request)?;
    if !accepted.knows_all(&node.setup.modules.installed) {
        return Err(Refused::Request);
    }
    let failed = |e| Refused::Disk(format!("what was accepted of modules could not be saved: {e}"));
    node.accept_modules(&accepted).map_err(failed)
}

fn finish(node: &Node, headers: &HeaderMap) -> Response {
    let mut state = node.state();
    state.record.commissioned = true;
    node.save(&state.record);
    drop(state);
    node.commissioned.notify_one();
    json_body(&json!({"gatewayAddress": node.setup.public.url(Way::of(headers))}))
}
