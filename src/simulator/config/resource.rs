//! One resource of one collection: its files, and the signature over them. Reads nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::simulator::access::password::hex;
use crate::simulator::config::manifest::Manifest;

/// The file with a resource's settings.
pub(crate) const CONFIG: &str = "config.json";
/// The file with the settings that a backup node takes instead (fact sheet 5.5).
pub(crate) const BACKUP_CONFIG: &str = "backupConfig.json";
/// The file that makes a directory a resource.
pub(crate) const MANIFEST: &str = "resource.json";

/// A resource as one collection has it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Resource {
    pub(crate) manifest: Manifest,
    pub(crate) config: Option<Arc<Value>>,
    pub(crate) backup_config: Option<Arc<Value>>,
    /// The other files, by name.
    pub(crate) data: BTreeMap<String, Vec<u8>>,
    /// 64 hexadecimal digits that change with the content and with nothing else.
    pub(crate) signature: String,
    /// About how many bytes it has on the disk.
    pub(crate) size: usize,
}

/// What the marks of who changed it may add to a manifest, in bytes.
const STAMP_SIZE: usize = 512;

impl Resource {
    /// Puts a resource together and signs it.
    pub(crate) fn new(
        mut manifest: Manifest,
        config: Option<Value>,
        backup_config: Option<Value>,
        data: BTreeMap<String, Vec<u8>>,
    ) -> Self {
        let json = [(CONFIG, &config), (BACKUP_CONFIG, &backup_config)];
        let named = json.iter().filter(|(_, v)| v.is_some()).map(|(name, _)| *name);
        manifest.set_files(named.chain(data.keys().map(String::as_str)));
        Self {
            manifest,
            config: config.map(Arc::new),
            backup_config: backup_config.map(Arc::new),
            data,
            signature: String::new(),
            size: 0,
        }
        .signed()
    }

    /// The resource with the signature and the size that it has now.
    pub(crate) fn signed(mut self) -> Self {
        self.signature = self.sign();
        self.size = STAMP_SIZE + pretty(&self.manifest.content()).len();
        self.size += [&self.config, &self.backup_config].into_iter().flatten().map(|v| pretty(v).len()).sum::<usize>();
        self.size += self.data.values().map(Vec::len).sum::<usize>();
        self
    }

    /// JSON is signed by its meaning, so that another layout of the same settings is no change.
    fn sign(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |name: &str, bytes: &[u8]| {
            hash.update((name.len() as u64).to_be_bytes());
            hash.update(name.as_bytes());
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(MANIFEST, self.manifest.content().to_string().as_bytes());
        for (name, value) in [(CONFIG, &self.config), (BACKUP_CONFIG, &self.backup_config)] {
            if let Some(value) = value {
                part(name, value.to_string().as_bytes());
            }
        }
        for (name, bytes) in &self.data {
            part(name, bytes);
        }
        hex(&hash.finalize())
    }

    /// All files with their bytes, the manifest last: with it the resource begins to count.
    pub(crate) fn files(&self) -> Vec<(&str, Vec<u8>)> {
        let mut files: Vec<(&str, Vec<u8>)> = self.data.iter().map(|(n, b)| (n.as_str(), b.clone())).collect();
        for (name, value) in [(CONFIG, &self.config), (BACKUP_CONFIG, &self.backup_config)] {
            if let Some(value) = value {
                files.push((name, pretty(value)));
            }
        }
        files.push((MANIFEST, self.manifest.to_bytes()));
        files
    }
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap_or_default()
}
