//! What of a gateway's data goes from a master to its backup, and how a backup takes it over (fact sheet 5.5). No sockets.
//!
//! Replicated: the configuration collections but `local`, and the projects. Everything else stays: `redundancy.xml`, `config/local`
//! (identity, keystore, trust), keys, licence and trial, the public address, the deployment mode. Names that begin with a dot are
//! caches and stay as well.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::simulator::access::password::hex;
use crate::simulator::config::store::Store;
use crate::simulator::data::DataDir;

/// Most files that replicate.
pub(crate) const COUNT_LIMIT: usize = 20_000;
/// Most bytes that replicate, all files together.
pub(crate) const BYTES_LIMIT: u64 = 32 * 1024 * 1024;
const RESOURCES: &str = "config/resources";
const PROJECTS: &str = "projects";
const LOCAL: &str = "local";
const PATH_LIMIT: usize = 1024;
const DEPTH_LIMIT: usize = 24;

/// Files by their path below the data directory.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// One file as the other node must know it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) size: u64,
    /// SHA-256 in hexadecimal digits.
    pub(crate) hash: String,
}

/// The files' entries, in order.
pub(crate) fn inventory(files: &Files) -> Vec<Entry> {
    let entry = |(path, bytes): (&String, &Vec<u8>)| Entry {
        path: path.clone(),
        size: bytes.len() as u64,
        hash: digest(bytes),
    };
    files.iter().map(entry).collect()
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// One number for all of it: equal when everything is.
pub(crate) fn content(entries: &[Entry]) -> u64 {
    let mut hash = Sha256::new();
    for entry in entries {
        hash.update((entry.path.len() as u64).to_be_bytes());
        hash.update(&entry.path);
        hash.update(&entry.hash);
    }
    let hash = hash.finalize();
    hash.iter().take(8).fold(0, |n, byte| n << 8 | u64::from(*byte))
}

/// Whether a path names a file that replicates and that stays where it belongs, whoever says so.
pub(crate) fn is_replicated(path: &str) -> bool {
    let proper = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && !part.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
    };
    let parts: Vec<&str> = path.split('/').collect();
    let placed = match parts.as_slice() {
        ["config", "resources", collection, _, ..] => *collection != LOCAL,
        [PROJECTS, _, ..] => true,
        _ => false,
    };
    placed && path.len() <= PATH_LIMIT && parts.len() <= DEPTH_LIMIT && parts.into_iter().all(proper)
}

/// Everything that replicates.
pub(crate) fn collect(data: &DataDir, store: &Store) -> io::Result<Files> {
    let mut files: Files =
        store.replicated().into_iter().map(|(path, bytes)| (format!("{RESOURCES}/{path}"), bytes)).collect();
    files.retain(|path, _| is_replicated(path));
    let mut total: u64 = files.values().map(|bytes| bytes.len() as u64).sum();
    walk(data, &mut |path, file| {
        total += file.symlink_metadata()?.len();
        if total > BYTES_LIMIT || files.len() >= COUNT_LIMIT {
            return Err(io::Error::other("more is to be replicated than a simulated gateway carries"));
        }
        files.insert(path, fs_err::read(file)?);
        Ok(())
    })?;
    Ok(files)
}

/// A number that changes when something that replicates does; cheaper than reading it.
pub(crate) fn stamp(data: &DataDir, store: &Store) -> io::Result<u64> {
    let mut hasher = DefaultHasher::new();
    store.news().borrow().hash(&mut hasher);
    walk(data, &mut |path, file| {
        let metadata = file.symlink_metadata()?;
        (path, metadata.len(), metadata.modified().ok()).hash(&mut hasher);
        Ok(())
    })?;
    Ok(hasher.finish())
}

/// Makes what replicates exactly these files. Nothing is touched when a path does not belong there.
pub(crate) fn apply(data: &DataDir, store: &Store, files: Files) -> io::Result<()> {
    if let Some(path) = files.keys().find(|path| !is_replicated(path)) {
        return Err(io::Error::other(format!("{path:?} is no path of a replicated file")));
    }
    let mut resources = Files::new();
    let mut projects = Files::new();
    for (path, bytes) in files {
        match path.strip_prefix(RESOURCES).and_then(|p| p.strip_prefix('/')) {
            Some(below) => resources.insert(below.to_owned(), bytes),
            None => projects.insert(path, bytes),
        };
    }
    store.replace_replicated(&resources)?;
    let mut gone = BTreeSet::new();
    walk(data, &mut |path, _| {
        if !projects.contains_key(&path) {
            gone.insert(path);
        }
        Ok(())
    })?;
    for path in gone {
        fs_err::remove_file(data.path(&path))?;
        // Directories that are left empty go too; one that is not stays, and that is no error.
        for parent in Path::new(&path).ancestors().skip(1).take_while(|p| *p != Path::new(PROJECTS)) {
            if std::fs::remove_dir(data.path(&parent.to_string_lossy())).is_err() {
                break;
            }
        }
    }
    for (path, bytes) in &projects {
        let same = std::fs::read(data.path(path)).is_ok_and(|have| have == *bytes);
        if !same {
            data.write(path, bytes)?;
        }
    }
    Ok(())
}

/// Calls with the path and the place of each file of the projects, in order. Symbolic links are not followed.
fn walk(data: &DataDir, each: &mut impl FnMut(String, &Path) -> io::Result<()>) -> io::Result<()> {
    if data.path(PROJECTS).exists() { descend(data, PROJECTS, each) } else { Ok(()) }
}

fn descend(data: &DataDir, below: &str, each: &mut impl FnMut(String, &Path) -> io::Result<()>) -> io::Result<()> {
    if below.split('/').count() > DEPTH_LIMIT {
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in fs_err::read_dir(data.path(below))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        entries.push((format!("{below}/{name}"), entry.file_type()?));
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, kind) in entries {
        // A directory replicates when a file in it could.
        if kind.is_dir() && is_replicated(&format!("{path}/x")) {
            descend(data, &path, each)?;
        } else if kind.is_file() && is_replicated(&path) {
            each(path.clone(), &data.path(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::log::Log;
    use proptest::prelude::*;

    fn data() -> (tempfile::TempDir, DataDir) {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        (dir, data)
    }

    fn store(data: &DataDir) -> Store {
        Store::load(data, None, false, Log::new(io::sink()))
    }

    #[test]
    fn what_replicates_is_told_from_what_stays() {
        for path in [
            "config/resources/core/config-mode.json",
            "config/resources/core/ignition/user-source/default/users.json",
            "config/resources/external/ignition/tag-provider/default/config.json",
            "projects/a/project.json",
        ] {
            assert!(is_replicated(path), "{path}");
        }
        for path in [
            "redundancy.xml",
            "config/local/ignition/gateway-network/uuid.txt",
            "config/resources/local/ignition/local-system-properties/config.json",
            "config/ignition/keys/root.json",
            "config/resources/core",
            "config/resources/core/.resources/x",
            "projects/../redundancy.xml",
            "projects/a//b",
            "/projects/a/b",
            "projects/a\\..\\b",
            "projects/a\0b",
            "projects",
            "",
        ] {
            assert!(!is_replicated(path), "{path}");
        }
    }

    #[test]
    fn the_backup_ends_up_with_exactly_the_masters_files_and_keeps_its_own() {
        let ((_a, master), (_b, backup)) = (data(), data());
        let put = |data: &DataDir, path: &str, text: &str| data.write(path, text.as_bytes()).unwrap();
        put(&master, "config/resources/core/ignition/x/config.json", "master");
        put(&master, "config/resources/local/ignition/x/config.json", "master");
        put(&master, "projects/a/project.json", "{}");
        put(&backup, "config/resources/core/ignition/old/deep/config.json", "old");
        put(&backup, "config/resources/local/ignition/x/config.json", "backup");
        put(&backup, "projects/gone/project.json", "{}");
        put(&backup, "projects/a/project.json", "old");
        put(&backup, "redundancy.xml", "backup");
        let (theirs, own) = (store(&master), store(&backup));
        let files = collect(&master, &theirs).unwrap();
        assert_eq!(files.len(), 2);
        let before = stamp(&backup, &own).unwrap();
        apply(&backup, &own, files.clone()).unwrap();
        assert_ne!(stamp(&backup, &own).unwrap(), before);
        let have = collect(&backup, &own).unwrap();
        assert_eq!(content(&inventory(&files)), content(&inventory(&have)));
        assert_eq!(have, files);
        assert!(!backup.path("config/resources/core/ignition/old").exists());
        assert!(!backup.path("projects/gone").exists());
        assert_eq!(backup.read("config/resources/local/ignition/x/config.json").unwrap().unwrap(), b"backup");
        assert_eq!(backup.read("redundancy.xml").unwrap().unwrap(), b"backup");
        apply(&backup, &own, Files::new()).unwrap();
        assert!(collect(&backup, &own).unwrap().is_empty());
    }

    #[test]
    fn a_foreign_path_is_refused_before_anything_is_touched() {
        let (_dir, data) = data();
        data.write("projects/a/project.json", b"{}").unwrap();
        let files = Files::from([("projects/b/x".to_owned(), vec![]), ("redundancy.xml".to_owned(), vec![])]);
        let store = store(&data);
        assert!(apply(&data, &store, files).is_err());
        assert_eq!(collect(&data, &store).unwrap().len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (_dir, data) = data();
        data.write("redundancy.xml", b"secret").unwrap();
        fs_err::create_dir_all(data.path("projects/a")).unwrap();
        std::os::unix::fs::symlink(data.path("redundancy.xml"), data.path("projects/a/x")).unwrap();
        std::os::unix::fs::symlink(data.path("config"), data.path("projects/b")).unwrap();
        assert!(collect(&data, &store(&data)).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn no_path_that_is_let_in_leads_out(path in "[a-z./\\\\ ~]{0,40}", root in proptest::sample::select(vec!["", "projects/", "config/resources/core/"])) {
            let path = format!("{root}{path}");
            if is_replicated(&path) {
                let normal = Path::new(&path).components().all(|c| matches!(c, std::path::Component::Normal(_)));
                prop_assert!(normal && (path.starts_with("projects/") || path.starts_with("config/resources/")));
            }
        }
    }
}
