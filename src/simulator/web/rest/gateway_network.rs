//! The gateway network over REST (fact sheet 2.4): lists of gateways and connections, and one connection in detail. Connections
//! themselves are the network room's business.

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
    Route::read("/gateway-network/gateways", |call| {
        let both = call.query("includeRedundantIds").is_none_or(|v| !v.eq_ignore_ascii_case("false"));
        list(gateways(&call.node, both), &call.query)
    }),
    Route::read("/gateway-network/connections", |call| list(connections(&call.node), &call.query)),
    Route::read("/gateway-network/connectionDetails/{internalId}/{remoteGateway}", |call| {
        connection_details(&call.node, call.parameter("internalId"), call.parameter("remoteGateway"))
            .map_or(Answer::Empty(StatusCode::NOT_FOUND), Answer::json)
    }),
];

/// Rates are not played.
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

/// Both nodes of a pair, or one line for both. Which of the two the real one gives without the query is not known: both here.
fn gateways(node: &Node, both: bool) -> Vec<Value> {
    let remotes = node.state().connections.remotes();
    let remotes = if both { remotes } else { pairs_as_one(remotes) };
    let line = |r: Remote| {
        json!({
            "serverId": r.server_id, "name": r.name, "outgoingTp": u8::from(r.outgoing), "incomingTp": u8::from(r.incoming),
            "route": "", "status": if r.connected { "Connected" } else { "NotConnected" },
            "remoteVersion": r.version, "pending": 0, "active": 0,
        })
    };
    remotes.into_iter().map(line).collect()
}

/// A pair counts as one server on the network (fact sheet 4.6): the master's line speaks for its backup.
fn pairs_as_one(remotes: Vec<Remote>) -> Vec<Remote> {
    let (backups, mut others): (Vec<_>, Vec<_>) = remotes.into_iter().partition(|r| r.server_id.starts_with("_0:1:"));
    for backup in backups {
        let id = backup.server_id.replacen("_0:1:", "_0:2:", 1);
        match others.iter_mut().find(|o| o.server_id == id) {
            Some(master) => {
                master.outgoing |= backup.outgoing;
                master.incoming |= backup.incoming;
                master.connected |= backup.connected;
            }
            None => others.push(backup),
        }
    }
    others
}

fn connections(node: &Node) -> Vec<Value> {
    let state = node.state();
    state.connections.iter().map(|(key, c)| connection(key, c)).collect()
}

/// The id of a connection in the routes.
pub(crate) fn internal_id(key: u64, c: &Connection) -> String {
    let purpose = if c.purpose == Purpose::Redundancy { "redundancy" } else { "link" };
    let direction = if c.direction == Direction::Outgoing { "out" } else { "in" };
    format!("{direction}-{purpose}-{key}")
}

/// The remote's name as it is shown; empty before it is known.
pub(crate) fn remote_name(c: &Connection) -> String {
    c.remote.as_ref().map(|r| display_name(&r.name, r.role)).unwrap_or_default()
}

fn connection(key: u64, c: &Connection) -> Value {
    json!({
        "remoteGateway": remote_name(c),
        "internalId": internal_id(key, c),
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

/// Rates, threads and tasks are not played: zero and empty. While the remote is not known, any name finds the connection.
fn connection_details(node: &Node, id: &str, remote: &str) -> Option<Value> {
    let state = node.state();
    let (mut body, c) = state
        .connections
        .iter()
        .map(|(key, c)| (connection(key, c), c))
        .find(|(body, c)| body["internalId"] == id && (c.remote.is_none() || body["remoteGateway"] == remote))?;
    let event = |e: &crate::simulator::network::table::ConnectionEvent| json!({"description": e.description, "status": e.status.as_str(), "timestamp": e.timestamp});
    let more = json!({
        "localUUID": node.setup.uuid,
        "remoteId": c.remote_id().unwrap_or_default(),
        "serverId": c.remote.as_ref().map(|r| server_id(&r.name, r.role)).unwrap_or_default(),
        "description": c.description, "sessionId": "", "outgoingBytesRate": 0.0, "incomingBytesRate": 0.0,
        "sendThreads": 0, "sendThreadsMax": 5, "receiveThreads": 0, "receiveThreadsMax": 5,
        "connectionEvents": c.events.iter().map(event).collect::<Vec<_>>(), "outgoingTasks": [], "incomingTasks": [],
    });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(id: &str, connected: bool) -> Remote {
        Remote {
            server_id: id.to_owned(),
            name: String::new(),
            version: String::new(),
            outgoing: connected,
            incoming: false,
            connected,
        }
    }

    #[test]
    fn a_pair_is_one_server_whichever_half_is_there() {
        let seen = pairs_as_one(vec![remote("_0:0:a", true), remote("_0:1:b", true), remote("_0:2:b", false)]);
        let seen: Vec<_> = seen.into_iter().map(|r| (r.server_id, r.connected)).collect();
        assert_eq!(seen, [("_0:0:a".to_owned(), true), ("_0:2:b".to_owned(), true)]);
        assert_eq!(pairs_as_one(vec![remote("_0:1:b", true)])[0].server_id, "_0:1:b");
    }
}
