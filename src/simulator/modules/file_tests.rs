//! Tests of reading module files: good ones, broken ones, hostile ones.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::simulator::modules::sample::{archive, descriptor, module, unsigned};

fn read(bytes: &[u8]) -> Result<Content, Broken> {
    Content::read(Cursor::new(bytes))
}

#[track_caller]
fn refused(bytes: &[u8], reason: &str) -> Broken {
    let broken = read(bytes).unwrap_err();
    assert!(broken.reason.contains(reason), "{}", broken.reason);
    broken
}

#[test]
fn a_module_says_what_it_is() {
    let found = read(&module("com.x.y", "1.2.3.2024", "8.3.0")).unwrap();
    assert_eq!((found.id.as_str(), found.name.as_str()), ("com.x.y", "Module com.x.y"));
    assert_eq!((found.version.as_str(), found.requires.as_str()), ("1.2.3.2024", "8.3.0"));
    assert_eq!(found.certificate, Some(module_digest(b"certificate of com.x.y")));
    assert_eq!(found.license, Some(module_digest(b"<html>Do as you like.</html>")));
    assert_eq!(read(&unsigned("com.x.y", "1.0.0", "8.3.0")).unwrap().certificate, None);
    let free = descriptor("com.x.y", "1", "8.3").replace("<license>license.html</license>", "");
    assert_eq!(read(&archive(&[("module.xml", free.as_bytes())])).unwrap().license, None);
}

#[test]
fn a_module_packed_as_a_stream_is_read() {
    let mut bytes = Vec::new();
    let mut writer = ZipWriter::new_stream(&mut bytes);
    writer.start_file("module.xml", SimpleFileOptions::default()).unwrap();
    let text = descriptor("com.x.y", "1.0.0", "8.3.0").replace("<license>license.html</license>", "");
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap();
    assert_eq!(read(&bytes).unwrap().id, "com.x.y");
}

#[test]
fn what_is_missing_is_named_with_the_module() {
    let with = |text: &str| archive(&[("module.xml", text.as_bytes()), ("license.html", b"x")]);
    let whole = descriptor("com.x.y", "1.0.0", "8.3.0");
    for (from, to, reason) in [
        ("<version>1.0.0</version>", "", "no version"),
        ("<name>Module com.x.y</name>", "<name/>", "no name"),
        ("8.3.0", "newest", "no required Ignition version"),
        ("license.html", "../license.html", "no licence agreement ../license.html"),
    ] {
        let broken = refused(&with(&whole.replace(from, to)), reason);
        assert_eq!(broken.id.as_deref(), Some("com.x.y"));
    }
    let empty = archive(&[("module.xml", whole.as_bytes()), ("license.html", b"x"), ("certificates.p7b", b"")]);
    assert_eq!(refused(&empty, "empty certificates.p7b").id.as_deref(), Some("com.x.y"));
    for (bytes, reason) in [
        (with(&whole.replace("com.x.y", "../../x")), "no proper identifier"),
        (with("<modules/>"), "has a module.xml without a complete module"),
        (with("<module><id>&e;</id></module>"), "entity"),
        (archive(&[("other.xml", b"x")]), "has no module.xml"),
    ] {
        assert_eq!(refused(&bytes, reason).id, None);
    }
}

#[test]
fn what_is_no_archive_is_an_error() {
    for bytes in [&b""[..], b"PK", b"not a zip archive", &vec![0; 70_000], b"PK\x05\x06"] {
        refused(bytes, "zip archive");
    }
    let whole = module("com.x.y", "1.0.0", "8.3.0");
    refused(&whole[..whole.len() - 1], "cut off");
    refused(&[whole.clone(), b"x".to_vec()].concat(), "cut off or has something behind");
    refused(&[b"x".to_vec(), whole.clone()].concat(), "not where its end says");
    refused(&[whole.clone(), whole].concat(), "ambiguous");
}

#[test]
fn bombs_do_not_go_off() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("module.xml", SimpleFileOptions::default()).unwrap();
    let spaces = vec![b' '; 1024 * 1024];
    for _ in 0..64 {
        writer.write_all(&spaces).unwrap();
    }
    let bomb = writer.finish().unwrap().into_inner();
    refused(&bomb, "claims to have");
    // One that lies about its size: the claim is small, the content is not.
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("module.xml", SimpleFileOptions::default()).unwrap();
    writer.write_all(&spaces).unwrap();
    writer.write_all(&spaces).unwrap();
    writer.start_file("jar", SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
    writer.write_all(&vec![7; 100_000]).unwrap();
    let mut lying = writer.finish().unwrap().into_inner();
    let size = 2_u32 * 1024 * 1024;
    for at in 0..lying.len() - 4 {
        if lying[at..at + 4] == size.to_le_bytes() {
            lying[at..at + 4].copy_from_slice(&9_u32.to_le_bytes());
        }
    }
    refused(&lying, "module.xml that cannot be read");
}

#[test]
fn an_end_that_promises_too_much_is_refused_before_anything_is_made_for_it() {
    let whole = module("com.x.y", "1.0.0", "8.3.0");
    let end = whole.len() - 22;
    let with = |at: usize, value: &[u8]| {
        let mut bytes = whole.clone();
        bytes[end + at..end + at + value.len()].copy_from_slice(value);
        bytes
    };
    refused(&with(10, &[0xff, 0xff]), "more than");
    refused(&with(12, &[0xff; 4]), "more than");
    refused(&with(16, &[0xff; 4]), "not where its end says");
    refused(&with(20, &[1, 0]), "cut off");
    let mut zip64 = whole[..end].to_vec();
    zip64.extend([b"PK\x06\x07", &[0; 16][..], &whole[end..]].concat());
    refused(&zip64, "64-bit");
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let mut bytes = archive(&[("module.xml", b"<module/>"), ("nodule.xml", b"<module/>")]);
    while let Some(at) = bytes.windows(10).position(|w| w == b"nodule.xml") {
        bytes[at] = b'm';
    }
    refused(&bytes, "two entries of one name");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn no_damage_to_a_module_makes_it_panic(damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in 0..3_usize) {
        let mut bytes = module("com.x.y", "1.0.0", "8.3.0");
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(bytes.len() - cut);
        if let Ok(content) = read(&bytes) {
            prop_assert!(is_identifier(&content.id) && !content.name.is_empty() && content.name.chars().count() <= 255);
        }
    }

    #[test]
    fn no_directory_that_lies_makes_it_panic(at in 0..120_usize, value in prop_oneof![Just([0xff; 4]), any::<[u8; 4]>()]) {
        // The records at the end hold sizes, offsets and counts.
        let mut bytes = module("com.x.y", "1.0.0", "8.3.0");
        let from = bytes.len() - 4 - at;
        bytes[from..from + 4].copy_from_slice(&value);
        let _ = read(&bytes);
    }
}
