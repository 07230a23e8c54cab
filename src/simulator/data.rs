//! The data directory: what the simulated gateway finds there and what it leaves for its next start. Knows paths, not meanings.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::simulator::error::SimulatorError;

/// Largest configuration file that is read, in bytes.
const FILE_LIMIT: u64 = 1024 * 1024;
/// The simulator's own file: what a real gateway keeps in its databases.
pub(crate) const RECORD: &str = ".simulated-gateway.json";
/// Most names looked at in one directory.
const DIRECTORY_LIMIT: usize = 1000;
/// Directories that the gateway itself makes below `config/local` (fact sheet 4.5).
const TRUST_DIRECTORIES: [&str; 7] = [
    "keystore",
    "client/security/pki/trusted/certs",
    "client/security/pki/rejected",
    "client/security/pki/issuers/certs",
    "server/security/pki/trusted/certs",
    "server/security/pki/rejected",
    "server/security/pki/issuers/certs",
];

/// What survives a restart. Its presence means that this is not the first start (fact sheet 6.4).
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    /// The licence agreement is accepted.
    pub(crate) eula: bool,
    /// There is an administrator.
    pub(crate) administrator: bool,
    /// The modules that this node took over from its master, which count instead of its own as long as it is a backup.
    pub(crate) masters_modules: Option<Vec<String>>,
    /// Commissioning is over.
    pub(crate) commissioned: bool,
    /// Version of the newest Ignition that used this directory.
    pub(crate) version: String,
    /// Seconds of trial used so far, as of the last minute.
    pub(crate) trial_used_s: u64,
    /// The gateway stopped in good order since, so that the clock in its `local-system-properties` counts (fact sheet 7.3).
    pub(crate) trial_in_properties: bool,
}

/// The data directory of one gateway.
#[derive(Clone, Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// Takes a directory that exists and can be written; anything else keeps the gateway from starting (fact sheet 6.1, 8).
    pub(crate) fn open(root: PathBuf) -> Result<Self, SimulatorError> {
        let failed = |path: &Path, source| SimulatorError::Data { path: path.to_owned(), source };
        tempfile::tempfile_in(&root).map_err(|source| failed(&root, source))?;
        let data = Self { root };
        data.make_directories()?;
        Ok(data)
    }

    /// Makes the directories that a gateway has in any case.
    pub(crate) fn make_directories(&self) -> Result<(), SimulatorError> {
        for directory in TRUST_DIRECTORIES {
            let path = self.root.join("config/local/ignition/gateway-network").join(directory);
            fs_err::create_dir_all(&path).map_err(|source| SimulatorError::Data { path, source })?;
        }
        Ok(())
    }

    /// A path below the root.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// Bytes of a file, `None` when there is none. More than 1 MiB is an error.
    pub(crate) fn read(&self, below: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.path(below);
        match fs_err::metadata(&path) {
            Ok(found) if found.is_file() => {}
            // Reading a pipe would wait for ever.
            Ok(_) => return Err(io::Error::other(format!("{below} is not a regular file"))),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
            Err(e) => return Err(e),
        }
        let file = fs_err::File::open(path)?;
        let mut bytes = Vec::new();
        file.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > FILE_LIMIT {
            return Err(io::Error::other(format!("{below} is larger than {FILE_LIMIT} bytes")));
        }
        Ok(Some(bytes))
    }

    /// A JSON file, `None` when there is none.
    pub(crate) fn read_json<T: DeserializeOwned>(&self, below: &str) -> io::Result<Option<T>> {
        let Some(bytes) = self.read(below)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|e| io::Error::other(format!("{below}: {e}")))
    }

    /// Names in a directory, sorted; empty when there is none.
    pub(crate) fn names(&self, below: &str) -> io::Result<Vec<String>> {
        let entries = match fs_err::read_dir(self.path(below)) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let mut names = Vec::new();
        for entry in entries.take(DIRECTORY_LIMIT) {
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }

    /// Writes a file whole or not at all, and the directories above it.
    pub(crate) fn write(&self, below: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(below);
        let parent = path.parent().unwrap_or(&self.root);
        fs_err::create_dir_all(parent)?;
        let mut file = tempfile::NamedTempFile::new_in(parent)?;
        io::Write::write_all(&mut file, bytes)?;
        file.persist(&path).map_err(|e| e.error)?;
        Ok(())
    }

    /// The record of earlier starts, `None` on the first.
    pub(crate) fn load_record(&self) -> io::Result<Option<Record>> {
        self.read_json(RECORD)
    }

    /// Keeps the record for the next start.
    pub(crate) fn save_record(&self, record: &Record) -> io::Result<()> {
        self.write(RECORD, &serde_json::to_vec(record).map_err(io::Error::other)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_comes_back_and_its_absence_is_the_first_start() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        assert_eq!(data.load_record().unwrap(), None);
        let record = Record { eula: true, trial_used_s: 7, ..Record::default() };
        data.save_record(&record).unwrap();
        assert_eq!(data.load_record().unwrap(), Some(record));
        fs_err::write(dir.path().join(RECORD), "{").unwrap();
        assert!(data.load_record().is_err());
    }

    #[test]
    fn a_missing_directory_keeps_the_gateway_from_starting() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(DataDir::open(dir.path().join("none")), Err(SimulatorError::Data { .. })));
        fs_err::write(dir.path().join("config"), "a file in the way").unwrap();
        assert!(matches!(DataDir::open(dir.path().to_owned()), Err(SimulatorError::Data { .. })));
    }

    #[test]
    fn files_are_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        fs_err::write(dir.path().join("big"), vec![b' '; 1024 * 1024 + 1]).unwrap();
        assert!(data.read("big").is_err());
        assert_eq!(data.read("none").unwrap(), None);
        assert!(data.names("none").unwrap().is_empty());
    }
}
