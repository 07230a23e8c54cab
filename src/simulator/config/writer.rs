//! Writes resources into the tree: each file whole or not at all, and never beyond the tree. Knows no rules.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::simulator::config::resource::{BACKUP_CONFIG, MANIFEST, Resource};

/// Writes a resource into its directory below `root`. A new one appears whole; a known one, `old`, is changed file by file, its
/// manifest last, and loses the files that it no longer has.
pub(crate) fn write(root: &Path, directory: &str, resource: &Resource, old: Option<&Resource>) -> io::Result<()> {
    let target = inside(root, directory)?;
    let files = resource.files();
    if target.exists() {
        for (name, bytes) in &files {
            replace(&target, name, bytes)?;
        }
        // A backup's settings count by lying there, listed or not.
        let known = old.iter().flat_map(|r| r.data.keys().map(String::as_str)).chain([BACKUP_CONFIG]);
        for name in known.filter(|name| !files.iter().any(|(kept, _)| kept == name)) {
            absent(fs_err::remove_file(target.join(name)))?;
        }
        return Ok(());
    }
    let parent = target.parent().unwrap_or(root);
    fs_err::create_dir_all(parent)?;
    let staged = builder(0o755).tempdir_in(parent)?;
    for (name, bytes) in &files {
        replace(staged.path(), name, bytes)?;
    }
    fs_err::rename(staged.path(), &target)?;
    // It is not there under its first name any more.
    let _ = staged.keep();
    Ok(())
}

/// Takes a resource away. Its directory is gone for readers before the first file is.
pub(crate) fn remove(root: &Path, directory: &str, singleton: bool) -> io::Result<()> {
    let target = inside(root, directory)?;
    if singleton {
        // The directory may hold more than the resource.
        absent(fs_err::remove_file(target.join(MANIFEST)))?;
        return absent(fs_err::remove_dir_all(target));
    }
    let hidden = target.parent().unwrap_or(root).join(format!(".gone-{}", uuid::Uuid::new_v4().simple()));
    match fs_err::rename(&target, &hidden) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
        Ok(()) if hidden.is_symlink() => fs_err::remove_file(hidden),
        Ok(()) => fs_err::remove_dir_all(hidden),
    }
}

/// Writes one file of the tree whole or not at all, and the directories above it.
pub(crate) fn write_file(root: &Path, file: &str, bytes: &[u8]) -> io::Result<()> {
    let target = inside(root, file)?;
    let (Some(parent), Some(name)) = (target.parent(), target.file_name().and_then(|n| n.to_str())) else {
        return Err(io::Error::other("no file's name"));
    };
    fs_err::create_dir_all(parent)?;
    replace(parent, name, bytes)
}

/// The path of something in the tree. The part of it that exists must not lead out through a symbolic link.
fn inside(root: &Path, below: &str) -> io::Result<PathBuf> {
    let path = root.join(below);
    fs_err::create_dir_all(root)?;
    let real_root = fs_err::canonicalize(root)?;
    let existing = path.ancestors().find(|p| p.symlink_metadata().is_ok()).unwrap_or(root);
    if fs_err::canonicalize(existing)?.starts_with(&real_root) {
        Ok(path)
    } else {
        Err(io::Error::other(format!("{below} leads out of the configuration tree")))
    }
}

fn replace(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = builder(0o644).tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.persist(directory.join(name)).map_err(|e| e.error)?;
    Ok(())
}

/// What should go and is gone already is no error.
fn absent(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Names that begin with a dot are not read.
fn builder(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".new-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder
}

/// Takes one file of the tree away, and the directories that it leaves empty.
pub(crate) fn remove_file(root: &Path, file: &str) -> io::Result<()> {
    let target = inside(root, file)?;
    absent(fs_err::remove_file(&target))?;
    for parent in target.ancestors().skip(1).take_while(|p| *p != root) {
        // One that is not empty stays, and so do those above it.
        if fs_err::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(())
}
