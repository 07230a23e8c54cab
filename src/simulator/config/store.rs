//! The configuration that a gateway runs with: the tree in memory, read by everybody, in step with the disk. How it is changed
//! stands in `change.rs` and `replication.rs`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use crate::simulator::config::collections;
use crate::simulator::config::resource::Resource;
use crate::simulator::config::tree::{Kind, Tree};
use crate::simulator::data::DataDir;
use crate::simulator::log::Log;

/// The directory of the tree below the data directory.
pub(crate) const ROOT: &str = "config/resources";
const LOGGER: &str = "gateway.ConfigurationManager";

/// A handle on the configuration; copies share it. It has a lock of its own, held only while one call lasts.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    mode: Option<String>,
    log: Log,
    news: watch::Sender<u64>,
    state: Mutex<State>,
}

/// What the lock guards.
pub(super) struct State {
    pub(super) tree: Tree,
    /// Whether this gateway is the backup of a pair (fact sheet 5.5).
    pub(super) backup: bool,
}

/// One version of a resource, with everything that is to be known about it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Found {
    /// `None` for a singleton.
    pub(crate) name: Option<String>,
    /// The collection that it is from.
    pub(crate) collection: String,
    /// Every collection that has a version, sorted.
    pub(crate) collections: Vec<String>,
    pub(crate) enabled: bool,
    /// The settings that count on this node: a backup's own where there are some.
    pub(crate) config: Arc<Value>,
    pub(crate) resource: Arc<Resource>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("root", &self.inner.root).finish_non_exhaustive()
    }
}

impl Store {
    /// Loads the tree of a gateway and logs what is not loaded. `mode` is the deployment mode.
    pub(crate) fn load(data: &DataDir, mode: Option<&str>, backup: bool, log: Log) -> Self {
        let root = data.path(ROOT);
        let (tree, problems) = Tree::load(&root, mode);
        for problem in problems {
            log.error(LOGGER, &problem);
        }
        let state = Mutex::new(State { tree, backup });
        let inner = Inner { root, mode: mode.map(str::to_owned), log, news: watch::Sender::new(0), state };
        Self { inner: Arc::new(inner) }
    }

    /// Why a gateway with this data directory is FAULTED instead of running, if it is (fact sheet 3.4).
    pub(crate) fn fault(data: &DataDir) -> Option<String> {
        collections::fault(&data.path(ROOT))
    }

    /// Makes the manifests that a fresh gateway makes, where they are missing (fact sheet 7.1).
    pub(crate) fn make_manifests(data: &DataDir, mode: Option<&str>) -> std::io::Result<()> {
        for (name, manifest) in collections::fresh(mode) {
            let file = format!("{ROOT}/{name}/{}", collections::MODE_FILE);
            if data.read(&file)?.is_none() {
                data.write(&file, &serde_json::to_vec_pretty(&manifest)?)?;
            }
        }
        Ok(())
    }

    /// A number that grows with every change, whoever made it: REST, a scan, replication, the gateway itself.
    pub(crate) fn news(&self) -> &watch::Sender<u64> {
        &self.inner.news
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn root(&self) -> &std::path::Path {
        &self.inner.root
    }

    pub(super) fn changed(&self) {
        self.inner.news.send_modify(|n| *n += 1);
    }

    /// A resource without a name of its own, as it counts for this gateway; also when it is disabled.
    pub(crate) fn singleton(&self, module: &str, kind: &str) -> Option<Found> {
        self.state().effective(&Kind::new(module, kind), None)
    }

    /// All named resources of a kind as they count for this gateway, by name; disabled ones too.
    pub(crate) fn named(&self, module: &str, kind: &str) -> BTreeMap<String, Found> {
        let kind = Kind::new(module, kind);
        let state = self.state();
        let names = state.tree.kinds.get(&kind).into_iter().flat_map(BTreeMap::keys);
        names.filter_map(|name| Some((name.clone()?, state.effective(&kind, name.as_deref())?))).collect()
    }

    /// One resource: as it counts for this gateway, or the version of one collection.
    pub(crate) fn find(&self, kind: &Kind, name: Option<&str>, collection: Option<&str>) -> Option<Found> {
        let state = self.state();
        match collection {
            Some(collection) => state.version(kind, name, collection),
            None => state.effective(kind, name),
        }
    }

    /// Reads the disk again. Returns whether anything is different now; if so, everybody hears of it.
    pub(crate) fn rescan(&self) -> bool {
        let mut state = self.state();
        let (tree, problems) = Tree::load(&self.inner.root, self.inner.mode.as_deref());
        let different = tree != state.tree;
        state.tree = tree;
        drop(state);
        for problem in problems {
            self.inner.log.error(LOGGER, &problem);
        }
        if different {
            self.changed();
        }
        different
    }

    /// Takes the part of a backup, or lays it down: `backupConfig.json` counts or not, changes are refused or not.
    pub(crate) fn set_backup(&self, backup: bool) {
        let mut state = self.state();
        let different = state.backup != backup;
        state.backup = backup;
        drop(state);
        if different {
            self.changed();
        }
    }

    /// Whether this node is the backup of a pair, as the store was told.
    pub(crate) fn is_backup(&self) -> bool {
        self.state().backup
    }
}

impl State {
    pub(super) fn effective(&self, kind: &Kind, name: Option<&str>) -> Option<Found> {
        let versions = self.tree.versions(kind, name)?;
        let (collection, _) = self.tree.winner(versions)?;
        self.version(kind, name, collection)
    }

    pub(super) fn version(&self, kind: &Kind, name: Option<&str>, collection: &str) -> Option<Found> {
        let versions = self.tree.versions(kind, name)?;
        let resource = versions.get(collection)?;
        let own = resource.backup_config.as_ref().filter(|_| self.backup);
        Some(Found {
            name: name.map(str::to_owned),
            collection: collection.to_owned(),
            collections: versions.keys().cloned().collect(),
            enabled: resource.manifest.enabled(),
            config: own.or(resource.config.as_ref()).cloned().unwrap_or_default(),
            resource: Arc::clone(resource),
        })
    }
}
