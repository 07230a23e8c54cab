//! The web server on the gateway's HTTP port: which part answers a request in which phase. Bodies are made elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};

use super::answer::{error_page, redirect, text};
use super::routes::Need;
use super::status::{GatewayFacts, gwinfo, status_ping};
use super::{api, identity_provider, openapi, page, session, wizard};
use crate::simulator::knobs::interfere;
use crate::simulator::network::acceptor;
use crate::simulator::network::dialer::CONTROL_PATH;
use crate::simulator::node::{Node, Phase};
use crate::simulator::unknown::OPENAPI_NEEDS_READ;

/// The gateway's routes.
pub(crate) fn router(node: Arc<Node>) -> Router {
    let interference = middleware::from_fn_with_state(Arc::clone(&node), interfere::around);
    Router::new().fallback(answer).with_state(node).layer(interference)
}

async fn answer(
    State(node): State<Arc<Node>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let phase = node.phase();
    match path.as_str() {
        "/StatusPing" | "/system/StatusPing" => return text("application/json", status_ping(phase)),
        "/system/gwinfo" => return text("text/plain", info(&node)),
        _ => {}
    }
    match phase {
        Phase::Running => running(node, parts, &path, body, from).await,
        Phase::Commissioning => wizard::answer(&node, &parts, &path, body).await,
        // A person with a browser gets to read why; what asks for data gets the bare status.
        Phase::Starting | Phase::Faulted | Phase::Stopping if matches!(path.as_str(), "/" | "/Start" | "/welcome") => {
            (StatusCode::SERVICE_UNAVAILABLE, Html(page::waiting(&node))).into_response()
        }
        Phase::Starting | Phase::Faulted | Phase::Stopping => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn info(node: &Node) -> String {
    let state = node.state();
    gwinfo(&GatewayFacts {
        phase: state.phase,
        name: &state.name,
        version: &node.setup.version,
        edition: &node.setup.edition,
        role: state.machine.role(),
        level: state.machine.level(),
        sync: state.machine.sync(),
        peer_address: state.peer.as_ref().map(|p| p.identity.address.as_str()),
    })
}

async fn running(node: Arc<Node>, parts: Parts, path: &str, body: Body, from: SocketAddr) -> Response {
    if path == CONTROL_PATH && parts.method == Method::GET {
        return acceptor::upgrade(node, parts, from, false).await;
    }
    if let Some(rest) = path.strip_prefix(api::PREFIX).filter(|r| r.starts_with('/')) {
        return api::answer(node, parts, rest, body).await;
    }
    if let Some(rest) = path.strip_prefix(identity_provider::PREFIX).filter(|r| r.starts_with('/')) {
        let answer = identity_provider::answer(&node, &parts, rest, body).await;
        return answer.unwrap_or_else(|| error_page(StatusCode::NOT_FOUND, path));
    }
    if parts.method != Method::GET {
        return error_page(StatusCode::NOT_FOUND, path);
    }
    match path {
        "/" => redirect("/Start"),
        "/Start" | "/app" => home(&node, &parts),
        "/welcome" => Html(page::welcome(&node)).into_response(),
        "/data/app/login" => session::login(&node),
        "/data/app/session" => {
            session::show(&node, &parts.headers).unwrap_or_else(|| error_page(StatusCode::UNAUTHORIZED, path))
        }
        "/openapi" => described(&node, &parts, openapi::browse),
        "/openapi.json" => described(&node, &parts, openapi::document),
        // One application with many addresses.
        _ if path.starts_with("/app/") => home(&node, &parts),
        // Where 8.1 had its pages (fact sheet 1.1).
        "/web/home" | "/web/config" | "/web/status" => redirect("/app/home"),
        _ if path.starts_with("/web/config/") || path.starts_with("/web/status/") => redirect("/app/home"),
        _ => error_page(StatusCode::NOT_FOUND, path),
    }
}

/// The home page, for those who may see it; others are sent to log in.
fn home(node: &Node, parts: &Parts) -> Response {
    match api::admit(node, parts, Need::Access) {
        Ok(_) => Html(page::start(node)).into_response(),
        Err(StatusCode::UNAUTHORIZED) => redirect("/data/app/login"),
        Err(status) => error_page(status, parts.uri.path()),
    }
}

/// What tells about the REST interface itself.
fn described(node: &Node, parts: &Parts, show: fn(&Node) -> Response) -> Response {
    let need = if OPENAPI_NEEDS_READ { Need::Read } else { Need::Open };
    match api::admit(node, parts, need) {
        Ok(_) => show(node),
        Err(status) => error_page(status, parts.uri.path()),
    }
}
