//! The file that holds a stack's data: one tar with the record, each volume as a compressed tar, and at its end a manifest
//! with their checksums. What a volume is on an engine does not live here.

mod leftover;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

pub use leftover::remove_leftovers;
pub use read::{Snapshot, VolumeReader};
pub use write::{SnapshotWriter, VolumeWriter};

/// Directory of the project in which snapshots are put when nobody says where.
pub const SNAPSHOTS_DIR: &str = "snapshots";

/// Version of the file's format that this program writes and reads.
const FORMAT: u32 = 1;
/// Entry with the manifest; the last one, so that a file without its end is known as such.
const MANIFEST: &str = "manifest.json";
/// Entry with the record.
const RECORD: &str = "record.json";
/// Entries with volumes are below it.
const VOLUMES: &str = "volumes/";
/// What a volume's entry ends with.
const PACKED: &str = ".tar.gz";
/// Longest name of a volume: an entry's name of 100 bytes is the longest that every tar understands. Ours are shorter.
const MAX_VOLUME_NAME: usize = 100 - VOLUMES.len() - PACKED.len();

/// Whose data it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct About {
    /// Name of the stack.
    pub stack: String,
    /// Identity of the stack, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_id: Option<String>,
    /// When it was taken: UTC, RFC 3339.
    pub taken: String,
    /// What the members did meanwhile: `stopped`, `paused`, `running`.
    pub members: String,
    /// Version of the program that wrote it.
    pub written_by: String,
}

/// One volume in the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Packed {
    /// Its name on the engine.
    pub name: String,
    /// Its labels on the engine.
    pub labels: BTreeMap<String, String>,
    /// SHA-256 of its entry, in hexadecimal: what `sha256sum` says of it.
    pub sha256: String,
    /// Length of its entry in bytes.
    pub packed_bytes: u64,
    /// Length of the tar in it in bytes.
    pub bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    #[serde(flatten)]
    about: About,
    volumes: Vec<Packed>,
}

/// Where a snapshot taken at that time goes, in the directory `below`: the stack's name and the second, UTC.
pub fn default_path(below: &Path, stack: &str, taken: &str) -> PathBuf {
    let time: String = taken.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    below.join(format!("{stack}-{time}.tar"))
}

/// This moment: UTC, RFC 3339, to the second.
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

/// The name of a volume's entry.
fn entry_name(volume: &str) -> String {
    format!("{VOLUMES}{volume}{PACKED}")
}

/// Whether an engine takes it for the name of a volume.
fn is_volume_name(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    name.len() <= MAX_VOLUME_NAME && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(rest)
}
