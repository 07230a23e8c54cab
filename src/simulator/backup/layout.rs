//! Which files of a data directory a backup holds, and which of them are a gateway's own. Reads no file.
//!
//! What replicates in a pair (fact sheet 5.5) is in every backup. What stays local there is the peer-local part, which
//! `includePeerLocal` asks for and `restoreLocal` brings back: `redundancy.xml`, `gateway.xml` (public address), everything below
//! `config/local` (UUID, keystore, trust) and `config/ignition` (keys), and the collection `local`. Two things of it are special: the
//! trial clock is in every backup, and trusted certificates count in every restore (4.5).

use crate::simulator::config::collections::LOCAL;

/// Most files of a backup.
pub(crate) const COUNT_LIMIT: usize = 30_000;
/// Most bytes of a backup, unpacked, all files together.
pub(crate) const BYTES_LIMIT: u64 = 64 * 1024 * 1024;
/// Largest backup, packed.
pub(crate) const ARCHIVE_LIMIT: u64 = 64 * 1024 * 1024;
/// Longest path.
const PATH_LIMIT: usize = 1024;
/// Deepest path.
pub(crate) const DEPTH_LIMIT: usize = 24;

/// What says that an archive is a backup, and of what.
pub(crate) const INFO: &str = "backup-info.json";
/// The configuration collections.
pub(crate) const RESOURCES: &str = "config/resources";
/// The projects.
pub(crate) const PROJECTS: &str = "projects";
/// The trial clock's directory.
pub(crate) const CLOCK: &str = "config/resources/local/ignition/local-system-properties";
/// The gateway's UUID.
pub(crate) const UUID: &str = "config/local/ignition/gateway-network/uuid.txt";
/// Certificates of other gateways.
pub(crate) const TRUST: [&str; 2] = [
    "config/local/ignition/gateway-network/client/security/pki",
    "config/local/ignition/gateway-network/server/security/pki",
];
/// Directories of the peer-local part.
pub(crate) const LOCAL_DIRECTORIES: [&str; 2] = ["config/local", "config/ignition"];
/// The collection of the peer-local part.
pub(crate) const LOCAL_COLLECTION: &str = "config/resources/local";
/// Files of the peer-local part.
pub(crate) const LOCAL_FILES: [&str; 2] = ["redundancy.xml", "gateway.xml"];

/// Where a file belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// [`INFO`].
    Info,
    /// In every backup.
    Shared,
    /// In every backup, although it is this gateway's own.
    Clock,
    /// In a backup with the peer-local part.
    PeerLocal,
    /// The same, but every restore takes it.
    Trust,
    /// No part of a backup.
    Elsewhere,
}

/// The part that a path belongs to; `None` when it could lead out of the data directory or is no path at all.
pub(crate) fn part(path: &str) -> Option<Part> {
    let parts: Vec<&str> = path.split('/').collect();
    let proper = |part: &&str| {
        !matches!(*part, "" | "." | "..") && !part.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
    };
    if path.len() > PATH_LIMIT || parts.len() > DEPTH_LIMIT || !parts.iter().all(proper) {
        return None;
    }
    let below = |directory: &str| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
    Some(match parts.as_slice() {
        // Caches, and the gateway's own records.
        _ if parts.iter().any(|part| part.starts_with('.')) => Part::Elsewhere,
        [INFO] => Part::Info,
        _ if below(CLOCK) => Part::Clock,
        ["config", "resources", collection, _, ..] => {
            if *collection == LOCAL {
                Part::PeerLocal
            } else {
                Part::Shared
            }
        }
        [PROJECTS, _, ..] => Part::Shared,
        _ if TRUST.into_iter().any(below) => Part::Trust,
        _ if LOCAL_DIRECTORIES.into_iter().any(below) || LOCAL_FILES.contains(&path) => Part::PeerLocal,
        _ => Part::Elsewhere,
    })
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_file_has_its_part() {
        for (path, wanted) in [
            ("backup-info.json", Part::Info),
            ("config/resources/core/config-mode.json", Part::Shared),
            ("config/resources/external/ignition/api-token/x/config.json", Part::Shared),
            ("projects/a/project.json", Part::Shared),
            ("config/resources/local/config-mode.json", Part::PeerLocal),
            ("config/resources/local/ignition/local-system-properties/config.json", Part::Clock),
            ("config/local/ignition/gateway-network/uuid.txt", Part::PeerLocal),
            ("config/local/ignition/gateway-network/keystore/metro-keystore.pfx", Part::PeerLocal),
            ("config/local/ignition/gateway-network/server/security/pki/trusted/certs/ca.crt", Part::Trust),
            ("config/ignition/keys/root.json", Part::PeerLocal),
            ("redundancy.xml", Part::PeerLocal),
            ("gateway.xml", Part::PeerLocal),
            (".simulated-gateway.json", Part::Elsewhere),
            ("projects/a/.resources/x", Part::Elsewhere),
            ("config/resources/x", Part::Elsewhere),
            ("modules.json", Part::Elsewhere),
            ("db_backup_sqlite.idb", Part::Elsewhere),
            ("projects", Part::Elsewhere),
        ] {
            assert_eq!(part(path), Some(wanted), "{path}");
        }
        for path in [
            "",
            "/",
            "/etc/passwd",
            "projects/../x/y",
            "projects//x",
            "./x",
            "a\\b",
            "c:/x",
            "a\0",
            "a\n",
            "projects/a/",
        ] {
            assert_eq!(part(path), None, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn no_path_that_has_a_part_leads_out(path in "[a-z./\\\\ ~:]{0,40}", root in proptest::sample::select(vec!["", "projects/", "config/local/", "config/resources/core/"])) {
            let path = format!("{root}{path}");
            if part(&path).is_some() {
                prop_assert!(Path::new(&path).components().all(|c| matches!(c, Component::Normal(_))));
            }
        }
    }
}
