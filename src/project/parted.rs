//! The pairs that `up` has taken apart, after it looked at both nodes. A run that was killed goes on with that, and a backup that comes
//! back to its volume is known by it. Beside the record, and no part of it: it says what was done, not what shall be.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{ProjectError, replace, text_file};
use crate::stack::{Name, Pair};

const PARTED: &str = ".ignition-stack/parted.json";

/// More than the nodes of any stack need.
const MAX: u64 = 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Entry {
    master: Name,
    backup: Name,
}

/// The pairs that were taken apart in a project; none where nothing is written down.
pub fn read_parted(project: &Path) -> Result<Vec<Pair>, ProjectError> {
    let path = project.join(PARTED);
    let text = match text_file::read(&path, MAX) {
        Err(ProjectError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Ok(Vec::new());
        }
        text => text?,
    };
    let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|error| ProjectError::BadFile {
        path,
        reason: format!("it should say which pairs were taken apart ({error}); without it nothing is known of that"),
    })?;
    Ok(entries.into_iter().map(|Entry { master, backup }| Pair { master, backup }).collect())
}

/// Writes them down, where they are others than before.
pub fn write_parted(project: &Path, parted: &[Pair]) -> Result<(), ProjectError> {
    if read_parted(project)? == parted {
        return Ok(());
    }
    let entry = |pair: &Pair| Entry { master: pair.master.clone(), backup: pair.backup.clone() };
    let text = serde_json::to_string_pretty(&parted.iter().map(entry).collect::<Vec<_>>()).unwrap_or_default();
    replace(&project.join(PARTED), format!("{text}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(master: &str, backup: &str) -> Pair {
        Pair { master: Name::parse(master).unwrap(), backup: Name::parse(backup).unwrap() }
    }

    #[test]
    fn what_is_written_down_is_read_and_nothing_is_none() {
        let project = tempfile::tempdir().unwrap();
        fs_err::create_dir(project.path().join(".ignition-stack")).unwrap();
        write_parted(project.path(), &[]).unwrap();
        assert!(!project.path().join(PARTED).exists(), "there is nothing to say");
        let all = [pair("hub", "hub-backup"), pair("backend", "standby")];
        for said in [&all[..], &all[1..], &[]] {
            write_parted(project.path(), said).unwrap();
            assert_eq!(read_parted(project.path()).unwrap(), said);
        }
    }

    #[test]
    fn what_cannot_be_read_is_never_taken_for_nothing() {
        let project = tempfile::tempdir().unwrap();
        fs_err::create_dir(project.path().join(".ignition-stack")).unwrap();
        for text in ["", "{}", "[{\"master\": \"hub\"}]", "[{\"master\": \"../x\", \"backup\": \"b\"}]"] {
            fs_err::write(project.path().join(PARTED), text).unwrap();
            let error = read_parted(project.path()).unwrap_err().to_string();
            assert!(error.contains("parted.json") && error.contains("pairs were taken apart"), "{error}");
            write_parted(project.path(), &[]).unwrap_err();
        }
    }
}
