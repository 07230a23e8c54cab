//! The gateway network over REST (fact sheet 2.4). Connections themselves are the network room's business.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::simulator::network::frame::Purpose;
use crate::simulator::network::table::{Connection, Direction, Remote, display_name, server_id};
use crate::simulator::node::Node;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::list::list;
use crate::simulator::web::routes::Route;

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/overview/gan", |call| Answer::json(gan(&call.node))),
    Route::read("/gateway-network/gateways", |call| list(gateways(&call.node), &call.query)),
    Route::read("/gateway-network/connections", |call| list(connections(&call.node), &call.query)),
    Route::read("/gateway-network/connectionDetails/{internalId}/{remoteGateway}", |call| {
        connection_details(&call.node, call.parameter("internalId"), call.parameter("remoteGateway"))
            .map_or(Answer::Empty(StatusCode::NOT_FOUND), Answer::json)
    }),
];

fn gan(node: &Node) -> Value {
    let state = node.state();
    json!({
        "totalConnections": state.connections.iter().count(),
        "runningConnections": state.connections.running(),
        "outgoingByteRate": 0.0,
        "incomingByteRate": 0.0,
        "remoteGateways": state.connections.remotes().iter().filter(|r| r.connected).count(),
    })
}

fn gateways(node: &Node) -> Vec<Value> {
    let remotes = node.state().connections.remotes();
    let line = |r: Remote| {
        json!({
            "serverId": r.server_id, "name": r.name, "outgoingTp": u8::from(r.outgoing), "incomingTp": u8::from(r.incoming),
            "route": "", "status": if r.connected { "Connected" } else { "NotConnected" },
            "remoteVersion": r.version, "pending": 0, "active": 0,
        })
    };
    remotes.into_iter().map(line).collect()
}

fn connections(node: &Node) -> Vec<Value> {
    let state = node.state();
    state.connections.iter().map(|(key, c)| connection(key, c)).collect()
}

fn connection(key: u64, c: &Connection) -> Value {
    let purpose = if c.purpose == Purpose::Redundancy { "redundancy" } else { "link" };
    let direction = if c.direction == Direction::Outgoing { "out" } else { "in" };
    json!({
        "remoteGateway": c.remote.as_ref().map(|r| display_name(&r.name, r.role)).unwrap_or_default(),
        "internalId": format!("{direction}-{purpose}-{key}"),
        "networkAddr": c.address,
        "redundantRole": c.remote.as_ref().map(|r| r.role.as_str()).unwrap_or_default(),
        "direction": c.direction.as_str(),
        "lastComm": c.last_comm.map_or(json!(-1), |ms| json!(ms)),
        "faultCount": c.fault_count,
        "lastError": c.last_error,
        "status": c.status.as_str(),
        "pingTime": c.ping_ms.map_or(json!(-1), |ms| json!(ms)),
    })
}

/// Rates, threads, tasks and events are not played: zero and empty.
fn connection_details(node: &Node, id: &str, remote: &str) -> Option<Value> {
    let state = node.state();
    let (mut body, c) = state
        .connections
        .iter()
        .map(|(key, c)| (connection(key, c), c))
        .find(|(body, _)| body["internalId"] == id && body["remoteGateway"] == remote)?;
    let more = json!({
        "localUUID": node.setup.uuid,
        "remoteId": c.remote.as_ref().map(|r| format!("{}|{}", r.name.to_lowercase(), r.uuid)).unwrap_or_default(),
        "serverId": c.remote.as_ref().map(|r| server_id(&r.name, r.role)).unwrap_or_default(),
        "description": "", "sessionId": "", "outgoingBytesRate": 0.0, "incomingBytesRate": 0.0,
        "sendThreads": 0, "sendThreadsMax": 5, "receiveThreads": 0, "receiveThreadsMax": 5,
        "connectionEvents": [], "outgoingTasks": [], "incomingTasks": [],
    });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    Some(body)
}
