//! Redundancy over REST (fact sheet 2.2). What a pair does is the redundancy room's business.

use serde_json::{Value, json};

use super::uptime_ms;
use crate::simulator::node::Node;
use crate::simulator::redundancy::machine::{Role, SyncState};
use crate::simulator::web::answer::Answer;
use crate::simulator::web::routes::Route;

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/redundancy", |call| Answer::json(redundancy(&call.node))),
    Route::read("/redundancy/config", |call| Answer::json(redundancy_config(&call.node))),
];

fn redundancy(node: &Node) -> Value {
    let state = node.state();
    let role = state.machine.role();
    let connected = state.machine.peer().is_some();
    let mut body = json!({
        "role": role.as_str(),
        "projectState": state.machine.sync().display(),
        "activityLevel": state.machine.level().as_str(),
        "localId": node.address,
        "peerConnected": connected,
        "hasConfigAccess": !(connected && role == Role::Backup),
        "syncPending": state.machine.sync() == SyncState::OutOfDate,
        "failoverPending": false,
        "uptime": uptime_ms(node),
        "lastSyncTimestamp": state.last_sync.map_or(json!(-1), |ms| json!(ms)),
    });
    if let (Some(peer), Some(map)) = (&state.peer, body.as_object_mut()) {
        map.insert("peerId".to_owned(), json!(peer.identity.address));
    }
    body
}

fn redundancy_config(node: &Node) -> Value {
    let r = &node.setup.redundancy;
    let gan = &r.gan;
    json!({
        "role": r.role.as_str(),
        "activeHistoryLevel": r.active_history_level,
        "standbyActivityLevel": r.standby.as_str(),
        "joinWaitTime": r.join_wait.as_millis(),
        "masterRecoveryMode": r.recovery.as_str(),
        "syncTimeoutSecs": r.sync_timeout_s,
        "autoDetectLocal": r.auto_detect_local,
        "localInterface": r.local_interface,
        "useActiveUptimeToResolveConflict": r.use_active_uptime,
        "gatewayNetworkSetup": {
            "host": gan.host,
            "port": gan.port,
            "enableSsl": gan.enable_ssl,
            "pingRate": gan.ping_rate.as_millis(),
            "pingTimeout": gan.ping_timeout.as_millis(),
            "pingMaxMissed": gan.ping_max_missed,
            "websocketTimeout": gan.websocket_timeout.as_millis(),
            "httpConnectTimeout": gan.http_connect_timeout.as_millis(),
            "httpReadTimeout": gan.http_read_timeout.as_millis(),
            "sendThreads": gan.send_threads,
            "receiveThreads": gan.receive_threads,
        },
    })
}
