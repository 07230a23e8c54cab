//! The secrets of a project in memory: texts by name, key files by their file. Their values are never shown, by `Debug` neither.

use std::collections::{BTreeMap, btree_map};
use std::fmt;

use crate::blueprint::{KeyFile, SecretName};

/// Values of a project's secrets.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    texts: BTreeMap<SecretName, String>,
    keys: BTreeMap<KeyFile, Vec<u8>>,
}

impl Secrets {
    /// None at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// The text of that name.
    pub fn get(&self, name: &SecretName) -> Option<&String> {
        self.texts.get(name)
    }

    /// The texts in the order of their names.
    pub fn iter(&self) -> btree_map::Iter<'_, SecretName, String> {
        self.texts.iter()
    }

    /// Puts a text; returns the one that it takes the place of.
    pub fn insert(&mut self, name: SecretName, text: String) -> Option<String> {
        self.texts.insert(name, text)
    }

    /// Takes a text out.
    pub fn remove(&mut self, name: &SecretName) -> Option<String> {
        self.texts.remove(name)
    }

    /// The bytes of that key file.
    pub fn key(&self, file: &KeyFile) -> Option<&[u8]> {
        self.keys.get(file).map(Vec::as_slice)
    }

    /// The key files in the order of their names.
    pub fn keys(&self) -> btree_map::Iter<'_, KeyFile, Vec<u8>> {
        self.keys.iter()
    }

    /// Puts key files.
    pub fn add_keys(&mut self, keys: impl IntoIterator<Item = (KeyFile, Vec<u8>)>) {
        self.keys.extend(keys);
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is neither a text nor a key file.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.keys.is_empty()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("texts", &self.texts.keys())
            .field("keys", &self.keys.keys())
            .finish_non_exhaustive()
    }
}

impl FromIterator<(SecretName, String)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (SecretName, String)>>(texts: I) -> Self {
        Self { texts: texts.into_iter().collect(), keys: BTreeMap::new() }
    }
}

impl<const N: usize> From<[(SecretName, String); N]> for Secrets {
    fn from(texts: [(SecretName, String); N]) -> Self {
        texts.into_iter().collect()
    }
}

impl Extend<(SecretName, String)> for Secrets {
    fn extend<I: IntoIterator<Item = (SecretName, String)>>(&mut self, texts: I) {
        self.texts.extend(texts);
    }
}

impl IntoIterator for Secrets {
    type Item = (SecretName, String);
    type IntoIter = btree_map::IntoIter<SecretName, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.texts.into_iter()
    }
}

impl<'a> IntoIterator for &'a Secrets {
    type Item = (&'a SecretName, &'a String);
    type IntoIter = btree_map::Iter<'a, SecretName, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_and_values_never() {
        let mut secrets = Secrets::from([(SecretName::admin(), "canary-text".to_owned())]);
        secrets.add_keys([(KeyFile::authority_key(), b"canary-key".to_vec())]);
        let shown = format!("{secrets:?} {secrets:#?}");
        assert!(shown.contains("admin-password") && shown.contains("gateway-network-ca.key"), "{shown}");
        assert!(!shown.contains("canary") && !shown.contains("99, 97, 110"), "{shown}");
    }
}
