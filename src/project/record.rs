//! Reads the text of a project's record, or of a configuration that a person names. What it means is the spec room's work.

use std::path::Path;

use super::{ProjectError, text_file};
use crate::render::RECORD_PATH;

/// The largest record that is read, in bytes: 1 MiB (product reference, section 6).
pub const MAX_RECORD: u64 = 1024 * 1024;

/// The text of the record of the project in `project`: a regular file of at most [`MAX_RECORD`] bytes of UTF-8.
pub fn read(project: &Path) -> Result<String, ProjectError> {
    text_file::read(&project.join(RECORD_PATH), MAX_RECORD)
}

/// Stands for the standard input where a configuration is named.
const STANDARD_INPUT: &str = "-";

/// The text of a configuration: a regular file like a record, or `-` for the standard input.
pub fn read_configuration(path: &Path) -> Result<String, ProjectError> {
    if path.as_os_str() == STANDARD_INPUT {
        return text_file::from(std::io::stdin().lock(), Path::new("standard input"), MAX_RECORD);
    }
    text_file::read(path, MAX_RECORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(record: &[u8]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs_err::create_dir(directory.path().join(".ignition-stack")).unwrap();
        fs_err::write(directory.path().join(RECORD_PATH), record).unwrap();
        directory
    }

    #[test]
    fn a_record_is_read_as_it_stands() {
        assert_eq!(read(project("{\"ä\": 1}\n".as_bytes()).path()).unwrap(), "{\"ä\": 1}\n");
        let largest = vec![b' '; 1024 * 1024];
        assert_eq!(read(project(&largest).path()).unwrap().len(), 1024 * 1024);
    }

    #[test]
    fn what_is_too_large_not_text_or_no_file_is_refused() {
        let too_large = vec![b' '; 1024 * 1024 + 1];
        for (record, text) in [(too_large.as_slice(), "larger than 1048576 bytes"), (b"\xff", "UTF-8")] {
            let error = read(project(record).path()).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("config.json"), "{error}");
        }
        let directory = tempfile::tempdir().unwrap();
        assert!(read(directory.path()).unwrap_err().to_string().contains("config.json"));
        fs_err::create_dir_all(directory.path().join(RECORD_PATH)).unwrap();
        assert!(read(directory.path()).unwrap_err().to_string().contains("not a regular file"));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        fs_err::create_dir(directory.path().join(".ignition-stack")).unwrap();
        let pipe = directory.path().join(RECORD_PATH);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(read(directory.path()).unwrap_err().to_string().contains("not a regular file"));
    }
}
