//! Reading a snapshot: all of it is checked before anything of it is used.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use fs_err::File;
use sha2::{Digest as _, Sha256};

use super::super::ProjectError;
use super::write::hexadecimal;
use super::{About, FORMAT, MANIFEST, Manifest, PACKED, Packed, RECORD, VOLUMES, is_volume_name};

/// Longest manifest that is read.
const MAX_MANIFEST: u64 = 1 << 20;
/// Most entries of a snapshot: more volumes than a stack may have.
const MAX_ENTRIES: usize = 1000;

/// A snapshot whose checksums are right.
#[derive(Debug)]
pub struct Snapshot {
    path: PathBuf,
    about: About,
    volumes: Vec<Packed>,
    /// Where each volume's entry begins.
    places: BTreeMap<String, u64>,
}

/// What was read of one entry.
struct Seen {
    place: u64,
    length: u64,
    sha256: String,
}

impl Snapshot {
    /// Opens a file and checks every byte of it.
    pub fn open(path: &Path) -> Result<Self, ProjectError> {
        let unreadable = |source| ProjectError::Unreadable { path: path.to_owned(), source };
        let bad = |reason: String| ProjectError::BadSnapshot { path: path.to_owned(), reason };
        // Before it is opened: opening a pipe waits for somebody to write into it.
        if !fs_err::metadata(path).map_err(unreadable)?.is_file() {
            return Err(bad("it is not a file".to_owned()));
        }
        let file = File::open(path).map_err(unreadable)?;
        let (seen, manifest) = walk(file).map_err(|reason| bad(reason.unwrap_or_else(|e| not_a_snapshot(&e))))?;
        let manifest = manifest.ok_or_else(|| bad("it has no end: it was cut off, or is no snapshot".to_owned()))?;
        // The format before all else, because another one may look different.
        let format = serde_json::from_slice::<serde_json::Value>(&manifest).ok().and_then(|m| m["format"].as_u64());
        if format != Some(FORMAT.into()) {
            return Err(bad(match format {
                Some(other) => format!("its format is {other}, and this program reads {FORMAT}"),
                None => "its manifest does not say its format".to_owned(),
            }));
        }
        let Manifest { about, volumes, .. } =
            serde_json::from_slice(&manifest).map_err(|e| bad(format!("its manifest is not understood: {e}")))?;
        compare(&seen, &volumes).map_err(bad)?;
        let places = seen.into_iter().map(|(name, seen)| (name, seen.place)).collect();
        Ok(Self { path: path.to_owned(), about, volumes, places })
    }

    /// Whose data it is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its volumes.
    pub fn volumes(&self) -> &[Packed] {
        &self.volumes
    }

    /// The tar of a volume.
    pub fn volume(&self, volume: &Packed) -> Result<VolumeReader, ProjectError> {
        let unreadable = |source| ProjectError::Unreadable { path: self.path.clone(), source };
        let place = self.places.get(&volume.name).copied().unwrap_or(0);
        let mut file = File::open(&self.path).map_err(unreadable)?;
        file.seek(SeekFrom::Start(place)).map_err(unreadable)?;
        // Not a byte more than the manifest tells, whatever the packing says.
        Ok(VolumeReader(GzDecoder::new(file.take(volume.packed_bytes)).take(volume.bytes)))
    }
}

/// The tar of one volume, unpacked.
#[derive(Debug)]
pub struct VolumeReader(io::Take<GzDecoder<io::Take<File>>>);

impl Read for VolumeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

type Walked = (BTreeMap<String, Seen>, Option<Vec<u8>>);

/// Reads every entry. An error is a rule that is broken, or what the reader said.
fn walk(file: File) -> Result<Walked, Result<String, io::Error>> {
    let mut archive = tar::Archive::new(io::BufReader::with_capacity(1 << 16, file));
    let walked = entries(&mut archive)?;
    // Behind the manifest there are empty blocks, as many as whoever packed it likes, and nothing else.
    let mut rest = archive.into_inner();
    loop {
        let part = rest.fill_buf().map_err(Err)?;
        if part.is_empty() {
            return Ok(walked);
        }
        if walked.1.is_some() && part.iter().any(|byte| *byte != 0) {
            return Err(Ok("something else is behind its end: it was changed, or joined with another file".to_owned()));
        }
        let length = part.len();
        rest.consume(length);
    }
}

fn entries(archive: &mut tar::Archive<io::BufReader<File>>) -> Result<Walked, Result<String, io::Error>> {
    let mut seen = BTreeMap::new();
    let mut manifest = None;
    for (index, entry) in archive.entries().map_err(Err)?.enumerate() {
        let mut entry = entry.map_err(Err)?;
        if index >= MAX_ENTRIES {
            return Err(Ok(format!("it has more than {MAX_ENTRIES} entries")));
        }
        let path = String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| Ok(strange("bytes")))?;
        if manifest.is_some() || !entry.header().entry_type().is_file() {
            return Err(Ok(strange(&path)));
        }
        if path == MANIFEST {
            let mut text = Vec::new();
            entry.by_ref().take(MAX_MANIFEST + 1).read_to_end(&mut text).map_err(Err)?;
            if text.len() as u64 > MAX_MANIFEST {
                return Err(Ok("its manifest is too long".to_owned()));
            }
            manifest = Some(text);
            continue;
        }
        let volume = path.strip_prefix(VOLUMES).and_then(|rest| rest.strip_suffix(PACKED));
        let volume = volume.filter(|name| is_volume_name(name)).map(str::to_owned);
        match volume {
            Some(name) => {
                let place = entry.raw_file_position();
                let (length, sha256) = digest(&mut entry).map_err(Err)?;
                if seen.insert(name, Seen { place, length, sha256 }).is_some() {
                    return Err(Ok(strange(&path)));
                }
            }
            None if path == RECORD => {}
            None => return Err(Ok(strange(&path))),
        }
    }
    Ok((seen, manifest))
}

fn digest(from: &mut impl Read) -> io::Result<(u64, String)> {
    let mut digest = Sha256::new();
    let mut length = 0;
    let mut buffer = [0; 1 << 14];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok((length, hexadecimal(&digest.finalize()))),
            n => {
                digest.update(&buffer[..n]);
                length += n as u64;
            }
        }
    }
}

/// What the manifest tells must be there, as it tells it, and nothing else.
fn compare(seen: &BTreeMap<String, Seen>, volumes: &[Packed]) -> Result<(), String> {
    if volumes.len() != seen.len() {
        return Err(format!("it has {} volumes, and its manifest names {}", seen.len(), volumes.len()));
    }
    for volume in volumes {
        let Some(found) = seen.get(&volume.name) else {
            return Err(format!("volume {:?} is missing in it", volume.name));
        };
        if found.length != volume.packed_bytes || !found.sha256.eq_ignore_ascii_case(&volume.sha256) {
            return Err(format!("the checksum of volume {} is wrong: it was changed or damaged", volume.name));
        }
    }
    Ok(())
}

fn strange(entry: &str) -> String {
    format!("{:?} is no entry of a snapshot", entry.chars().take(60).collect::<String>())
}

/// What the reader of the archive says of a file is left out: it quotes what is in there, which may be anything. What the system says is not.
fn not_a_snapshot(error: &io::Error) -> String {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    match error.kind() {
        InvalidData | InvalidInput | Other | UnexpectedEof => "it is no snapshot, or was cut off or damaged".to_owned(),
        _ => format!("not all of it can be read: {error}"),
    }
}
