//! The REST interface below `/data/api/v1`: checks a request against the routes table and hands it to its handler.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::answer::{Answer, error_page, no_route};
use super::call::Call;
use super::routes::{self, Handler, Match, Need, Route};
use super::session;
use crate::simulator::access::caller::Caller;
use crate::simulator::node::Node;

/// Where the REST interface begins.
pub(crate) const PREFIX: &str = "/data/api/v1";

/// Answers a request; `path` is what follows the prefix, still percent-encoded.
pub(crate) async fn answer(node: Arc<Node>, parts: Parts, path: &str, body: Body, from: SocketAddr) -> Response {
    let found = routes::find(&parts.method, path);
    if let Match::Route(route, parameters) = found
        && route.need == Need::Open
    {
        return run(node, Caller::Nobody, route, parameters, parts, body, from).await;
    }
    let Some(caller) = session::caller(&node, &parts.headers) else {
        return error_page(StatusCode::UNAUTHORIZED, parts.uri.path());
    };
    match routes::find(&parts.method, path) {
        Match::Unknown => no_route(path),
        // A wrong method on a known path is 404 without a body, not 405.
        Match::WrongMethod => StatusCode::NOT_FOUND.into_response(),
        Match::Route(route, _) if !may(&caller, route.need, &parts.headers) => {
            error_page(StatusCode::FORBIDDEN, parts.uri.path())
        }
        Match::Route(route, parameters) => run(node, caller, route, parameters, parts, body, from).await,
    }
}

async fn run(
    node: Arc<Node>,
    caller: Caller,
    route: &'static Route,
    parameters: Vec<(&'static str, String)>,
    parts: Parts,
    body: Body,
    from: SocketAddr,
) -> Response {
    let Ok(body) = to_bytes(body, route.body_limit).await else {
        return Answer::Empty(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(q)| q).unwrap_or_default();
    let call = Call { node, caller, from, headers: parts.headers, parameters, query, body };
    let answer = match route.handler {
        Handler::Now(handler) => handler(&call),
        Handler::Later(handler) => handler(call).await,
    };
    answer.into_response()
}

/// Whether the caller has what the route needs.
fn may(caller: &Caller, need: Need, headers: &HeaderMap) -> bool {
    match (caller, need) {
        (_, Need::Open) | (Caller::Person { .. }, Need::Read) => true,
        (Caller::Nobody, _) => false,
        (Caller::Person { csrf, .. }, Need::Write) => {
            headers.get("X-CSRF-Token").is_some_and(|given| given.as_bytes() == csrf.as_bytes())
        }
    }
}
