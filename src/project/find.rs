//! Finds a project by its record. Does not read it.

use std::path::{Path, PathBuf};

use super::ProjectError;
use crate::render::RECORD_PATH;
use crate::stack::Name;

/// The directory of a project, looked for from the directory `from`.
///
/// With a name: `from/NAME`, else the directory of that name that `from` is in. Without: the nearest project that
/// `from` is in.
pub fn find(from: &Path, name: Option<&Name>) -> Result<PathBuf, ProjectError> {
    let Some(name) = name else {
        let found = from.ancestors().find(|directory| is_project(directory));
        let looked = || format!("in {} or above it", from.display());
        return found.map(Path::to_owned).ok_or_else(|| ProjectError::NoProject { looked: looked() });
    };
    let below = from.join(name.as_str());
    if is_project(&below) {
        return Ok(below);
    }
    let named = |directory: &&Path| directory.file_name().is_some_and(|last| last == name.as_str());
    let above = from.ancestors().filter(named).find(|directory| is_project(directory));
    above.map(Path::to_owned).ok_or_else(|| ProjectError::NoProject { looked: format!("{name} in {}", from.display()) })
}

/// Whether there is a record. One that cannot be looked at counts as none.
fn is_project(directory: &Path) -> bool {
    directory.join(RECORD_PATH).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn make(root: &Path, project: &str) -> PathBuf {
        let path = root.join(project);
        fs_err::create_dir_all(path.join(".ignition-stack")).unwrap();
        fs_err::create_dir_all(path.join("services/hub")).unwrap();
        fs_err::write(path.join(RECORD_PATH), "{}").unwrap();
        path
    }

    #[test]
    fn the_nearest_project_upwards_is_found_without_a_name() {
        let root = tempfile::tempdir().unwrap();
        let outer = make(root.path(), "outer");
        let inner = make(&outer, "inner");
        assert_eq!(find(&outer.join("services/hub"), None).unwrap(), outer);
        assert_eq!(find(&inner, None).unwrap(), inner);
        assert!(matches!(find(root.path(), None), Err(ProjectError::NoProject { .. })));
    }

    #[test]
    fn a_name_is_looked_for_below_and_then_around() {
        let root = tempfile::tempdir().unwrap();
        let demo = make(root.path(), "demo");
        assert_eq!(find(root.path(), Some(&name("demo"))).unwrap(), demo);
        assert_eq!(find(&demo.join("services"), Some(&name("demo"))).unwrap(), demo);
        let error = find(root.path(), Some(&name("other"))).unwrap_err();
        assert!(error.to_string().starts_with("no ignition-stack project other in "));
        assert!(error.hint().contains("create NAME"));
    }

    #[test]
    fn a_directory_in_the_place_of_the_record_is_no_project() {
        let root = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(root.path().join("demo").join(RECORD_PATH)).unwrap();
        assert!(find(root.path(), Some(&name("demo"))).is_err());
    }
}
