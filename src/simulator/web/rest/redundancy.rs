//! Redundancy over REST (fact sheet 2.2). What a pair does is the redundancy room's business.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::uptime_ms;
use crate::simulator::node::Node;
use crate::simulator::redundancy::config_json;
use crate::simulator::unknown::{FORCE_FAILOVER, LAST_SYNC_UNIT_MS, PROVIDER_VALUE, RESYNC_STATE};
use crate::simulator::web::answer::{Answer, Problem};
use crate::simulator::web::call::Call;
use crate::simulator::web::list::list;
use crate::simulator::web::routes::{Need, Route, Verb};

/// The routes. The bare `/redundancy/failover` and `/redundancy/resync` do not exist.
pub(crate) const ROUTES: &[Route] = &[
    Route::read("/redundancy", |call| Answer::json(redundancy(&call.node))),
    Route::read("/redundancy/config", |call| Answer::json(config_json::to_json(&call.node.redundancy_settings()))),
    Route::new(Verb::Put, "/redundancy/config", Need::Write, write_config),
    Route::read("/redundancy/events", events),
    Route::read("/redundancy/providers", providers),
    Route::new(Verb::Post, "/redundancy/gwaction/failover", Need::Write, |call| {
        call.node.force_failover();
        Answer::json(json!({"force_failover": FORCE_FAILOVER}))
    }),
    Route::new(Verb::Post, "/redundancy/gwaction/resync", Need::Write, |call| {
        call.node.resync();
        Answer::json(json!({"resync_state": RESYNC_STATE}))
    }),
];

fn redundancy(node: &Node) -> Value {
    let has_config_access = node.has_config_access();
    let state = node.state();
    let machine = &state.machine;
    let mut body = json!({
        "role": machine.role().as_str(),
        "projectState": machine.sync().display(),
        "activityLevel": machine.level().as_str(),
        "localId": node.address,
        "peerConnected": machine.peer().is_some(),
        "hasConfigAccess": has_config_access,
        "syncPending": machine.pulls(),
        "failoverPending": machine.failover_pending(),
        "uptime": uptime_ms(node),
        "lastSyncTimestamp": state.last_sync.map_or(json!(-1), |ms| json!(ms / LAST_SYNC_UNIT_MS)),
    });
    if let (Some(peer), Some(map)) = (&state.peer, body.as_object_mut()) {
        map.insert("peerId".to_owned(), json!(peer.identity.address));
    }
    body
}

/// 200 with the configuration that is now in force, or 422 with what is wrong with each field.
fn write_config(call: &Call) -> Answer {
    let refuse = |problem| Answer::Problem(StatusCode::UNPROCESSABLE_ENTITY, problem);
    let body: Value = match serde_json::from_slice(&call.body) {
        Ok(body) => body,
        Err(e) => return refuse(Problem { messages: vec![format!("not JSON: {e}")], fields: Vec::new() }),
    };
    let settings = match config_json::apply(&call.node.redundancy_settings(), &body) {
        Ok(settings) => settings,
        Err(fields) => return refuse(Problem { messages: Vec::new(), fields }),
    };
    let answer = config_json::to_json(&settings);
    match call.node.write_redundancy(settings) {
        Ok(()) => Answer::json(answer),
        Err(e) => Answer::problem(StatusCode::INTERNAL_SERVER_ERROR, &e.to_string()),
    }
}

fn events(call: &Call) -> Answer {
    let since = match call.query("timestamp").map(str::parse::<u64>) {
        None => 0,
        Some(Ok(since)) => since,
        Some(Err(_)) => return Answer::problem(StatusCode::BAD_REQUEST, "timestamp must be epoch milliseconds"),
    };
    let items = call.node.state().pairing.events.since(since);
    list(items, &call.query)
}

/// The only provider that is played is the one of what is pulled as a whole.
fn providers(call: &Call) -> Answer {
    let state = call.node.state();
    let pull = &state.pairing.last_pull;
    let object = |value: Value| json!({PROVIDER_VALUE: value});
    let item = json!({
        "name": "config",
        "friendlyName": "Configuration and projects",
        "pendingUpdates": object(u8::from(state.machine.pulls()).into()),
        "queuedUpdatesPerSec": object(0.into()),
        "dispatchedUpdatesPerSec": object(0.into()),
        "lastPullTimestamp": object(pull.ended.map_or(json!(-1), Value::from)),
        "lastPullDuration": object(millis(pull.took)),
        "lastApplyDuration": object(millis(pull.applying_took)),
        "lastSyncError": object(pull.error.as_str().into()),
        "status": object(state.machine.sync().display().into()),
        "hashcode": format!("{:016x}", state.pairing.content),
    });
    drop(state);
    list(vec![item], &call.query)
}

fn millis(time: std::time::Duration) -> Value {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).into()
}
