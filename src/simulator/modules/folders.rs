//! Where files of third-party modules are looked for (fact sheet 6.1, 10.19). Reads them; judges none.

use std::io;
use std::path::{Path, PathBuf};

use super::file::ModuleFile;
use crate::simulator::log::{Log, printable};
use crate::simulator::unknown::{MODULE_FOLDER, MODULE_FOLDER_IN_DATA_COUNTS};

/// Most files of modules that are looked at, in all folders.
const FILE_COUNT_LIMIT: usize = 200;
/// Most names that are looked at in a folder.
const NAME_LIMIT: usize = 10_000;
const EXTENSION: &str = ".modl";
const LOGGER: &str = "ModuleManager";

/// The folders, those that count first in front.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Folders(Vec<PathBuf>);

impl Folders {
    /// Those of a gateway: in the data directory, in the install directory, and the one that
    /// `-Dignition.gateway.externalModulesFolder=` names.
    pub(crate) fn of(data: &Path, install: Option<&Path>, external: Option<&str>) -> Self {
        let in_data = MODULE_FOLDER_IN_DATA_COUNTS.then(|| data.join(MODULE_FOLDER));
        let in_install = install.map(|i| i.join(MODULE_FOLDER));
        // The gateway's process works in its install directory.
        let beside = external.filter(|e| !e.is_empty()).map(|e| install.unwrap_or(Path::new("")).join(e));
        Self(in_data.into_iter().chain(in_install).chain(beside).collect())
    }

    /// The one to which a backup copies its master's modules; nothing else counts on it then.
    pub(crate) fn of_masters_copies(data: &Path) -> Self {
        Self(vec![data.join(MODULE_FOLDER)])
    }

    /// Every file of a module, by folder and name. What cannot be looked at is logged.
    pub(super) fn read(&self, log: &Log) -> Vec<ModuleFile> {
        let mut found = Vec::new();
        let mut seen = Vec::new();
        for folder in &self.0 {
            // A folder that goes by two names holds every module once.
            let Ok(place) = fs_err::canonicalize(folder) else { continue };
            if seen.contains(&place) {
                continue;
            }
            let names = names(&place).unwrap_or_else(|e| {
                log.warn(LOGGER, &format!("No modules are taken from {}: {e}", printable(&folder.to_string_lossy())));
                Vec::new()
            });
            seen.push(place);
            for name in names {
                if found.len() == FILE_COUNT_LIMIT {
                    log.warn(LOGGER, &format!("More than {FILE_COUNT_LIMIT} files of modules: the rest is left out"));
                    return found;
                }
                found.push(ModuleFile::read(&folder.join(&name), &name));
            }
        }
        found
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder)?.take(NAME_LIMIT) {
        names.extend(entry?.file_name().into_string().ok().filter(|n| is_file_name(n)));
    }
    names.sort();
    Ok(names)
}

/// Whether a file of that name is taken for a module.
pub(crate) fn is_file_name(name: &str) -> bool {
    let proper = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':');
    name.len() > EXTENSION.len()
        && name.len() <= 255
        && name.ends_with(EXTENSION)
        && !name.starts_with('.')
        && name.chars().all(proper)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Log {
        Log::new(io::sink())
    }

    #[test]
    fn all_three_folders_count_and_one_with_two_names_once() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        for path in
            ["data/user-lib/modules/a.modl", "user-lib/modules/b.modl", "more/c.modl", "more/x.jar", "more/.d.modl"]
        {
            fs_err::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs_err::write(at(path), "x").unwrap();
        }
        fs_err::create_dir(at("more/e.modl")).unwrap();
        let read = |external: &str| {
            let files = Folders::of(&at("data"), Some(dir.path()), Some(external)).read(&log());
            files.into_iter().map(|f| (f.filename, f.content.unwrap_err().reason)).collect::<Vec<_>>()
        };
        let found = read("more");
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a.modl", "b.modl", "c.modl", "e.modl"]);
        assert_eq!(found[3].1, "is not a regular file");
        assert_eq!(read("user-lib/modules").len(), 2);
        assert_eq!(read(at("more").to_str().unwrap()).len(), 4);
        assert_eq!(read("none").len(), 2);
        assert_eq!(Folders::of(&at("data"), None, None).read(&log()).len(), 1);
        assert_eq!(Folders::of_masters_copies(&at("data")).read(&log()).len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_keeps_nobody_waiting_and_a_link_may_lead_to_a_module() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join(MODULE_FOLDER);
        fs_err::create_dir_all(&folder).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, folder.join("p.modl"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        fs_err::write(dir.path().join("real"), "x").unwrap();
        std::os::unix::fs::symlink(dir.path().join("real"), folder.join("l.modl")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.join("m.modl")).unwrap();
        let reasons: Vec<_> = Folders::of(dir.path(), None, None)
            .read(&log())
            .into_iter()
            .map(|f| f.content.unwrap_err().reason)
            .collect();
        assert!(reasons[0].contains("no zip archive") && reasons[1].contains("cannot be read"), "{reasons:?}");
        assert_eq!(reasons[2], "is not a regular file");
    }

    #[test]
    fn too_many_files_are_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join(MODULE_FOLDER);
        fs_err::create_dir_all(&folder).unwrap();
        for n in 0..FILE_COUNT_LIMIT + 5 {
            fs_err::write(folder.join(format!("{n:04}.modl")), "").unwrap();
        }
        assert_eq!(Folders::of(dir.path(), None, None).read(&log()).len(), FILE_COUNT_LIMIT);
    }
}
