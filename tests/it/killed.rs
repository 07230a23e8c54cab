//! `create` ended in the middle: killed at any moment, without room, without the right to write. No half project, no litter.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::world::World;

const SHAPE: [&str; 7] = ["create", "demo", "--arch", "scale-out", "--frontends", "12", "--force"];

/// The paths of a project.
fn paths(root: &Path) -> BTreeSet<String> {
    fn walk(root: &Path, directory: &Path, into: &mut BTreeSet<String>) {
        for entry in fs_err::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            into.insert(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
            if path.is_dir() {
                walk(root, &path, into);
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(root, root, &mut found);
    found
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// `create` in a directory, as a process of its own.
fn create(directory: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("ignition-stack"));
    command.args(SHAPE).env_clear().env("HOME", directory).current_dir(directory);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn killed_at_any_moment_it_leaves_the_whole_project_or_none_and_the_next_run_cleans_up() {
    let world = World::new();
    let root = world.path();
    let began = Instant::now();
    assert!(create(root).status().unwrap().success());
    let whole = began.elapsed();
    let complete = paths(&world.project("demo"));
    fs_err::remove_dir_all(world.project("demo")).unwrap();
    let mut cut_short = 0;
    for round in 0..40_u32 {
        let mut running = create(root).spawn().unwrap();
        if round % 2 == 0 {
            // As soon as it has begun to write, at one of its first files or a later one.
            let wanted = (round as usize) * 4;
            while running.try_wait().unwrap().is_none()
                && !names(root).iter().any(|n| n.starts_with(".demo.") && written(&root.join(n)) >= wanted)
            {
            }
        } else {
            // At any other moment of its life.
            let moment = began_within(whole, round);
            let since = Instant::now();
            while since.elapsed() < moment && running.try_wait().unwrap().is_none() {}
        }
        running.kill().unwrap();
        running.wait().unwrap();
        let there = names(root);
        cut_short += usize::from(there.iter().any(|name| name.starts_with(".demo.ignition-stack-")));
        assert!(there.iter().all(|n| n == "demo" || n.starts_with(".demo.ignition-stack-")), "{there:?}");
        if world.project("demo").exists() {
            assert_eq!(paths(&world.project("demo")), complete, "half a project in round {round}");
            fs_err::remove_dir_all(world.project("demo")).unwrap();
        }
    }
    assert!(cut_short > 5, "it was cut short {cut_short} times only");
    assert!(create(root).status().unwrap().success());
    assert_eq!(names(root), ["demo"], "what killed runs left is gone");
    assert_eq!(paths(&world.project("demo")), complete);
}

/// A moment of a life of that length, another one in each round.
fn began_within(whole: Duration, round: u32) -> Duration {
    whole * (round * 37 % 100) / 100
}

/// How many entries stand in a directory that may go away meanwhile.
fn written(directory: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    entries.flatten().map(|entry| 1 + if entry.path().is_dir() { written(&entry.path()) } else { 0 }).sum()
}

/// A small file system of its own, gone with its guard; `None` without the right to mount one.
struct Small(World);

impl Small {
    #[allow(clippy::print_stdout, reason = "what was skipped is said loudly")]
    fn mount(options: &str) -> Option<Self> {
        let world = World::new();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(world.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(world)),
            other => {
                println!("SKIPPED: no file system can be mounted here ({other:?}); a full disk was not tried");
                None
            }
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_leaves_nothing() {
    for options in ["size=4k", "size=32k", "size=128k", "size=10m,nr_inodes=3", "size=10m,nr_inodes=40"] {
        let Some(small) = Small::mount(options) else { return };
        let output = create(small.0.path()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{options}: {told}");
        assert!(told.contains("No space left on device") && told.contains("free space"), "{options}: {told}");
        assert_eq!(names(small.0.path()), [""; 0], "{options}");
    }
}

#[test]
fn a_read_only_directory_is_told() {
    let Some(small) = Small::mount("ro") else { return };
    let output = create(small.0.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("Read-only file system"), "{told}");
}
