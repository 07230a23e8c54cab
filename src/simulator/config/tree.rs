//! The whole configuration tree as it lies on disk, and which version of a resource counts. Reading it changes nothing there.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::simulator::config::collections::Collections;
use crate::simulator::config::kinds::{self, Rules};
use crate::simulator::config::manifest::Manifest;
use crate::simulator::config::reader::{FILE_LIMIT, Reader};
use crate::simulator::config::resource::{BACKUP_CONFIG, CONFIG, MANIFEST, Resource};

/// Most resources in one tree, over all collections.
const RESOURCE_LIMIT: usize = 4096;

/// How large changes may let a tree grow. Both are less than what is read, so that what is written is read again at the next start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    resources: usize,
    bytes: usize,
}

/// For callers: what they fill leaves the gateway room for all that it writes itself at a start.
pub(super) const CALLERS: Room = Room { resources: RESOURCE_LIMIT - 1024, bytes: 8 * 1024 * 1024 };
/// For the gateway itself.
pub(super) const GATEWAY: Room = Room { resources: RESOURCE_LIMIT, bytes: 12 * 1024 * 1024 };

/// What sort of resource: a module's identifier (`ignition` for the platform) and a type.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Kind {
    pub(crate) module: String,
    pub(crate) name: String,
}

impl Kind {
    pub(crate) fn new(module: &str, name: &str) -> Self {
        Self { module: module.to_owned(), name: name.to_owned() }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.module, self.name)
    }
}

/// Where one version of a resource is. Singletons have no name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) collection: String,
    pub(crate) kind: Kind,
    pub(crate) name: Option<String>,
}

impl Place {
    /// Its directory below `config/resources`.
    pub(crate) fn directory(&self) -> String {
        let Self { collection, kind, name } = self;
        match name {
            Some(name) => format!("{collection}/{kind}/{name}"),
            None => format!("{collection}/{kind}"),
        }
    }
}

/// The versions of one resource by collection.
pub(crate) type Versions = BTreeMap<String, Arc<Resource>>;

/// Everything that was loaded.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) collections: Collections,
    /// By kind and name; the name of a singleton is `None`.
    pub(crate) kinds: BTreeMap<Kind, BTreeMap<Option<String>, Versions>>,
}

impl Tree {
    /// Reads all collections. What is malformed is not loaded; the texts say what and why. That a fault costs one resource and
    /// not the whole gateway is the simulator's choice.
    pub(crate) fn load(root: &Path, active: Option<&str>) -> (Self, Vec<String>) {
        let mut reader = Reader::new(root);
        let collections = Collections::read(&mut reader, active);
        let names: Vec<String> = collections.names().map(str::to_owned).collect();
        let mut loading = Loading { reader, tree: Self { collections, kinds: BTreeMap::new() }, count: 0 };
        // Where the bounds cut, named resources go: without its singletons a gateway cannot start.
        for pass in [Pass::Singletons, Pass::Named] {
            for collection in &names {
                loading.collection(collection, pass);
            }
        }
        (loading.tree, loading.reader.into_problems())
    }

    /// All versions of a resource.
    pub(crate) fn versions(&self, kind: &Kind, name: Option<&str>) -> Option<&Versions> {
        self.kinds.get(kind)?.get(&name.map(str::to_owned))
    }

    /// The version that counts: the nearest one, unless a farther one may not be overridden. It counts as a whole.
    pub(crate) fn winner<'a>(&'a self, versions: &'a Versions) -> Option<(&'a str, &'a Arc<Resource>)> {
        let mut won: Option<(&str, &Arc<Resource>)> = None;
        for collection in self.collections.chain().into_iter().rev() {
            if let Some((name, resource)) = versions.get_key_value(collection)
                && won.is_none_or(|(_, w)| w.manifest.overridable())
            {
                won = Some((name, resource));
            }
        }
        won
    }

    /// Puts a version in, or takes it out.
    pub(crate) fn set(&mut self, place: &Place, resource: Option<Arc<Resource>>) {
        let names = self.kinds.entry(place.kind.clone()).or_default();
        let versions = names.entry(place.name.clone()).or_default();
        match resource {
            Some(resource) => drop(versions.insert(place.collection.clone(), resource)),
            None => drop(versions.remove(&place.collection)),
        }
        if versions.is_empty() {
            names.remove(&place.name);
        }
        if names.is_empty() {
            self.kinds.remove(&place.kind);
        }
    }

    /// Why a tree with these changes, seen as one, is larger than the room, if it is and they let it grow. A `None` takes a version away.
    pub(super) fn too_much<'a>(
        &self,
        changes: impl IntoIterator<Item = (&'a Place, Option<&'a Resource>)>,
        room: Room,
    ) -> Option<String> {
        let all = || self.kinds.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
        let (count, bytes) = all().fold((0, 0), |(count, bytes), r| (count + 1, bytes + r.size));
        let (mut added, mut removed, mut new_bytes, mut old_bytes) = (0, 0, 0, 0);
        for (place, resource) in changes {
            if let Some(old) = self.versions(&place.kind, place.name.as_deref()).and_then(|v| v.get(&place.collection))
            {
                removed += 1;
                old_bytes += old.size;
            }
            let Some(resource) = resource else { continue };
            added += 1;
            new_bytes += resource.size;
            if let Some((name, _)) = resource.files().iter().find(|(_, bytes)| bytes.len() as u64 > FILE_LIMIT) {
                return Some(format!("{name} would be larger than {FILE_LIMIT} bytes"));
            }
        }
        if added > removed && count + added - removed > room.resources {
            return Some(format!("There would be more than {} resources", room.resources));
        }
        let grows = new_bytes > old_bytes && bytes + new_bytes - old_bytes > room.bytes;
        grows.then(|| format!("The configuration would be larger than {} bytes", room.bytes))
    }
}

/// What one pass over the collections loads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Singletons,
    Named,
}

struct Loading {
    reader: Reader,
    tree: Tree,
    count: usize,
}

impl Loading {
    fn collection(&mut self, collection: &str, pass: Pass) {
        for module in self.reader.directories(collection) {
            for name in self.reader.directories(&format!("{collection}/{module}")) {
                let kind = Kind::new(&module, &name);
                let rules = kinds::find(&kind);
                let directory = format!("{collection}/{kind}");
                // A kind that is not modelled is a singleton if its directory looks like one.
                let singleton =
                    rules.map_or_else(|| self.reader.files(&directory).iter().any(|f| f == MANIFEST), |r| r.singleton);
                let names = match (singleton, pass) {
                    (true, Pass::Singletons) => vec![None],
                    (false, Pass::Named) => self.reader.directories(&directory).into_iter().map(Some).collect(),
                    (true, Pass::Named) | (false, Pass::Singletons) => continue,
                };
                for name in names {
                    self.resource(&Place { collection: collection.to_owned(), kind: kind.clone(), name }, rules);
                }
            }
        }
    }

    fn resource(&mut self, place: &Place, rules: Option<&Rules>) {
        let directory = place.directory();
        if self.count >= RESOURCE_LIMIT {
            self.reader.problem(format!("resource {directory} is not loaded: there are more than {RESOURCE_LIMIT}"));
            return;
        }
        match load(&mut self.reader, &directory, rules) {
            Ok(Some(resource)) => {
                self.count += 1;
                self.tree.set(place, Some(Arc::new(resource)));
            }
            // Without a manifest a directory is no resource.
            Ok(None) => {}
            Err(e) => self.reader.problem(format!("resource {directory} is not loaded: {e}")),
        }
    }
}

fn load(reader: &mut Reader, directory: &str, rules: Option<&Rules>) -> Result<Option<Resource>, String> {
    let mut read = |file: &str| reader.file(&format!("{directory}/{file}")).map_err(|e| e.to_string());
    let Some(bytes) = read(MANIFEST)? else { return Ok(None) };
    let manifest = Manifest::parse(&bytes).map_err(|e| format!("{MANIFEST}: {e}"))?;
    let json = |file: &str, bytes: &[u8]| serde_json::from_slice::<Value>(bytes).map_err(|e| format!("{file}: {e}"));
    let (mut config, mut backup_config, mut data) = (None, None, BTreeMap::new());
    for file in manifest.files() {
        let bytes = read(file)?.ok_or_else(|| format!("{file} is listed but missing"))?;
        match file.as_str() {
            CONFIG => config = Some(json(file, &bytes)?),
            BACKUP_CONFIG => backup_config = Some(json(file, &bytes)?),
            _ => drop(data.insert(file.clone(), bytes)),
        }
    }
    // It works by lying beside the other file (fact sheet 5.5); that it is listed too is not said.
    if backup_config.is_none()
        && let Some(bytes) = read(BACKUP_CONFIG)?
    {
        backup_config = Some(json(BACKUP_CONFIG, &bytes)?);
    }
    if let Some(rules) = rules {
        let config = config.as_ref().ok_or_else(|| format!("{CONFIG} is not listed"))?;
        for (file, value) in [(CONFIG, Some(config)), (BACKUP_CONFIG, backup_config.as_ref())] {
            if let Some(finding) = value.and_then(|v| rules.check(v).into_iter().next()) {
                return Err(format!("{file}: {finding}"));
            }
        }
    }
    Ok(Some(Resource::new(manifest, config, backup_config, data)))
}
