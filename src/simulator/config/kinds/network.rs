//! Settings of the gateway network's kinds (fact sheet 4.2).

use serde_json::{Value, json};

use crate::simulator::config::fields::{Field, Finding, Want, may, need};

/// Milliseconds, counts and the like: the largest number that the gateway's Java integers hold.
const NUMBER: Want = Want::Whole(0, i32::MAX as i64);
const COUNT: Want = Want::Whole(1, i32::MAX as i64);

pub(super) const SETTINGS: &[Field] = &[
    may("allowIncoming", Want::Flag),
    may("allowJavaSerialization", Want::Flag),
    may("allowedProxyHops", NUMBER),
    may("dataChannelQueueSize", NUMBER),
    may("dataChannelThreadPoolMaxSize", NUMBER),
    may("incomingPingMaxMissed", COUNT),
    may("incomingPingRateMillis", COUNT),
    may("incomingPingTimeoutMillis", COUNT),
    may("overloadWaitSecs", NUMBER),
    may("proxyInterceptServiceCalls", Want::Flag),
    may("receiveQueueMax", NUMBER),
    may("requireSSL", Want::Flag),
    may("requireTwoWayAuth", Want::Flag),
    may("securityPolicy", Want::OneOf(&["ApprovedOnly", "Unrestricted", "SpecifiedList"])),
    may("tempFilesMaxAgeHours", NUMBER),
    may("websocketSessionIdleTimeout", NUMBER),
    may("whitelist", Want::Text),
];

pub(super) fn default_settings() -> Value {
    json!({
        "allowIncoming": true, "allowJavaSerialization": false, "allowedProxyHops": 0, "dataChannelQueueSize": 50,
        "dataChannelThreadPoolMaxSize": 100, "incomingPingMaxMissed": 12, "incomingPingRateMillis": 5000,
        "incomingPingTimeoutMillis": 300, "overloadWaitSecs": 60, "proxyInterceptServiceCalls": false,
        "receiveQueueMax": 100, "requireSSL": true, "requireTwoWayAuth": true, "securityPolicy": "ApprovedOnly",
        "tempFilesMaxAgeHours": 24, "websocketSessionIdleTimeout": 30000, "whitelist": "",
    })
}

pub(super) const OUTGOING: &[Field] = &[
    need("host", Want::Filled),
    need("port", Want::Whole(1, 65_535)),
    need("useSSL", Want::Flag),
    may("pingRateMillis", COUNT),
    may("pingTimeoutMillis", COUNT),
    may("pingMaxMissed", COUNT),
    may("wsTimeoutMillis", COUNT),
    may("httpConnectTimeoutMillis", COUNT),
    may("httpReadTimeoutMillis", COUNT),
    may("sendThreads", COUNT),
    may("receiveThreads", COUNT),
];

pub(super) const INCOMING: &[Field] = &[
    need("connectionId", Want::Of(connection_id)),
    need("securityStatus", Want::OneOf(&["PendingApproval", "Approved", "NotOnWhiteList"])),
];

/// `name|uuid`: system names hold no `|`.
fn connection_id(value: &Value) -> Result<(), Finding> {
    let parts = value.as_str().and_then(|t| t.split_once('|'));
    match parts {
        Some((name, id)) if !name.is_empty() && !id.is_empty() && !id.contains('|') => Ok(()),
        _ => Err(Finding::new("", "must be a name and a UUID with | between them")),
    }
}

pub(super) const PROXY_RULES: &[Field] = &[need("proxyRules", Want::List)];

pub(super) fn default_proxy_rules() -> Value {
    json!({"proxyRules": []})
}

pub(super) const QUEUES: &[Field] = &[need("queueSettings", Want::Of(queues))];

fn queues(value: &Value) -> Result<(), Finding> {
    let queues = value.as_array().ok_or_else(|| Finding::new("", "must be a list"))?;
    for (n, queue) in queues.iter().enumerate() {
        if queue["queueId"].as_str().is_none_or(str::is_empty) {
            return Err(Finding::new(format!("[{n}].queueId"), "is required"));
        }
        // -1 is no limit.
        if !queue["maxActive"].is_null() && queue["maxActive"].as_i64().is_none_or(|n| n < -1) {
            return Err(Finding::new(format!("[{n}].maxActive"), "must be a whole number from -1"));
        }
    }
    Ok(())
}

/// The queues on record. Their times are too, but not the key that holds them: it is left out.
pub(super) fn default_queues() -> Value {
    let ids = ["_default_", "diagnosticInfoQueue", "_rpcReturn_", "longWaitQueue", "_proxy_"];
    json!({"queueSettings": ids.map(|id| json!({"queueId": id, "maxActive": -1}))})
}
