//! Reads below one directory: bounded in size and number, and never beyond it through a symbolic link. Knows no resources.

use std::fs::FileType;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::simulator::config::names::is_name;

/// Largest file, in bytes.
pub(crate) const FILE_LIMIT: u64 = 1024 * 1024;
/// Most bytes read from one tree.
pub(crate) const TREE_LIMIT: u64 = 16 * 1024 * 1024;
/// Most entries looked at in one directory.
const DIRECTORY_LIMIT: usize = 4096;
/// Most problems kept; a hostile tree must not fill the log.
const PROBLEM_LIMIT: usize = 100;

/// One pass over a directory tree.
pub(crate) struct Reader {
    root: PathBuf,
    bytes_left: u64,
    problems: Vec<String>,
}

/// What a path is, seen through links that stay inside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Missing,
    File,
    Directory,
}

impl Reader {
    /// A reader of a directory, which need not exist.
    pub(crate) fn new(root: &Path) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        Self { root, bytes_left: TREE_LIMIT, problems: Vec::new() }
    }

    /// Notes something that will not be loaded, and why; the same only once, however often it is come across.
    pub(crate) fn problem(&mut self, text: String) {
        if self.problems.len() < PROBLEM_LIMIT && !self.problems.contains(&text) {
            self.problems.push(text);
        }
    }

    /// Everything noted so far.
    pub(crate) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    /// Names of the directories in a directory, sorted; hidden ones and files are left out.
    pub(crate) fn directories(&mut self, below: &str) -> Vec<String> {
        self.names(below, Entry::Directory)
    }

    /// Names of the files in a directory, sorted; hidden ones are left out.
    pub(crate) fn files(&mut self, below: &str) -> Vec<String> {
        self.names(below, Entry::File)
    }

    fn names(&mut self, below: &str, kind: Entry) -> Vec<String> {
        let path = self.root.join(below);
        let entries = match self
            .entry(&path)
            .and_then(|e| (e == Entry::Directory).then(|| fs_err::read_dir(&path)).transpose())
        {
            Ok(Some(entries)) => entries,
            Ok(None) => return Vec::new(),
            Err(e) => {
                self.problem(e.to_string());
                return Vec::new();
            }
        };
        let mut names = Vec::new();
        for (n, entry) in entries.enumerate() {
            if n >= DIRECTORY_LIMIT {
                self.problem(format!("{below} has more than {DIRECTORY_LIMIT} entries; the others are not read"));
                break;
            }
            let Ok(entry) = entry else { continue };
            let Ok(name) = entry.file_name().into_string() else {
                self.problem(format!("{below} holds a name that is no text"));
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            match self.entry(&entry.path()) {
                Ok(found) if found == kind && is_name(&name) => names.push(name),
                Ok(found) if found == kind => self.problem(format!("{below}: {name:?} cannot be a name")),
                Ok(_) => {}
                Err(e) => self.problem(e.to_string()),
            }
        }
        names.sort();
        names
    }

    /// Bytes of a file, `None` when there is none.
    pub(crate) fn file(&mut self, below: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.root.join(below);
        match self.entry(&path)? {
            Entry::Missing => return Ok(None),
            Entry::Directory => return Err(io::Error::other(format!("{below} is a directory"))),
            Entry::File => {}
        }
        let limit = FILE_LIMIT.min(self.bytes_left);
        let mut bytes = Vec::new();
        fs_err::File::open(&path)?.take(limit + 1).read_to_end(&mut bytes)?;
        let size = bytes.len() as u64;
        if size > limit {
            let what = if limit == FILE_LIMIT { below } else { "the configuration tree" };
            return Err(io::Error::other(format!(
                "{what} is larger than {}",
                if limit == FILE_LIMIT { FILE_LIMIT } else { TREE_LIMIT }
            )));
        }
        self.bytes_left -= size;
        Ok(Some(bytes))
    }

    /// Sockets, pipes and devices are nothing that could be read.
    fn entry(&self, path: &Path) -> io::Result<Entry> {
        let kind = |t: FileType| {
            if t.is_dir() {
                Ok(Entry::Directory)
            } else if t.is_file() {
                Ok(Entry::File)
            } else {
                Err(io::Error::other(format!("{} is neither a file nor a directory", path.display())))
            }
        };
        let found = match path.symlink_metadata() {
            Ok(found) => found.file_type(),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Entry::Missing);
            }
            Err(e) => return Err(io::Error::other(format!("{}: {e}", path.display()))),
        };
        if !found.is_symlink() {
            return kind(found);
        }
        let target = path.canonicalize().map_err(|e| io::Error::other(format!("{}: {e}", path.display())))?;
        if !target.starts_with(&self.root) {
            return Err(io::Error::other(format!("{} leads out of the configuration tree", path.display())));
        }
        kind(target.metadata()?.file_type())
    }
}
