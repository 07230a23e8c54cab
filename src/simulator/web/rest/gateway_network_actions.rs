//! What REST does to connections of the gateway network (fact sheet 2.4): approve, take back, reset.

use axum::http::StatusCode;

use crate::simulator::config::tree::Kind;
use crate::simulator::network::incoming::{self, INCOMING};
use crate::simulator::network::outgoing::OUTGOING;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::routes::{Need, Route, Verb};

pub(crate) const ROUTES: &[Route] = &[
    Route::new(Verb::Put, "/gateway-network-incoming/toggleApproval/{remoteId}/{approve}", Need::Write, toggle),
    Route::new(Verb::Put, "/gateway-network-incoming/reset/{resourceName}", Need::Write, |call| reset(call, INCOMING)),
    Route::new(Verb::Put, "/gateway-network-outgoing/reset/{resourceName}", Need::Write, |call| reset(call, OUTGOING)),
];

/// `remoteId` is `name|uuid`.
fn toggle(call: &Call) -> Answer {
    let approve = match call.parameter("approve") {
        "true" => true,
        "false" => false,
        _ => return Answer::problem(StatusCode::BAD_REQUEST, "approve must be true or false"),
    };
    let store = &call.node.store;
    if store.is_backup() {
        return Answer::problem(StatusCode::FORBIDDEN, "Approvals cannot be changed on the backup node");
    }
    let Some(known) = incoming::find(store, call.parameter("remoteId")) else {
        return Answer::Empty(StatusCode::NOT_FOUND);
    };
    match incoming::decide(store, &known, approve) {
        Ok(()) => Answer::ok(),
        Err(e) => Answer::problem(StatusCode::INTERNAL_SERVER_ERROR, &e.to_string()),
    }
}

/// A resource without a connection, as a disabled one is, is reset by doing nothing.
fn reset(call: &Call, kind: &str) -> Answer {
    let name = call.parameter("resourceName");
    if call.node.store.find(&Kind::new("ignition", kind), Some(name), None).is_none() {
        return Answer::Empty(StatusCode::NOT_FOUND);
    }
    if let Some(key) = call.node.connection_of(kind, name) {
        call.node.reset_connection(key);
    }
    Answer::ok()
}
