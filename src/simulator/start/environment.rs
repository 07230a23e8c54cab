//! Reading variables of the container, each also as `<NAME>_FILE` (fact sheet 6.2). Does not know what they mean.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use crate::simulator::error::SimulatorError;

/// Largest file that a `<NAME>_FILE` variable may name, in bytes.
const FILE_LIMIT: u64 = 64 * 1024;

/// The variables of the process.
#[derive(Clone, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl fmt::Debug for Environment {
    /// Names alone: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    pub(crate) fn new(variables: BTreeMap<String, String>) -> Self {
        Self(variables)
    }

    /// Names of all variables, `_FILE` included.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Value of a variable. When both forms are set the file wins: the fact sheet does not say, and whoever mounts a secret
    /// means it. One line end at the end of the file is not part of the value.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, SimulatorError> {
        let file_name = format!("{name}_FILE");
        match self.0.get(&file_name) {
            Some(path) => read_secret(file_name, Path::new(path)).map(Some),
            None => Ok(self.0.get(name).cloned()),
        }
    }

    /// Value of a variable that must be `true` or `false`; absent or empty is the default.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, SimulatorError> {
        match self.text(name)?.as_deref().map(str::trim) {
            None | Some("") => Ok(default),
            Some(v) if v.eq_ignore_ascii_case("true") => Ok(true),
            Some(v) if v.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => {
                Err(SimulatorError::Variable { name: name.to_owned(), reason: "must be true or false".to_owned() })
            }
        }
    }

    /// Value of a variable that must be a number in its type's range; absent or empty is `None`.
    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, SimulatorError> {
        self.parsed(name, "must be a whole number in range")
    }

    /// Value of a variable that must be of a type; `wanted` is said of one that is not. Absent or empty is `None`.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str, wanted: &str) -> Result<Option<T>, SimulatorError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let refused = || SimulatorError::Variable { name: name.to_owned(), reason: wanted.to_owned() };
        Some(text.trim()).filter(|t| !t.is_empty()).map(|t| t.parse().map_err(|_| refused())).transpose()
    }
}

fn read_secret(name: String, path: &Path) -> Result<String, SimulatorError> {
    let read = || {
        let mut text = String::new();
        fs_err::File::open(path)?.take(FILE_LIMIT + 1).read_to_string(&mut text)?;
        if text.len() as u64 > FILE_LIMIT {
            return Err(std::io::Error::other(format!("larger than {FILE_LIMIT} bytes")));
        }
        Ok(text)
    };
    let mut text = read().map_err(|source| SimulatorError::SecretFile { name, path: path.to_owned(), source })?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn the_file_wins_and_loses_one_line_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs_err::write(&path, "from file\n\n").unwrap();
        let env = environment(&[("A", "plain"), ("A_FILE", path.to_str().unwrap())]);
        assert_eq!(env.text("A").unwrap().as_deref(), Some("from file\n"));
    }

    #[test]
    fn an_unreadable_or_huge_file_is_an_error_that_names_the_variable() {
        let dir = tempfile::tempdir().unwrap();
        let huge = dir.path().join("huge");
        fs_err::write(&huge, vec![b'x'; 70_000]).unwrap();
        for path in [dir.path().join("none"), huge, dir.path().to_path_buf()] {
            let env = environment(&[("A_FILE", path.to_str().unwrap())]);
            assert!(env.text("A").unwrap_err().to_string().contains("A_FILE"));
        }
    }

    #[test]
    fn flags_and_numbers_are_checked() {
        let env = environment(&[("T", "TRUE"), ("E", ""), ("B", "yes"), ("N", "8088"), ("M", "70000")]);
        assert!(env.flag("T", false).unwrap());
        assert!(env.flag("E", true).unwrap());
        assert!(env.flag("B", true).is_err());
        assert_eq!(env.number::<u16>("N").unwrap(), Some(8088));
        assert!(env.number::<u16>("M").is_err());
        assert_eq!(env.number::<u16>("X").unwrap(), None);
    }
}
