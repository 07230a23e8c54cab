//! Which files of a project are not what would be written now. Reads; changes nothing.

use std::path::Path;

use crate::render::{RECORD_PATH, Tree};

/// Paths of generated files that differ or are gone, the record itself left out: it is what they are compared with.
pub fn differing(project: &Path, tree: &Tree) -> Vec<String> {
    let differs = |path: &str, bytes: &[u8]| match fs_err::metadata(project.join(path)) {
        Ok(found) if found.is_file() && found.len() == bytes.len() as u64 => {
            fs_err::read(project.join(path)).map_or(true, |there| there != bytes)
        }
        _ => true,
    };
    let generated = tree.files.iter().filter(|(path, _)| path.as_str() != RECORD_PATH);
    generated.filter(|(path, file)| differs(path, &file.bytes)).map(|(path, _)| path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::TreeFile;

    #[test]
    fn changed_and_missing_files_are_named_and_the_record_is_not() {
        let project = tempfile::tempdir().unwrap();
        let mut tree = Tree::default();
        for path in ["a", "b", "c", "d", RECORD_PATH] {
            tree.files.insert(path.to_owned(), TreeFile { bytes: b"12".to_vec(), mode: 0o644 });
        }
        for (path, text) in [("a", "12"), ("b", "13"), ("c", "123")] {
            fs_err::write(project.path().join(path), text).unwrap();
        }
        assert_eq!(differing(project.path(), &tree), ["b", "c", "d"]);
    }
}
