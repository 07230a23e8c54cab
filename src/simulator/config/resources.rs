//! The reading calls of earlier days, for those who have not moved to the store yet.
#![allow(clippy::unnecessary_wraps, reason = "their callers expect it")]

use std::collections::BTreeMap;
use std::io;

use serde_json::Value;

use crate::simulator::config::store::Store;
use crate::simulator::data::DataDir;

/// What the store holds of the platform's own kinds.
#[derive(Clone, Debug)]
pub(crate) struct Resources(Store);

/// One loaded resource.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Resource {
    pub(crate) enabled: bool,
    pub(crate) config: Value,
}

impl Resources {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }

    /// A resource without a name of its own.
    pub(crate) fn singleton(&self, _: &DataDir, kind: &str) -> io::Result<Option<Resource>> {
        let found = self.0.singleton("ignition", kind);
        Ok(found.map(|f| Resource { enabled: f.enabled, config: f.config.as_ref().clone() }))
    }

    /// All named resources of a kind, by name.
    pub(crate) fn named(&self, _: &DataDir, kind: &str) -> io::Result<BTreeMap<String, Resource>> {
        let found = self.0.named("ignition", kind).into_iter();
        Ok(found.map(|(name, f)| (name, Resource { enabled: f.enabled, config: f.config.as_ref().clone() })).collect())
    }
}
