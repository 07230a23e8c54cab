//! Modules of third parties in a pair: the backup takes its master's, files and acceptance included.

use serde_json::json;

use super::modules::{FILE, ID, healthy as runs};
use super::pair::{backup, healthy, master};
use super::world::{Sim, eventually};
use crate::simulator::knobs;
use crate::simulator::modules::sample::module;

/// A master on whose volume a module lies that its variables accept.
fn master_with(version: &str) -> Sim {
    let m = master(&[]).set("ACCEPT_MODULE_CERTS", ID).set("ACCEPT_MODULE_LICENSES", ID);
    m.put_bytes(FILE, &module(ID, version, "8.3.0"));
    m
}

fn version(sim: &Sim) -> Option<String> {
    Some(runs(sim, ID)?["version"].as_str().unwrap().to_owned())
}

/// Waits until the backup has come back from its restart with that version of the module.
#[track_caller]
fn follows(m: &Sim, b: &Sim, wanted: Option<&str>) {
    healthy(m, b);
    eventually("the backup has its master's modules", || b.running() && version(b).as_deref() == wanted);
    healthy(m, b);
    assert_eq!(b.api("/modules/quarantined")["items"], json!([]));
}

#[test]
fn a_backup_gets_the_masters_module_with_its_acceptance_and_restarts() {
    let m = master_with("1.0.0").started();
    let b = backup(&m, &[]).set(knobs::SYNC_MS, "3000").started();
    eventually("the mismatch is told", || b.info(&["RedundantState=Incompatible"]));
    assert_eq!(b.api("/redundancy")["projectState"], "Incompatible (Modules)");
    follows(&m, &b, Some("1.0.0"));
    let file = |sim: &Sim, path: &str| fs_err::read(sim.dir.path().join(path)).unwrap();
    assert_eq!(file(&b, FILE), file(&m, FILE));
    assert_eq!(file(&b, "modules.json"), file(&m, "modules.json"));
    assert!(b.logged("The gateway restarts: modules of the master installed"));
    assert!(!b.logged("Resources needing commissioning"));
    let hash = |sim: &Sim| sim.api("/overview")["redundancy"]["peerStatus"]["info"]["moduleHash"].clone();
    assert_eq!(hash(&m), hash(&b));
}

#[test]
fn a_module_larger_than_one_piece_arrives_whole() {
    let m = master(&[]).set("ACCEPT_MODULE_CERTS", ID).set("ACCEPT_MODULE_LICENSES", ID);
    // Bytes that do not pack well, so that the file is as large as they are.
    let mut noise = 1_u32;
    let jar = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()[0]
    });
    let jar = jar.take(700_000).collect::<Vec<_>>();
    let text = crate::simulator::modules::sample::descriptor(ID, "1.0.0", "8.3.0");
    let entries: [(&str, &[u8]); 4] =
        [("module.xml", text.as_bytes()), ("license.html", b"l"), ("certificates.p7b", b"c"), ("gateway.jar", &jar)];
    let bytes = crate::simulator::modules::sample::archive(&entries);
    assert!(bytes.len() > 600_000);
    m.put_bytes(FILE, &bytes);
    let m = m.started();
    let b = backup(&m, &[]).started();
    follows(&m, &b, Some("1.0.0"));
    assert_eq!(fs_err::read(b.dir.path().join(FILE)).unwrap(), bytes);
}

#[test]
fn the_backup_follows_what_becomes_of_its_masters_modules() {
    let mut m = master_with("1.0.0").started();
    let b = backup(&m, &[]).started();
    follows(&m, &b, Some("1.0.0"));
    m.stop();
    m.put_bytes(FILE, &module(ID, "1.1.0", "8.3.0"));
    m.start();
    follows(&m, &b, Some("1.1.0"));
    m.stop();
    fs_err::remove_file(m.dir.path().join(FILE)).unwrap();
    m.start();
    follows(&m, &b, None);
    assert!(!b.dir.path().join(FILE).exists());
}

#[test]
fn a_backup_that_has_the_same_module_takes_nothing_and_one_with_its_own_gives_it_up() {
    let m = master_with("1.0.0").started();
    let twin = backup(&m, &[]).set("ACCEPT_MODULE_CERTS", ID).set("ACCEPT_MODULE_LICENSES", ID);
    twin.put_bytes(FILE, &module(ID, "1.0.0", "8.3.0"));
    let twin = twin.started();
    follows(&m, &twin, Some("1.0.0"));
    assert!(!twin.logged("The gateway restarts"));
    drop(twin);
    let install = tempfile::tempdir().unwrap();
    let folder = install.path().join("user-lib/modules");
    fs_err::create_dir_all(&folder).unwrap();
    fs_err::write(folder.join("Own.modl"), module("com.example.own", "1.0.0", "8.3.0")).unwrap();
    fs_err::write(folder.join("Newer.modl"), module(ID, "2.0.0", "8.3.0")).unwrap();
    let ids = format!("com.example.own,{ID}");
    let b = backup(&m, &[]).set("IGNITION_INSTALL_LOCATION", install.path().to_str().unwrap());
    let b = b.set("ACCEPT_MODULE_CERTS", &ids).set("ACCEPT_MODULE_LICENSES", &ids).started();
    follows(&m, &b, Some("1.0.0"));
    assert!(runs(&b, "com.example.own").is_none());
    assert!(folder.join("Own.modl").exists(), "files that are not in its data are not touched");
}

#[test]
fn an_installation_that_fails_is_told_and_tried_again() {
    let m = master_with("1.0.0").started();
    let b = backup(&m, &[("sync.timeoutSecs", "1")]);
    b.put("user-lib", "a file in the way");
    let b = b.started();
    eventually("the log says so", || b.logged("the modules of the master could not be installed"));
    assert!(b.info(&["RedundantState=Incompatible"]));
    fs_err::remove_file(b.dir.path().join("user-lib")).unwrap();
    follows(&m, &b, Some("1.0.0"));
}
