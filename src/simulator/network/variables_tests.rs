//! Tests of what the variables do to the configuration at a start.

use super::*;
use crate::simulator::data::DataDir;
use crate::simulator::log::Log;
use crate::simulator::network::outgoing::Outgoing;
use crate::simulator::network::settings::NetworkSettings;

struct World {
    _dir: tempfile::TempDir,
    store: Store,
}

impl World {
    fn new(backup: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        Store::make_manifests(&data, None).unwrap();
        let store = Store::load(&data, None, backup, Log::new(std::io::sink()));
        Self { _dir: dir, store }
    }

    fn put(&self, collection: &str, kind: &str, name: Option<&str>, config: Value) {
        let kind = Kind::new("ignition", kind);
        let place = Place { collection: collection.to_owned(), kind, name: name.map(str::to_owned) };
        self.store.put(&place, config, None, "test").unwrap();
    }

    fn apply(&self, pairs: &[(&str, &str)]) {
        read(pairs).unwrap().apply(&self.store).unwrap();
    }

    fn links(&self) -> Vec<(String, u16, bool)> {
        let (links, problems) = Outgoing::configured(&self.store);
        assert_eq!(problems, Vec::<String>::new());
        links.into_iter().map(|o| (o.host, o.port, o.ssl)).collect()
    }
}

fn read(pairs: &[(&str, &str)]) -> Result<Variables, SimulatorError> {
    let full = |k: &str| format!("GATEWAY_NETWORK_{k}");
    Variables::read(&Environment::new(pairs.iter().map(|(k, v)| (full(k), (*v).to_owned())).collect()))
}

#[test]
fn every_documented_variable_arrives_where_it_belongs() {
    let world = World::new(false);
    world.apply(&[
        ("REQUIRESSL", "false"),
        ("REQUIRETWOWAYAUTH", "false"),
        ("ALLOWINCOMING", "false"),
        ("SECURITYPOLICY", "SpecifiedList"),
        ("WHITELIST", "a,b"),
        ("ALLOWEDPROXYHOPS", "2"),
        ("SENDTHREADS", "6"),
        ("RECEIVETHREADS", "7"),
        ("RECEIVEMAX", "8"),
        ("WEBSOCKETSESSIONIDLETIMEOUT", "9000"),
        ("ALLOWJAVASERIALIZATION", "true"),
        ("3_HOST", "hub"),
        ("3_PORT", "8088"),
        ("3_ENABLESSL", "false"),
        ("3_PINGRATE", "100"),
        ("3_PINGMAXMISSED", "4"),
        ("3_WEBSOCKETTIMEOUT", "500"),
        ("3_DESCRIPTION", "to the hub"),
    ]);
    let found = world.store.singleton("ignition", SETTINGS).unwrap();
    let expected = json!({
        "requireSSL": false, "requireTwoWayAuth": false, "allowIncoming": false, "securityPolicy": "SpecifiedList", "whitelist": "a,b",
        "allowedProxyHops": 2, "sendThreads": 6, "receiveThreads": 7, "receiveQueueMax": 8, "websocketSessionIdleTimeout": 9000,
        "allowJavaSerialization": true,
    });
    assert_eq!((*found.config).clone(), expected);
    let settings = NetworkSettings::read(&world.store).0;
    assert!(!settings.require_ssl && !settings.require_two_way_auth && !settings.allow_incoming);
    assert_eq!((settings.security_policy, settings.whitelist.as_str()), (SecurityPolicy::SpecifiedList, "a,b"));
    let link = world.store.named("ignition", OUTGOING).remove("hub").unwrap();
    let expected = json!({"host": "hub", "port": 8088, "useSSL": false, "pingRateMillis": 100, "pingMaxMissed": 4, "wsTimeoutMillis": 500});
    assert_eq!((*link.config).clone(), expected);
    assert_eq!((link.resource.manifest.description(), link.collection.as_str()), ("to the hub", "core"));
    let read = Outgoing::configured(&world.store).0.remove(0);
    assert_eq!(
        (read.ping_max_missed, read.ping_timeout.as_millis(), read.description.as_str()),
        (4, 300, "to the hub")
    );
}

#[test]
fn defaults_of_a_link_are_those_of_8_3() {
    let world = World::new(false);
    world.apply(&[("0_HOST", "hub")]);
    let link = Outgoing::configured(&world.store).0.remove(0);
    assert_eq!((link.port, link.ssl, link.ping_rate.as_millis(), link.ping_max_missed), (8060, true, 1000, 30));
    assert_eq!((link.ping_timeout.as_millis(), link.websocket_timeout.as_millis()), (300, 10_000));
}

#[test]
fn a_resource_and_a_variable_of_one_remote_are_one_connection() {
    let world = World::new(false);
    world.put(
        "core",
        OUTGOING,
        Some("mine"),
        json!({"host": "hub", "port": 8060, "useSSL": false, "pingRateMillis": 7}),
    );
    world.apply(&[("0_HOST", "hub"), ("1_HOST", "hub"), ("1_PORT", "8088"), ("2_HOST", "off"), ("2_ENABLED", "false")]);
    let named = world.store.named("ignition", OUTGOING);
    assert_eq!(named.keys().collect::<Vec<_>>(), ["hub", "mine", "off"]);
    assert!(!named["off"].enabled);
    assert_eq!(named["mine"].config["pingRateMillis"], 1000, "the variable speaks at each start");
    assert_eq!(world.links(), [("hub".to_owned(), 8088, true), ("hub".to_owned(), 8060, true)]);
}

#[test]
fn a_second_start_with_the_same_variables_changes_nothing() {
    let world = World::new(false);
    let pairs = [("REQUIRESSL", "false"), ("0_HOST", "a"), ("1_HOST", "::1")];
    world.apply(&pairs);
    let news = *world.store.news().borrow();
    world.apply(&pairs);
    assert_eq!(*world.store.news().borrow(), news);
    world.apply(&[("REQUIRESSL", "true")]);
    assert!(NetworkSettings::read(&world.store).0.require_ssl);
    assert_eq!(world.links().len(), 2, "a variable that is gone takes nothing away");
}

#[test]
fn seeds_from_outside_are_overridden_in_core_and_a_backup_writes_where_nothing_replicates() {
    let world = World::new(false);
    world.put(EXTERNAL, SETTINGS, None, json!({"whitelist": "x"}));
    world.apply(&[("REQUIRESSL", "false")]);
    let found = world.store.singleton("ignition", SETTINGS).unwrap();
    assert_eq!((found.collection.as_str(), &found.config["whitelist"]), ("core", &json!("x")));
    let world = World::new(true);
    world.apply(&[("REQUIRESSL", "false"), ("0_HOST", "master")]);
    assert_eq!(world.store.singleton("ignition", SETTINGS).unwrap().collection, "local");
    assert_eq!(world.store.named("ignition", OUTGOING)["master"].collection, "local");
}

#[test]
fn variables_of_the_community_image_mean_nothing() {
    let (plain, more) =
        (read(&[]).unwrap(), [("GATEWAY_NETWORK_UUID", "x"), ("GATEWAY_NETWORK_AUTOACCEPT_DELAY", "5")]);
    assert_eq!(format!("{:?}", read(&more).unwrap()), format!("{plain:?}"));
}

#[test]
fn nonsense_names_the_variable_and_empty_ones_are_absent() {
    for (key, value) in
        [("REQUIRESSL", "yes"), ("SECURITYPOLICY", "Open"), ("RECEIVEMAX", "-1"), ("0_PORT", "70000"), ("0_PORT", "0")]
    {
        let error = read(&[(key, value), ("0_HOST", "a")]).unwrap_err().to_string();
        assert!(error.contains(key), "{error}");
    }
    let empty = read(&[("REQUIRESSL", ""), ("SECURITYPOLICY", ""), ("0_HOST", ""), ("RECEIVEMAX", "")]).unwrap();
    assert_eq!(empty, Variables { enabled: true, ..Variables::default() });
}

#[test]
fn hosts_that_fit_no_directory_still_make_a_resource() {
    let world = World::new(false);
    world.apply(&[("0_HOST", "../../x"), ("1_HOST", "fe80::1"), ("2_HOST", &"y".repeat(300))]);
    assert_eq!(world.links().len(), 3);
}
