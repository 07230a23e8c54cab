//! The file of a snapshot while it is being written, and what a run that was killed meanwhile left of it. It is known by its name, and by
//! its lock whether somebody still writes it: that ends with the process, however it ends.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::super::ProjectError;

/// What stands between the stack's name and [`SUFFIX`] is drawn at random.
const RANDOM: usize = 6;
/// End of the name.
const SUFFIX: &str = ".part";

fn prefix(stack: &str) -> String {
    format!(".snapshot-{stack}-")
}

/// Makes the file in a directory, with its lock.
pub(super) fn begin(directory: &Path, stack: &str) -> Result<NamedTempFile, ProjectError> {
    let made = tempfile::Builder::new().prefix(&prefix(stack)).suffix(SUFFIX).rand_bytes(RANDOM).tempfile_in(directory);
    let file = made.map_err(ProjectError::io(format!("making a file in {}", directory.display())))?;
    // Where files cannot be locked nobody takes it for a leftover either.
    if let Err(error) = file.as_file().try_lock() {
        tracing::debug!(file = %file.path().display(), %error, "not locked");
    }
    Ok(file)
}

/// Removes the files in a directory that runs which were killed left of snapshots of a stack. A file that has another name or mode, or
/// that somebody writes, stays; so does one that cannot be removed. Returns those that are gone.
pub fn remove_leftovers(directory: &Path, stack: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(directory) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut gone: Vec<_> =
        paths.filter(|path| is_one(path, stack) && nobody_writes(path) && fs_err::remove_file(path).is_ok()).collect();
    gone.sort();
    gone
}

/// Whether the name is one of ours, and it is a file as we make it: its owner's alone.
fn is_one(path: &Path, stack: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let random = name.strip_prefix(&prefix(stack)).and_then(|rest| rest.strip_suffix(SUFFIX));
    random.is_some_and(|random| random.len() == RANDOM && random.bytes().all(|b| b.is_ascii_alphanumeric()))
        && path.symlink_metadata().is_ok_and(|found| found.is_file() && is_private(&found))
}

#[cfg(unix)]
fn is_private(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & 0o777 == 0o600
}

#[cfg(not(unix))]
fn is_private(_: &std::fs::Metadata) -> bool {
    true
}

fn nobody_writes(path: &Path) -> bool {
    fs_err::File::open(path).is_ok_and(|file| File::try_lock(file.file()).is_ok())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_what_a_killed_run_left_of_this_stack_goes() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let left = begin(directory.path(), "demo").unwrap().keep().unwrap();
        drop(left.0);
        let under_way = begin(directory.path(), "demo").unwrap();
        // Another stack's, a person's, and what only looks like it.
        let others = [
            ".snapshot-demo-b-abc123.part",
            ".snapshot-demo-abc1234.part",
            ".snapshot-demo-ab c12.part",
            ".snapshot-demo-abc123",
            ".snapshot-demo-.part",
            "demo-20261124T125000Z.tar",
        ];
        for name in others {
            fs_err::write(at(name), "").unwrap();
            fs_err::set_permissions(at(name), std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        fs_err::write(at(".snapshot-demo-shared.part"), "").unwrap();
        fs_err::set_permissions(at(".snapshot-demo-shared.part"), std::fs::Permissions::from_mode(0o644)).unwrap();
        fs_err::os::unix::fs::symlink(at(others[5]), at(".snapshot-demo-linked.part")).unwrap();
        fs_err::create_dir(at(".snapshot-demo-folder.part")).unwrap();
        let before = fs_err::read_dir(directory.path()).unwrap().count();

        assert_eq!(remove_leftovers(directory.path(), "demo"), std::slice::from_ref(&left.1));
        assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), before - 1);
        assert!(under_way.path().exists(), "somebody writes it");
        assert_eq!(remove_leftovers(directory.path(), "demo"), Vec::<PathBuf>::new());
        assert_eq!(remove_leftovers(&at("nowhere"), "demo"), Vec::<PathBuf>::new());
    }
}
