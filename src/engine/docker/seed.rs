//! The archive of files that a container is given before it starts. Pure: bytes in, bytes out.

use std::collections::BTreeSet;
use std::io;

use tar::{Builder, EntryType, Header};
use thiserror::Error;

use super::op::Seeding;
use super::owner::Owner;
use super::translate::secret_path;
use crate::blueprint::{KeyFile, Kind, SEED_MARKER, SecretName, Seed, SeedContent, SeedWhen};
use crate::engine::Secrets;

/// The same for every file, so that equal seeds are equal bytes: 2024-01-01 00:00 UTC.
const MTIME: u64 = 1_704_067_200;

/// What the marker says.
const MARKER_TEXT: &str = "The files that this volume was to be given before the first start are complete.\n";

/// Why there is no archive.
#[derive(Debug, Error)]
pub(super) enum SeedError {
    /// A path that does not stay below the data directory.
    #[error("{0:?} is not a path below the data directory")]
    Path(String),
    /// Files for a volume that is not there.
    #[error("it has files for a data volume and no volume")]
    NoVolume,
    /// A secret without a value.
    #[error("the secret {} has no value", .0.0)]
    Secret(SecretName),
    /// A key file that was not loaded.
    #[error("the key file {0} was not loaded")]
    Key(String),
    /// The archive could not be written.
    #[error("{0}")]
    Write(#[from] io::Error),
}

/// Whether the volume has to be asked for its marker: there are files that only a fresh one is given.
pub(super) fn asks_for_marker(seeding: &Seeding) -> bool {
    seeding.seeds.iter().any(|s| s.when == SeedWhen::FirstStart)
}

/// Absolute path of the marker in the container.
pub(super) fn marker_path(seeding: &Seeding) -> Option<String> {
    Some(format!("{}/{SEED_MARKER}", seeding.target.as_deref()?.trim_end_matches('/')))
}

/// The archive, to be unpacked at `/`; nothing when there is nothing to put there. `marked`: the volume has its marker.
pub(super) fn archive(
    seeding: &Seeding,
    owner: Owner,
    marked: bool,
    secrets: &Secrets,
) -> Result<Option<Vec<u8>>, SeedError> {
    let seeds: Vec<&Seed> = seeding.seeds.iter().filter(|s| !marked || s.when == SeedWhen::EveryCreation).collect();
    if seeds.is_empty() && seeding.secrets.is_empty() {
        return Ok(None);
    }
    let mut archive = Archive { tar: Builder::new(Vec::new()), owner };
    if !seeds.is_empty() {
        let root = root(seeding)?;
        let mut directories = BTreeSet::new();
        for seed in &seeds {
            check(&seed.path)?;
            directories.extend(seed.path.match_indices('/').map(|(end, _)| &seed.path[..end]));
        }
        // Sorted, so a directory comes before what is in it. One without its own entry would belong to root.
        for directory in directories {
            archive.directory(&format!("{root}/{directory}"))?;
        }
        for seed in &seeds {
            let path = format!("{root}/{}", seed.path);
            match &seed.content {
                SeedContent::Text(text) => archive.file(&path, text.as_bytes(), 0o644)?,
                SeedContent::Secret(name) => archive.file(&path, value(secrets, name)?, 0o400)?,
                SeedContent::Key(file) => archive.file(&path, key(secrets, file)?, file.mode())?,
            }
        }
    }
    let mode = secret_mode(seeding.kind, owner);
    for name in &seeding.secrets {
        if name.0.is_empty() || name.0.contains('/') || name.0.contains("..") {
            return Err(SeedError::Path(name.0.clone()));
        }
        archive.file(secret_path(name).trim_start_matches('/'), value(secrets, name)?, mode)?;
    }
    if !marked && asks_for_marker(seeding) {
        archive.file(&format!("{}/{SEED_MARKER}", root(seeding)?), MARKER_TEXT.as_bytes(), 0o644)?;
    }
    Ok(Some(archive.tar.into_inner()?))
}

/// A service that begins as root may read its secrets only after it stepped down to a user that the image does not name
/// (the official mongo image does): such a file is readable to all, in a container that has nobody else.
fn secret_mode(kind: Kind, owner: Owner) -> u32 {
    match kind {
        Kind::Service if !owner.certain => 0o444,
        _ => 0o400,
    }
}

fn value<'a>(secrets: &'a Secrets, name: &SecretName) -> Result<&'a [u8], SeedError> {
    secrets.get(name).map(String::as_bytes).ok_or_else(|| SeedError::Secret(name.clone()))
}

fn key<'a>(secrets: &'a Secrets, file: &KeyFile) -> Result<&'a [u8], SeedError> {
    secrets.key(file).ok_or_else(|| SeedError::Key(file.file_name().to_owned()))
}

/// The data directory as an archive names it: without the leading slash.
fn root(seeding: &Seeding) -> Result<&str, SeedError> {
    let target = seeding.target.as_deref().ok_or(SeedError::NoVolume)?;
    let root = target.trim_matches('/');
    check(root).map(|()| root)
}

fn check(path: &str) -> Result<(), SeedError> {
    let harmless = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\0', '\\']);
    if path.split('/').all(harmless) { Ok(()) } else { Err(SeedError::Path(path.to_owned())) }
}

struct Archive {
    tar: Builder<Vec<u8>>,
    owner: Owner,
}

impl Archive {
    fn directory(&mut self, path: &str) -> io::Result<()> {
        let mut header = self.header(EntryType::Directory, 0o755, 0);
        self.tar.append_data(&mut header, format!("{path}/"), io::empty())
    }

    fn file(&mut self, path: &str, content: &[u8], mode: u32) -> io::Result<()> {
        let mut header = self.header(EntryType::Regular, mode, content.len() as u64);
        self.tar.append_data(&mut header, path, content)
    }

    fn header(&self, kind: EntryType, mode: u32, size: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(self.owner.uid);
        header.set_gid(self.owner.gid);
        header.set_mtime(MTIME);
        header.set_size(size);
        header
    }
}

#[cfg(test)]
#[path = "seed_tests.rs"]
mod tests;
