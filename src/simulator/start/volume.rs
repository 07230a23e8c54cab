//! The data directory before a gateway starts on it: is it the image's, and may the gateway's user work in it (fact sheet 6.1, 8)?
//! Reads no configuration.

use std::path::{Path, PathBuf};

use crate::simulator::data::{DataDir, RECORD};
use crate::simulator::error::SimulatorError;
use crate::simulator::image_files::{CLEAN_SETTINGS, CLEAN_SETTINGS_TEXT, DIRECTORIES};
use crate::simulator::start::user::{self, READ, SEARCH, User, WRITE};

/// The gateway's settings.
pub(crate) const SETTINGS: &str = "gateway.xml";
/// Most files and directories that are looked at.
const ENTRY_LIMIT: usize = 50_000;
/// Deepest directory that is looked at.
const DEPTH_LIMIT: usize = 40;

/// Opens the data directory for the gateway's user.
pub(crate) fn open(root: PathBuf, user: &User) -> Result<DataDir, SimulatorError> {
    check(&root, user)?;
    DataDir::open(root)
}

fn check(root: &Path, user: &User) -> Result<(), SimulatorError> {
    let settings = root.join(SETTINGS);
    let of_image = |name: &str| fs_err::symlink_metadata(root.join(name)).is_ok();
    // Volumes of earlier simulated gateways have the record, but not the image's files.
    if ![SETTINGS, CLEAN_SETTINGS, RECORD].into_iter().any(of_image) {
        // A directory that nobody may look into says nothing about its content.
        look(root, user)?;
        return Err(SimulatorError::NotOfImage { path: root.to_owned() });
    }
    if let Ok(metadata) = fs_err::metadata(&settings)
        && !user.may(&metadata, READ | WRITE)
    {
        return Err(SimulatorError::SettingsDenied { path: settings });
    }
    look(root, user)
}

/// Puts the image's files into a directory that did not get them from an engine, as an engine fills a new volume.
pub(crate) fn lay(root: &Path) -> Result<(), SimulatorError> {
    let failed = |source| SimulatorError::Data { path: root.to_owned(), source };
    for directory in DIRECTORIES {
        fs_err::create_dir_all(root.join(directory)).map_err(failed)?;
    }
    let settings = root.join(CLEAN_SETTINGS);
    if !settings.exists() {
        fs_err::write(settings, CLEAN_SETTINGS_TEXT).map_err(failed)?;
    }
    Ok(())
}

/// Gives the whole directory to a user, as the entrypoint does when it runs as root, and becomes that user.
pub(crate) fn hand_over(root: &Path, id: u32, group: u32) -> Result<(), SimulatorError> {
    walk(root, &mut |path, _| {
        own(path, id, group).map_err(|source| SimulatorError::Data { path: path.to_owned(), source })
    })?;
    user::step_down(id, group)
}

#[cfg(unix)]
fn own(path: &Path, id: u32, group: u32) -> std::io::Result<()> {
    std::os::unix::fs::lchown(path, Some(id), Some(group))
}

#[cfg(not(unix))]
fn own(_: &Path, _: u32, _: u32) -> std::io::Result<()> {
    Ok(())
}

/// Refuses what the gateway's user could not work with: a directory that it may not change, a file that it may not read, or not
/// write although it is another's.
fn look(root: &Path, user: &User) -> Result<(), SimulatorError> {
    walk(root, &mut |path, metadata| {
        let fits = if metadata.is_dir() {
            user.may(metadata, READ | WRITE | SEARCH)
        } else {
            user.may(metadata, READ) && (user.owns(metadata) || user.may(metadata, WRITE))
        };
        if fits { Ok(()) } else { Err(SimulatorError::Denied { path: path.to_owned(), user: user.id }) }
    })
}

type Visit<'a> = dyn FnMut(&Path, &std::fs::Metadata) -> Result<(), SimulatorError> + 'a;

/// Visits the directory and all below it, parents first. Links are neither followed nor visited.
fn walk(root: &Path, visit: &mut Visit<'_>) -> Result<(), SimulatorError> {
    let failed = |path: &Path, source| SimulatorError::Data { path: path.to_owned(), source };
    let mut waiting = vec![(root.to_owned(), 0)];
    let mut seen = 0_usize;
    while let Some((path, depth)) = waiting.pop() {
        let metadata = match fs_err::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            // Gone since its directory was read.
            Err(e) if depth > 0 && e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => return Err(failed(&path, e)),
        };
        if metadata.is_symlink() {
            continue;
        }
        seen += 1;
        if seen > ENTRY_LIMIT || depth > DEPTH_LIMIT {
            return Err(failed(&path, std::io::Error::other("too many or too deep files in the data directory")));
        }
        visit(&path, &metadata)?;
        if metadata.is_dir() {
            for entry in fs_err::read_dir(&path).map_err(|e| failed(&path, e))? {
                waiting.push((entry.map_err(|e| failed(&path, e))?.path(), depth + 1));
                if waiting.len() > ENTRY_LIMIT {
                    return Err(failed(&path, std::io::Error::other("too many files in the data directory")));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
#[path = "volume_tests.rs"]
mod tests;
