//! Unpacks an archive from somebody who may wish ill: bounded in every way, nothing outside the directory that it is given, every entry
//! looked at before it is written. What the files mean is decided elsewhere.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;

use super::info::Info;
use super::layout::{ARCHIVE_LIMIT, BYTES_LIMIT, COUNT_LIMIT, INFO, Part, part};
use super::refusal::BackupError;

/// Largest [`INFO`].
const INFO_LIMIT: u64 = 64 * 1024;
/// Most bytes of the archive's directory: some hundred for each entry. Bounds the memory that reading it takes.
const DIRECTORY_LIMIT: u64 = 8 * 1024 * 1024;
/// Length of the record at the end of an archive without a comment.
const END: usize = 22;
/// Most names of entries that are told as passed over.
const TOLD: usize = 5;
/// The bits of a mode that say what kind of file it is, and those of a regular file and a directory.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

/// What was unpacked.
#[derive(Debug)]
pub(crate) struct Unpacked {
    pub(crate) info: Info,
    /// How many entries have no place in a backup and were left out.
    pub(crate) passed_over: usize,
    /// The first of them.
    pub(crate) examples: Vec<String>,
}

/// Unpacks the files of a backup into a directory that is empty, by their paths below the data directory.
pub(crate) fn unpack(mut packed: File, directory: &Path) -> Result<Unpacked, BackupError> {
    look_at_the_end(&mut packed)?;
    let mut archive = ZipArchive::new(packed).map_err(BackupError::broken)?;
    if archive.has_duplicate_names() {
        return Err(BackupError::Broken { reason: "two entries have one name".to_owned() });
    }
    if archive.has_overlapping_entries().map_err(BackupError::broken)? {
        return Err(BackupError::Broken { reason: "entries share their bytes".to_owned() });
    }
    let mut unpacking = Unpacking {
        into: directory,
        left: BYTES_LIMIT,
        info: None,
        passed_over: 0,
        examples: Vec::new(),
        files: BTreeSet::new(),
    };
    for index in 0..archive.len() {
        // Fails for what is encrypted, and for what is packed in a way that backups are not.
        unpacking.entry(&mut archive.by_index(index).map_err(BackupError::broken)?)?;
    }
    // Also where nothing was unpacked: an archive that no file system could hold is none that a gateway made.
    let clash = archive.file_names().flatten().find_map(|name| {
        let directory = name.strip_suffix('/');
        let parents = name.match_indices('/').map(|(at, _)| &name[..at]);
        parents.chain(directory).find(|parent| unpacking.files.contains(*parent)).map(str::to_owned)
    });
    if let Some(path) = clash {
        return Err(BackupError::Broken { reason: format!("{path} is both a file and a directory") });
    }
    let Unpacking { passed_over, examples, .. } = unpacking;
    let info = unpacking.info.ok_or_else(|| BackupError::Foreign { reason: format!("it has no {INFO}") })?;
    Ok(Unpacked { info, passed_over, examples })
}

/// Reads the record at the end, so that no more is read of the directory than can be carried. A backup ends with it: no comment,
/// no second archive, not the form for more than 65534 entries.
fn look_at_the_end(file: &mut File) -> Result<(), BackupError> {
    let foreign = |reason: &str| BackupError::Foreign { reason: reason.to_owned() };
    let length = file.seek(SeekFrom::End(0))?;
    if length > ARCHIVE_LIMIT {
        return Err(too_large(&format!("{ARCHIVE_LIMIT} bytes")));
    }
    let start = length.checked_sub(END as u64).ok_or_else(|| foreign("it is too short for a zip archive"))?;
    let mut end = [0; END];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut end)?;
    let number = |at: usize, bytes: usize| {
        end[at..at + bytes].iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    if !end.starts_with(b"PK\x05\x06") || number(20, 2) != 0 {
        return Err(foreign("it does not end as a zip archive without a comment does"));
    }
    let (entries, size, offset) = (number(10, 2), number(12, 4), number(16, 4));
    if entries > COUNT_LIMIT as u64 {
        return Err(too_large(&format!("{COUNT_LIMIT} entries")));
    }
    if size > DIRECTORY_LIMIT {
        return Err(too_large(&format!("{DIRECTORY_LIMIT} bytes of names")));
    }
    if offset + size != start || number(8, 2) != entries {
        return Err(BackupError::Broken { reason: "its directory is not where its end says".to_owned() });
    }
    file.rewind()?;
    Ok(())
}

fn too_large(limit: &str) -> BackupError {
    BackupError::TooLarge { limit: limit.to_owned() }
}

struct Unpacking<'a> {
    into: &'a Path,
    /// Bytes that may still come.
    left: u64,
    info: Option<Info>,
    passed_over: usize,
    examples: Vec<String>,
    /// Every file, also those that are passed over.
    files: BTreeSet<String>,
}

impl Unpacking<'_> {
    fn entry(&mut self, entry: &mut ZipFile<'_, File>) -> Result<(), BackupError> {
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let hostile = |reason| BackupError::Hostile { entry: name.chars().take(200).collect(), reason };
        if std::str::from_utf8(entry.name_raw()).is_err() {
            return Err(hostile("is no UTF-8"));
        }
        let directory = name.ends_with('/');
        let path = name.strip_suffix('/').unwrap_or(&name);
        let place = part(path).ok_or_else(|| hostile("is no path below a data directory"))?;
        let kind = entry.unix_mode().map_or(0, |mode| mode & KIND);
        let wanted = if directory { DIRECTORY } else { REGULAR };
        if entry.is_symlink() || (kind != 0 && kind != wanted) {
            return Err(hostile("is neither a file nor a directory"));
        }
        if !directory {
            self.files.insert(path.to_owned());
        }
        match place {
            _ if directory => {}
            Part::Elsewhere => {
                self.passed_over += 1;
                if self.examples.len() < TOLD {
                    self.examples.push(path.to_owned());
                }
            }
            Part::Info => self.info = Some(read_info(entry)?),
            Part::Shared | Part::Clock | Part::PeerLocal | Part::Trust => self.write(path, entry)?,
        }
        Ok(())
    }

    fn write(&mut self, path: &str, entry: &mut impl Read) -> Result<(), BackupError> {
        let target = self.into.join(path);
        let parent = target.parent().unwrap_or(self.into);
        // A file and a directory of one name cannot both be had.
        let clash = |e: std::io::Error| match e.kind() {
            std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => BackupError::broken(e.kind()),
            _ => BackupError::Io(e),
        };
        fs_err::create_dir_all(parent).map_err(clash)?;
        let mut file = fs_err::File::create_new(&target).map_err(clash)?;
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let count = entry.read(&mut chunk).map_err(|e| BackupError::broken(format!("{path}: {e}")))?;
            if count == 0 {
                return Ok(());
            }
            self.left = self
                .left
                .checked_sub(count as u64)
                .ok_or_else(|| too_large(&format!("{BYTES_LIMIT} bytes unpacked")))?;
            std::io::Write::write_all(&mut file, &chunk[..count])?;
        }
    }
}

fn read_info(entry: &mut impl Read) -> Result<Info, BackupError> {
    let mut bytes = Vec::new();
    entry.take(INFO_LIMIT + 1).read_to_end(&mut bytes).map_err(BackupError::broken)?;
    if bytes.len() as u64 > INFO_LIMIT {
        return Err(too_large(&format!("{INFO_LIMIT} bytes of {INFO}")));
    }
    Info::parse(&bytes)
}
