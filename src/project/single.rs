//! Writes one file that a user named, whole or not at all.

use std::io::Write as _;
use std::path::Path;

use super::ProjectError;

/// Writes a file in the place of one that may be there. What is no regular file (a pipe, a terminal) is written into.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), ProjectError> {
    let failed = || ProjectError::io(format!("writing {}", path.display()));
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        let mut open = std::fs::OpenOptions::new().write(true).open(path).map_err(failed())?;
        return open.write_all(content).map_err(failed());
    }
    let mut file = tempfile::Builder::new().prefix(".ignition-stack-").tempfile_in(parent(path)).map_err(failed())?;
    file.write_all(content).and_then(|()| file.as_file().sync_all()).map_err(failed())?;
    readable(file.as_file()).map_err(failed())?;
    file.persist(path).map_err(|error| failed()(error.error))?;
    Ok(())
}

/// Writes a file that nobody but its owner may read, and never over one that is there.
pub fn create_private(path: &Path, content: &[u8]) -> Result<(), ProjectError> {
    let failed = || ProjectError::io(format!("writing {}", path.display()));
    // 0600 from birth.
    let mut file = tempfile::Builder::new().prefix(".ignition-stack-").tempfile_in(parent(path)).map_err(failed())?;
    file.write_all(content).and_then(|()| file.as_file().sync_all()).map_err(failed())?;
    file.persist_noclobber(path).map_err(|error| failed()(error.error))?;
    Ok(())
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// As a file is made by others; a temporary one is its owner's alone.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_report_replaces_the_last_one_and_a_failure_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.xml");
        for text in ["one", "two"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(fs_err::read_to_string(&path).unwrap(), text);
        }
        let error = replace(&directory.path().join("no/report.xml"), b"x").unwrap_err().to_string();
        assert!(error.contains("no/report.xml"), "{error}");
        assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), 1);
        replace(Path::new("/dev/null"), b"x").unwrap();
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn a_private_file_is_0600_and_overwrites_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bundle.tar.gz");
        create_private(&path, b"one").unwrap();
        assert_eq!(fs_err::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        create_private(&path, b"two").unwrap_err();
        assert_eq!(fs_err::read(&path).unwrap(), b"one");
        assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), 1);
    }
}
