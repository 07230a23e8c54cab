//! The overview of one gateway over REST (fact sheet 2.3).

use serde_json::{Value, json};

use super::{full_version, uptime_ms};
use crate::simulator::node::{Node, epoch_ms};
use crate::simulator::unknown::PEER_ACTIVE_MODE;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::list::list;
use crate::simulator::web::routes::{Need, Route, Verb};

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/overview", |call| Answer::json(overview(&call.node))),
    Route::read("/overview/name", |call| Answer::json(overview_name(&call.node))),
    Route::new(Verb::Get, "/overview/banners", Need::Open, |call| list(Vec::new(), &call.query)),
];

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
            "activeTime": peer.condition.active_ms,
            "activeMode": PEER_ACTIVE_MODE,
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

fn overview_name(node: &Node) -> Value {
    let name = node.state().name.clone();
    let clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    json!({"gatewayName": name, "cleanGatewayName": clean})
}
