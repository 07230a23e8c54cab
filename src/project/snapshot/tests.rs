//! What is written is read back; what was cut off, damaged or made up by somebody else is refused with its rule.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;
use tar::{EntryType, Header};

use super::*;
use crate::project::ProjectError;

fn about() -> About {
    About {
        stack: "demo".to_owned(),
        stack_id: Some("7".to_owned()),
        taken: "2026-11-24T12:50:00Z".to_owned(),
        members: "stopped".to_owned(),
        written_by: "0.1.0".to_owned(),
    }
}

fn labels() -> BTreeMap<String, String> {
    BTreeMap::from([("ignition-stack.stack".to_owned(), "demo".to_owned())])
}

fn written(directory: &Path, volumes: &[(&str, &[u8])]) -> PathBuf {
    let target = directory.join("demo.tar");
    let mut writer = SnapshotWriter::begin(&target, "demo").unwrap();
    writer.record(b"{}").unwrap();
    for (name, tar) in volumes {
        let mut volume = writer.volume(name, labels()).unwrap();
        for part in tar.chunks(700) {
            volume.write(part).unwrap();
        }
        volume.finish().unwrap();
    }
    writer.finish(about()).unwrap()
}

fn contents(snapshot: &Snapshot) -> Vec<(String, Vec<u8>)> {
    let read = |volume: &Packed| {
        let mut bytes = Vec::new();
        snapshot.volume(volume).unwrap().read_to_end(&mut bytes).unwrap();
        (volume.name.clone(), bytes)
    };
    snapshot.volumes().iter().map(read).collect()
}

#[track_caller]
fn refused(path: &Path, word: &str) {
    let error = Snapshot::open(path).unwrap_err().to_string();
    assert!(error.contains(word), "{error:?} does not say {word:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_is_read_back(one: Vec<u8>, two in proptest::collection::vec(any::<u8>(), 0..20_000)) {
        let directory = tempfile::tempdir().unwrap();
        let path = written(directory.path(), &[("demo_a-data", &one), ("demo_b-data", &two)]);
        let snapshot = Snapshot::open(&path).unwrap();
        prop_assert_eq!(snapshot.about(), &about());
        prop_assert_eq!(&snapshot.volumes()[0].labels, &labels());
        prop_assert_eq!(contents(&snapshot), [("demo_a-data".to_owned(), one), ("demo_b-data".to_owned(), two)]);
    }

    #[test]
    fn no_byte_of_a_volume_changes_unseen_and_no_end_is_missed(at in 0.0..1.0f64, flip in 1u8..) {
        let directory = tempfile::tempdir().unwrap();
        let path = written(directory.path(), &[("demo_a-data", &[7; 3000])]);
        let whole = fs_err::read(&path).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place")]
        let place = (whole.len() as f64 * at) as usize;
        let mut changed = whole.clone();
        changed[place] ^= flip;
        for damaged in [&whole[..place], &changed] {
            fs_err::write(&path, damaged).unwrap();
            // Where it is still taken for whole, what it holds is what was written: only filling was cut off or changed.
            if let Ok(snapshot) = Snapshot::open(&path) {
                prop_assert_eq!(contents(&snapshot), [("demo_a-data".to_owned(), vec![7; 3000])]);
            }
        }
        fs_err::write(&path, &whole[..(place / 2).min(whole.len() / 2)]).unwrap();
        prop_assert!(Snapshot::open(&path).is_err());
    }
}

#[test]
fn it_is_private_from_birth_and_nothing_is_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("snapshots");
    let target = below.join("demo.tar");
    let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
    let writer = SnapshotWriter::begin(&target, "demo").unwrap();
    let born: Vec<_> = fs_err::read_dir(&below).unwrap().map(|e| mode(&e.unwrap().path())).collect();
    assert_eq!((mode(&below), born), (0o700, vec![0o600]));
    drop(writer);
    assert_eq!(fs_err::read_dir(&below).unwrap().count(), 0, "given up, it leaves nothing behind");

    let late = SnapshotWriter::begin(&target, "demo").unwrap();
    fs_err::write(&target, "mine").unwrap();
    assert!(matches!(SnapshotWriter::begin(&target, "demo"), Err(ProjectError::Exists { .. })));
    assert!(late.finish(about()).is_err());
    assert_eq!(fs_err::read_to_string(&target).unwrap(), "mine");
}

#[test]
fn other_programs_read_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = written(directory.path(), &[("demo_a-data", b"not really a tar")]);
    let list = std::process::Command::new("tar").arg("tf").arg(&path).output().unwrap();
    assert_eq!(String::from_utf8(list.stdout).unwrap(), "record.json\nvolumes/demo_a-data.tar.gz\nmanifest.json\n");
    let sum = std::process::Command::new("sh")
        .args(["-c", "tar xOf \"$0\" volumes/demo_a-data.tar.gz | sha256sum"])
        .arg(&path)
        .output()
        .unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    assert_eq!(sum.split_whitespace().next(), Some(Snapshot::open(&path).unwrap().volumes()[0].sha256.as_str()));
}

/// A tar of somebody else's making.
fn forged(directory: &Path, entries: &[(&str, EntryType, &[u8])]) -> PathBuf {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, kind, bytes) in entries {
        let mut header = Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    let path = directory.join("forged.tar");
    fs_err::write(&path, tar.into_inner().unwrap()).unwrap();
    path
}

#[test]
fn what_is_no_snapshot_is_refused_with_the_rule() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let file = EntryType::Regular;
    let manifest = br#"{"format":1,"stack":"demo","taken":"","members":"","written_by":"","volumes":[]}"#;
    refused(&forged(at, &[]), "no end");
    refused(&forged(at, &[("../../etc/passwd", file, b"x")]), "no entry of a snapshot");
    refused(&forged(at, &[("volumes/../x.tar.gz", file, b"x")]), "no entry of a snapshot");
    refused(&forged(at, &[("volumes/a.tar.gz", EntryType::Symlink, b"")]), "no entry of a snapshot");
    refused(&forged(at, &[("volumes/a.tar.gz", file, b"x"), ("volumes/a.tar.gz", file, b"x")]), "no entry");
    refused(&forged(at, &[("volumes/a.tar.gz", file, b"x"), (MANIFEST, file, manifest)]), "1 volumes");
    refused(&forged(at, &[(MANIFEST, file, manifest), ("record.json", file, b"")]), "no entry of a snapshot");
    refused(&forged(at, &[(MANIFEST, file, b"{\"format\":2}")]), "its format is 2");
    refused(&forged(at, &[(MANIFEST, file, b"{}")]), "does not say its format");
    refused(&forged(at, &[(MANIFEST, file, b"{\"format\":1}")]), "not understood");
    refused(&forged(at, &[(MANIFEST, file, &vec![b' '; 2 << 20])]), "too long");
    let many = vec![("record.json", file, &b""[..]); 1001];
    refused(&forged(at, &many), "more than 1000");
    let noise = at.join("noise");
    fs_err::write(&noise, [9; 5000]).unwrap();
    refused(&noise, "no snapshot");
    let hostile = at.join("hostile");
    fs_err::write(&hostile, b"\x1b[31mred".repeat(500)).unwrap();
    let told = Snapshot::open(&hostile).unwrap_err().to_string();
    assert_eq!(told, format!("{} cannot be restored: it is no snapshot, or was cut off or damaged", hostile.display()));
    let told = Snapshot::open(&at.join("absent")).unwrap_err().to_string();
    assert_eq!(told, format!("{} cannot be read: there is no such file", at.join("absent").display()));
    refused(at, "not a file");
    refused(&at.join("absent"), "cannot be read");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    refused(&pipe, "not a file");
}

#[test]
fn behind_its_end_there_is_nothing_but_filling() {
    let directory = tempfile::tempdir().unwrap();
    let path = written(directory.path(), &[("demo_a-data", &[7; 3000])]);
    let whole = fs_err::read(&path).unwrap();
    for filling in [512, 10_240, 100_000] {
        fs_err::write(&path, [&whole[..], &vec![0; filling]].concat()).unwrap();
        assert_eq!(contents(&Snapshot::open(&path).unwrap()).len(), 1, "{filling} zeros, as other programs put there");
    }
    for junk in [&b"x"[..], &whole, &[&vec![0; 200_000][..], b"x"].concat()] {
        fs_err::write(&path, [&whole[..], junk].concat()).unwrap();
        refused(&path, "behind its end");
    }
}

#[test]
fn a_volume_that_unpacks_to_more_than_it_says_ends_where_it_says() {
    let directory = tempfile::tempdir().unwrap();
    let path = written(directory.path(), &[("demo_a-data", &vec![0; 100_000])]);
    let snapshot = Snapshot::open(&path).unwrap();
    let lying = Packed { bytes: 10, ..snapshot.volumes()[0].clone() };
    let mut bytes = Vec::new();
    snapshot.volume(&lying).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), 10);
}

#[test]
fn names_are_names() {
    for good in ["demo_gateway-data", "a", &"x".repeat(MAX_VOLUME_NAME)] {
        assert!(is_volume_name(good), "{good}");
    }
    for bad in ["", ".", "-a", "a/b", "a b", "ä", &"x".repeat(MAX_VOLUME_NAME + 1)] {
        assert!(!is_volume_name(bad), "{bad}");
    }
    let path = default_path(Path::new("d"), "demo", "2026-11-24T12:50:00Z");
    assert_eq!(path, Path::new("d/demo-20261124T125000Z.tar"));
}
