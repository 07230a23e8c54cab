//! Writing a snapshot: beside its place under another name, made durable, and then moved there at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use tar::{EntryType, Header};
use tempfile::NamedTempFile;

use super::super::ProjectError;
use super::leftover;
use super::{About, FORMAT, MANIFEST, Manifest, Packed, RECORD, entry_name, is_volume_name};

/// Size of a block of a tar.
const BLOCK: usize = 512;
/// Mode of the file, and of the directory that is made for it: what is in it is as secret as the volumes are.
const PRIVATE_DIR: u32 = 0o700;

/// A snapshot that is being written. Dropped before its end, it leaves nothing behind.
#[derive(Debug)]
pub struct SnapshotWriter {
    file: NamedTempFile,
    target: PathBuf,
    volumes: Vec<Packed>,
}

impl SnapshotWriter {
    /// Begins one of a stack's data; its last directory is made when it is missing. What is there already is never written over.
    pub fn begin(target: &Path, stack: &str) -> Result<Self, ProjectError> {
        if target.symlink_metadata().is_ok() {
            return Err(ProjectError::Exists { path: target.to_owned() });
        }
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        make_directory(parent)?;
        let file = leftover::begin(parent, stack)?;
        Ok(Self { file, target: target.to_owned(), volumes: Vec::new() })
    }

    /// Adds the record.
    pub fn record(&mut self, bytes: &[u8]) -> Result<(), ProjectError> {
        self.entry(RECORD, bytes)
    }

    /// Begins a volume: its tar is to be written into what is returned.
    pub fn volume(&mut self, name: &str, labels: BTreeMap<String, String>) -> Result<VolumeWriter<'_>, ProjectError> {
        if !is_volume_name(name) {
            return Err(ProjectError::BadFile {
                path: self.target.clone(),
                reason: format!("{name:?} cannot be the name of a volume"),
            });
        }
        let failed = self.failed();
        let begun = self.begin_entry().map_err(failed)?;
        let volume = Packed { name: name.to_owned(), labels, sha256: String::new(), packed_bytes: 0, bytes: 0 };
        let sink = Sink { file: &mut self.file, digest: Sha256::new(), length: 0 };
        Ok(VolumeWriter {
            packer: GzEncoder::new(sink, Compression::fast()),
            begun,
            volume,
            volumes: &mut self.volumes,
            target: &self.target,
        })
    }

    /// Adds the manifest and puts the file where it belongs.
    pub fn finish(mut self, about: About) -> Result<PathBuf, ProjectError> {
        let manifest = Manifest { format: FORMAT, about, volumes: std::mem::take(&mut self.volumes) };
        let failed = self.failed();
        let text = serde_json::to_vec_pretty(&manifest).map_err(io::Error::other).map_err(&failed)?;
        self.entry(MANIFEST, &text)?;
        // Two empty blocks are the end of a tar.
        self.file.write_all(&[0; 2 * BLOCK]).map_err(&failed)?;
        self.file.as_file().sync_all().map_err(&failed)?;
        self.file.persist_noclobber(&self.target).map_err(|e| failed(e.error))?;
        Ok(self.target)
    }

    fn entry(&mut self, name: &str, bytes: &[u8]) -> Result<(), ProjectError> {
        let failed = self.failed();
        let begun = self.begin_entry().map_err(&failed)?;
        self.file.write_all(bytes).map_err(&failed)?;
        end_entry(&mut self.file, begun, name, bytes.len() as u64).map_err(&failed)
    }

    /// Leaves room for the header, which is written when the entry's length is known.
    fn begin_entry(&mut self) -> io::Result<u64> {
        let begun = self.file.stream_position()?;
        self.file.write_all(&[0; BLOCK])?;
        Ok(begun)
    }

    fn failed(&self) -> impl Fn(io::Error) -> ProjectError + use<> {
        let target = self.target.clone();
        move |error| ProjectError::io(format!("writing {}", target.display()))(error)
    }
}

/// The tar of a volume goes in here.
#[derive(Debug)]
pub struct VolumeWriter<'a> {
    packer: GzEncoder<Sink<'a>>,
    begun: u64,
    volume: Packed,
    volumes: &'a mut Vec<Packed>,
    target: &'a Path,
}

impl VolumeWriter<'_> {
    /// Adds the next bytes of the tar.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ProjectError> {
        self.volume.bytes += bytes.len() as u64;
        let action = || format!("writing {}", self.target.display());
        self.packer.write_all(bytes).map_err(|e| ProjectError::io(action())(e))
    }

    /// Ends the volume; returns its entry in the manifest.
    pub fn finish(self) -> Result<Packed, ProjectError> {
        let Self { packer, begun, mut volume, volumes, target } = self;
        let failed = |e| ProjectError::io(format!("writing {}", target.display()))(e);
        let sink = packer.finish().map_err(failed)?;
        volume.packed_bytes = sink.length;
        volume.sha256 = hexadecimal(&sink.digest.finalize());
        end_entry(sink.file, begun, &entry_name(&volume.name), volume.packed_bytes).map_err(failed)?;
        volumes.push(volume.clone());
        Ok(volume)
    }
}

/// Counts and digests what goes into the file.
#[derive(Debug)]
struct Sink<'a> {
    file: &'a mut NamedTempFile,
    digest: Sha256,
    length: u64,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn end_entry(file: &mut NamedTempFile, begun: u64, name: &str, length: u64) -> io::Result<()> {
    let over = usize::try_from(length % BLOCK as u64).unwrap_or(0);
    let rest = (BLOCK - over) % BLOCK;
    file.write_all(&[0; BLOCK][..rest])?;
    let end = file.stream_position()?;
    let mut header = Header::new_gnu();
    header.set_path(name)?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(length);
    header.set_mtime(0);
    header.set_cksum();
    file.seek(SeekFrom::Start(begun))?;
    file.write_all(header.as_bytes())?;
    file.seek(SeekFrom::Start(end))?;
    Ok(())
}

fn make_directory(path: &Path) -> Result<(), ProjectError> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, PRIVATE_DIR);
    builder.create(path).map_err(ProjectError::io(format!("making the directory {}", path.display())))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
