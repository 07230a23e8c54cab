//! A zip archive from a stranger, opened within bounds and read in memory; nothing is unpacked. What the entries mean is not known
//! here.

use std::io::{self, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;

/// Largest archive, in bytes.
pub(crate) const FILE_LIMIT: u64 = 256 * 1024 * 1024;
/// Most entries.
const ENTRY_LIMIT: u16 = 20_000;
/// Largest directory of entries, in bytes.
const DIRECTORY_LIMIT: u32 = 8 * 1024 * 1024;
/// Most bytes that all entries together may claim to have unpacked.
const CLAIM_LIMIT: u128 = 4 * 1024 * 1024 * 1024;
/// Most times that the entries together may claim to be larger unpacked than the archive is.
const RATIO_LIMIT: u128 = 200;

const END: &[u8; 4] = b"PK\x05\x06";
const END_LEN: usize = 22;
const ZIP64_LOCATOR: &[u8; 4] = b"PK\x06\x07";
const ZIP64_LOCATOR_LEN: usize = 20;
const COMMENT_LIMIT: usize = u16::MAX as usize;

/// An archive whose bounds were looked at.
pub(super) struct Archive<R>(ZipArchive<R>);

impl<R: Read + Seek> Archive<R> {
    /// Opens it. An error says what is wrong with it, in words that follow its name.
    pub(super) fn open(mut file: R) -> Result<Self, String> {
        let length = file.seek(SeekFrom::End(0)).map_err(said)?;
        if length > FILE_LIMIT {
            return Err(format!("is larger than {FILE_LIMIT} bytes"));
        }
        check_end(&mut file, length)?;
        // The offset is known: nothing stands before the first entry of a module.
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let archive = ZipArchive::with_config(config, file).map_err(said)?;
        if archive.has_duplicate_names() {
            return Err("has two entries of one name".to_owned());
        }
        let claimed = claim(&archive)?;
        if claimed > CLAIM_LIMIT || claimed > u128::from(length) * RATIO_LIMIT {
            return Err(format!("claims to have {claimed} bytes unpacked, which no module has"));
        }
        Ok(Self(archive))
    }

    /// The bytes of an entry; `None` when there is none of that name.
    pub(super) fn entry(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
        let failed = |e: &dyn std::fmt::Display| format!("has an entry {name} that cannot be read: {e}");
        let entry = match self.0.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(e) => return Err(failed(&e)),
        };
        let mut bytes = Vec::new();
        entry.take(limit + 1).read_to_end(&mut bytes).map_err(|e| failed(&e))?;
        if bytes.len() as u64 > limit {
            return Err(failed(&format!("it is larger than {limit} bytes")));
        }
        Ok(Some(bytes))
    }
}

/// How many bytes the directory says all entries have unpacked.
fn claim<R: Read + Seek>(archive: &ZipArchive<R>) -> Result<u128, String> {
    let mut sum = 0_u128;
    for n in 0..archive.len() {
        sum += u128::from(archive.by_index_data(n).map_err(said)?.size());
    }
    Ok(sum)
}

/// Looks at the record at the end before anything is made as large as it says.
fn check_end(file: &mut (impl Read + Seek), length: u64) -> Result<(), String> {
    let wanted = (END_LEN + COMMENT_LIMIT + ZIP64_LOCATOR_LEN) as u64;
    let start = length.saturating_sub(wanted);
    file.seek(SeekFrom::Start(start)).map_err(said)?;
    let mut tail = Vec::new();
    file.take(wanted).read_to_end(&mut tail).map_err(said)?;
    let mut places = tail.windows(END.len()).enumerate().filter(|(_, w)| w == END).map(|(at, _)| at);
    let (Some(at), None) = (places.next(), places.next()) else {
        return Err("is no zip archive, or has an ambiguous end".to_owned());
    };
    let end = tail.get(at..at + END_LEN).ok_or("is a zip archive that is cut off")?;
    let short = |from: usize| u16::from_le_bytes([end[from], end[from + 1]]);
    let long = |from: usize| u32::from_le_bytes([end[from], end[from + 1], end[from + 2], end[from + 3]]);
    let (entries, size, offset, comment) = (short(10), long(12), long(16), short(20));
    if tail.len() != at + END_LEN + usize::from(comment) {
        return Err("is a zip archive that is cut off or has something behind it".to_owned());
    }
    if at >= ZIP64_LOCATOR_LEN && tail[at - ZIP64_LOCATOR_LEN..].starts_with(ZIP64_LOCATOR) {
        return Err("is a zip archive of the 64-bit form, which no module needs".to_owned());
    }
    if entries > ENTRY_LIMIT || size > DIRECTORY_LIMIT {
        return Err(format!("is a zip archive with more than {ENTRY_LIMIT} entries or a directory of unusual size"));
    }
    if u64::from(offset) + u64::from(size) != start + at as u64 {
        return Err("is a zip archive whose directory is not where its end says".to_owned());
    }
    Ok(())
}

fn said(error: impl Into<ReadError>) -> String {
    match error.into() {
        ReadError::Io(e) => format!("cannot be read: {e}"),
        ReadError::Zip(e) => format!("is no zip archive that can be read: {e}"),
    }
}

enum ReadError {
    Io(io::Error),
    Zip(ZipError),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ZipError> for ReadError {
    fn from(error: ZipError) -> Self {
        Self::Zip(error)
    }
}
