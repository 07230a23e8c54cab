//! The REST interface below `/data/api/v1`: checks a request against the routes table and hands it to its handler.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::answer::{Answer, error_page, no_route};
use super::call::Call;
use super::routes::{self, Handler, Match, Need, Route};
use super::session;
use crate::simulator::access::caller::{Caller, bearer};
use crate::simulator::access::policy::Policy;
use crate::simulator::node::Node;

/// Where the REST interface begins.
pub(crate) const PREFIX: &str = "/data/api/v1";
/// The header of an API token.
const TOKEN_HEADER: &str = "X-Ignition-API-Token";
/// The header that changes made in a session need.
const CSRF_HEADER: &str = "X-CSRF-Token";

/// Answers a request; `path` is what follows the prefix, still percent-encoded.
pub(crate) async fn answer(node: Arc<Node>, parts: Parts, path: &str, body: Body) -> Response {
    let found = match routes::find(&parts.method, path) {
        Match::Route(route, _) if routes::is_asleep(&node, route) => Match::Unknown,
        found => found,
    };
    let (caller, route, parameters) = match found {
        Match::Route(route, parameters) => match admit(&node, &parts, route.need) {
            Ok(caller) => (caller, route, parameters),
            Err(status) => return error_page(status, parts.uri.path()),
        },
        // Whether a path exists is told only to those who show who they are.
        other => match (identify(&node, &parts), other) {
            (Some(Caller::Nobody) | None, _) => return error_page(StatusCode::UNAUTHORIZED, parts.uri.path()),
            // A wrong method on a known path is 404 without a body, not 405.
            (_, Match::WrongMethod) => return StatusCode::NOT_FOUND.into_response(),
            _ => return no_route(path),
        },
    };
    run(node, caller, route, parameters, parts, body).await
}

async fn run(
    node: Arc<Node>,
    caller: Caller,
    route: &'static Route,
    parameters: Vec<(&'static str, String)>,
    parts: Parts,
    body: Body,
) -> Response {
    let (body, streamed) = match route.handler {
        Handler::Streaming(_) => (Bytes::new(), body),
        Handler::Now(_) | Handler::Later(_) => match to_bytes(body, route.body_limit).await {
            Ok(body) => (body, Body::empty()),
            Err(_) => return Answer::Empty(StatusCode::PAYLOAD_TOO_LARGE).into_response(),
        },
    };
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(q)| q).unwrap_or_default();
    let call = Call { node, caller, parameters, query, body };
    let answer = match route.handler {
        Handler::Now(handler) => handler(&call),
        Handler::Later(handler) => handler(call).await,
        Handler::Streaming(handler) => handler(call, streamed).await,
    };
    answer.into_response()
}

/// Who calls, if the caller may do that; else the status of the refusal: 401 for who is not known, 403 for who is.
pub(crate) fn admit(node: &Node, parts: &Parts, need: Need) -> Result<Caller, StatusCode> {
    if need == Need::Open {
        return Ok(Caller::Nobody);
    }
    let caller = identify(node, parts).ok_or(StatusCode::UNAUTHORIZED)?;
    let rights = Policy::of(&node.store).rights(&caller.levels());
    let may = match need {
        Need::Open => true,
        Need::Access => rights.access,
        Need::Read => rights.read,
        Need::Write => rights.write && brings_csrf(&caller, &parts.headers),
    };
    match caller {
        caller if may => Ok(caller),
        Caller::Nobody => Err(StatusCode::UNAUTHORIZED),
        Caller::Person { .. } | Caller::Token { .. } => Err(StatusCode::FORBIDDEN),
    }
}

/// Who calls, by token or else by session; `None` when a token is shown and refused. Basic credentials show nobody (fact sheet 2.1).
fn identify(node: &Node, parts: &Parts) -> Option<Caller> {
    match parts.headers.get(TOKEN_HEADER) {
        Some(shown) => bearer(&node.store, shown.to_str().ok()?),
        None => Some(session::caller(node, &parts.headers).unwrap_or(Caller::Nobody)),
    }
}

fn brings_csrf(caller: &Caller, headers: &HeaderMap) -> bool {
    match caller {
        Caller::Person { csrf, .. } => {
            headers.get(CSRF_HEADER).is_some_and(|given| given.as_bytes() == csrf.as_bytes())
        }
        Caller::Nobody | Caller::Token { .. } => true,
    }
}
