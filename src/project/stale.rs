//! Temporary directories of runs that were killed while they wrote a project: known as ours, and removed by the next run.

use std::path::Path;

use crate::stack::Name;

/// What a project's directory holds at its top. A directory with anything else in it is not ours to remove.
const CONTENT: [&str; 10] = [
    ".env",
    ".gitignore",
    ".ignition-stack",
    "Makefile",
    "POST-SETUP.md",
    "README.md",
    "docker-compose.yaml",
    "scripts",
    "secrets",
    "services",
];

/// Random characters at the end of a temporary directory's name.
const RANDOM: usize = 6;

/// Keeps a temporary directory from being taken for an abandoned one; ends with the process, however that ends.
#[derive(Debug)]
pub(super) struct Held(Option<std::fs::File>);

/// How the names of a project's temporary directories begin.
pub(super) fn prefix(project: &Name) -> String {
    format!(".{project}.ignition-stack-")
}

/// Holds a temporary directory; `None` when it is not there any more or another run has it.
#[cfg(unix)]
pub(super) fn hold(directory: &Path) -> Option<Held> {
    use std::os::unix::fs::MetadataExt as _;
    let opened = std::fs::File::open(directory).ok()?;
    match opened.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => return None,
        // A file system without locks: then nobody can hold one, and nothing is ever taken for abandoned.
        Err(std::fs::TryLockError::Error(_)) => return Some(Held(None)),
    }
    let same =
        |one: &std::fs::Metadata, other: &std::fs::Metadata| (one.dev(), one.ino()) == (other.dev(), other.ino());
    let there = std::fs::symlink_metadata(directory).ok()?;
    same(&opened.metadata().ok()?, &there).then_some(Held(Some(opened)))
}

/// The same where directories cannot be locked.
#[cfg(not(unix))]
pub(super) fn hold(_: &Path) -> Option<Held> {
    Some(Held(None))
}

/// Removes what killed runs of that project left beside `own`, this run's own temporary directory: real directories of our
/// name and our user, with nothing in them that is not ours, which no run holds. What cannot be removed stays; that is no
/// reason not to go on.
#[cfg(unix)]
pub(super) fn remove(own: &Path, project: &Name) {
    use std::os::unix::fs::MetadataExt as _;
    let Some(entries) = own.parent().and_then(|parent| std::fs::read_dir(parent).ok()) else { return };
    let Ok(user) = std::fs::symlink_metadata(own).map(|found| found.uid()) else { return };
    let prefix = prefix(project);
    for entry in entries.flatten() {
        let is_ours = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_prefix(&prefix))
            .is_some_and(|rest| rest.len() == RANDOM && rest.bytes().all(|b| b.is_ascii_alphanumeric()));
        if is_ours && is_project_of(user, &entry.path()) {
            let held = hold(&entry.path());
            if matches!(&held, Some(Held(Some(_)))) {
                let _ = fs_err::remove_dir_all(entry.path());
            }
        }
    }
}

/// Without locks it cannot be told what is abandoned.
#[cfg(not(unix))]
pub(super) fn remove(_: &Path, _: &Name) {}

#[cfg(unix)]
fn is_project_of(user: u32, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(found) = std::fs::symlink_metadata(path) else { return false };
    if !found.is_dir() || found.uid() != user {
        return false;
    }
    let Ok(mut entries) = std::fs::read_dir(path) else { return false };
    entries.all(|entry| entry.is_ok_and(|e| e.file_name().to_str().is_some_and(|name| CONTENT.contains(&name))))
}
