//! One run at a time per project: a lock that ends with the process that holds it, however that ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::ProjectError;

/// The lock's file, beside the record.
const LOCK: &str = ".ignition-stack/lock";

/// Held as long as a run works on the project.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the file's lock is held by keeping it open")] File);

/// Takes the lock of a project, or says that another run has it. Never waits.
pub fn lock(project: &Path) -> Result<Lock, ProjectError> {
    let path = project.join(LOCK);
    let failed = || ProjectError::io(format!("opening {}", path.display()));
    let file = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed())?;
    match file.file().try_lock() {
        Ok(()) => Ok(Lock(file.into_file())),
        Err(TryLockError::WouldBlock) => Err(ProjectError::Busy { path: project.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed()(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_is_told_and_the_lock_ends_with_its_holder() {
        let project = tempfile::tempdir().unwrap();
        fs_err::create_dir(project.path().join(".ignition-stack")).unwrap();
        let held = lock(project.path()).unwrap();
        let error = lock(project.path()).unwrap_err();
        assert!(matches!(error, ProjectError::Busy { .. }), "{error}");
        drop(held);
        lock(project.path()).unwrap();
    }
}
