//! Bodies of the read-only REST routes of `/data/api/v1` (fact sheet 2.2 to 2.4). One state gives all of them; no HTTP here.

use serde_json::{Value, json};

use crate::simulator::modules::Module;
use crate::simulator::network::frame::Purpose;
use crate::simulator::network::table::{Connection, Direction, display_name, server_id};
use crate::simulator::node::{Node, epoch_ms};
use crate::simulator::redundancy::machine::Role;

/// Body of a read route, `None` when there is no such route. `route` is what follows `/data/api/v1`.
pub(crate) fn get(node: &Node, route: &str) -> Option<Value> {
    Some(match route {
        "/trial" => trial(node),
        "/overview/banners" => list([].into_iter()),
        "/redundancy" => redundancy(node),
        "/redundancy/config" => redundancy_config(node),
        "/overview" => overview(node),
        "/overview/name" => overview_name(node),
        "/overview/gan" => gan(node),
        "/gateway-network/gateways" => gateways(node),
        "/gateway-network/connections" => connections(node),
        "/gateway-info" => gateway_info(node),
        "/modules/healthy" => list(node.setup.modules.healthy.iter().map(healthy)),
        "/modules/quarantined" => list(node.setup.modules.quarantined.iter().map(quarantined)),
        "/restart-tasks/pending" => json!({"pending": []}),
        _ => return connection_details(node, route.strip_prefix("/gateway-network/connectionDetails/")?),
    })
}

/// Whether a read route needs no login (fact sheet 1.1).
pub(crate) fn is_open(route: &str) -> bool {
    matches!(route, "/trial" | "/overview/banners")
}

/// A list with its metadata (fact sheet 2.1); paging is not simulated.
fn list(items: impl Iterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.collect();
    let n = items.len();
    json!({"items": items, "metadata": {"total": n, "matching": n, "limit": n, "offset": 0}})
}

fn trial(node: &Node) -> Value {
    let left = node.trial_left_s();
    json!({
        "licenseMode": "Trial", "trialState": "AllInDemo", "trialSecondsLeft": left, "expired": left == 0,
        "emergency": false, "emergencySecondsLeft": 0, "development": false, "developmentSecondsLeft": 0,
    })
}

fn uptime_ms(node: &Node) -> u64 {
    u64::try_from(node.uptime().as_millis()).unwrap_or(u64::MAX)
}

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
        "syncPending": state.machine.sync() == crate::simulator::redundancy::machine::SyncState::OutOfDate,
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

/// `8.3.9` as the platform's version object.
fn version_parts(version: &str) -> Value {
    let mut parts = version.split(['.', '-']).map(|p| p.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    json!({
        "major": next(), "minor": next(), "rev": next(), "build": 0, "beta": 0,
        "rc": 0, "dev": false, "snapshot": version.contains("SNAPSHOT"),
    })
}

fn overview(node: &Node) -> Value {
    let state = node.state();
    let machine = &state.machine;
    let mut redundancy = json!({
        "role": machine.role().as_str(),
        "activityLevel": machine.level().as_str(),
        "projectState": machine.sync().as_str(),
        "localAddress": node.address,
    });
    if let (Some(peer), Some(map)) = (&state.peer, redundancy.as_object_mut()) {
        let info = json!({
            "address": peer.identity.address,
            "version": version_parts(&peer.identity.version),
            "level": peer.condition.level.as_str(),
            "projState": peer.condition.sync.as_str(),
            "moduleHash": peer.identity.module_hash,
            "edition": peer.identity.edition,
        });
        map.insert("peerStatus".to_owned(), json!({"info": info}));
    }
    let name = state.name.clone();
    drop(state);
    json!({
        "version": full_version(node),
        "redundancy": redundancy,
        "java": {"version": "17.0.17", "vendor": "simulated", "name": "simulated"},
        "os": {"name": "Linux", "arch": std::env::consts::ARCH, "version": ""},
        "cloudEnv": {},
        "uptime": uptime_ms(node),
        "timezone": node.setup.timezone,
        "locale": "en",
        "time": epoch_ms(),
        "memory": [],
        "cpu": 0.0,
        "disk": {"total": 0, "used": 0},
        "license": {"state": "Trial", "trialRemaining": node.trial_left_s()},
        "gatewayName": name,
        "libPath": "",
        "processId": std::process::id(),
        "nics": [],
        "gcNames": [],
        "driftRate": 0.0,
    })
}

/// The version with a build number of zero, because no such build exists.
fn full_version(node: &Node) -> String {
    format!("{} (b0)", node.setup.version)
}

fn overview_name(node: &Node) -> Value {
    let name = node.state().name.clone();
    let clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    json!({"gatewayName": name, "cleanGatewayName": clean})
}

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

fn gateways(node: &Node) -> Value {
    let remotes = node.state().connections.remotes();
    let line = |r: crate::simulator::network::table::Remote| {
        json!({
            "serverId": r.server_id, "name": r.name, "outgoingTp": u8::from(r.outgoing), "incomingTp": u8::from(r.incoming),
            "route": "", "status": if r.connected { "Connected" } else { "NotConnected" },
            "remoteVersion": r.version, "pending": 0, "active": 0,
        })
    };
    list(remotes.into_iter().map(line))
}

fn connections(node: &Node) -> Value {
    let state = node.state();
    list(state.connections.iter().map(|(key, c)| connection(key, c)))
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

/// `{internalId}/{remoteGateway}` names the connection; a percent-encoded name is not compared, the id alone is unique.
/// Rates, threads, tasks and events are not played: zero and empty.
fn connection_details(node: &Node, path: &str) -> Option<Value> {
    let (id, remote) = path.split_once('/')?;
    let state = node.state();
    let (mut body, c) = state
        .connections
        .iter()
        .map(|(key, c)| (connection(key, c), c))
        .find(|(body, _)| body["internalId"] == id && (remote.contains('%') || body["remoteGateway"] == remote))?;
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

fn gateway_info(node: &Node) -> Value {
    let (name, role) = {
        let state = node.state();
        (state.name.clone(), state.machine.role())
    };
    json!({
        "name": name,
        "redundancyRole": role.as_str(),
        "edition": node.setup.edition,
        "hostname": node.setup.hostname,
        "port": node.setup.http_port,
        "ignitionVersion": full_version(node),
        "deploymentMode": node.setup.mode.clone().unwrap_or_default(),
        "timeZone": node.setup.timezone,
        "timeZoneId": node.setup.timezone,
        "jvmVersion": "17.0.17",
        "allowUnsignedModules": false,
        "license": {"mode": "Trial", "validForVersion": true, "expirationDate": null, "licenseRestrictions": []},
    })
}

/// The last part of an identifier; the modules' display names are not in the fact sheet.
fn module_name(id: &str) -> &str {
    id.strip_prefix("com.inductiveautomation.").unwrap_or(id)
}

fn healthy(module: &Module) -> Value {
    json!({
        "id": module.id, "name": module_name(&module.id), "version": module.version, "state": "ACTIVE",
        "onStartup": "enabled", "shouldUpgrade": false, "startupTime": 0,
    })
}

fn quarantined(module: &Module) -> Value {
    json!({
        "id": module.id, "name": module_name(&module.id), "version": module.version, "certAccepted": true,
        "licenseAccepted": true, "reason": "not named in GATEWAY_MODULES_ENABLED",
    })
}
