//! Puts a committed restore in the place of the data, before a start reads any. A kill leaves the old data as it was before the
//! commit, and the new data after it: what was begun is finished by the next start.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::layout::{CLOCK, Part, part};
use super::refusal::BackupError;
use crate::simulator::data::DataDir;

/// How the name of a directory begins in which a restore is prepared.
const STAGING: &str = ".restore-";
/// Name of the directory of a restore that counts.
const COMMITTED: &str = ".restore-committed";
/// Name of the directory of one that is through.
const DONE: &str = ".restore-done";
const PLAN: &str = "plan.json";
const TREE: &str = "data";
/// Where what was there before goes, below the directory of the restore.
const OLD: &str = "old";

/// A restore that is prepared and does not count yet: dropped, it leaves no trace.
#[derive(Debug)]
pub(crate) struct Staged {
    staging: TempDir,
}

impl Staged {
    /// An empty one in the data directory.
    pub(crate) fn new(data: &DataDir) -> io::Result<Self> {
        let staging = tempfile::Builder::new().prefix(STAGING).tempdir_in(data.path(""))?;
        fs_err::create_dir(staging.path().join(TREE))?;
        Ok(Self { staging })
    }

    /// Where the new files are prepared.
    pub(crate) fn tree(&self) -> PathBuf {
        self.staging.path().join(TREE)
    }

    /// Notes what is replaced: paths below the data directory, none below another. One that the new tree does not have goes.
    pub(crate) fn plan(&self, places: &BTreeSet<String>) -> io::Result<()> {
        let tree = self.tree();
        let (come, gone) = places.iter().cloned().partition(|place| tree.join(place).exists());
        let bytes = serde_json::to_vec_pretty(&Steps { come, gone }).map_err(io::Error::other)?;
        fs_err::write(self.staging.path().join(PLAN), bytes)
    }

    /// From here on the restore counts.
    pub(crate) fn commit(self, data: &DataDir) -> Result<(), BackupError> {
        let committed = data.path(COMMITTED);
        if committed.exists() {
            return Err(BackupError::Busy);
        }
        fs_err::rename(self.staging.path(), &committed)?;
        // It is not there under its first name any more.
        let _ = self.staging.keep();
        Ok(())
    }
}

/// The plan as it is carried out.
#[derive(Debug, Serialize, Deserialize)]
struct Steps {
    come: Vec<String>,
    gone: Vec<String>,
}

/// Finishes a restore that was committed; whether there was one. Clears away what others left unfinished.
pub(crate) fn finish(data: &DataDir) -> io::Result<bool> {
    let committed = data.path(COMMITTED);
    // No link: only what this gateway made itself is carried out.
    let there = committed.symlink_metadata().is_ok_and(|found| found.is_dir());
    if there {
        let plan = format!("{COMMITTED}/{PLAN}");
        let steps: Steps = data.read_json(&plan)?.ok_or_else(|| io::Error::other(format!("{plan} is missing")))?;
        if let Some(place) = steps.come.iter().chain(&steps.gone).find(|place| !is_replaceable(place)) {
            return Err(io::Error::other(format!("{plan}: {place:?} is no part of a backup")));
        }
        let (tree, old) = (committed.join(TREE), committed.join(OLD));
        fs_err::create_dir_all(&old)?;
        for place in &steps.come {
            // One that is not there any more has its place already.
            if tree.join(place).symlink_metadata().is_ok() {
                set_aside(data, place, &old)?;
                move_in(&tree.join(place), &data.path(place))?;
            }
        }
        for place in &steps.gone {
            set_aside(data, place, &old)?;
        }
        let clock = steps.come.iter().any(|place| Path::new(CLOCK).starts_with(place));
        if clock && let Some(mut record) = data.load_record()? {
            record.trial_in_properties = true;
            data.save_record(&record)?;
        }
        fs_err::rename(&committed, data.path(DONE))?;
    }
    clear(data)?;
    Ok(there)
}

/// Whether a restore may replace that: a file of a backup, or a directory that holds nothing else.
fn is_replaceable(place: &str) -> bool {
    let replaced = |path: &str| part(path).is_some_and(|part| !matches!(part, Part::Elsewhere | Part::Info));
    replaced(place) || replaced(&format!("{place}/x"))
}

fn set_aside(data: &DataDir, place: &str, old: &Path) -> io::Result<()> {
    let from = data.path(place);
    if from.symlink_metadata().is_err() {
        return Ok(());
    }
    let to = old.join(uuid::Uuid::new_v4().simple().to_string());
    // What is mounted there cannot be moved, only emptied.
    fs_err::rename(&from, to).or_else(|_| empty(&from))
}

fn empty(place: &Path) -> io::Result<()> {
    if !place.symlink_metadata()?.is_dir() {
        return Ok(());
    }
    for entry in fs_err::read_dir(place)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs_err::remove_dir_all(entry.path())?;
        } else {
            fs_err::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn move_in(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(parent) = to.parent() {
        fs_err::create_dir_all(parent)?;
    }
    if !to.exists() && fs_err::rename(from, to).is_ok() {
        return Ok(());
    }
    copy(from, to)?;
    if from.is_dir() { fs_err::remove_dir_all(from) } else { fs_err::remove_file(from) }
}

/// Copies files into what could not be moved away.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs_err::copy(from, to).map(drop);
    }
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Takes away every restore that does not count, or does not count any more.
fn clear(data: &DataDir) -> io::Result<()> {
    for entry in fs_err::read_dir(data.path(""))? {
        let entry = entry?;
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(STAGING));
        if ours && entry.file_type()?.is_dir() {
            fs_err::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
