//! What an archive may hold that no gateway wrote: it is refused, and leaves nothing behind.

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::fixture::{Place, add, archive, info, unpacked};
use crate::simulator::backup::layout::{ARCHIVE_LIMIT, COUNT_LIMIT};
use crate::simulator::backup::refusal::BackupError;
use crate::simulator::backup::stage::Wishes;

/// Refused both by the archive's reader and by a whole restore, which leaves the data directory as it was.
#[track_caller]
fn refusal(bytes: &[u8]) -> BackupError {
    let place = Place::new(&[("projects/old/x", "old")]);
    let before = place.names();
    let refused = place.commit(bytes, &Wishes::default()).unwrap_err();
    assert_eq!(place.names(), before);
    assert_eq!(place.text("projects/old/x").as_deref(), Some("old"));
    refused
}

fn patched(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<_> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert_eq!(places.len(), 2, "in the local and in the central header");
    for at in places {
        bytes[at..at + from.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn the_least_is_taken_and_what_has_no_place_is_passed_over() {
    let bytes = archive(|zip| {
        zip.add_directory("projects/a/", SimpleFileOptions::default()).unwrap();
        add(zip, "projects/a/project.json", "{}");
        add(zip, "db_backup_sqlite.idb", "x");
        add(zip, "projects/a/.cache", "x");
        add(zip, "elsewhere", "x");
    });
    let (dir, result) = unpacked(&bytes);
    let found = result.unwrap();
    assert_eq!((found.passed_over, found.examples.len(), found.info.peer_local), (3, 3, false));
    assert!(dir.path().join("a/b/inner/projects/a/project.json").is_file());
    assert!(!dir.path().join("a/b/inner/db_backup_sqlite.idb").exists());
}

#[test]
fn a_path_that_leads_out_is_refused() {
    for name in [
        "../x",
        "projects/../../../x",
        "projects/a/../../../../x",
        "/etc/x",
        "/projects/a/x",
        "projects//x",
        "./projects/a/x",
        "projects\\..\\x",
        "c:/x",
        "..",
        "../",
        "projects/a\u{0}/x",
        "projects/\u{1b}[2J/x",
        &"d/".repeat(30),
        &"x".repeat(2000),
    ] {
        let refused = refusal(&archive(|zip| add(zip, name, "x")));
        assert!(matches!(refused, BackupError::Hostile { .. } | BackupError::Broken { .. }), "{name:?}: {refused}");
    }
}

#[test]
fn links_and_devices_are_refused() {
    let link = archive(|zip| zip.add_symlink("projects/a/x", "/etc/passwd", SimpleFileOptions::default()).unwrap());
    assert!(matches!(refusal(&link), BackupError::Hostile { .. }));
    let through = archive(|zip| {
        zip.add_symlink("projects/a", "/tmp", SimpleFileOptions::default()).unwrap();
        add(zip, "projects/a/x", "x");
    });
    assert!(matches!(refusal(&through), BackupError::Hostile { .. }));
    // The kind of file stands in the upper half of the external attributes: a device, a pipe, a directory that is none.
    for kind in [0o020_000_u32, 0o010_000, 0o140_000, 0o040_000] {
        let odd = archive(|zip| {
            let options = SimpleFileOptions::default().external_attributes((kind | 0o644) << 16);
            zip.start_file("projects/a/x", options).unwrap();
        });
        let refused = refusal(&odd);
        assert!(matches!(refused, BackupError::Hostile { .. }), "{kind:o}: {refused}");
    }
}

#[test]
fn two_of_one_name_are_refused() {
    let twice = archive(|zip| {
        add(zip, "projects/a/one", "1");
        add(zip, "projects/a/two", "2");
    });
    let twice = patched(twice, b"projects/a/two", b"projects/a/one");
    assert!(matches!(refusal(&twice), BackupError::Broken { .. }));
    for names in [
        ["projects/a/x", "projects/a/x/y"],
        ["projects/a/x/y", "projects/a/x"],
        ["projects", "projects/a/x"],
        ["projects/a/x", "projects"],
        ["elsewhere", "elsewhere/x"],
    ] {
        let clash = archive(|zip| names.into_iter().for_each(|name| add(zip, name, "x")));
        assert!(matches!(refusal(&clash), BackupError::Broken { .. }), "{names:?}");
    }
    let shared = archive(|zip| {
        add(zip, "projects/a/one", "1");
        zip.shallow_copy_file("projects/a/one", "projects/a/two").unwrap();
    });
    assert!(matches!(refusal(&shared), BackupError::Broken { .. }));
}

#[test]
fn more_than_can_be_carried_is_refused() {
    // Packed once, because packing takes longest.
    let piece = archive(|zip| add(zip, "projects/a/x", vec![0; 4 << 20]));
    let mut piece = zip::ZipArchive::new(std::io::Cursor::new(piece)).unwrap();
    let bomb = archive(|zip| {
        for n in 0..17 {
            let packed = piece.by_index_raw(2).unwrap();
            zip.raw_copy_file_rename(packed, format!("projects/a/{n}")).unwrap();
        }
    });
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    assert!(matches!(refusal(&bomb), BackupError::TooLarge { .. }));
    let many = archive(|zip| (0..=COUNT_LIMIT).for_each(|n| add(zip, &format!("projects/a/{n}"), "")));
    assert!(matches!(refusal(&many), BackupError::TooLarge { .. }));
    let large = tempfile::tempfile().unwrap();
    large.set_len(ARCHIVE_LIMIT + 1).unwrap();
    let place = Place::new(&[]);
    let refused = crate::simulator::backup::stage::stage(large, &place.host(), &Wishes::default()).unwrap_err();
    assert!(matches!(refused, BackupError::TooLarge { .. }));
}

#[test]
fn what_is_no_backup_is_told_so() {
    for bytes in [
        &b""[..],
        b"PK",
        b"PK\x05\x06",
        &[0; 22],
        &[0xff; 4096],
        b"<?xml version=\"1.0\"?><not-a-zip/>                 ",
    ] {
        assert!(matches!(refusal(bytes), BackupError::Foreign { .. }), "{bytes:?}");
    }
    let foreign = |files: &[(&str, &str)]| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in files {
            add(&mut zip, name, content);
        }
        refusal(&zip.finish().unwrap().into_inner())
    };
    let core = ("config/resources/core/config-mode.json", "{}");
    assert!(matches!(foreign(&[]), BackupError::Foreign { .. }));
    assert!(foreign(&[core]).to_string().contains("it has no backup-info.json"));
    for text in ["", "{}", "[]", "null", r#"{"product":"simulated Ignition gateway"}"#] {
        assert!(matches!(foreign(&[("backup-info.json", text), core]), BackupError::Foreign { .. }), "{text}");
    }
    let other = info("8.3.9", false).replace("simulated Ignition", "other");
    assert!(matches!(foreign(&[("backup-info.json", &other), core]), BackupError::Foreign { .. }));
    let later = info("8.3.9", false).replace("\"format\":1", "\"format\":2");
    assert!(matches!(foreign(&[("backup-info.json", &later), core]), BackupError::Foreign { .. }));
    let newer = info("8.3.10", false);
    assert!(matches!(foreign(&[("backup-info.json", &newer), core]), BackupError::Newer { .. }));
    let huge = " ".repeat(70_000);
    assert!(matches!(foreign(&[("backup-info.json", &huge), core]), BackupError::TooLarge { .. }));
    // A gateway with such a tree would be FAULTED.
    let own = info("8.3.9", false);
    for tree in [
        &[("projects/a/x", "")][..],
        &[("config/resources/core/ignition/x/config.json", "{}")],
        &[("config/resources/core/config-mode.json", "{")],
    ] {
        let files: Vec<_> = [("backup-info.json", own.as_str())].into_iter().chain(tree.iter().copied()).collect();
        assert!(matches!(foreign(&files), BackupError::Broken { .. }), "{tree:?}");
    }
}

#[test]
fn a_broken_archive_is_told_so() {
    let whole = archive(|zip| add(zip, "projects/a/x", "content".repeat(100)));
    for cut in [1, 10, 30, whole.len() / 2] {
        assert!(matches!(refusal(&whole[..whole.len() - cut]), BackupError::Foreign { .. }), "{cut}");
    }
    // Something before it, so that no offset fits; a comment; a second end.
    let shifted = [b"0123456789".as_slice(), &whole].concat();
    assert!(matches!(refusal(&shifted), BackupError::Broken { .. }));
    assert!(matches!(refusal(&archive(|zip| zip.set_comment("x").unwrap())), BackupError::Foreign { .. }));
    let end = &whole[whole.len() - 22..];
    assert!(matches!(refusal(&[whole.as_slice(), end].concat()), BackupError::Broken { .. }));
    // A byte of the packed content: the checksum tells.
    let at = whole.windows(12).position(|w| w == b"projects/a/x").unwrap() + 14;
    let mut flipped = whole.clone();
    flipped[at] ^= 0x55;
    assert!(matches!(refusal(&flipped), BackupError::Broken { .. }));
}

#[test]
fn a_name_that_is_no_text_is_refused() {
    let odd = patched(archive(|zip| add(zip, "projects/a/name", "x")), b"projects/a/name", b"projects/a/n\xff\xfee");
    assert!(matches!(refusal(&odd), BackupError::Hostile { .. } | BackupError::Broken { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is changed in an archive, it is read or refused.
    #[test]
    fn no_change_of_an_archive_makes_it_panic_or_write_elsewhere(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let mut bytes = archive(|zip| {
            add(zip, "projects/a/x", "content".repeat(20));
            add(zip, "config/resources/core/ignition/x/config.json", "{}");
        });
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = unpacked(&bytes);
    }

    /// Entries of any names: what is let in is a file below the directory.
    #[test]
    fn no_names_lead_out(names in proptest::collection::btree_set("((projects|config/resources|config/local|[a-z.~ ]{0,3})/){0,3}[a-z./\\\\:]{0,8}", 0..8)) {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for name in names {
            // One that the writer itself refuses is not in it.
            let _ = zip.start_file(name, SimpleFileOptions::default());
        }
        let _ = unpacked(&zip.finish().unwrap().into_inner());
    }

    #[test]
    fn noise_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), end in any::<bool>()) {
        let mut bytes = bytes;
        if end {
            bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\0\0\0\0\0\0");
        }
        prop_assert!(unpacked(&bytes).1.is_err());
    }
}
