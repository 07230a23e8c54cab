//! The Makefile run by a real make, with stand-ins for the programs that it calls.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;

use super::makefile;
use crate::render::fixture;

#[test]
fn golden() {
    insta::assert_snapshot!(makefile(&fixture::stack(), &fixture::blueprint()).unwrap());
}

/// A project, and a directory with programs that write down how they were called.
struct World(tempfile::TempDir);

impl World {
    fn new(programs: &[&str]) -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        fs_err::create_dir_all(world.path("my project/.ignition-stack")).unwrap();
        fs_err::write(world.path("my project/.ignition-stack/config.json"), "{}").unwrap();
        let text = makefile(&fixture::stack(), &fixture::blueprint()).unwrap();
        fs_err::write(world.path("my project/Makefile"), text).unwrap();
        fs_err::create_dir(world.path("bin")).unwrap();
        for program in programs {
            let path = world.path("bin").join(program);
            // Without asking for a version: make does that to choose between the two composes.
            let script = "#!/bin/sh\n[ \"$2\" = version ] || echo \"${0##*/} $*\" >>\"$CALLS\"\n";
            fs_err::write(&path, script).unwrap();
            fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        world
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// Exit code, output and calls of `make` with these words; nothing where there is no make.
    fn make(&self, directory: &Path, words: &[&str], input: &str) -> Option<(Option<i32>, String, String)> {
        let make = ["/usr/bin/make", "/bin/make"].into_iter().find(|path| Path::new(path).is_file());
        let Some(make) = make else {
            println!("SKIPPED: make is not installed");
            return None;
        };
        let mut path = self.path("bin").into_os_string();
        path.push(":/nowhere");
        let run = Command::new(make)
            .args(words)
            .current_dir(directory)
            .env_clear()
            .env("PATH", path)
            .env("CALLS", self.path("calls"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut run = run.unwrap();
        // A target that reads nothing may have ended already.
        let _ = run.stdin.take().unwrap().write_all(input.as_bytes());
        let Output { status, stdout, stderr } = run.wait_with_output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        let calls = fs_err::read_to_string(self.path("calls")).unwrap_or_default();
        Some((status.code(), said, calls))
    }

    /// The calls of `make` in the project, which must succeed.
    fn calls(&self, target: &str, input: &str) -> Option<String> {
        let (code, said, calls) = self.make(&self.path("my project"), &[target], input)?;
        assert_eq!(code, Some(0), "{target}: {said}");
        Some(calls)
    }
}

#[test]
fn the_program_does_the_work_where_it_is_installed() {
    let expected = [
        ("up", "ignition-stack up\n"),
        ("verify", "ignition-stack verify\n"),
        ("logs", "ignition-stack logs -f --tail 100\n"),
        ("down", "ignition-stack down\n"),
        ("wipe", "ignition-stack down --delete-data\n"),
        ("help", ""),
    ];
    for (target, calls) in expected {
        let Some(made) = World::new(&["ignition-stack", "docker"]).calls(target, "") else { return };
        assert_eq!(made, calls);
    }
}

#[test]
fn compose_does_it_elsewhere_whichever_there_is() {
    for (program, called) in [("docker", "docker compose"), ("docker-compose", "docker-compose")] {
        for (target, words, input) in [
            ("up", "up -d", ""),
            ("logs", "logs -f --tail 100", ""),
            ("down", "down", ""),
            ("wipe", "down -v", "demo\n"),
        ] {
            let Some(made) = World::new(&[program]).calls(target, input) else { return };
            assert_eq!(made, format!("{called} {words}\n"));
        }
    }
}

#[test]
fn wiping_needs_the_stacks_name() {
    for answer in ["", "\n", "y\n", "dem\n", "demo2\n"] {
        let world = World::new(&["docker"]);
        let Some((code, said, calls)) = world.make(&world.path("my project"), &["wipe"], answer) else { return };
        assert_eq!((code, calls.as_str()), (Some(2), ""), "{answer:?}: {said}");
        assert!(answer.is_empty() || said.contains("nothing was removed"), "{said}");
    }
}

#[test]
fn nothing_is_done_in_another_directory() {
    let world = World::new(&["ignition-stack", "docker"]);
    let file = world.path("my project/Makefile").display().to_string();
    for target in ["up", "down", "logs", "verify", "wipe"] {
        let Some((code, said, calls)) = world.make(&world.path("bin"), &["-f", &file, target], "demo\n") else {
            return;
        };
        assert_eq!((code, calls.as_str()), (Some(2), ""), "{target}");
        assert!(said.contains("run make in the directory of demo"), "{said}");
    }
}

#[test]
fn checking_by_hand_is_pointed_to_where_the_program_is_missing() {
    let world = World::new(&["docker"]);
    let Some((code, said, calls)) = world.make(&world.path("my project"), &["verify"], "") else { return };
    assert_eq!((code, calls.as_str()), (Some(2), ""));
    assert!(said.contains("POST-SETUP.md"), "{said}");
}

/// The names that a Makefile says, by the places where it says one; nothing when a place is missing.
fn names(makefile: &str) -> Option<[&str; 4]> {
    let between = |before: &str, after: &str| {
        let (_, rest) = makefile.split_once(before)?;
        rest.split_once(after).map(|(name, _)| name)
    };
    Some([
        between("run make in the directory of ", ", or with -C")?,
        between("help:\n\t@echo \"", ":\"\n")?,
        between("This removes ", " and ALL DATA")?,
        between("[ \"$$answer\" = \"", "\" ] || ")?,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(fixture::CASES))]
    #[test]
    fn every_name_is_read_back_and_is_all_that_differs(name in "[a-z][a-z0-9-]{0,30}") {
        thread_local!(static SAMPLE: (crate::stack::Stack, crate::blueprint::Blueprint, String) = {
            let (mut stack, blueprint) = (fixture::stack(), fixture::blueprint());
            stack.name = fixture::name("n0-other-text-is-like-this");
            let text = makefile(&stack, &blueprint).unwrap();
            (stack, blueprint, text)
        });
        SAMPLE.with(|(stack, blueprint, sample)| {
            let mut stack = stack.clone();
            let before = std::mem::replace(&mut stack.name, fixture::name(&name));
            let text = makefile(&stack, blueprint).unwrap();
            prop_assert_eq!(names(&text), Some([name.as_str(); 4]));
            prop_assert_eq!(text, sample.replace(before.as_str(), &name));
            Ok(())
        })?;
    }
}
