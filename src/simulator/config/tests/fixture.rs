//! A data directory of its own for each test, and the shortest ways to put things into it.

use serde_json::{Value, json};

use crate::simulator::config::change::{Change, Draft};
use crate::simulator::config::store::{ROOT, Store};
use crate::simulator::config::tree::{Kind, Tree};
use crate::simulator::data::DataDir;
use crate::simulator::log::Log;

/// The smallest manifest on record (fact sheet 3.1).
pub(crate) const MANIFEST: &str = r#"{"scope":"A","description":"","version":1,"restricted":false,"overridable":true,"files":["config.json"],
 "attributes":{"uuid":"6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11","enabled":true}}"#;

pub(crate) struct World {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) data: DataDir,
}

impl World {
    /// A tree with the manifests of a fresh gateway and nothing else.
    pub(crate) fn new() -> Self {
        let world = Self::empty();
        Store::make_manifests(&world.data, None).unwrap();
        world
    }

    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        Self { dir, data }
    }

    pub(crate) fn put(&self, path: &str, text: &str) {
        self.data.write(&format!("{ROOT}/{path}"), text.as_bytes()).unwrap();
    }

    /// A resource with the smallest manifest.
    pub(crate) fn resource(&self, directory: &str, config: &Value) {
        self.put(&format!("{directory}/config.json"), &config.to_string());
        self.put(&format!("{directory}/resource.json"), MANIFEST);
    }

    /// A resource whose manifest has one key of another value; `null` leaves the key out.
    pub(crate) fn odd(&self, directory: &str, config: &Value, key: &str, value: Value) {
        self.put(&format!("{directory}/config.json"), &config.to_string());
        let mut manifest: Value = serde_json::from_str(MANIFEST).unwrap();
        manifest[key] = value;
        if manifest[key].is_null() {
            manifest.as_object_mut().unwrap().remove(key);
        }
        self.put(&format!("{directory}/resource.json"), &manifest.to_string());
    }

    pub(crate) fn read(&self, path: &str) -> Value {
        let bytes = self.data.read(&format!("{ROOT}/{path}")).unwrap().unwrap_or_else(|| panic!("no {path}"));
        serde_json::from_slice(&bytes).unwrap()
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.data.path(&format!("{ROOT}/{path}")).exists()
    }

    pub(crate) fn store(&self) -> Store {
        self.store_of(None, false)
    }

    pub(crate) fn store_of(&self, mode: Option<&str>, backup: bool) -> Store {
        Store::load(&self.data, mode, backup, Log::new(std::io::sink()))
    }

    /// What is wrong with the tree.
    pub(crate) fn problems(&self) -> String {
        Tree::load(&self.data.path(ROOT), None).1.join("\n")
    }
}

pub(crate) fn kind(name: &str) -> Kind {
    Kind::new("ignition", name)
}

/// Settings of an outgoing connection to a host.
pub(crate) fn outgoing(host: &str) -> Value {
    json!({"host": host, "port": 8060, "useSSL": true})
}

pub(crate) fn draft(name: &str, config: Value) -> Draft {
    Draft { name: Some(name.to_owned()), config: Some(config), ..Draft::default() }
}

pub(crate) fn signed(name: &str, signature: &str) -> Draft {
    Draft { name: Some(name.to_owned()), signature: Some(signature.to_owned()), ..Draft::default() }
}

/// The signature of the only change.
pub(crate) fn signature(changes: &[Change]) -> String {
    assert_eq!(changes.len(), 1);
    changes[0].new_signature.clone()
}
