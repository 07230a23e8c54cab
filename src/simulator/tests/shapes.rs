//! The keys that answers of the REST interface have on record (fact sheet 2.2, 2.3, 2.4): all of them and no others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::links::one_running;
use super::world::{PASSWORD, Sim, eventually};

#[track_caller]
fn has_keys(value: &Value, words: &str) {
    let seen: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(seen, words.split_whitespace().collect::<BTreeSet<_>>());
}

#[test]
fn answers_about_the_gateway_network_have_the_recorded_keys() {
    let hub = Sim::new("hub").args("-n hub").open().started();
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).started();
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    let cookie = spoke.login(PASSWORD).unwrap();
    let get = |route: &str| spoke.api_as(&cookie, &format!("/gateway-network/{route}"));
    let gateways = "serverId name outgoingTp incomingTp route status remoteVersion pending active";
    has_keys(&get("gateways")["items"][0], gateways);
    let connection = &get("connections")["items"][0];
    has_keys(
        connection,
        "remoteGateway internalId networkAddr redundantRole direction lastComm faultCount lastError status pingTime",
    );
    let details = get(&format!("connectionDetails/{}/hub", connection["internalId"].as_str().unwrap()));
    has_keys(
        &details,
        "localUUID internalId remoteId remoteGateway serverId description networkAddr redundantRole direction sessionId lastComm
         faultCount lastError status outgoingBytesRate incomingBytesRate pingTime sendThreads sendThreadsMax receiveThreads
         receiveThreadsMax connectionEvents outgoingTasks incomingTasks",
    );
    has_keys(&details["connectionEvents"][0], "description status timestamp");
    let detail = get("gatewayDetail/_0:0:hub");
    has_keys(&detail, "name queues intents");
    has_keys(&detail["queues"][0], "displayName priority pending active insertRate queueId sendDuration total paused");
    let neighbour =
        "networkAddress direction connectionStatus ssl pingTime outgoing_rate incoming_rate systemName redundantRole
        connectionId version edition connections";
    let diagram = get("livediagram");
    has_keys(&diagram, "localGatewayName redundantRole version edition connections");
    has_keys(&diagram["connections"][0], neighbour);
    has_keys(&get("crawler")["connections"][0], &format!("{neighbour} faultCount"));
}

#[test]
fn answers_about_the_gateway_have_the_recorded_keys() {
    let sim = Sim::new("box").started();
    sim.wait_running();
    let cookie = sim.login(PASSWORD).unwrap();
    let get = |route: &str| sim.api_as(&cookie, route);
    has_keys(
        &get("/redundancy"),
        "role projectState activityLevel localId peerConnected hasConfigAccess syncPending failoverPending uptime lastSyncTimestamp",
    );
    let config = get("/redundancy/config");
    has_keys(
        &config,
        "role activeHistoryLevel standbyActivityLevel joinWaitTime masterRecoveryMode syncTimeoutSecs autoDetectLocal
         localInterface useActiveUptimeToResolveConflict gatewayNetworkSetup",
    );
    has_keys(
        &config["gatewayNetworkSetup"],
        "host port enableSsl pingRate pingTimeout pingMaxMissed websocketTimeout httpConnectTimeout httpReadTimeout sendThreads
         receiveThreads",
    );
    has_keys(
        &get("/overview/gan"),
        "totalConnections runningConnections outgoingByteRate incomingByteRate remoteGateways",
    );
    has_keys(
        &get("/trial"),
        "licenseMode trialState trialSecondsLeft expired emergency emergencySecondsLeft development developmentSecondsLeft",
    );
    let info = get("/gateway-info");
    has_keys(
        &info,
        "name redundancyRole edition hostname port ignitionVersion deploymentMode timeZone timeZoneId jvmVersion
         allowUnsignedModules license",
    );
    has_keys(&info["license"], "mode validForVersion expirationDate licenseRestrictions");
    has_keys(&get("/scan/config"), "scanActive lastScanTimestamp lastScanDuration");
    has_keys(&get("/restart-tasks/pending"), "pending");
    let module = &get("/modules/healthy")["items"][0];
    for key in "id name version state onStartup shouldUpgrade startupTime".split(' ') {
        assert!(module.get(key).is_some(), "{key}");
    }
    assert_eq!((&module["state"], &module["onStartup"]), (&"ACTIVE".into(), &"enabled".into()));
    let line = &get("/logs")["items"][0];
    has_keys(line, "timestamp loggerName level message stack mdc");
}
