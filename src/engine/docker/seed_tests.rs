//! Archives read back entry by entry: owners, modes, order, and the paths that are refused.

use std::io::Read;

use super::super::op::Op;
use super::super::plan::plan;
use super::super::plan_fixture::demo;
use super::*;
use crate::engine::{Policy, docker::Observed};

/// The seeding of a member of the demo stack, as a plan has it.
fn seeding(member: usize) -> Seeding {
    let plan = plan(&demo(), &Observed::default(), &Policy::default()).unwrap();
    let mut found = plan.steps().filter_map(|s| match &s.op {
        Op::Seed(seeding) => Some(seeding.as_ref().clone()),
        _ => None,
    });
    found.nth(member).unwrap()
}

fn secrets() -> Secrets {
    [("admin-password", "s3cret"), ("db-password", "other")]
        .map(|(k, v)| (SecretName(k.to_owned()), v.to_owned()))
        .into_iter()
        .collect()
}

/// `mode uid:gid path content` of every entry.
fn entries(bytes: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let header = entry.header();
        assert_eq!(header.mtime().unwrap(), MTIME);
        let (mode, uid, gid) = (header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap());
        format!("{mode:04o} {uid}:{gid} {} {text}", entry.path().unwrap().display()).trim_end().to_owned()
    });
    entries.collect()
}

#[test]
fn a_fresh_volume_gets_everything_and_the_marker_last() {
    let bytes = archive(&seeding(1), Owner::of("2003:0"), false, &secrets()).unwrap().unwrap();
    insta::assert_snapshot!(entries(&bytes).join("\n"), @r"
    0755 2003:0 usr/local/bin/ignition/data/config/
    0755 2003:0 usr/local/bin/ignition/data/config/resources/
    0755 2003:0 usr/local/bin/ignition/data/config/resources/core/
    0755 2003:0 usr/local/bin/ignition/data/config/resources/core/x/
    0644 2003:0 usr/local/bin/ignition/data/config/resources/core/x/config.json {}
    0644 2003:0 usr/local/bin/ignition/data/redundancy.xml <x/>
    0400 2003:0 usr/local/bin/ignition/data/config/token s3cret
    0400 2003:0 run/secrets/admin-password s3cret
    0644 2003:0 usr/local/bin/ignition/data/.ignition-stack-seeded The files that this volume was to be given before the first start are complete.
    ");
    assert_eq!(archive(&seeding(1), Owner::of("2003:0"), false, &secrets()).unwrap().unwrap(), bytes);
}

#[test]
fn a_marked_volume_gets_only_what_is_ours() {
    let bytes = archive(&seeding(1), Owner::of(""), true, &secrets()).unwrap().unwrap();
    insta::assert_snapshot!(entries(&bytes).join("\n"), @r"
    0644 2003:2003 usr/local/bin/ignition/data/redundancy.xml <x/>
    0400 2003:2003 run/secrets/admin-password s3cret
    ");
}

#[test]
fn nothing_to_put_is_no_archive() {
    let mut s = seeding(1);
    s.secrets.clear();
    s.seeds.retain(|seed| seed.when == SeedWhen::FirstStart);
    assert!(archive(&s, Owner::of(""), true, &secrets()).unwrap().is_none());
    s.seeds.clear();
    assert!(!asks_for_marker(&s));
    assert!(archive(&s, Owner::of(""), false, &secrets()).unwrap().is_none());
}

#[test]
fn a_service_of_an_unknown_user_can_read_its_secret() {
    let mode = |user| {
        let bytes = archive(&seeding(0), Owner::of(user), false, &secrets()).unwrap().unwrap();
        entries(&bytes).join("\n")
    };
    assert_eq!(mode(""), "0444 2003:2003 run/secrets/db-password other");
    assert_eq!(mode("999"), "0400 999:999 run/secrets/db-password other");
}

#[test]
fn paths_cannot_escape() {
    for bad in ["../x", "/etc/passwd", "a/../../x", "a//b", "", "a/.", "a\0b", "a\\..\\b", "a/"] {
        let mut s = seeding(1);
        bad.clone_into(&mut s.seeds[0].path);
        let error = archive(&s, Owner::of(""), false, &secrets()).unwrap_err();
        assert!(matches!(&error, SeedError::Path(path) if path == bad), "{bad:?}: {error}");
    }
    let mut s = seeding(1);
    s.secrets[0].0 = "../../etc/shadow".to_owned();
    assert!(matches!(archive(&s, Owner::of(""), false, &secrets()), Err(SeedError::Path(_))));
}

#[test]
fn a_secret_without_value_and_files_without_volume_are_named() {
    let error = archive(&seeding(1), Owner::of(""), false, &Secrets::new()).unwrap_err();
    assert_eq!(error.to_string(), "the secret admin-password has no value");
    let mut s = seeding(1);
    s.target = None;
    let error = archive(&s, Owner::of(""), false, &secrets()).unwrap_err();
    assert_eq!(error.to_string(), "it has files for a data volume and no volume");
    assert_eq!(marker_path(&s), None);
}

#[test]
fn long_paths_survive() {
    let mut s = seeding(1);
    s.seeds[0].path = format!("config/{}/{}.json", "d".repeat(120), "f".repeat(150));
    let bytes = archive(&s, Owner::of(""), false, &secrets()).unwrap().unwrap();
    assert!(entries(&bytes).iter().any(|e| e.contains(&s.seeds[0].path)));
}
