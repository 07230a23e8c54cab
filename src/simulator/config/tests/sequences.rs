//! Random sequences of verbs, by REST, by hand and by the gateway: whatever happens, memory equals the disk, nothing lies outside
//! the tree, and a signature changes exactly when the content does.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{World, draft, kind, outgoing, signed};
use crate::simulator::config::change::Draft;
use crate::simulator::config::store::{ROOT, Store};
use crate::simulator::config::transfer::{Rename, Transfer};
use crate::simulator::config::tree::{Place, Tree};

const KIND: &str = "gateway-network-outgoing";

/// One step. Small numbers pick names, collections and contents, so that steps meet each other.
#[derive(Clone, Debug)]
enum Deed {
    Create { name: String, collection: usize, config: usize, backup: bool },
    Modify { name: String, config: Option<usize>, enabled: Option<bool>, stale: bool },
    Delete { name: String, stale: bool },
    Rename { name: String, new_name: String },
    Copy { name: String, new_name: String, collection: usize },
    Move { name: String, new_name: String, collection: usize },
    Put { name: String, collection: usize, config: usize, file: bool },
    ByHand { name: String, collection: usize, text: usize },
    Scan,
    Backup(bool),
    Replicate,
}

const COLLECTIONS: [&str; 5] = ["external", "core", "local", "dev", "no-such"];

fn config(n: usize) -> Value {
    [
        outgoing("a"),
        outgoing("b"),
        json!({"host": 0.1, "port": 1}),
        json!([]),
        json!({"host": "c", "port": 1, "useSSL": false, "x": 0.1e-7}),
    ][n % 5]
        .clone()
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["a", "b", "c", "\u{e4} \u{202e}x"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["..", ".", "", "a/b", "../../x", "/etc/x", ".hidden", "a\\b", "a\nb", " a", "resource.json", "config.json"]).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let c = 0..COLLECTIONS.len();
    prop_oneof![
        3 => (name(), c.clone(), 0..5usize, any::<bool>()).prop_map(|(name, collection, config, backup)| Deed::Create { name, collection, config, backup }),
        3 => (name(), prop::option::of(0..5usize), prop::option::of(any::<bool>()), prop::bool::weighted(0.2))
            .prop_map(|(name, config, enabled, stale)| Deed::Modify { name, config, enabled, stale }),
        1 => (name(), prop::bool::weighted(0.2)).prop_map(|(name, stale)| Deed::Delete { name, stale }),
        1 => (name(), name()).prop_map(|(name, new_name)| Deed::Rename { name, new_name }),
        1 => (name(), name(), c.clone()).prop_map(|(name, new_name, collection)| Deed::Copy { name, new_name, collection }),
        1 => (name(), name(), c.clone()).prop_map(|(name, new_name, collection)| Deed::Move { name, new_name, collection }),
        1 => (0..3usize, 0..4usize, 0..2usize, any::<bool>())
            .prop_map(|(n, collection, config, file)| Deed::Put { name: ["a", "b", "c"][n].to_owned(), collection, config, file }),
        1 => (0..3usize, 0..4usize, 0..4usize)
            .prop_map(|(n, collection, text)| Deed::ByHand { name: ["a", "b", "c"][n].to_owned(), collection, text }),
        1 => Just(Deed::Scan),
        1 => any::<bool>().prop_map(Deed::Backup),
        1 => Just(Deed::Replicate),
    ]
}

/// What a resource is, without who changed it.
fn content(store: &Store, collection: &str, name: &str) -> Option<(Value, String)> {
    let found = store.find(&kind(KIND), Some(name), Some(collection))?;
    let resource = &found.resource;
    let files: BTreeMap<_, _> = resource.data.iter().collect();
    let content =
        json!([resource.manifest.content(), resource.config.as_deref(), resource.backup_config.as_deref(), files]);
    Some((content, resource.signature.clone()))
}

fn known(store: &Store, name: &str, stale: bool) -> String {
    let found = store.find(&kind(KIND), Some(name), None).filter(|_| !stale);
    found.map_or_else(|| "stale".to_owned(), |f| f.resource.signature.clone())
}

/// Does one step; whether it was accepted.
fn act(world: &World, store: &Store, deed: Deed) -> bool {
    let collection = |n: usize| Some(COLLECTIONS[n].to_owned());
    match deed {
        Deed::Create { name, collection: c, config: n, backup } => {
            let backup_config = backup.then(|| outgoing("backup"));
            store
                .create(
                    &kind(KIND),
                    vec![Draft { collection: collection(c), backup_config, ..draft(&name, config(n)) }],
                    "x",
                )
                .is_ok()
        }
        Deed::Modify { name, config: n, enabled, stale } => {
            let edit = Draft { config: n.map(config), enabled, ..signed(&name, &known(store, &name, stale)) };
            store.modify(&kind(KIND), vec![edit], "y").is_ok()
        }
        Deed::Delete { name, stale } => {
            let signature = known(store, &name, stale);
            store.delete(&kind(KIND), Some(&name), None, &signature).is_ok()
        }
        Deed::Rename { name, new_name } => {
            let signature = Some(known(store, &name, false));
            store.rename(&kind(KIND), vec![Rename { name, new_name, collection: None, signature }], "z").is_ok()
        }
        Deed::Copy { name, new_name, collection: c } => {
            store.copy(vec![transfer(store, name, new_name, c)], "z").is_ok()
        }
        Deed::Move { name, new_name, collection: c } => {
            store.relocate(vec![transfer(store, name, new_name, c)], "z").is_ok()
        }
        Deed::Put { name, collection: c, config: n, file } => {
            let place = Place { collection: COLLECTIONS[c].to_owned(), kind: kind(KIND), name: Some(name) };
            let data = file.then(|| [("extra.json".to_owned(), b"{ }".to_vec())].into());
            store.put(&place, config(n), data, "gateway").is_ok()
        }
        Deed::ByHand { name, collection: c, text } => {
            let directory = format!("{}/ignition/{KIND}/{name}", COLLECTIONS[c]);
            match text {
                0 => world.resource(&directory, &outgoing("hand")),
                1 => world.put(&format!("{directory}/resource.json"), "{"),
                2 => world
                    .put(&format!("{directory}/config.json"), "{\"host\": \"hand\",\n\"port\":1, \"useSSL\": true}"),
                _ => world.put(&format!("{directory}/backupConfig.json"), &outgoing("hand").to_string()),
            }
            store.rescan();
            true
        }
        Deed::Scan => store.rescan(),
        Deed::Backup(backup) => {
            store.set_backup(backup);
            true
        }
        Deed::Replicate => !store.replace_replicated(&store.replicated()).unwrap(),
    }
}

fn transfer(store: &Store, name: String, new_name: String, collection: usize) -> Transfer {
    Transfer {
        kind: format!("ignition/{KIND}"),
        signature: Some(known(store, &name, false)),
        name: Some(name),
        collection: None,
        new_name: Some(new_name),
        new_collection: Some(COLLECTIONS[collection].to_owned()),
    }
}

fn contents(store: &Store) -> BTreeMap<(String, String), (Value, String)> {
    let mut all = BTreeMap::new();
    for collection in COLLECTIONS {
        let names: Vec<_> =
            store.state().tree.kinds.get(&kind(KIND)).into_iter().flat_map(BTreeMap::keys).cloned().collect();
        for name in names.into_iter().flatten() {
            all.extend(content(store, collection, &name).map(|c| ((collection.to_owned(), name.clone()), c)));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_happens_the_store_and_the_disk_agree(deeds in prop::collection::vec(deed(), 1..24)) {
        let world = World::new();
        world.put("dev/config-mode.json", r#"{"parent":"core"}"#);
        let beside = listing(world.dir.path(), &world.data.path(ROOT));
        let store = world.store_of(Some("dev"), false);
        for deed in deeds {
            let before = contents(&store);
            let news = *store.news().borrow();
            let shown = format!("{deed:?}");
            let by_rest = !matches!(deed, Deed::Put { .. } | Deed::ByHand { .. } | Deed::Scan | Deed::Backup(_) | Deed::Replicate);
            let accepted = act(&world, &store, deed);
            let after = contents(&store);
            if by_rest {
                prop_assert_eq!(*store.news().borrow() > news, accepted, "{}", &shown);
                prop_assert!(accepted || before == after, "{}", &shown);
            }
            for (place, (content, signature)) in &after {
                if let Some((old_content, old_signature)) = before.get(place) {
                    prop_assert_eq!(content == old_content, signature == old_signature, "{} {:?}", &shown, place);
                }
                prop_assert_eq!(signature.len(), 64);
            }
            // What the gateway puts is not checked, so that only the disk's reader may refuse it.
            store.rescan();
            let (reloaded, _) = Tree::load(&world.data.path(ROOT), Some("dev"));
            prop_assert_eq!(&reloaded, &store.state().tree, "{}", &shown);
            if by_rest {
                prop_assert_eq!(&contents(&store), &after, "a scan found something else after {}", &shown);
            }
        }
        prop_assert_eq!(listing(world.dir.path(), &world.data.path(ROOT)), beside, "something lies outside of the tree");
    }

    #[test]
    fn no_tree_makes_the_store_stumble(files in prop::collection::vec((path(), text()), 0..24), mode in prop::option::of(name())) {
        let world = World::empty();
        for (path, text) in &files {
            // Some paths lie below others that are files: then there is nothing to write.
            let _ = world.data.write(&format!("{ROOT}/{path}"), text);
        }
        let _ = Store::fault(&world.data);
        let store = world.store_of(mode.as_deref(), true);
        let (again, _) = Tree::load(&world.data.path(ROOT), mode.as_deref());
        prop_assert_eq!(&again, &store.state().tree);
        let replicated = store.replicated();
        let other = World::new();
        let backup = other.store();
        if backup.replace_replicated(&replicated).is_ok() {
            prop_assert_eq!(backup.replicated(), replicated);
        }
    }
}

/// Paths as a tree has them, and others.
fn path() -> impl Strategy<Value = String> {
    let part = |words: &'static [&'static str]| prop_oneof![8 => prop::sample::select(words).prop_map(str::to_owned), 1 => "[a-zA-Z.\u{e4}_ ]{1,6}"];
    (
        part(&["core", "external", "local", "dev", "system"]),
        part(&["ignition", "config-mode.json", "com.x"]),
        part(&[KIND, "gateway-network-settings", "other"]),
        part(&["a", "b", "resource.json", "config.json"]),
        part(&["resource.json", "config.json", "backupConfig.json", "x.bin"]),
        2..6usize,
    )
        .prop_map(|(a, b, c, d, e, n)| [a, b, c, d, e][..n].join("/"))
        .prop_filter("stays in the tree", |p| p.split('/').all(|s| !s.is_empty() && s != "." && s != ".."))
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => Just(super::fixture::MANIFEST.as_bytes().to_vec()),
        3 => (0..5usize).prop_map(|n| config(n).to_string().into_bytes()),
        2 => json_value().prop_map(|v| v.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..64),
        1 => (0..100_000usize).prop_map(|n| vec![b'['; n]),
        1 => "\\{\"(parent|enabled|files|scope)\": ?(\"core\"|\"dev\"|true|7|null|\\[\\])\\}".prop_map(String::into_bytes),
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = prop::sample::select(vec![
            "scope",
            "version",
            "restricted",
            "overridable",
            "files",
            "attributes",
            "enabled",
            "host",
            "port",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(key.prop_map(str::to_owned), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

/// Every path below a directory but those below another.
fn listing(directory: &std::path::Path, but: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs_err::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path != but {
                if path.is_dir() {
                    open.push(path.clone());
                }
                all.push(path);
            }
        }
    }
    all.sort();
    all
}
