//! Files that are put into a gateway's data directory before its first start, as a tar with an owner for every directory.

use std::collections::BTreeSet;

use tar::{Builder, EntryType, Header};

/// The user of Ignition's images (fact sheet 6.1).
const USER: u64 = 2003;

/// A tar in the making. Paths are relative to the data directory.
#[allow(missing_debug_implementations, reason = "a tar builder has none")]
pub struct Seed {
    tar: Builder<Vec<u8>>,
    directories: BTreeSet<String>,
}

impl Default for Seed {
    fn default() -> Self {
        Self::new()
    }
}

impl Seed {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { tar: Builder::new(Vec::new()), directories: BTreeSet::new() }
    }

    /// A file and the directories above it: those that the engine makes by itself would be root's (fact sheet 6.6).
    pub fn file(&mut self, path: &str, content: &str) {
        for (at, _) in path.match_indices('/') {
            let directory = format!("{}/", &path[..at]);
            if self.directories.insert(directory.clone()) {
                self.add(&directory, EntryType::Directory, 0o775, b"");
            }
        }
        self.add(path, EntryType::Regular, 0o664, content.as_bytes());
    }

    /// A singleton resource of the `external` collection (fact sheet 7.1, 7.2).
    pub fn resource(&mut self, kind: &str, config: &str) {
        let collection = "config/resources/external";
        let about = r#"{"title":"External","description":"","enabled":true,"inheritable":true,"parent":"system"}"#;
        self.file(&format!("{collection}/config-mode.json"), about);
        let manifest = r#"{"scope":"A","description":"","version":1,"restricted":false,"overridable":true,"files":["config.json"],"attributes":{}}"#;
        self.file(&format!("{collection}/{kind}/resource.json"), manifest);
        self.file(&format!("{collection}/{kind}/config.json"), config);
    }

    fn add(&mut self, path: &str, kind: EntryType, mode: u32, content: &[u8]) {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(USER);
        header.set_gid(USER);
        header.set_size(content.len() as u64);
        self.tar.append_data(&mut header, path, content).expect("a tar in memory can be written");
    }

    /// The tar.
    pub fn into_tar(self) -> Vec<u8> {
        self.tar.into_inner().expect("a tar in memory can be written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directory_comes_once_and_belongs_to_the_gateway() {
        let mut seed = Seed::new();
        seed.resource("ignition/x", "{}");
        let tar = seed.into_tar();
        let mut archive = tar::Archive::new(tar.as_slice());
        let entries: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|e| e.unwrap())
            .map(|e| (e.path().unwrap().display().to_string(), e.header().uid().unwrap()))
            .collect();
        assert!(entries.iter().all(|(_, uid)| *uid == USER));
        let paths: BTreeSet<_> = entries.iter().map(|(path, _)| path.trim_end_matches('/')).collect();
        assert_eq!(paths.len(), entries.len());
        assert!(paths.contains("config/resources/external/ignition") && paths.contains("config"));
    }
}
