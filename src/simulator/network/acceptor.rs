//! The door of the gateway network: decides about an incoming WebSocket upgrade and hands it to the session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Query, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::simulator::network::frame::Purpose;
use crate::simulator::network::session::{self, Caller, Terms};
use crate::simulator::network::table::{ConnectionKey, Direction};
use crate::simulator::network::wire::Wire;
use crate::simulator::node::Node;
use crate::simulator::start::options::is_system_name;

const REMOTE_SYSTEM_ID: HeaderName = HeaderName::from_static("remotesystemid");
/// Query key by which a simulated backup marks its redundancy connection; the wire of 8.3 is not known (fact sheet 10.13).
pub(crate) const PURPOSE: &str = "purpose";

#[derive(Deserialize)]
struct Knock {
    name: String,
    uuid: String,
    #[serde(default)]
    purpose: Option<Purpose>,
}

/// Answers an upgrade request: 101, or a plain 403 (fact sheet 4.4, 4.6).
/// `secure` when it came over TLS.
pub(crate) async fn upgrade(node: Arc<Node>, mut parts: Parts, from: SocketAddr, secure: bool) -> Response {
    let Ok(Query(knock)) = Query::<Knock>::try_from_uri(&parts.uri) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Ok(uuid) = Uuid::parse_str(&knock.uuid).map(|u| u.to_string()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !is_system_name(&knock.name) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if !node.setup.network.enabled {
        node.refused_once(&knock.name, "the gateway network is disabled");
        return StatusCode::FORBIDDEN.into_response();
    }
    if let Err(refused) = node.admit(secure, &knock.name, &uuid) {
        node.refused_once(&format!("'{}' ({uuid}) from {}", knock.name, from.ip()), refused.word());
        return StatusCode::FORBIDDEN.into_response();
    }
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let purpose = knock.purpose.unwrap_or(Purpose::Link);
    if purpose == Purpose::Redundancy && node.redundancy_held().is_some() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Some((key, generation)) = enter(&node, purpose, from, &uuid, secure) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let settings = node.network_settings();
    let terms = Terms {
        key,
        generation,
        direction: Direction::Incoming,
        purpose,
        ping_rate: Duration::from_millis(settings.incoming_ping_rate_millis),
        ping_timeout: Duration::from_millis(settings.incoming_ping_timeout_millis),
        ping_max_missed: settings.incoming_ping_max_missed,
        idle_timeout: settings.idle_timeout(),
        caller: Some(Caller { name: knock.name, uuid, secure }),
    };
    let own = format!("http://{}:{}/system", node.address, node.setup.http_port);
    let mut response = upgrade
        .max_message_size(purpose.frame_limit())
        .max_frame_size(purpose.frame_limit())
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * purpose.frame_limit())
        .on_upgrade(move |socket| async move {
            session::serve(&node, &mut Wire::accepted(socket, node.setup.knobs.clone()), terms).await;
        });
    if let Ok(own) = HeaderValue::from_str(&own) {
        response.headers_mut().insert(REMOTE_SYSTEM_ID, own);
    }
    response
}

fn enter(node: &Node, purpose: Purpose, from: SocketAddr, uuid: &str, secure: bool) -> Option<(ConnectionKey, u64)> {
    let mut state = node.state();
    let key = state.connections.accept(purpose, from.ip().to_string(), uuid)?;
    state.connections.secured(key, secure);
    Some((key, state.connections.open(key)?))
}
