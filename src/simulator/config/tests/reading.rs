//! Which resources load from the disk, and which version counts (fact sheet 7.1, 7.2, 3.4).

use serde_json::{Value, json};

use super::fixture::{World, kind, outgoing};
use crate::simulator::config::store::Store;

const SETTINGS: &str = "ignition/gateway-network-settings";

fn whitelist(store: &Store) -> Option<Value> {
    Some(store.singleton("ignition", "gateway-network-settings")?.config["whitelist"].clone())
}

#[test]
fn the_nearest_collection_wins_as_a_whole() {
    let world = World::new();
    world.put("dev/config-mode.json", r#"{"title":"Development","enabled":true,"inheritable":true,"parent":"core"}"#);
    let config = |n: &str| json!({"whitelist": n});
    world.resource(&format!("external/{SETTINGS}"), &config("external"));
    assert_eq!(whitelist(&world.store()), Some(json!("external")));
    world.resource(&format!("core/{SETTINGS}"), &config("core"));
    world.resource(&format!("dev/{SETTINGS}"), &config("dev"));
    assert_eq!(whitelist(&world.store()), Some(json!("core")));
    assert_eq!(whitelist(&world.store_of(Some("dev"), false)), Some(json!("dev")));
    assert_eq!(whitelist(&world.store_of(Some("core"), false)), Some(json!("core")));
    assert_eq!(whitelist(&world.store_of(Some("other"), false)), Some(json!("core")));
    world.resource(&format!("local/{SETTINGS}"), &json!({"requireSSL": false}));
    assert_eq!(
        whitelist(&world.store_of(Some("dev"), false)),
        Some(Value::Null),
        "nothing of the others shines through"
    );
    let found = world.store().singleton("ignition", "gateway-network-settings").unwrap();
    assert_eq!(
        (found.collection.as_str(), found.collections),
        ("local", ["core", "dev", "external", "local"].map(str::to_owned).to_vec())
    );
}

#[test]
fn modes_may_be_chained_and_the_chain_ends_where_it_must() {
    let world = World::new();
    for (name, parent) in
        [("site", "base"), ("base", "core"), ("a", "b"), ("b", "a"), ("lost", "nowhere"), ("self", "self")]
    {
        world.put(&format!("{name}/config-mode.json"), &json!({"parent": parent}).to_string());
    }
    for collection in ["base", "b"] {
        world.resource(&format!("{collection}/{SETTINGS}"), &json!({"whitelist": collection}));
    }
    world.resource(&format!("core/{SETTINGS}"), &json!({"whitelist": "core"}));
    let seen = |mode| whitelist(&world.store_of(Some(mode), false));
    assert_eq!(seen("site"), Some(json!("base")));
    assert_eq!(seen("a"), Some(json!("b")), "a circle ends");
    assert_eq!(seen("lost"), None);
    assert_eq!(seen("self"), None);
}

#[test]
fn a_disabled_collection_gives_nothing_and_one_that_is_not_inheritable_nothing_to_others() {
    let world = World::new();
    world.resource(&format!("core/{SETTINGS}"), &json!({"whitelist": "core"}));
    world.resource(&format!("dev/{SETTINGS}"), &json!({"whitelist": "dev"}));
    world.put("sub/config-mode.json", r#"{"parent":"dev"}"#);
    let seen = |mode| whitelist(&world.store_of(Some(mode), false));
    world.put("dev/config-mode.json", r#"{"enabled":false,"parent":"core"}"#);
    assert_eq!((seen("dev"), seen("sub")), (Some(json!("core")), Some(json!("core"))));
    world.put("dev/config-mode.json", r#"{"inheritable":false,"parent":"core"}"#);
    assert_eq!((seen("dev"), seen("sub")), (Some(json!("dev")), None));
}

#[test]
fn a_mode_without_a_manifest_has_the_usual_one_and_one_with_a_broken_one_is_not_loaded() {
    let world = World::new();
    world.resource(&format!("dev/{SETTINGS}"), &json!({"whitelist": "dev"}));
    assert_eq!(whitelist(&world.store_of(Some("dev"), false)), Some(json!("dev")));
    assert!(world.problems().contains("collection dev has no config-mode.json"));
    world.put("dev/config-mode.json", "[");
    assert_eq!(whitelist(&world.store_of(Some("dev"), false)), None);
    assert!(world.problems().contains("collection dev is not loaded"));
}

#[test]
fn local_is_for_this_gateway_alone() {
    let world = World::new();
    world.put("odd/config-mode.json", r#"{"parent":"local"}"#);
    world.resource(&format!("local/{SETTINGS}"), &json!({"whitelist": "local"}));
    world.put("local/config-mode.json", r#"{"enabled":false,"inheritable":true,"parent":"core"}"#);
    assert_eq!(whitelist(&world.store_of(Some("odd"), false)), None, "not even by a mode that names it as its parent");
    world.put("local/config-mode.json", r#"{"enabled":true,"inheritable":false,"parent":"long gone"}"#);
    assert_eq!(whitelist(&world.store_of(Some("odd"), false)), Some(json!("local")));
}

#[test]
fn what_may_not_be_overridden_is_not() {
    let world = World::new();
    world.odd(&format!("external/{SETTINGS}"), &json!({"whitelist": "external"}), "overridable", json!(false));
    world.resource(&format!("core/{SETTINGS}"), &json!({"whitelist": "core"}));
    assert_eq!(whitelist(&world.store()), Some(json!("external")));
    world.odd(&format!("core/{SETTINGS}"), &json!({"whitelist": "core"}), "overridable", json!(false));
    world.resource(&format!("external/{SETTINGS}"), &json!({"whitelist": "external"}));
    assert_eq!(whitelist(&world.store()), Some(json!("core")));
}

#[test]
fn a_fresh_gateway_writes_the_manifests_on_record() {
    let world = World::empty();
    assert_eq!(Store::fault(&world.data), None);
    Store::make_manifests(&world.data, Some("dev")).unwrap();
    let core = json!({"title": "Core", "description": "Core collection of locally managed Gateway configuration resources",
        "enabled": true, "inheritable": true, "parent": "external"});
    assert_eq!(world.read("core/config-mode.json"), core);
    assert_eq!(world.read("external/config-mode.json")["parent"], "system");
    let local = world.read("local/config-mode.json");
    assert_eq!((&local["inheritable"], &local["parent"]), (&json!(false), &json!("dev")));
    world.put("core/config-mode.json", r#"{"title":"mine"}"#);
    Store::make_manifests(&world.data, None).unwrap();
    assert_eq!(world.read("core/config-mode.json")["title"], "mine", "what is there stays");
    assert_eq!(world.problems(), "");
}

#[test]
fn core_needs_its_manifest_once_it_has_content() {
    let world = World::empty();
    fs_err::create_dir_all(world.data.path("config/resources/core/.resources")).unwrap();
    assert_eq!(Store::fault(&world.data), None);
    world.put("core/ignition/x/config.json", "{}");
    assert!(Store::fault(&world.data).unwrap().contains("exists but is not empty"));
    world.put("core/config-mode.json", "{}");
    assert_eq!(Store::fault(&world.data), None);
    world.put("core/config-mode.json", "no JSON");
    assert!(Store::fault(&world.data).unwrap().contains("core/config-mode.json"));
}

#[test]
fn a_manifest_needs_its_required_keys() {
    for key in ["scope", "version", "restricted", "overridable", "files"] {
        for value in [Value::Null, json!({"wrong": "type"})] {
            let world = World::new();
            world.odd("core/ignition/gateway-network-outgoing/x", &outgoing("h"), key, value);
            assert!(world.store().named("ignition", "gateway-network-outgoing").is_empty(), "{key}");
            assert!(world.problems().contains(key), "{key}: {}", world.problems());
        }
    }
    for (key, value) in [
        ("files", json!(["config.json", "../../../secret"])),
        ("files", json!(["config.json", 7])),
        ("files", json!(["config.json", "missing.json"])),
        ("files", json!([])),
        ("files", json!(vec!["x"; 100_000])),
        ("version", json!(1.5)),
        ("description", json!(7)),
        ("attributes", json!([])),
        ("attributes", json!({"enabled": "yes"})),
        ("attributes", json!({"uuid": "not one"})),
    ] {
        let world = World::new();
        world.odd("core/ignition/gateway-network-outgoing/x", &outgoing("h"), key, value.clone());
        assert!(world.store().named("ignition", "gateway-network-outgoing").is_empty(), "{key} {value}");
        assert!(world.problems().contains("core/ignition/gateway-network-outgoing/x is not loaded"), "{key}");
    }
}

#[test]
fn optional_keys_are_optional_and_a_stale_signature_loads() {
    let stale = json!({"enabled": false, "lastModification": {"actor": "x", "timestamp": "2026-01-01T00:00:00Z"},
        "lastModificationSignature": "00".repeat(32)});
    for (key, value, enabled) in
        [("description", Value::Null, true), ("attributes", Value::Null, true), ("attributes", stale, false)]
    {
        let world = World::new();
        world.odd("core/ignition/gateway-network-outgoing/x", &outgoing("h"), key, value);
        let found = world.store().named("ignition", "gateway-network-outgoing");
        assert_eq!((found.len(), found["x"].enabled), (1, enabled));
        assert_eq!(found["x"].config["host"], "h");
    }
}

#[test]
fn one_malformed_resource_costs_only_itself() {
    let world = World::new();
    world.resource("core/ignition/gateway-network-outgoing/good", &outgoing("h"));
    world.put("core/ignition/gateway-network-outgoing/bad/resource.json", "{");
    world.resource("core/ignition/gateway-network-outgoing/worse", &json!([]));
    world.put("core/ignition/gateway-network-outgoing/none/config.json", "{}");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    world.put("core/ignition/gateway-network-outgoing/deep/config.json", &deep);
    world.put("core/ignition/gateway-network-outgoing/deep/resource.json", super::fixture::MANIFEST);
    world.put("core/ignition/gateway-network-outgoing/huge/config.json", &" ".repeat(1024 * 1024 + 1));
    world.put("core/ignition/gateway-network-outgoing/huge/resource.json", super::fixture::MANIFEST);
    let found = world.store().named("ignition", "gateway-network-outgoing");
    assert_eq!(found.keys().collect::<Vec<_>>(), ["good"]);
    let problems = world.problems();
    for name in ["bad", "worse", "deep", "huge"] {
        assert!(problems.contains(&format!("gateway-network-outgoing/{name} is not loaded")), "{problems}");
    }
    assert!(!problems.contains("none"), "a directory without a manifest is no resource");
}

#[test]
fn a_backup_reads_its_own_settings() {
    let world = World::new();
    world.resource("core/ignition/gateway-network-outgoing/x", &outgoing("master"));
    world.put("core/ignition/gateway-network-outgoing/x/backupConfig.json", &outgoing("backup").to_string());
    let host = |store: &Store| store.named("ignition", "gateway-network-outgoing")["x"].config["host"].clone();
    assert_eq!(host(&world.store()), "master");
    let store = world.store_of(None, true);
    assert_eq!(host(&store), "backup");
    let before = *store.news().borrow();
    store.set_backup(false);
    assert_eq!(host(&store), "master");
    assert!(*store.news().borrow() > before);
}

#[test]
fn kinds_that_are_not_modelled_are_stored_as_they_are() {
    let world = World::new();
    world.resource("core/ignition/tag-provider/default", &json!({"profile": {}}));
    world.resource("core/com.inductiveautomation.opcua/server-config", &json!({"x": 1}));
    world.odd("core/ignition/other/x", &json!({}), "files", json!([]));
    let store = world.store();
    assert_eq!(store.named("ignition", "tag-provider")["default"].config["profile"], json!({}));
    assert_eq!(store.singleton("com.inductiveautomation.opcua", "server-config").unwrap().config["x"], 1);
    assert_eq!(*store.find(&kind("other"), Some("x"), None).unwrap().config, Value::Null);
    assert_eq!(world.problems(), "");
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_tree_and_not_out_of_it() {
    use std::os::unix::fs::symlink;
    let world = World::new();
    let root = world.data.path("config/resources");
    let outside = tempfile::tempdir().unwrap();
    let names = "core/ignition/gateway-network-outgoing";
    world.resource(&format!("{names}/real"), &outgoing("h"));
    fs_err::write(outside.path().join("config.json"), outgoing("secret").to_string()).unwrap();
    fs_err::write(outside.path().join("resource.json"), super::fixture::MANIFEST).unwrap();
    symlink("real", root.join(names).join("alias")).unwrap();
    symlink(outside.path(), root.join(names).join("directory")).unwrap();
    world.resource(&format!("{names}/file"), &outgoing("h"));
    fs_err::remove_file(root.join(names).join("file/config.json")).unwrap();
    symlink(outside.path().join("config.json"), root.join(names).join("file/config.json")).unwrap();
    symlink("loop", root.join(names).join("loop")).unwrap();
    symlink("/dev/zero", root.join(names).join("zero")).unwrap();
    symlink(outside.path(), root.join("elsewhere")).unwrap();
    let found = world.store().named("ignition", "gateway-network-outgoing");
    assert_eq!(found.keys().collect::<Vec<_>>(), ["alias", "real"]);
    assert!(world.problems().contains("leads out of the configuration tree"));
    assert!(!world.problems().contains("secret"));
}

#[test]
fn a_scan_finds_what_was_put_there_by_hand() {
    let world = World::new();
    let store = world.store();
    let before = *store.news().borrow();
    assert!(!store.rescan());
    assert_eq!(*store.news().borrow(), before, "nothing new, nothing told");
    world.resource("core/ignition/gateway-network-outgoing/x", &outgoing("h"));
    assert!(store.named("ignition", "gateway-network-outgoing").is_empty(), "not before the scan");
    assert!(store.rescan());
    assert_eq!(store.named("ignition", "gateway-network-outgoing").len(), 1);
    assert_eq!(*store.news().borrow(), before + 1);
}

#[test]
fn the_usual_manifest_is_assumed_of_any_collection_but_core() {
    let world = World::empty();
    world.resource("core/ignition/api-token/a", &json!({}));
    world.resource("other/ignition/api-token/a", &json!({}));
    let problems = world.problems();
    assert!(problems.contains("collection other has no config-mode.json"), "{problems}");
    assert!(!problems.contains("collection core has no"), "{problems}");
    assert!(Store::fault(&world.data).is_some());
}
