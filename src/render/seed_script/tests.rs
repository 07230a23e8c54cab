//! The script run by a real bash on temporary directories.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::{Command, Output};

use super::SEED_SCRIPT;
use crate::blueprint::SEED_MARKER;

struct World {
    root: tempfile::TempDir,
    owner: String,
}

impl World {
    /// A project with a list of seeds and some files, and an empty volume.
    fn new(list: &str, files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let owner = fs_err::metadata(root.path()).unwrap();
        // Root can give files to the gateway's user; anybody else only to himself.
        let owner = if owner.uid() == 0 { "2003:2003".to_owned() } else { format!("{}:{}", owner.uid(), owner.gid()) };
        let world = Self { root, owner };
        fs_err::create_dir_all(world.data("")).unwrap();
        fs_err::create_dir_all(world.source("data")).unwrap();
        fs_err::write(world.source("seeds"), list).unwrap();
        for (path, text) in files {
            let path = world.source("data").join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        world
    }

    fn data(&self, path: &str) -> PathBuf {
        self.root.path().join("volume").join(path)
    }

    fn source(&self, path: &str) -> PathBuf {
        self.root.path().join("project").join(path)
    }

    fn run(&self, env: &[(&str, &str)]) -> Output {
        let script = self.root.path().join("seed.sh");
        fs_err::write(&script, SEED_SCRIPT).unwrap();
        Command::new("/bin/bash")
            .arg(&script)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("SEED_DATA", self.data(""))
            .env("SEED_SOURCE", self.source(""))
            .env("SEED_KEYS", self.root.path().join("keys"))
            .env("SEED_OWNER", &self.owner)
            .envs(env.iter().copied())
            .output()
            .unwrap()
    }

    fn seeds(&self, env: &[(&str, &str)]) {
        let output = self.run(env);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.data(path)).unwrap()
    }

    /// Owner and permission bits.
    fn stat(&self, path: &str) -> (String, u32) {
        let stat = fs_err::symlink_metadata(self.data(path)).unwrap();
        (format!("{}:{}", stat.uid(), stat.gid()), stat.permissions().mode() & 0o7777)
    }
}

const LIST: &str =
    "# comment\nfirst file a/b/once.txt\nalways file redundancy.xml\nalways secret:DB_PASSWORD c/secret\n";
const FILES: &[(&str, &str)] = &[("a/b/once.txt", "one"), ("redundancy.xml", "role 1")];
const PASSWORD: (&str, &str) = ("DB_PASSWORD", "a $b 'c' \"d\" \\n *");

#[test]
fn everything_arrives_with_owner_and_mode_and_the_marker() {
    let world = World::new(LIST, FILES);
    world.seeds(&[PASSWORD]);
    assert_eq!(world.read("a/b/once.txt"), "one");
    assert_eq!(world.read("redundancy.xml"), "role 1");
    assert_eq!(world.read("c/secret"), PASSWORD.1);
    let owner = &world.owner;
    for (path, mode) in
        [("a", 0o755), ("a/b", 0o755), ("a/b/once.txt", 0o644), ("c/secret", 0o400), (SEED_MARKER, 0o644)]
    {
        assert_eq!(world.stat(path), (owner.clone(), mode), "{path}");
    }
    assert_eq!(&world.stat("").0, owner);
}

#[test]
fn a_second_run_leaves_the_gateways_files_and_renews_ours() {
    let world = World::new(LIST, FILES);
    world.seeds(&[PASSWORD]);
    fs_err::write(world.data("a/b/once.txt"), "changed by the gateway").unwrap();
    fs_err::write(world.source("data/redundancy.xml"), "role 2").unwrap();
    world.seeds(&[("DB_PASSWORD", "new")]);
    assert_eq!(world.read("a/b/once.txt"), "changed by the gateway");
    assert_eq!(world.read("redundancy.xml"), "role 2");
    assert_eq!(world.read("c/secret"), "new");
}

#[test]
fn files_of_the_image_stay_and_directories_that_only_root_could_write_are_given_away() {
    let world = World::new(LIST, FILES);
    fs_err::create_dir_all(world.data("a/b")).unwrap();
    fs_err::write(world.data("gateway.xml_clean"), "image").unwrap();
    world.seeds(&[PASSWORD]);
    assert_eq!(world.read("gateway.xml_clean"), "image");
    assert_eq!(world.stat("a/b").0, world.owner);
}

#[test]
fn the_owner_is_the_volumes_own_and_the_usual_one_where_root_has_it() {
    let world = World::new(LIST, FILES);
    if world.owner != "2003:2003" {
        println!("SKIPPED: only root can give files away");
        return;
    }
    world.seeds(&[PASSWORD, ("SEED_OWNER", "")]);
    assert_eq!(world.stat("a/b/once.txt").0, "2003:2003");
    let world = World::new(LIST, FILES);
    fs_err::os::unix::fs::chown(world.data(""), Some(2003), Some(0)).unwrap();
    world.seeds(&[PASSWORD, ("SEED_OWNER", "")]);
    assert_eq!(world.stat("a/b/once.txt").0, "2003:0");
    assert_eq!(world.stat("a").0, "2003:0");
}

#[test]
fn an_interrupted_run_is_not_taken_for_a_finished_one() {
    let world = World::new(LIST, FILES);
    fs_err::remove_file(world.source("data/redundancy.xml")).unwrap();
    assert!(!world.run(&[PASSWORD]).status.success());
    assert!(!world.data(SEED_MARKER).exists());
    fs_err::write(world.source("data/redundancy.xml"), "role 1").unwrap();
    world.seeds(&[PASSWORD]);
    assert!(world.data(SEED_MARKER).exists());
}

#[test]
fn keys_arrive_byte_for_byte_and_a_missing_one_stops_it() {
    let world = World::new("always key:hub.pfx k/metro-keystore.pfx\nalways key:ca.crt t/ca.crt\n", &[]);
    let keys = world.root.path().join("keys");
    fs_err::create_dir_all(&keys).unwrap();
    let bytes: Vec<u8> = (0..=u8::MAX).chain([10, 10, 0]).collect();
    fs_err::write(keys.join("hub.pfx"), &bytes).unwrap();
    let output = world.run(&[]);
    assert!(!output.status.success() && !world.data(SEED_MARKER).exists());
    assert!(String::from_utf8_lossy(&output.stderr).contains("secrets/ca.crt of the project cannot be read here"));
    fs_err::write(keys.join("ca.crt"), "public\n").unwrap();
    world.seeds(&[]);
    assert_eq!(fs_err::read(world.data("k/metro-keystore.pfx")).unwrap(), bytes);
    assert_eq!(world.stat("k/metro-keystore.pfx"), (world.owner.clone(), 0o400));
    assert_eq!(world.stat("t/ca.crt"), (world.owner.clone(), 0o644));
    // Ours at every start: a key that was exchanged comes back.
    fs_err::remove_file(world.data("k/metro-keystore.pfx")).unwrap();
    world.seeds(&[]);
    assert_eq!(fs_err::read(world.data("k/metro-keystore.pfx")).unwrap(), bytes);
}

#[test]
fn a_missing_secret_and_an_unknown_word_stop_it_before_the_marker() {
    for (list, text) in [
        (LIST, "DB_PASSWORD is not set"),
        ("sometimes file redundancy.xml\n", "unknown word: sometimes"),
        ("first link redundancy.xml\n", "unknown word: link"),
    ] {
        let world = World::new(list, FILES);
        let output = world.run(&[]);
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains(text));
        assert!(!world.data(SEED_MARKER).exists());
    }
}

#[test]
fn the_script_knows_the_marker_and_the_data_directory_by_their_names() {
    assert!(SEED_SCRIPT.contains(&format!("marker=$data/{SEED_MARKER}\n")));
    assert!(SEED_SCRIPT.contains(&format!("data=${{SEED_DATA:-{}}}\n", crate::blueprint::GATEWAY_DATA)));
}
