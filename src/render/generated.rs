//! The list of the files that were generated, by the digest of their content: it tells a file that a person edited from one that
//! nobody touched. Pure; the record is not in it, because people are meant to edit that one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{RECORD_PATH, Tree};
use crate::blueprint::SecretName;

/// Path of the list in a project.
pub const GENERATED_PATH: &str = ".ignition-stack/files.json";

/// What was generated.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generated {
    /// SHA-256 of each file, in hexadecimal. More than one while a change is under way: what was there and what comes.
    files: BTreeMap<String, BTreeSet<String>>,
    /// Names of the secrets that were made or given: one of these that is gone was lost, and is not made anew.
    secrets: BTreeSet<String>,
}

impl Generated {
    /// The list for a tree and its secrets.
    pub fn of<'a>(tree: &Tree, secrets: impl IntoIterator<Item = &'a SecretName>) -> Self {
        let listed = tree.files.iter().filter(|(path, _)| !matches!(path.as_str(), RECORD_PATH | GENERATED_PATH));
        Self {
            files: listed.map(|(path, file)| (path.clone(), [digest(&file.bytes)].into())).collect(),
            secrets: secrets.into_iter().map(|name| name.0.clone()).collect(),
        }
    }

    /// The text of the list.
    pub fn to_text(&self) -> String {
        // Maps of text to text: there is nothing in it that could not be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a list; `None` when it is none, which is as if nothing had been generated.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether a file with this content was generated under that path.
    pub fn knows(&self, path: &str, bytes: &[u8]) -> bool {
        self.files.get(path).is_some_and(|digests| digests.contains(&digest(bytes)))
    }

    /// The paths of the list.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether a secret was made or given before.
    pub fn has_secret(&self, name: &SecretName) -> bool {
        self.secrets.contains(&name.0)
    }

    /// The secrets that were made or given.
    pub fn secrets(&self) -> impl Iterator<Item = SecretName> {
        self.secrets.iter().map(|name| SecretName(name.clone()))
    }

    /// What is known while files of this list turn into those of another one.
    #[must_use]
    pub fn turning_into(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for (path, digests) in &other.files {
            both.files.entry(path.clone()).or_default().extend(digests.iter().cloned());
        }
        both.secrets.extend(other.secrets.iter().cloned());
        both
    }

    /// This list, and those entries of an older one that a change left in place: files that were kept because a person had edited
    /// them stay known as once generated, and secrets are never forgotten.
    #[must_use]
    pub fn keeping<'a>(mut self, older: &Self, kept: impl IntoIterator<Item = &'a str>) -> Self {
        for path in kept {
            match older.files.get(path) {
                Some(digests) => self.files.insert(path.to_owned(), digests.clone()),
                None => self.files.remove(path),
            };
        }
        self.secrets.extend(older.secrets.iter().cloned());
        self
    }
}

fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::{TreeFile, fixture};

    fn tree(files: &[(&str, &str)]) -> Tree {
        let file = |text: &str| TreeFile { bytes: text.as_bytes().to_vec(), mode: 0o644 };
        Tree { files: files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect() }
    }

    #[test]
    fn what_was_generated_is_known_and_the_record_is_not_in_the_list() {
        let secret = SecretName::admin();
        let list = Generated::of(&tree(&[("a", "one"), (RECORD_PATH, "{}")]), [&secret]);
        assert_eq!(list.paths().collect::<Vec<_>>(), ["a"]);
        assert!(list.knows("a", b"one") && !list.knows("a", b"two") && !list.knows("b", b"one"));
        assert!(list.has_secret(&secret) && !list.has_secret(&SecretName::service("db")));
        assert_eq!(Generated::parse(&list.to_text()), Some(list));
        for not_a_list in ["", "[]", "{}", "null", "{\"files\": {\"a\": \"b\"}, \"secrets\": []}"] {
            assert_eq!(Generated::parse(not_a_list), None, "{not_a_list}");
        }
    }

    #[test]
    fn while_a_change_is_under_way_both_contents_are_known() {
        let (old, new) =
            (Generated::of(&tree(&[("a", "one")]), []), Generated::of(&tree(&[("a", "two"), ("b", "x")]), []));
        let both = old.turning_into(&new);
        assert!(both.knows("a", b"one") && both.knows("a", b"two") && both.knows("b", b"x"));
        assert_eq!(Generated::parse(&both.to_text()), Some(both));
    }

    #[test]
    fn a_file_that_was_kept_stays_known_as_it_once_was() {
        let secret = SecretName::service("db");
        let old = Generated::of(&tree(&[("a", "one"), ("gone", "x")]), [&secret]);
        let new = Generated::of(&tree(&[("a", "two"), ("mine", "y")]), []).keeping(&old, ["a", "gone", "mine"]);
        assert!(
            new.knows("a", b"one") && !new.knows("a", b"two") && new.knows("gone", b"x") && !new.knows("mine", b"y")
        );
        assert!(new.has_secret(&secret));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(fixture::CASES))]
        #[test]
        fn every_list_is_read_back(
            files in proptest::collection::btree_map("[ -~\n\u{0}ä\u{1F600}\"\\\\]{1,12}", proptest::collection::vec(any::<u8>(), 0..6), 0..4),
            secrets in proptest::collection::btree_set("[a-z][a-z0-9-]{0,6}", 0..3),
        ) {
            let file = |(path, bytes): (&String, &Vec<u8>)| (path.clone(), TreeFile { bytes: bytes.clone(), mode: 0o644 });
            let names: Vec<_> = secrets.iter().cloned().map(SecretName).collect();
            let list = Generated::of(&Tree { files: files.iter().map(file).collect() }, &names);
            let text = list.to_text();
            prop_assert_eq!(Generated::parse(&text), Some(list));
            // And by a reader that knows nothing of the types above.
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            let paths: Vec<_> = read["files"].as_object().unwrap().keys().collect();
            prop_assert_eq!(paths, files.keys().collect::<Vec<_>>());
            for (path, bytes) in &files {
                prop_assert_eq!(&read["files"][path], &serde_json::json!([digest(bytes)]));
            }
            prop_assert_eq!(&read["secrets"], &serde_json::json!(secrets));
        }
    }
}
