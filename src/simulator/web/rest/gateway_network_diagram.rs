//! The gateway network as a picture (fact sheet 2.4): this gateway and its neighbours. What the neighbours are connected to in turn is
//! not played, so that the crawler sees no farther than the diagram.

use serde_json::{Value, json};

use super::full_version;
use super::gateway_network::{internal_id, remote_name};
use crate::simulator::network::table::Connection;
use crate::simulator::node::Node;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::routes::Route;

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/gateway-network/livediagram", |call| Answer::json(diagram(&call.node, false))),
    Route::read("/gateway-network/crawler", |call| Answer::json(diagram(&call.node, true))),
];

fn diagram(node: &Node, with_faults: bool) -> Value {
    let state = node.state();
    let connections: Vec<_> = state.connections.iter().map(|(key, c)| neighbour(key, c, with_faults)).collect();
    json!({
        "localGatewayName": state.name, "redundantRole": state.machine.role().as_str(), "version": full_version(node),
        "edition": node.setup.edition, "connections": connections,
    })
}

fn neighbour(key: u64, c: &Connection, with_faults: bool) -> Value {
    let remote = c.remote.as_ref();
    let mut line = json!({
        "networkAddress": c.address, "direction": c.direction.as_str(), "connectionStatus": c.status.as_str(),
        "ssl": c.ssl.to_string(), "pingTime": c.ping_ms.map_or(json!(-1), |ms| json!(ms)), "outgoing_rate": 0.0, "incoming_rate": 0.0,
        "systemName": remote_name(c), "redundantRole": remote.map(|r| r.role.as_str()).unwrap_or_default(),
        "connectionId": internal_id(key, c), "version": remote.map(|r| r.version.as_str()).unwrap_or_default(),
        "edition": remote.map(|r| r.edition.as_str()).unwrap_or_default(), "connections": [],
    });
    if with_faults {
        line["faultCount"] = json!(c.fault_count);
    }
    line
}
