//! What of the configuration goes from a master to its backup, and how a backup takes it over (fact sheet 5.5). No sockets.

use std::collections::BTreeMap;
use std::io;

use crate::simulator::config::collections::{LOCAL, SYSTEM};
use crate::simulator::config::names::is_name;
use crate::simulator::config::reader::Reader;
use crate::simulator::config::store::Store;
use crate::simulator::config::writer;

/// Most files that replicate.
const FILE_COUNT_LIMIT: usize = 16_384;
/// Deepest file: collection, module, type, name, file.
const DEPTH_LIMIT: usize = 5;

/// Files by their path below `config/resources`.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

impl Store {
    /// Every file of the collections that replicate: all but `local`. That `core` does and `local` does not is known; the
    /// others follow `core` (the simulator's choice).
    pub(crate) fn replicated(&self) -> Files {
        // The lock keeps changes out while the files are read.
        let _state = self.state();
        self.read_replicated()
    }

    /// Every file of every collection.
    pub(crate) fn everything(&self) -> Files {
        let _state = self.state();
        self.read(|collection| collection != SYSTEM)
    }

    fn read_replicated(&self) -> Files {
        self.read(replicates)
    }

    fn read(&self, wanted: impl Fn(&str) -> bool) -> Files {
        let mut reader = Reader::new(self.root());
        let mut files = Files::new();
        for collection in reader.directories("").into_iter().filter(|c| wanted(c)) {
            collect(&mut reader, &collection, 1, &mut files);
        }
        files
    }

    /// Makes the collections that replicate exactly these, on disk and in memory; all that is not among them goes. Returns
    /// whether anything was different. Paths that do not belong there are refused before anything is touched.
    pub(crate) fn replace_replicated(&self, files: &Files) -> io::Result<bool> {
        if files.len() > FILE_COUNT_LIMIT {
            return Err(io::Error::other("too many files"));
        }
        for path in files.keys() {
            let parts: Vec<&str> = path.split('/').collect();
            let proper =
                (2..=DEPTH_LIMIT).contains(&parts.len()) && parts.iter().all(|p| is_name(p)) && replicates(parts[0]);
            if !proper {
                return Err(io::Error::other(format!("{path:?} is no path of a replicated file")));
            }
        }
        let state = self.state();
        let have = self.read_replicated();
        for path in have.keys().filter(|path| !files.contains_key(*path)) {
            writer::remove_file(self.root(), path)?;
        }
        for (path, bytes) in files.iter().filter(|(path, bytes)| have.get(*path) != Some(*bytes)) {
            writer::write_file(self.root(), path, bytes)?;
        }
        drop(state);
        self.rescan();
        Ok(have != *files)
    }
}

fn replicates(collection: &str) -> bool {
    collection != LOCAL && collection != SYSTEM
}

fn collect(reader: &mut Reader, directory: &str, depth: usize, into: &mut Files) {
    for file in reader.files(directory) {
        let path = format!("{directory}/{file}");
        if into.len() < FILE_COUNT_LIMIT
            && let Ok(Some(bytes)) = reader.file(&path)
        {
            into.insert(path, bytes);
        }
    }
    if depth + 1 < DEPTH_LIMIT {
        for child in reader.directories(directory) {
            collect(reader, &format!("{directory}/{child}"), depth + 1, into);
        }
    }
}
