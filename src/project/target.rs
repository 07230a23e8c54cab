//! Where a project may be written, and which paths may be in it. Reads the file system; writes nothing.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::ProjectError;

/// A place that a project may take.
pub(super) struct Target {
    /// The project's own path.
    pub(super) path: PathBuf,
    /// The existing directory that will hold it.
    pub(super) parent: PathBuf,
}

/// Checks that a project may be written there: nothing is there, or an empty directory.
pub(super) fn check(path: &Path) -> Result<Target, ProjectError> {
    if !matches!(path.components().next_back(), Some(Component::Normal(_))) {
        return Err(ProjectError::NoName { path: path.to_owned() });
    }
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    if !parent.is_dir() {
        return Err(ProjectError::NoParent { path: path.to_owned(), parent });
    }
    // Without a trailing separator, which would make the system look behind a symbolic link.
    let path: PathBuf = path.components().collect();
    match fs_err::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(ProjectError::io(format!("looking at {}", path.display()))(error)),
        Ok(found) if found.is_dir() => check_empty(&path)?,
        Ok(found) if found.is_symlink() => return Err(ProjectError::NotDirectory { path, kind: "a symbolic link" }),
        Ok(found) if found.is_file() => return Err(ProjectError::NotDirectory { path, kind: "a file" }),
        Ok(_) => return Err(ProjectError::NotDirectory { path, kind: "a special file" }),
    }
    Ok(Target { path, parent })
}

fn check_empty(path: &Path) -> Result<(), ProjectError> {
    let failed = || ProjectError::io(format!("reading the directory {}", path.display()));
    match fs_err::read_dir(path).map_err(failed())?.next() {
        None => Ok(()),
        Some(entry) => {
            let entry = entry.map_err(failed())?.file_name().to_string_lossy().into_owned();
            Err(ProjectError::NotEmpty { path: path.to_owned(), entry })
        }
    }
}

/// The parts of a path in the tree, when it stays in the project.
pub(super) fn parts(path: &str) -> Result<Vec<&str>, ProjectError> {
    let refused = |rule| ProjectError::UnsafePath { shown: path.chars().take(60).collect(), rule };
    let parts: Vec<_> = path.split('/').collect();
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return Err(refused("it has an empty part, or one that is . or .."));
    }
    // A backslash and a colon are parts of a name here and separators elsewhere.
    if path.chars().any(|c| c.is_control() || matches!(c, '\\' | ':')) {
        return Err(refused("control characters, backslashes and colons may not stand in it"));
    }
    Ok(parts)
}
