//! One run at a time per project: a lock that ends with the process that holds it, however that ends.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use super::ProjectError;
use crate::holder::Holder;

/// The lock's file, beside the record.
const LOCK: &str = ".ignition-stack/lock";

/// Held as long as a run works on the project.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the file's lock is held by keeping it open")] File);

/// Takes the lock of a project, or says which other run has it. Never waits.
pub fn lock(project: &Path, mine: &Holder) -> Result<Lock, ProjectError> {
    let path = project.join(LOCK);
    let failed = || ProjectError::io(format!("opening {}", path.display()));
    let mut file = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed())?;
    match file.file().try_lock() {
        Ok(()) => {
            let said = serde_json::to_vec(mine).unwrap_or_default();
            file.set_len(0).and_then(|()| file.write_all(&said)).map_err(failed())?;
            Ok(Lock(file.into_file()))
        }
        Err(TryLockError::WouldBlock) => Err(ProjectError::Busy { path: project.to_owned(), by: told(&path) }),
        Err(TryLockError::Error(error)) => Err(failed()(error)),
    }
}

/// Who has written into the lock; nothing when it has not come to that yet.
fn told(path: &Path) -> String {
    let said = fs_err::read(path).ok().and_then(|said| serde_json::from_slice::<Holder>(&said).ok());
    said.map(|holder| holder.told(SystemTime::now())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_is_told_and_the_lock_ends_with_its_holder() {
        let project = tempfile::tempdir().unwrap();
        fs_err::create_dir(project.path().join(".ignition-stack")).unwrap();
        let mine = crate::process::holder("up demo".to_owned());
        let held = lock(project.path(), &mine).unwrap();
        let error = lock(project.path(), &mine).unwrap_err();
        let told = format!(": ignition-stack up demo, process {} on ", std::process::id());
        assert!(matches!(error, ProjectError::Busy { .. }) && error.to_string().contains(&told), "{error}");
        drop(held);
        lock(project.path(), &mine).unwrap();
    }
}
