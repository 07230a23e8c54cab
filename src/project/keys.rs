//! The key files of a project: read as they are, added when there is a new gateway, never written over. What is in them is made
//! by the `pki` room.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::secrets::SECRETS_DIR;
use super::{ProjectError, text_file};
use crate::blueprint::KeyFile;

/// The largest key file that is read, in bytes: chains that a person put there are longer than ours.
const MAX_KEY_FILE: u64 = 256 * 1024;

/// Key files by name.
pub type Keys = BTreeMap<KeyFile, Vec<u8>>;

/// Those of the key files that are there; the others are left out.
pub fn read_keys<'a>(project: &Path, files: impl IntoIterator<Item = &'a KeyFile>) -> Result<Keys, ProjectError> {
    let mut found = Keys::new();
    for file in files {
        match text_file::bytes(&project.join(SECRETS_DIR).join(file.file_name()), MAX_KEY_FILE) {
            Ok(bytes) => drop(found.insert(file.clone(), bytes)),
            Err(ProjectError::Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Adds key files to a project that is there, each whole or not at all and private from birth. One that is there already is
/// left as it is, and that is an error.
pub fn add_keys(project: &Path, keys: &Keys) -> Result<(), ProjectError> {
    let directory = project.join(SECRETS_DIR);
    for (file, bytes) in keys {
        let path = directory.join(file.file_name());
        let failed = || ProjectError::io(format!("writing {}", path.display()));
        // A temporary file is for its owner alone.
        let mut temporary = tempfile::Builder::new().prefix(".key-").tempfile_in(&directory).map_err(failed())?;
        temporary.write_all(bytes).and_then(|()| temporary.as_file().sync_all()).map_err(failed())?;
        temporary.persist_noclobber(&path).map_err(|error| failed()(error.error))?;
    }
    super::write::sync_directory(&directory)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::stack::Name;

    fn project() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs_err::create_dir(directory.path().join(SECRETS_DIR)).unwrap();
        directory
    }

    #[test]
    fn what_was_added_is_read_back_private_and_never_written_over() {
        let project = project();
        let keystore = KeyFile::keystore(&Name::parse("hub").unwrap());
        let keys = Keys::from([(keystore.clone(), vec![0, 159, 10]), (KeyFile::authority_key(), b"k".to_vec())]);
        add_keys(project.path(), &keys).unwrap();
        let absent = KeyFile::authority();
        assert_eq!(read_keys(project.path(), keys.keys().chain([&absent])).unwrap(), keys);
        let folder = project.path().join(SECRETS_DIR);
        for file in fs_err::read_dir(&folder).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        let again = Keys::from([(keystore, b"another".to_vec())]);
        assert!(matches!(add_keys(project.path(), &again), Err(ProjectError::Io { .. })));
        assert_eq!(fs_err::read(folder.join("hub.pfx")).unwrap(), [0, 159, 10]);
        assert_eq!(fs_err::read_dir(&folder).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn what_is_no_key_file_is_refused() {
        let project = project();
        let path = project.path().join(SECRETS_DIR).join("gateway-network-ca.crt");
        fs_err::create_dir(&path).unwrap();
        let read = || read_keys(project.path(), [&KeyFile::authority()]).unwrap_err().to_string();
        assert!(read().contains("not a regular file"));
        fs_err::remove_dir(&path).unwrap();
        fs_err::write(&path, vec![b'x'; 256 * 1024 + 1]).unwrap();
        assert!(read().contains("larger than 262144 bytes"));
    }
}
