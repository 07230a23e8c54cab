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
use crate::simulator::network::policy::{self, Approval, Refused, connection_id};
use crate::simulator::network::session::{self, Terms};
use crate::simulator::network::table::{ConnectionKey, Direction};
use crate::simulator::network::wire::Wire;
use crate::simulator::node::Node;
use crate::simulator::start::options::is_system_name;

const REMOTE_SYSTEM_ID: HeaderName = HeaderName::from_static("remotesystemid");
/// Query key by which a simulated backup marks its redundancy connection; the wire of 8.3 is not known (fact sheet 10.13).
pub(crate) const PURPOSE: &str = "purpose";
/// Most incoming connections that wait for approval.
const PENDING_LIMIT: usize = 64;
/// Most refusals that are logged.
const REFUSED_LIMIT: usize = 256;

#[derive(Deserialize)]
struct Knock {
    name: String,
    uuid: String,
    #[serde(default)]
    purpose: Option<Purpose>,
}

/// Answers an upgrade request: 101, or a plain 403 (fact sheet 4.4, 4.6).
pub(crate) async fn upgrade(node: Arc<Node>, mut parts: Parts, from: SocketAddr) -> Response {
    let Ok(Query(knock)) = Query::<Knock>::try_from_uri(&parts.uri) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Ok(uuid) = Uuid::parse_str(&knock.uuid).map(|u| u.to_string()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !is_system_name(&knock.name) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if let Err(refused) = admit(&node, &knock.name, &uuid) {
        if is_news(&node, connection_id(&knock.name, &uuid), refused) {
            let why = refused.word();
            let text = format!("Refused the gateway network connection of '{}' from {from}: {why}", knock.name);
            node.setup.log.warn("gateway-network", &text);
        }
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
    let Some((key, generation)) = enter(&node, purpose, from, &uuid) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let settings = &node.setup.network;
    let terms = Terms {
        key,
        generation,
        direction: Direction::Incoming,
        purpose,
        ping_rate: Duration::from_millis(settings.incoming_ping_rate_millis),
        ping_timeout: Duration::from_millis(settings.incoming_ping_timeout_millis),
        ping_max_missed: settings.incoming_ping_max_missed,
        expected_uuid: Some(uuid),
    };
    let own = format!("http://{}:{}/system", node.address, node.setup.http_port);
    let mut response = upgrade
        .max_message_size(purpose.frame_limit())
        .max_frame_size(purpose.frame_limit())
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * purpose.frame_limit())
        .on_upgrade(move |socket| async move {
            session::serve(&node, &mut Wire::Accepted(Box::new(socket)), terms).await;
        });
    if let Ok(own) = HeaderValue::from_str(&own) {
        response.headers_mut().insert(REMOTE_SYSTEM_ID, own);
    }
    response
}

fn enter(node: &Node, purpose: Purpose, from: SocketAddr, uuid: &str) -> Option<(ConnectionKey, u64)> {
    let mut state = node.state();
    let key = state.connections.accept(purpose, from.ip().to_string(), uuid)?;
    Some((key, state.connections.open(key)?))
}

/// Whether this refusal was not logged before.
fn is_news(node: &Node, id: String, refused: Refused) -> bool {
    let mut state = node.state();
    state.refused.len() < REFUSED_LIMIT && state.refused.insert((id, refused))
}

/// Applies the policy; an unknown gateway under `ApprovedOnly` leaves an entry that waits for approval.
fn admit(node: &Node, name: &str, uuid: &str) -> Result<(), Refused> {
    let mut state = node.state();
    let decision = policy::admit_plain(&node.setup.network, &state.approvals, name, uuid);
    if decision == Err(Refused::NotApproved) {
        let id = connection_id(name, uuid);
        let waiting = state.approvals.values().filter(|a| **a == Approval::Pending).count();
        if !state.approvals.contains_key(&id) && waiting < PENDING_LIMIT {
            state.approvals.insert(id.clone(), Approval::Pending);
            drop(state);
            leave_entry(node, name, uuid, &id);
        }
    }
    decision
}

/// The incoming resource of a gateway that waits (fact sheet 4.2). The name is foreign text and becomes part of a path.
fn leave_entry(node: &Node, name: &str, uuid: &str, id: &str) {
    let safe: String = name
        .to_lowercase()
        .chars()
        .take(100)
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' })
        .collect();
    let directory = format!("config/resources/core/ignition/gateway-network-incoming/{safe}_{uuid}");
    let config = serde_json::json!({"connectionId": id, "securityStatus": "PendingApproval"});
    let manifest = serde_json::json!({
        "scope": "A", "description": "", "version": 1, "restricted": false, "overridable": true,
        "files": ["config.json"], "attributes": {"enabled": true, "uuid": Uuid::new_v4().to_string()},
    });
    for (file, content) in [("config.json", config), ("resource.json", manifest)] {
        if let Err(e) = node.setup.data.write(&format!("{directory}/{file}"), content.to_string().as_bytes()) {
            node.setup.log.error("gateway-network", &format!("incoming connection could not be saved: {e}"));
        }
    }
}

impl Refused {
    fn word(self) -> &'static str {
        match self {
            Self::Disabled => "the gateway network is disabled",
            Self::RequiresSsl => "SSL is required",
            Self::IncomingNotAllowed => "incoming connections are not allowed",
            Self::NotApproved => "PendingApproval",
            Self::NotOnWhiteList => "NotOnWhiteList",
        }
    }
}
