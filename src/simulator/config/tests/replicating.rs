//! What goes from a master to its backup (fact sheet 5.5).

use serde_json::json;

use super::fixture::{World, outgoing};
use crate::simulator::config::replication::Files;

#[test]
fn a_backup_takes_over_everything_but_local() {
    let (master, backup) = (World::new(), World::new());
    master.resource("core/ignition/gateway-network-outgoing/a", &outgoing("h"));
    master.put("core/ignition/gateway-network-outgoing/a/extra.bin", "not listed, still there");
    master.resource("local/ignition/gateway-network-outgoing/mine", &outgoing("h"));
    backup.resource("core/ignition/gateway-network-outgoing/b", &outgoing("h"));
    backup.resource("local/ignition/gateway-network-outgoing/own", &outgoing("h"));
    let (from, to) = (master.store(), backup.store_of(None, true));
    assert_ne!(from.replicated(), to.replicated());
    let before = *to.news().borrow();
    assert!(to.replace_replicated(&from.replicated()).unwrap());
    assert_eq!(to.named("ignition", "gateway-network-outgoing").keys().collect::<Vec<_>>(), ["a", "own"]);
    assert!(!backup.exists("core/ignition/gateway-network-outgoing/b"), "no empty directory is left");
    assert_eq!(*to.news().borrow(), before + 1);
    assert_eq!(from.replicated(), to.replicated());
    assert!(!to.replace_replicated(&from.replicated()).unwrap(), "the second time nothing is different");
    assert_eq!(*to.news().borrow(), before + 1);
}

#[test]
fn a_master_cannot_write_anywhere_else() {
    let world = World::new();
    let store = world.store();
    let have = store.replicated();
    for path in [
        "../x",
        "core/../../x",
        "/etc/x",
        "local/ignition/x/config.json",
        "x",
        "core/.hidden",
        "core//x",
        "a/b/c/d/e/f",
        "core/a\0b",
    ] {
        let mut files = have.clone();
        files.insert(path.to_owned(), b"{}".to_vec());
        assert!(store.replace_replicated(&files).is_err(), "{path}");
        assert_eq!(store.replicated(), have);
    }
    assert!(store.replace_replicated(&Files::new()).unwrap());
    assert_eq!(store.replicated(), Files::new());
    assert_eq!(world.read("local/config-mode.json")["inheritable"], json!(false));
}
