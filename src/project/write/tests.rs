//! Real directories: modes, refusals, and nothing left behind.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use super::*;
use crate::blueprint::SecretName;
use crate::project::{load, secrets};
use crate::render::{self, fixture};

fn tree() -> Tree {
    render::tree(&fixture::stack(), &fixture::blueprint(), "{}\n".to_owned(), None).unwrap()
}

fn write_sample(path: &Path) -> Result<(), ProjectError> {
    write(path, &fixture::stack().name, &tree(), &fixture::secrets())
}

fn mode(path: &Path) -> u32 {
    fs_err::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn entries(path: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs_err::read_dir(path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_whole_project_is_there_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let project = root.path().join("demo");
    write_sample(&project).unwrap();
    assert_eq!(entries(root.path()), ["demo"]);
    for (path, file) in &tree().files {
        assert_eq!(fs_err::read(project.join(path)).unwrap(), file.bytes, "{path}");
    }
    let names = render::secret_names(&fixture::blueprint());
    assert_eq!(load(&project, &names).unwrap(), fixture::secrets());
    let env = fs_err::read_to_string(project.join(".env")).unwrap();
    assert_eq!(env, dotenv(&fixture::stack().name, &fixture::secrets()).unwrap());
    assert_eq!(crate::project::find(root.path(), Some(&fixture::stack().name)).unwrap(), project);
    assert_eq!(crate::project::read_record(&project).unwrap(), "{}\n");
}

/// The umask belongs to the process, so that each is tried in a process of its own: this test, run again.
#[test]
fn secrets_are_private_under_every_umask() {
    const CHILD: &str = "IGNITION_STACK_TEST_WRITE_TO";
    if let Some(path) = std::env::var_os(CHILD) {
        return write_sample(Path::new(&path)).unwrap();
    }
    for (umask, file, script, directory) in
        [("000", 0o644, 0o755, 0o755), ("022", 0o644, 0o755, 0o755), ("077", 0o600, 0o700, 0o700)]
    {
        let root = tempfile::tempdir().unwrap();
        let project = root.path().join("demo");
        let me = std::env::current_exe().unwrap();
        let test = "project::write::tests::secrets_are_private_under_every_umask";
        let status = Command::new("/bin/sh")
            .args(["-c", "umask \"$1\" && shift && exec \"$@\"", "sh", umask])
            .arg(me)
            .args(["--exact", test])
            .env(CHILD, &project)
            .output()
            .unwrap();
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
        for (path, expected) in [
            (".env", 0o600),
            ("secrets", 0o700),
            ("secrets/admin-password", 0o600),
            ("secrets/db-password", 0o600),
            ("docker-compose.yaml", file),
            (".ignition-stack/config.json", file),
            ("scripts/seed.sh", script),
            ("services/backend/data", directory),
            (".", directory),
        ] {
            assert_eq!(mode(&project.join(path)), expected, "{path} under umask {umask}");
        }
    }
}

#[test]
fn an_empty_directory_is_replaced() {
    let root = tempfile::tempdir().unwrap();
    let project = root.path().join("demo");
    fs_err::create_dir(&project).unwrap();
    write_sample(&project).unwrap();
    assert!(project.join("docker-compose.yaml").is_file());
    assert_eq!(entries(root.path()), ["demo"]);
}

#[test]
fn whatever_is_there_is_refused_and_stays_as_it_was() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    fs_err::create_dir(at("full")).unwrap();
    fs_err::write(at("full/mine"), "old").unwrap();
    fs_err::write(at("file"), "old").unwrap();
    fs_err::create_dir(at("empty")).unwrap();
    fs_err::os::unix::fs::symlink(at("empty"), at("link")).unwrap();
    fs_err::os::unix::fs::symlink(at("nowhere"), at("dangling")).unwrap();
    let before = entries(root.path());
    for (name, text) in [
        ("full", "is not empty (it has \"mine\")"),
        ("file", "is a file"),
        ("link", "is a symbolic link"),
        ("link/", "is a symbolic link"),
        ("dangling", "is a symbolic link"),
        ("absent/demo", "is not an existing directory"),
        ("file/demo", "is not an existing directory"),
        ("..", "no name of its own"),
    ] {
        let error = write_sample(&at(name)).unwrap_err();
        assert!(error.to_string().contains(text), "{name}: {error}");
        assert!(!error.hint().is_empty());
    }
    assert_eq!(entries(root.path()), before);
    assert_eq!(fs_err::read_to_string(at("full/mine")).unwrap(), "old");
    assert_eq!(fs_err::read_to_string(at("file")).unwrap(), "old");
    assert!(entries(&at("empty")).is_empty());
}

#[test]
fn a_parent_that_takes_no_directory_is_named() {
    // Nobody, root included, makes directories in /proc.
    let error = write_sample(Path::new("/proc/demo")).unwrap_err();
    assert!(matches!(error, ProjectError::Io { .. }));
    assert!(error.to_string().contains("/proc"), "{error}");
}

#[test]
fn a_failure_in_the_middle_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let project = root.path().join("demo");
    let file = |text: &str| render::TreeFile { bytes: text.as_bytes().to_vec(), mode: 0o644 };
    for bad in
        ["../escaped", "/etc/escaped", "a/../../escaped", "a//b", "docker-compose.yaml/below", "a\nb", "a\\b", ""]
    {
        let mut tree = tree();
        tree.files.insert(bad.to_owned(), file("x"));
        let result = write(&project, &fixture::stack().name, &tree, &fixture::secrets());
        assert!(result.is_err(), "{bad:?}");
        assert!(entries(root.path()).is_empty(), "{bad:?} left {:?}", entries(root.path()));
    }
    let mut longest = tree();
    longest.files.insert("x".repeat(300), file("x"));
    assert!(write(&project, &fixture::stack().name, &longest, &fixture::secrets()).is_err());
    let bad_name = [(SecretName("../x".to_owned()), "y".to_owned())].into();
    assert!(write(&project, &fixture::stack().name, &tree(), &bad_name).is_err());
    let bad_value = [(SecretName::admin(), "can'ary".to_owned())].into();
    let error = write(&project, &fixture::stack().name, &tree(), &bad_value).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("can'ary"));
    assert!(entries(root.path()).is_empty());
}

#[test]
fn a_panic_in_the_middle_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let parent: PathBuf = root.path().to_owned();
    let result = std::panic::catch_unwind(move || {
        let (temporary, _held) = new_directory(&parent, ".demo.").unwrap();
        write_file(&temporary.path().join("x"), b"y", 0o600).unwrap();
        panic!("in the middle");
    });
    assert!(result.is_err());
    assert!(entries(root.path()).is_empty());
}

#[test]
fn generated_secrets_can_be_written_and_read_back() {
    let root = tempfile::tempdir().unwrap();
    let project = root.path().join("demo");
    let names = render::secret_names(&fixture::blueprint());
    let made = secrets::generate(&names).unwrap();
    write(&project, &fixture::stack().name, &tree(), &made).unwrap();
    assert!(load(&project, &names).unwrap() == made);
}

/// What a run leaves that was killed while it wrote.
fn abandoned(parent: &Path, suffix: &str) -> PathBuf {
    let path = parent.join(format!(".demo.ignition-stack-{suffix}"));
    fs_err::create_dir_all(path.join("services/backend/data")).unwrap();
    fs_err::create_dir_all(path.join("secrets")).unwrap();
    fs_err::write(path.join("secrets/admin-password"), "half").unwrap();
    fs_err::write(path.join("docker-compose.yaml"), "half").unwrap();
    path
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next_one() {
    let root = tempfile::tempdir().unwrap();
    abandoned(root.path(), "aB3xY9");
    fs_err::create_dir(root.path().join(".demo.ignition-stack-000000")).unwrap();
    write_sample(&root.path().join("demo")).unwrap();
    assert_eq!(entries(root.path()), ["demo"]);
}

#[test]
fn what_is_not_provably_ours_or_in_use_stays() {
    let root = tempfile::tempdir().unwrap();
    let foreign = abandoned(root.path(), "aaaaaa");
    fs_err::write(foreign.join("mine.txt"), "mine").unwrap();
    let working = abandoned(root.path(), "bbbbbb");
    let held = stale::hold(&working).unwrap();
    let elsewhere = root.path().join("elsewhere");
    fs_err::create_dir(&elsewhere).unwrap();
    fs_err::write(elsewhere.join("README.md"), "kept").unwrap();
    fs_err::os::unix::fs::symlink(&elsewhere, root.path().join(".demo.ignition-stack-cccccc")).unwrap();
    fs_err::write(root.path().join(".demo.ignition-stack-dddddd"), "a file").unwrap();
    abandoned(root.path(), "longer-suffix");
    fs_err::create_dir(root.path().join(".other.ignition-stack-eeeeee")).unwrap();
    let before = entries(root.path());
    write_sample(&root.path().join("demo")).unwrap();
    let mut after = entries(root.path());
    after.retain(|name| name != "demo");
    assert_eq!(after, before);
    assert_eq!(fs_err::read_to_string(elsewhere.join("README.md")).unwrap(), "kept");
    // A link inside an abandoned directory is removed, never followed.
    drop(held);
    fs_err::os::unix::fs::symlink(&elsewhere, working.join("services/link")).unwrap();
    fs_err::remove_dir_all(root.path().join("demo")).unwrap();
    write_sample(&root.path().join("demo")).unwrap();
    assert!(!working.exists());
    assert_eq!(fs_err::read_to_string(elsewhere.join("README.md")).unwrap(), "kept");
}
