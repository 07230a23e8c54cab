//! Archives as tests write them, and data directories that they are restored on.

use std::fs::File;
use std::io::{Cursor, Seek, Write};
use std::path::Path;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::simulator::backup::archive::{Unpacked, unpack};
use crate::simulator::backup::info::Info;
use crate::simulator::backup::refusal::BackupError;
use crate::simulator::backup::stage::{Host, Wishes, stage};
use crate::simulator::data::DataDir;
use crate::simulator::log::Log;

pub(super) type Writer = ZipWriter<Cursor<Vec<u8>>>;

/// What a backup of a gateway of that version says about itself.
pub(super) fn info(version: &str, peer_local: bool) -> String {
    serde_json::to_string(&Info::new(version, "", "demo", 1, peer_local)).unwrap()
}

/// The least that is taken for a backup.
pub(super) fn least(peer_local: bool) -> Vec<(String, String)> {
    vec![
        ("backup-info.json".to_owned(), info("8.3.9", peer_local)),
        ("config/resources/core/config-mode.json".to_owned(), "{}".to_owned()),
    ]
}

pub(super) fn add(zip: &mut Writer, name: &str, content: impl AsRef<[u8]>) {
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(content.as_ref()).unwrap();
}

/// An archive with the least and whatever else is written.
pub(super) fn archive(more: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in least(false) {
        add(&mut zip, &name, content);
    }
    more(&mut zip);
    zip.finish().unwrap().into_inner()
}

pub(super) fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// Unpacks into a directory of its own, beside which nothing may appear.
pub(super) fn unpacked(bytes: &[u8]) -> (TempDir, Result<Unpacked, BackupError>) {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("a/b/inner");
    fs_err::create_dir_all(&inner).unwrap();
    let result = unpack(file(bytes), &inner);
    let inside = |path: &Path| fs_err::read_dir(path).unwrap().count();
    assert_eq!([dir.path().to_owned(), dir.path().join("a"), dir.path().join("a/b")].map(|p| inside(&p)), [1; 3]);
    (dir, result)
}

/// A data directory.
pub(super) struct Place {
    _dir: TempDir,
    pub(super) data: DataDir,
}

impl Place {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        for (path, text) in files {
            data.write(path, text.as_bytes()).unwrap();
        }
        Self { _dir: dir, data }
    }

    pub(super) fn host(&self) -> Host {
        let log = Log::new(std::io::sink());
        Host { data: self.data.clone(), mode: None, version: "8.3.9".to_owned(), log }
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.data.read(path).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.data.path(path).exists()
    }

    /// Stages and commits.
    pub(super) fn commit(&self, bytes: &[u8], wishes: &Wishes) -> Result<(), BackupError> {
        stage(file(bytes), &self.host(), wishes)?.commit(&self.data)
    }

    /// Names in the data directory, hidden ones too.
    pub(super) fn names(&self) -> Vec<String> {
        self.data.names("").unwrap()
    }
}
