//! Changes by REST and by the gateway itself (fact sheet 2.5, 7.2).

use serde_json::{Value, json};

use super::fixture::{World, draft, kind, outgoing, signature, signed};
use crate::simulator::config::change::{Draft, answer};
use crate::simulator::config::transfer::{Rename, Transfer};
use crate::simulator::config::tree::Place;

#[test]
fn a_resource_is_made_modified_and_deleted() {
    let world = World::new();
    let store = world.store();
    let kind = kind("gateway-network-outgoing");
    let made = store.create(&kind, vec![draft("a", outgoing("one"))], "admin").unwrap();
    let first = signature(&made);
    assert_eq!(
        answer(&made),
        json!({"success": true, "changes": [
            {"name": "a", "type": "ignition/gateway-network-outgoing", "collection": "core", "newSignature": first}]})
    );
    let manifest = world.read("core/ignition/gateway-network-outgoing/a/resource.json");
    assert_eq!((&manifest["files"], &manifest["scope"]), (&json!(["config.json"]), &json!("A")));
    let attributes = &manifest["attributes"];
    assert_eq!(attributes["lastModification"]["actor"], "admin");
    assert!(attributes["lastModification"]["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(attributes["lastModificationSignature"], first);
    assert!(uuid::Uuid::parse_str(attributes["uuid"].as_str().unwrap()).is_ok());
    let edit = Draft { config: Some(outgoing("two")), enabled: Some(false), ..signed("a", &first) };
    let second = signature(&store.modify(&kind, vec![edit], "other").unwrap());
    assert_ne!(first, second);
    let found = store.find(&kind, Some("a"), None).unwrap();
    assert_eq!((found.enabled, &found.config["host"]), (false, &json!("two")));
    let stale = Draft { config: Some(outgoing("three")), ..signed("a", &first) };
    assert_eq!(store.modify(&kind, vec![stale], "other").unwrap_err().status, 409);
    assert_eq!(store.modify(&kind, vec![Draft { signature: None, ..signed("a", "") }], "x").unwrap_err().status, 422);
    assert_eq!(store.delete(&kind, Some("a"), None, &first).unwrap_err().status, 409);
    assert_eq!(signature(&store.delete(&kind, Some("a"), None, &second).unwrap()), "");
    assert_eq!(store.find(&kind, Some("a"), None), None);
    assert!(!world.exists("core/ignition/gateway-network-outgoing/a"));
    assert_eq!(store.delete(&kind, Some("a"), None, &second).unwrap_err().status, 404);
}

#[test]
fn every_accepted_change_is_told_and_no_refused_one() {
    let world = World::new();
    let store = world.store();
    let kind = kind("gateway-network-outgoing");
    let news = || *store.news().borrow();
    let before = news();
    assert!(store.create(&kind, vec![draft("..", outgoing("h"))], "x").is_err());
    assert!(store.create(&kind, vec![draft("a", json!(7))], "x").is_err());
    assert_eq!(news(), before);
    store.create(&kind, vec![draft("a", outgoing("h"))], "x").unwrap();
    assert_eq!(news(), before + 1);
}

#[test]
fn what_is_absent_from_a_change_stays() {
    let world = World::new();
    let store = world.store();
    let kind = kind("gateway-network-outgoing");
    let full = Draft {
        description: Some("text".to_owned()),
        backup_config: Some(outgoing("backup")),
        enabled: Some(false),
        ..draft("a", outgoing("one"))
    };
    let first = signature(&store.create(&kind, vec![full], "x").unwrap());
    assert!(world.exists("core/ignition/gateway-network-outgoing/a/backupConfig.json"));
    let same = signature(&store.modify(&kind, vec![signed("a", &first)], "x").unwrap());
    assert_eq!(first, same, "no other content, no other signature");
    let found = store.find(&kind, Some("a"), None).unwrap();
    assert_eq!((found.enabled, found.resource.manifest.description()), (false, "text"));
    let edit: Draft = serde_json::from_value(json!({"name": "a", "signature": first, "backupConfig": null})).unwrap();
    store.modify(&kind, vec![edit], "x").unwrap();
    assert!(!world.exists("core/ignition/gateway-network-outgoing/a/backupConfig.json"));
    assert_eq!(store.find(&kind, Some("a"), None).unwrap().resource.backup_config, None);
}

#[test]
fn all_changes_of_a_request_are_made_or_none() {
    let world = World::new();
    let store = world.store();
    let kind = kind("gateway-network-outgoing");
    let two = vec![draft("a", outgoing("h")), draft("b", Value::Null)];
    let refused = store.create(&kind, two, "x").unwrap_err();
    assert_eq!(refused.status, 422);
    assert_eq!(refused.fields[0].0, "config");
    assert!(!world.exists("core/ignition/gateway-network-outgoing"));
    assert!(store.create(&kind, vec![draft("a", outgoing("h")), draft("a", outgoing("i"))], "x").is_err());
    assert!(store.create(&kind, (0..257).map(|n| draft(&n.to_string(), outgoing("h"))).collect(), "x").is_err());
    assert_eq!(store.create(&kind, vec![draft("a", outgoing("h")), draft("b", outgoing("i"))], "x").unwrap().len(), 2);
    assert_eq!(store.create(&kind, vec![draft("a", outgoing("h"))], "x").unwrap_err().status, 409);
}

#[test]
fn a_singleton_has_no_name_and_no_uuid() {
    let world = World::new();
    let store = world.store();
    let kind = kind("gateway-network-settings");
    store.create(&kind, vec![Draft { config: Some(json!({"requireSSL": false})), ..Draft::default() }], "x").unwrap();
    let manifest = world.read("core/ignition/gateway-network-settings/resource.json");
    assert_eq!(manifest["attributes"].get("uuid"), None);
    let found = store.singleton("ignition", "gateway-network-settings").unwrap();
    store.delete(&kind, None, None, &found.resource.signature).unwrap();
    assert_eq!(store.singleton("ignition", "gateway-network-settings"), None);
}

#[test]
fn an_override_is_made_beside_and_taken_away_again() {
    let world = World::new();
    let store = world.store();
    let kind = kind("gateway-network-outgoing");
    store
        .create(&kind, vec![Draft { collection: Some("external".to_owned()), ..draft("a", outgoing("far")) }], "x")
        .unwrap();
    let near = signature(&store.create(&kind, vec![draft("a", outgoing("near"))], "x").unwrap());
    assert_eq!(store.find(&kind, Some("a"), None).unwrap().config["host"], "near");
    assert_eq!(store.find(&kind, Some("a"), Some("external")).unwrap().config["host"], "far");
    assert_eq!(store.find(&kind, Some("a"), Some("local")), None);
    store.delete(&kind, Some("a"), None, &near).unwrap();
    assert_eq!(store.find(&kind, Some("a"), None).unwrap().config["host"], "far");
    let nowhere = Draft { collection: Some("nowhere".to_owned()), ..draft("b", outgoing("h")) };
    assert_eq!(store.create(&kind, vec![nowhere], "x").unwrap_err().status, 422);
}

#[test]
fn manifests_can_forbid_overriding_and_changing() {
    let world = World::new();
    let directory = |collection: &str, name: &str| format!("{collection}/ignition/gateway-network-outgoing/{name}");
    world.odd(&directory("external", "a"), &outgoing("h"), "overridable", json!(false));
    world.odd(&directory("core", "b"), &outgoing("h"), "restricted", json!(true));
    let store = world.store();
    let kind = kind("gateway-network-outgoing");
    assert_eq!(store.create(&kind, vec![draft("a", outgoing("i"))], "x").unwrap_err().status, 422);
    let known = store.find(&kind, Some("b"), None).unwrap().resource.signature.clone();
    assert_eq!(store.modify(&kind, vec![signed("b", &known)], "x").unwrap_err().status, 403);
    assert_eq!(store.delete(&kind, Some("b"), None, &known).unwrap_err().status, 403);
}

#[test]
fn incoming_connections_are_changed_but_not_made_and_a_backup_changes_nothing() {
    let world = World::new();
    let config =
        json!({"connectionId": "edge1|6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11", "securityStatus": "PendingApproval"});
    world.resource("core/ignition/gateway-network-incoming/edge1_6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11", &config);
    let store = world.store();
    let kind = kind("gateway-network-incoming");
    assert_eq!(store.create(&kind, vec![draft("x", config)], "x").unwrap_err().status, 403);
    let (name, found) = store.named("ignition", "gateway-network-incoming").pop_first().unwrap();
    let known = found.resource.signature.clone();
    let approve = json!({"connectionId": "edge1|6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11", "securityStatus": "Approved"});
    store.set_backup(true);
    let edit = Draft { config: Some(approve), ..signed(&name, &known) };
    assert_eq!(store.modify(&kind, vec![edit.clone()], "x").unwrap_err().status, 403);
    store.set_backup(false);
    let known = signature(&store.modify(&kind, vec![edit], "x").unwrap());
    store.delete(&kind, Some(&name), None, &known).unwrap();
}

#[test]
fn the_gateway_itself_writes_where_it_must() {
    let world = World::new();
    let store = world.store_of(None, true);
    let place = Place { collection: "core".to_owned(), kind: kind("user-source"), name: Some("default".to_owned()) };
    let users = [("users.json".to_owned(), b"[]".to_vec())].into();
    store.put(&place, json!({"profile": {}}), Some(users), "gateway").unwrap();
    store.put(&place, json!({"profile": {"x": 1}}), None, "gateway").unwrap();
    let found = store.find(&place.kind, Some("default"), None).unwrap();
    assert_eq!(
        (found.resource.data["users.json"].as_slice(), &found.config["profile"]["x"]),
        (b"[]".as_slice(), &json!(1))
    );
    assert_eq!(
        world.read("core/ignition/user-source/default/resource.json")["files"],
        json!(["config.json", "users.json"])
    );
    store.put(&place, json!({}), Some([].into()), "gateway").unwrap();
    assert!(!world.exists("core/ignition/user-source/default/users.json"));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_that_leads_out() {
    let world = World::new();
    let outside = tempfile::tempdir().unwrap();
    let ignition = world.data.path("config/resources/core/ignition");
    fs_err::create_dir_all(&ignition).unwrap();
    std::os::unix::fs::symlink(outside.path(), ignition.join("api-token")).unwrap();
    let store = world.store();
    let place = Place { collection: "core".to_owned(), kind: kind("api-token"), name: Some("x".to_owned()) };
    assert!(store.put(&place, json!({}), None, "x").is_err());
    assert!(store.create(&kind("api-token"), vec![draft("x", json!({}))], "x").is_err());
    assert_eq!(fs_err::read_dir(outside.path()).unwrap().count(), 0);
    assert_eq!(store.find(&place.kind, Some("x"), None), None);
}

fn rename(name: &str, new_name: &str, signature: &str) -> Rename {
    Rename {
        name: name.to_owned(),
        new_name: new_name.to_owned(),
        collection: None,
        signature: Some(signature.to_owned()),
    }
}

fn transfer(name: &str, new_name: Option<&str>, new_collection: Option<&str>, signature: &str) -> Transfer {
    Transfer {
        kind: "ignition/gateway-network-outgoing".to_owned(),
        name: Some(name.to_owned()),
        collection: None,
        new_name: new_name.map(str::to_owned),
        new_collection: new_collection.map(str::to_owned),
        signature: Some(signature.to_owned()),
    }
}

#[test]
fn resources_are_renamed_copied_and_moved() {
    let world = World::new();
    let store = world.store();
    let kind = kind("gateway-network-outgoing");
    let first = signature(&store.create(&kind, vec![draft("a", outgoing("h"))], "x").unwrap());
    assert_eq!(store.rename(&kind, vec![rename("a", "b", "stale")], "x").unwrap_err().status, 409);
    assert_eq!(store.rename(&kind, vec![rename("a", "../b", &first)], "x").unwrap_err().status, 422);
    assert_eq!(store.rename(&kind, vec![rename("a", "a", &first)], "x").unwrap_err().status, 409);
    assert_eq!(signature(&store.rename(&kind, vec![rename("a", "b", &first)], "x").unwrap()), first);
    assert!(!world.exists("core/ignition/gateway-network-outgoing/a"));
    let copied = signature(&store.copy(vec![transfer("b", Some("c"), None, "")], "x").unwrap());
    assert_ne!(copied, first);
    assert_eq!(store.copy(vec![transfer("b", Some("c"), None, "")], "x").unwrap_err().status, 409);
    let swap = vec![rename("b", "c", &first), rename("c", "b", &copied)];
    assert_eq!(store.rename(&kind, swap, "x").unwrap_err().status, 409);
    store.relocate(vec![transfer("b", None, Some("local"), &first)], "x").unwrap();
    let names: Vec<_> =
        store.named("ignition", "gateway-network-outgoing").into_iter().map(|(n, f)| (n, f.collection)).collect();
    assert_eq!(names, [("b".to_owned(), "local".to_owned()), ("c".to_owned(), "core".to_owned())]);
    assert_eq!(
        store
            .copy(vec![Transfer { kind: "ignition/tag-provider".to_owned(), ..transfer("b", None, None, "") }], "x")
            .unwrap_err()
            .status,
        404
    );
    assert_eq!(world.store().named("ignition", "gateway-network-outgoing").len(), 2);
}

#[test]
fn what_may_not_be_overridden_may_still_be_moved() {
    let world = World::new();
    world.odd("external/ignition/gateway-network-outgoing/a", &outgoing("h"), "overridable", json!(false));
    let store = world.store();
    let known = store.find(&kind("gateway-network-outgoing"), Some("a"), None).unwrap().resource.signature.clone();
    assert_eq!(store.copy(vec![transfer("a", None, Some("core"), "")], "x").unwrap_err().status, 422);
    store.relocate(vec![transfer("a", None, Some("core"), &known)], "x").unwrap();
    assert!(
        world.exists("core/ignition/gateway-network-outgoing/a")
            && !world.exists("external/ignition/gateway-network-outgoing/a")
    );
}

#[test]
fn the_configuration_cannot_grow_beyond_what_is_read_again() {
    let world = World::new();
    let store = world.store();
    let kind = kind("gateway-network-outgoing");
    let big = |n: usize| {
        let mut config = outgoing("h");
        config["x"] = json!("x".repeat(n));
        config
    };
    let refused = store.create(&kind, vec![draft("a", big(1024 * 1024))], "x").unwrap_err();
    assert_eq!((refused.status, refused.messages[0].contains("config.json")), (422, true));
    let made =
        (0..20).take_while(|n| store.create(&kind, vec![draft(&n.to_string(), big(1_000_000))], "x").is_ok()).count();
    assert_eq!(made, 8);
    let place = Place { collection: "core".to_owned(), kind: kind.clone(), name: Some("p".to_owned()) };
    // The gateway itself has some more room, and then it is full as well.
    let place = |n: usize| Place { name: Some(format!("p{n}")), ..place.clone() };
    let own = (0..20).take_while(|n| store.put(&place(*n), big(1_000_000), None, "x").is_ok()).count();
    assert_eq!(own, 4);
    assert_eq!(world.store().named("ignition", "gateway-network-outgoing").len(), made + own);
}

#[test]
fn a_copy_whose_type_has_no_module_is_told_how_types_are_written() {
    let transfer = serde_json::from_value(json!({"type": "api-token", "name": "a", "newName": "b"})).unwrap();
    let refused = World::new().store().copy(vec![transfer], "x").unwrap_err();
    assert_eq!((refused.status, refused.fields[0].0.as_str()), (422, "type"));
    assert!(refused.fields[0].1.contains("ignition/api-token"), "{refused:?}");
}
