//! What a backup brings and what it leaves alone.

use serde_json::{Value, json};

use super::fixture::{Place, add, archive, info, least};
use crate::simulator::backup::info::Info;
use crate::simulator::backup::layout::{CLOCK, UUID};
use crate::simulator::backup::make::{Source, make};
use crate::simulator::backup::refusal::BackupError;
use crate::simulator::backup::stage::Wishes;
use crate::simulator::backup::swap::finish;
use crate::simulator::config::store::Store;
use crate::simulator::data::Record;
use crate::simulator::log::Log;

const TRUSTED: &str = "config/local/ignition/gateway-network/server/security/pki/trusted/certs/ca.crt";
const KEYSTORE: &str = "config/local/ignition/gateway-network/keystore/metro-keystore.pfx";
const MANIFEST: &str = r#"{"scope":"A","version":1,"restricted":false,"overridable":true,"files":["config.json"],"attributes":{"enabled":true}}"#;

fn store(place: &Place) -> Store {
    Store::load(&place.data, None, false, Log::new(std::io::sink()))
}

/// A gateway with something of everything.
fn gateway() -> Place {
    let place = Place::new(&[
        ("config/resources/core/config-mode.json", "{}"),
        (
            "config/resources/core/ignition/gateway-network-outgoing/hub/config.json",
            r#"{"host":"hub","port":8060,"useSSL":true}"#,
        ),
        ("config/resources/core/ignition/gateway-network-outgoing/hub/resource.json", MANIFEST),
        ("config/resources/core/ignition/user-source/default/config.json", "{}"),
        ("config/resources/core/ignition/user-source/default/resource.json", MANIFEST),
        ("config/resources/dev/config-mode.json", "{}"),
        ("config/resources/local/config-mode.json", r#"{"parent":"core"}"#),
        (&format!("{CLOCK}/config.json"), r#"{"systemUID":"theirs","demoTimeRemaining":7000}"#),
        (&format!("{CLOCK}/resource.json"), MANIFEST),
        ("projects/a/project.json", "{}"),
        ("redundancy.xml", "<properties>theirs</properties>"),
        ("gateway.xml", "<properties>theirs</properties>"),
        ("config/ignition/keys/root.json", "theirs"),
        (UUID, "11111111-1111-4111-8111-111111111111"),
        (KEYSTORE, "theirs"),
        (TRUSTED, "theirs"),
    ]);
    place.data.save_record(&Record { version: "8.3.9".to_owned(), ..Record::default() }).unwrap();
    place
}

/// Another one, on which it is restored.
fn other() -> Place {
    let place = Place::new(&[
        ("config/resources/core/config-mode.json", "{}"),
        ("config/resources/core/ignition/api-token/own/config.json", "{}"),
        ("config/resources/test/config-mode.json", "{}"),
        ("config/resources/local/config-mode.json", r#"{"parent":"own"}"#),
        (&format!("{CLOCK}/config.json"), r#"{"systemUID":"own","demoTimeRemaining":60}"#),
        (&format!("{CLOCK}/resource.json"), MANIFEST),
        ("projects/own/project.json", "{}"),
        ("redundancy.xml", "own"),
        (UUID, "22222222-2222-4222-8222-222222222222"),
        (KEYSTORE, "own"),
        (TRUSTED, "own"),
    ]);
    place.data.save_record(&Record { trial_used_s: 7140, version: "8.3.9".to_owned(), ..Record::default() }).unwrap();
    place
}

fn backup(of: &Place, peer_local: bool) -> Vec<u8> {
    let info = Info::new("8.3.9", "", "demo", 1, peer_local);
    let source = Source { data: of.data.clone(), store: store(of), info, trial_left_s: 5000 };
    let archive = make(&source).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut { archive.file }, &mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, archive.length);
    bytes
}

fn restored(peer_local: bool, wishes: &Wishes) -> Place {
    let place = other();
    place.commit(&backup(&gateway(), peer_local), wishes).unwrap();
    assert_eq!(place.text("redundancy.xml").as_deref(), Some("own"), "nothing is different before the next start");
    assert!(place.has("projects/own/project.json"));
    assert!(finish(&place.data).unwrap());
    assert!(!finish(&place.data).unwrap());
    assert!(place.names().iter().all(|name| !name.starts_with(".restore")));
    place
}

fn json_of(place: &Place, path: &str) -> Value {
    place.data.read_json(path).unwrap().unwrap()
}

#[test]
fn what_replicates_is_replaced_as_a_whole() {
    let place = restored(true, &Wishes::default());
    assert!(place.has("config/resources/core/ignition/gateway-network-outgoing/hub/config.json"));
    assert!(place.has("config/resources/dev/config-mode.json") && place.has("projects/a/project.json"));
    for gone in ["config/resources/core/ignition/api-token", "config/resources/test", "projects/own"] {
        assert!(!place.has(gone), "{gone}");
    }
}

#[test]
fn what_is_local_stays_but_for_the_clock_and_the_trust() {
    for peer_local in [true, false] {
        let place = restored(peer_local, &Wishes::default());
        assert_eq!(place.text("redundancy.xml").as_deref(), Some("own"));
        assert_eq!(place.text(KEYSTORE).as_deref(), Some("own"));
        assert!(!place.has("gateway.xml") && !place.has("config/ignition"));
        assert!(place.text("config/resources/local/config-mode.json").unwrap().contains("own"));
        let uuid = place.text(UUID).unwrap();
        assert!(!uuid.starts_with("1111") && !uuid.starts_with("2222") && uuid::Uuid::parse_str(&uuid).is_ok());
        let clock = json_of(&place, &format!("{CLOCK}/config.json"));
        assert_eq!(clock, json!({"systemUID": "own", "demoTimeRemaining": 5000}));
        assert!(place.data.load_record().unwrap().unwrap().trial_in_properties);
        assert_eq!(place.text(TRUSTED).as_deref(), peer_local.then_some("theirs"));
    }
}

#[test]
fn the_local_part_comes_back_when_it_is_wished_for() {
    let wishes = Wishes { local: true, ..Wishes::default() };
    let place = restored(true, &wishes);
    for path in ["redundancy.xml", "gateway.xml", "config/ignition/keys/root.json", KEYSTORE, TRUSTED] {
        assert!(place.text(path).unwrap().contains("theirs"), "{path}");
    }
    assert!(place.text(UUID).unwrap().starts_with("1111"));
    assert_eq!(json_of(&place, &format!("{CLOCK}/config.json"))["systemUID"], "theirs");
    // A backup without that part leaves what there is.
    let place = restored(false, &wishes);
    assert_eq!(place.text("redundancy.xml").as_deref(), Some("own"));
    assert!(place.text(UUID).unwrap().starts_with("2222"));
}

#[test]
fn connections_come_back_disabled_and_the_name_another_one() {
    let wishes = Wishes { disabled: true, name: Some("twin".to_owned()), ..Wishes::default() };
    let place = restored(true, &wishes);
    let enabled = |path: &str| json_of(&place, &format!("{path}/resource.json"))["attributes"]["enabled"].clone();
    assert_eq!(enabled("config/resources/core/ignition/gateway-network-outgoing/hub"), false);
    assert_eq!(enabled("config/resources/core/ignition/user-source/default"), true);
    assert_eq!(crate::simulator::config::system_name::configured(&store(&place)).as_deref(), Some("twin"));
    for name in ["", "a|b", "a\nb", &"x".repeat(256)] {
        let wishes = Wishes { name: Some(name.to_owned()), ..Wishes::default() };
        assert!(matches!(other().commit(&backup(&gateway(), true), &wishes), Err(BackupError::Name)), "{name:?}");
    }
}

/// Whoever restores at the first start puts the authority's certificate into the archive as well (fact sheet 4.5).
#[test]
fn a_file_that_was_put_into_the_archive_counts() {
    let place = other();
    place.commit(&archive(|zip| add(zip, TRUSTED, "added")), &Wishes::default()).unwrap();
    finish(&place.data).unwrap();
    assert_eq!(place.text(TRUSTED).as_deref(), Some("added"));
    assert_eq!(json_of(&place, &format!("{CLOCK}/config.json"))["systemUID"], "own", "one without a clock leaves it");
}

#[test]
fn an_older_backup_is_taken() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    add(&mut zip, "backup-info.json", info("8.3.0", false));
    add(&mut zip, &least(false)[1].0, "{}");
    other().commit(&zip.finish().unwrap().into_inner(), &Wishes::default()).unwrap();
}

#[test]
fn what_is_hidden_or_a_link_is_in_no_backup() {
    let place = gateway();
    place.data.write("projects/a/.cache/x", b"x").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", place.data.path("projects/a/link")).unwrap();
    let bytes = backup(&place, true);
    let archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let names: Vec<_> = archive.file_names().map(|n| n.unwrap().into_owned()).collect();
    assert!(names.contains(&"projects/a/project.json".to_owned()) && names.contains(&KEYSTORE.to_owned()), "{names:?}");
    assert!(
        names.iter().all(|name| !name.contains("/.") && !name.contains("link") && !name.starts_with('.')),
        "{names:?}"
    );
    let archive = zip::ZipArchive::new(std::io::Cursor::new(backup(&place, false))).unwrap();
    let own: Vec<_> = archive.file_names().map(|n| n.unwrap().into_owned()).filter(|n| n.contains("local")).collect();
    assert_eq!(own, [format!("{CLOCK}/config.json"), format!("{CLOCK}/resource.json")]);
}

#[test]
fn more_than_can_be_restored_is_not_made() {
    let place = gateway();
    for n in 0..3 {
        fs_err::File::create(place.data.path(&format!("projects/a/{n}"))).unwrap().set_len(30 << 20).unwrap();
    }
    let source = Source {
        data: place.data.clone(),
        store: store(&place),
        info: Info::new("8.3.9", "", "demo", 1, false),
        trial_left_s: 0,
    };
    assert!(make(&source).unwrap_err().to_string().contains("more data"));
}
