//! The files of third-party modules that a backup takes from its master, with what was accepted of them (fact sheet 5.2, 5.5, 8). No
//! sockets.

use std::io::{self, Read};
use std::path::Path;

use crate::simulator::data::DataDir;
use crate::simulator::modules::{Modules, REGISTER_FILE, Register, is_file_name};
use crate::simulator::redundancy::replica::Files;
use crate::simulator::unknown::MODULE_FOLDER;

/// Most bytes of modules that go from a master to its backup, all files together.
pub(crate) const BYTES_LIMIT: u64 = 128 * 1024 * 1024;

/// Whether a path, below the data directory, is that of a module's file or of the list of accepted modules.
pub(crate) fn is_module_file(path: &str) -> bool {
    let name = path.strip_prefix(MODULE_FOLDER).and_then(|rest| rest.strip_prefix('/'));
    path == REGISTER_FILE || name.is_some_and(is_file_name)
}

/// What a master gives: the files of the modules that run, each once, and what was accepted.
pub(crate) fn offered(modules: &Modules, register: &Register) -> io::Result<Files> {
    let mut files = Files::from([(REGISTER_FILE.to_owned(), register.to_bytes()?)]);
    let mut left = BYTES_LIMIT;
    for module in &modules.healthy {
        let Some(path) = &module.file else { continue };
        let bytes = read(path, left)?;
        left -= bytes.len() as u64;
        let own = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let at = |name: &str| format!("{MODULE_FOLDER}/{name}");
        // Two folders may each have a file of that name.
        let place = if files.contains_key(&at(&own)) { at(&format!("{}.modl", module.id)) } else { at(&own) };
        files.insert(place, bytes);
    }
    Ok(files)
}

/// What a backup has of it already; what cannot be read is fetched anew.
pub(crate) fn own(data: &DataDir) -> Files {
    let mut files = Files::new();
    let mut left = BYTES_LIMIT;
    let names = data.names(MODULE_FOLDER).unwrap_or_default();
    let paths = names.into_iter().map(|name| format!("{MODULE_FOLDER}/{name}"));
    for path in paths.filter(|path| is_module_file(path)) {
        if let Ok(bytes) = read(&data.path(&path), left) {
            left -= bytes.len() as u64;
            files.insert(path, bytes);
        }
    }
    if let Ok(Some(bytes)) = data.read(REGISTER_FILE) {
        files.insert(REGISTER_FILE.to_owned(), bytes);
    }
    files
}

/// Makes a backup's modules exactly these. Returns whether anything was different. Nothing is touched when something does not
/// belong there.
pub(crate) fn install(data: &DataDir, files: &Files) -> io::Result<bool> {
    if let Some(path) = files.keys().find(|path| !is_module_file(path)) {
        return Err(io::Error::other(format!("{path:?} is no path of a module's file")));
    }
    if let Some(register) = files.get(REGISTER_FILE) {
        Register::parse(register)?;
    }
    let mut changed = false;
    let names = data.names(MODULE_FOLDER)?;
    let paths = names.into_iter().map(|name| format!("{MODULE_FOLDER}/{name}"));
    for path in paths.filter(|path| is_module_file(path) && !files.contains_key(path)) {
        fs_err::remove_file(data.path(&path))?;
        changed = true;
    }
    for (path, bytes) in files {
        if read(&data.path(path), bytes.len() as u64).is_ok_and(|have| have == *bytes) {
            continue;
        }
        data.write(path, bytes)?;
        changed = true;
    }
    Ok(changed)
}

/// The bytes of a regular file that is not larger than that.
fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if !fs_err::metadata(path)?.is_file() {
        return Err(io::Error::other(format!("{} is not a regular file", path.display())));
    }
    let mut bytes = Vec::new();
    fs_err::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other("the modules are more than a simulated gateway gives to its backup"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simulator::modules::Module;

    fn data() -> (tempfile::TempDir, DataDir) {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        (dir, data)
    }

    fn running(paths: &[(&str, &Path)]) -> Modules {
        let module = |(id, path): &(&str, &Path)| Module {
            id: (*id).to_owned(),
            name: (*id).to_owned(),
            version: "1".to_owned(),
            file: Some((*path).to_owned()),
        };
        Modules { healthy: paths.iter().map(module).collect(), ..Modules::default() }
    }

    #[test]
    fn the_backup_has_exactly_the_masters_files_afterwards() {
        let ((_a, master), (_b, backup)) = (data(), data());
        master.write("elsewhere/x.modl", b"one").unwrap();
        master.write("more/x.modl", b"two").unwrap();
        let (one, two) = (master.path("elsewhere/x.modl"), master.path("more/x.modl"));
        let files = offered(&running(&[("com.a", &one), ("com.b", &two)]), &Register::default()).unwrap();
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["modules.json", "user-lib/modules/com.b.modl", "user-lib/modules/x.modl"]);
        backup.write("user-lib/modules/old.modl", b"old").unwrap();
        backup.write("user-lib/modules/readme.txt", b"stays").unwrap();
        backup.write("modules.json", b"{\"com.old\":{}}").unwrap();
        assert!(install(&backup, &files).unwrap());
        assert_eq!(own(&backup), files);
        assert!(backup.path("user-lib/modules/readme.txt").exists());
        assert!(!install(&backup, &files).unwrap(), "the second time nothing is different");
    }

    #[test]
    fn what_does_not_belong_there_is_refused_before_anything_is_touched() {
        let (_dir, data) = data();
        data.write("user-lib/modules/a.modl", b"a").unwrap();
        for bad in ["redundancy.xml", "user-lib/modules/../../x.modl", "user-lib/modules/x.jar", "user-lib/jdbc/x.modl"]
        {
            let files = Files::from([(bad.to_owned(), vec![]), ("user-lib/modules/b.modl".to_owned(), vec![])]);
            assert!(install(&data, &files).is_err(), "{bad}");
        }
        assert!(install(&data, &Files::from([(REGISTER_FILE.to_owned(), b"[".to_vec())])).is_err());
        assert_eq!(own(&data).len(), 1);
    }

    #[test]
    fn more_than_a_gateway_carries_is_an_error() {
        let (_dir, data) = data();
        fs_err::create_dir_all(data.path(MODULE_FOLDER)).unwrap();
        let path = data.path("user-lib/modules/a.modl");
        fs_err::File::create(&path).unwrap().set_len(BYTES_LIMIT + 1).unwrap();
        assert!(offered(&running(&[("com.a", &path)]), &Register::default()).is_err());
        assert!(own(&data).is_empty());
    }

    proptest! {
        #[test]
        fn no_path_that_is_let_in_leads_out(path in "(user-lib/modules/)?[a-z./\\\\ ~]{0,20}([.]modl)?") {
            if is_module_file(&path) {
                prop_assert!(Path::new(&path).components().all(|c| matches!(c, std::path::Component::Normal(_))));
            }
        }
    }
}
