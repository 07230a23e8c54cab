//! Reads one small text file of a project, whatever stands in its place. What the text means is its reader's work.

use std::io::Read as _;
use std::path::Path;

use super::ProjectError;

/// The text of a regular file of at most `max` bytes of UTF-8.
pub(super) fn read(path: &Path, max: u64) -> Result<String, ProjectError> {
    text(bytes(path, max)?, path)
}

/// The bytes of a regular file of at most `max` bytes.
pub(super) fn bytes(path: &Path, max: u64) -> Result<Vec<u8>, ProjectError> {
    // The plain error of the system: the path is in ours.
    let failed = || |source: std::io::Error| ProjectError::Unreadable { path: path.to_owned(), source };
    let bad = |reason: String| ProjectError::BadFile { path: path.to_owned(), reason };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(failed())?.is_file() {
        return Err(bad("it is not a regular file".to_owned()));
    }
    at_most(max, std::fs::File::open(path).map_err(failed())?, path)
}

/// The same from anything that is open already; `path` is what errors call it.
pub(super) fn from(open: impl std::io::Read, path: &Path, max: u64) -> Result<String, ProjectError> {
    text(at_most(max, open, path)?, path)
}

fn at_most(max: u64, open: impl std::io::Read, path: &Path) -> Result<Vec<u8>, ProjectError> {
    let failed = |source: std::io::Error| ProjectError::Unreadable { path: path.to_owned(), source };
    let bad = |reason: String| ProjectError::BadFile { path: path.to_owned(), reason };
    let mut bytes = Vec::new();
    open.take(max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > max {
        return Err(bad(format!("it is larger than {max} bytes")));
    }
    Ok(bytes)
}

fn text(bytes: Vec<u8>, path: &Path) -> Result<String, ProjectError> {
    String::from_utf8(bytes)
        .map_err(|_| ProjectError::BadFile { path: path.to_owned(), reason: "it is not UTF-8 text".to_owned() })
}
