//! One remote gateway with its queues (fact sheet 2.4, 4.2): shown, paused, resumed, emptied, tested. Nothing ever waits in a queue
//! here, so that the numbers are zero and a pause is only remembered.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::simulator::network::table::Remote;
use crate::simulator::node::Node;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::routes::{Need, Route, Verb};

/// The queues of a fresh gateway (fact sheet 4.2).
const QUEUES: [&str; 5] = ["_default_", "diagnosticInfoQueue", "_rpcReturn_", "longWaitQueue", "_proxy_"];

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/gateway-network/gatewayDetail/{serverId}", |call| {
        remote(&call.node, call.parameter("serverId")).map_or_else(not_found, |r| Answer::json(detail(&call.node, &r)))
    }),
    Route::read("/gateway-network/diagnostics/getRemoteServerIds", |call| {
        let remotes = call.node.state().connections.remotes();
        Answer::json(remotes.into_iter().map(|r| Value::String(r.server_id)).collect())
    }),
    Route::new(Verb::Post, "/gateway-network/diagnostics/testConnectionToServer/{serverId}", Need::Write, test),
    Route::new(Verb::Put, "/gateway-network/pauseQueue/{serverId}/{queueId}", Need::Write, |call| pause(call, true)),
    Route::new(Verb::Put, "/gateway-network/resumeQueue/{serverId}/{queueId}", Need::Write, |call| pause(call, false)),
    Route::new(Verb::Delete, "/gateway-network/cancelQueueTasks/{serverId}/{queueId}", Need::Write, |call| {
        queue(call).map_or_else(not_found, |_| Answer::ok())
    }),
];

fn not_found() -> Answer {
    Answer::Empty(StatusCode::NOT_FOUND)
}

fn remote(node: &Node, server_id: &str) -> Option<Remote> {
    node.state().connections.remotes().into_iter().find(|r| r.server_id == server_id)
}

/// The queue that the path names, of a gateway that is known.
fn queue(call: &Call) -> Option<(String, &'static str)> {
    let remote = remote(&call.node, call.parameter("serverId"))?;
    let queue = QUEUES.into_iter().find(|q| *q == call.parameter("queueId"))?;
    Some((remote.server_id, queue))
}

fn detail(node: &Node, remote: &Remote) -> Value {
    let state = node.state();
    let queues: Vec<_> = QUEUES
        .iter()
        .map(|queue| {
            json!({
                "displayName": queue, "priority": 0, "pending": 0, "active": 0, "insertRate": 0.0, "queueId": queue,
                "sendDuration": 0.0, "total": 0, "paused": state.paused_queues.contains(&(remote.server_id.clone(), *queue)),
            })
        })
        .collect();
    json!({"name": remote.name, "queues": queues, "intents": []})
}

fn pause(call: &Call, paused: bool) -> Answer {
    let Some(queue) = queue(call) else { return not_found() };
    let mut state = call.node.state();
    if paused {
        state.paused_queues.insert(queue);
    } else {
        state.paused_queues.remove(&queue);
    }
    Answer::ok()
}

/// A connection that runs is pinged all the time; the last of those pings is the test. The words of a failure are ours.
fn test(call: &Call) -> Answer {
    match remote(&call.node, call.parameter("serverId")) {
        Some(remote) if remote.connected => Answer::ok(),
        Some(remote) => {
            Answer::problem(StatusCode::INTERNAL_SERVER_ERROR, &format!("Ping to {} failed", remote.server_id))
        }
        None => not_found(),
    }
}
