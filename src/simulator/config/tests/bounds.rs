//! The bounds of a tree: what callers fill leaves the gateway room, and its singletons are read before anything else.

use serde_json::{Value, json};

use super::fixture::{World, draft, kind, outgoing};
use crate::simulator::config::change::Draft;
use crate::simulator::config::store::Store;
use crate::simulator::config::tree::Place;

const ROOM: usize = 3072;

fn singleton(name: &str) -> Place {
    Place { collection: "core".to_owned(), kind: kind(name), name: None }
}

fn drafts(from: usize, count: usize) -> Vec<Draft> {
    (from..from + count).map(|n| draft(&format!("n{n}"), outgoing(&format!("h{n}")))).collect()
}

fn create(store: &Store, drafts: Vec<Draft>) -> Result<usize, u16> {
    let made = store.create(&kind("gateway-network-outgoing"), drafts, "me");
    made.map(|changes| changes.len()).map_err(|refusal| refusal.status)
}

#[test]
fn a_list_that_would_pass_the_bound_is_refused_as_a_whole_and_the_gateway_has_room_besides() {
    let world = World::new();
    for n in 0..ROOM - 100 {
        world.resource(&format!("core/a/b/{n}"), &json!({}));
    }
    let store = world.store();
    assert_eq!(create(&store, drafts(0, 101)), Err(422));
    assert!(!world.exists("core/ignition/gateway-network-outgoing"));
    assert_eq!(create(&store, drafts(0, 100)), Ok(100));
    assert_eq!(create(&store, drafts(100, 1)), Err(422));
    // What does not let it grow is still possible.
    let gone = store.find(&kind("gateway-network-outgoing"), Some("n0"), None).unwrap();
    store.delete(&kind("gateway-network-outgoing"), Some("n0"), None, &gone.resource.signature).unwrap();
    assert_eq!(create(&store, drafts(0, 1)), Ok(1));
    for name in ["quickstart", "local-system-properties", "system-properties"] {
        store.put(&singleton(name), json!({"systemName": "x"}), None, "gateway").unwrap();
    }
    assert_eq!(world.problems(), "");
}

#[test]
fn the_bytes_have_the_same_room() {
    let store = World::new().store();
    let wide = |n: usize| draft(&format!("n{n}"), json!({"host": "x".repeat(900_000), "port": 1, "useSSL": true}));
    assert_eq!(create(&store, (0..10).map(wide).collect()), Err(422));
    assert_eq!(create(&store, (0..9).map(wide).collect()), Ok(9));
    let filler = "x".repeat(500_000);
    store.put(&singleton("quickstart"), json!({"finished": true, "steps": [filler]}), None, "gateway").unwrap();
}

#[test]
fn where_the_bound_cuts_singletons_are_read_all_the_same() {
    let world = World::new();
    for n in 0..4100_usize {
        world.resource(&format!("core/a/b{}/{n}", n % 2), &json!({}));
    }
    world.resource("external/ignition/system-properties", &json!({"systemName": "here"}));
    world.resource("core/zzz/own", &json!({}));
    let store = world.store();
    let name = |store: &Store| -> Value {
        store.singleton("ignition", "system-properties").unwrap().config["systemName"].clone()
    };
    assert_eq!(name(&store), "here");
    assert!(store.singleton("zzz", "own").is_some());
    let problems = world.problems();
    assert_eq!(problems.matches("there are more than 4096").count(), 6, "{problems}");
}
