//! The collections below `config/resources`, their manifests, and which of them a gateway reads in which order (fact sheet 7.1).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::simulator::config::reader::Reader;

/// Locally managed resources: what REST changes unless told otherwise.
pub(crate) const CORE: &str = "core";
/// Resources managed from outside.
pub(crate) const EXTERNAL: &str = "external";
/// Resources of this gateway alone.
pub(crate) const LOCAL: &str = "local";
/// What the gateway itself brings along: no directory.
pub(crate) const SYSTEM: &str = "system";
/// The manifest of a collection.
pub(crate) const MODE_FILE: &str = "config-mode.json";
/// Most collections.
const LIMIT: usize = 32;

/// `config-mode.json`. A key that is missing has the value that the fact sheet shows for such a collection.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Mode {
    enabled: Option<bool>,
    inheritable: Option<bool>,
    parent: Option<String>,
}

/// Every collection on disk, and the deployment mode.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Collections {
    modes: BTreeMap<String, Mode>,
    active: Option<String>,
}

impl Collections {
    /// Reads the manifests. A collection whose manifest is malformed is not loaded; one without a manifest has the defaults (for
    /// `core` that is a fault, see [`fault`]). Both are the simulator's choice.
    pub(crate) fn read(reader: &mut Reader, active: Option<&str>) -> Self {
        let mut modes = BTreeMap::new();
        let names = reader.directories("");
        if names.len() > LIMIT {
            reader.problem(format!("there are more than {LIMIT} collections; the others are not read"));
        }
        for name in names.into_iter().filter(|n| n != SYSTEM).take(LIMIT) {
            match mode(reader, &name) {
                Ok(Some(mode)) => drop(modes.insert(name, mode)),
                Ok(None) => {
                    // `core` without one is a fault, which is told as such.
                    if name != LOCAL && name != CORE {
                        reader.problem(format!("collection {name} has no {MODE_FILE}; the usual one is assumed"));
                    }
                    modes.insert(name, Mode::default());
                }
                Err(e) => reader.problem(format!("collection {name} is not loaded: {MODE_FILE}: {e}")),
            }
        }
        let special = [CORE, EXTERNAL, LOCAL, SYSTEM];
        let active = active.filter(|m| !special.contains(m)).map(str::to_owned);
        if let Some(active) = active.as_ref().filter(|a| !modes.contains_key(*a)) {
            reader.problem(format!("deployment mode {active} has no collection of its own"));
        }
        Self { modes, active }
    }

    /// Names of all collections that are loaded.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.modes.keys().map(String::as_str)
    }

    /// Whether there is such a collection.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.modes.contains_key(name)
    }

    /// The collections that count, the nearest first: `local`, then the deployment mode (or `core`), then its parents. The
    /// parent that `local` names is the active mode by definition, so that a stale one there does not matter. A disabled
    /// collection gives nothing, and the chain goes on; at a parent that is not inheritable or not there it ends, and also
    /// where it would run in a circle (the simulator's choices).
    pub(crate) fn chain(&self) -> Vec<&str> {
        let mut chain = Vec::new();
        let mut push = |name, mode: &Mode| {
            if mode.enabled.unwrap_or(true) {
                chain.push(name);
            }
        };
        if let Some((name, mode)) = self.modes.get_key_value(LOCAL) {
            push(name.as_str(), mode);
        }
        let mut seen = BTreeSet::from([LOCAL]);
        let first = self.active.as_deref().filter(|a| self.modes.contains_key(*a)).unwrap_or(CORE);
        let mut next = Some(first);
        while let Some((name, mode)) = next.and_then(|n| self.modes.get_key_value(n)) {
            if !seen.insert(name) || (name != first && !mode.inheritable.unwrap_or(true)) {
                break;
            }
            push(name.as_str(), mode);
            next = Some(mode.parent.as_deref().unwrap_or(match name.as_str() {
                CORE => EXTERNAL,
                EXTERNAL => SYSTEM,
                _ => CORE,
            }));
        }
        chain
    }
}

fn mode(reader: &mut Reader, name: &str) -> Result<Option<Mode>, String> {
    let Some(bytes) = reader.file(&format!("{name}/{MODE_FILE}")).map_err(|e| e.to_string())? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|e| e.to_string())
}

/// Why a gateway with this tree is FAULTED: a `core` folder that has content but no manifest (fact sheet 3.4), or one that
/// cannot be read (the simulator's choice).
pub(crate) fn fault(root: &std::path::Path) -> Option<String> {
    let mut reader = Reader::new(root);
    match mode(&mut reader, CORE) {
        Ok(Some(_)) => None,
        Ok(None) => {
            let empty = reader.directories(CORE).is_empty() && reader.files(CORE).is_empty();
            let path = root.join(CORE);
            (!empty).then(|| format!("Resource collection path {} exists but is not empty", path.display()))
        }
        Err(e) => Some(format!("{CORE}/{MODE_FILE}: {e}")),
    }
}

/// The manifests that a fresh gateway writes (fact sheet 7.1), by collection.
pub(crate) fn fresh(active: Option<&str>) -> [(&'static str, Value); 3] {
    let core = json!({
        "title": "Core", "description": "Core collection of locally managed Gateway configuration resources",
        "enabled": true, "inheritable": true, "parent": EXTERNAL,
    });
    let external = json!({
        "title": "External", "description": "Externally managed configuration",
        "enabled": true, "inheritable": true, "parent": SYSTEM,
    });
    // Title and description of this one are not on record.
    let local = json!({
        "title": "Local", "description": "", "enabled": true, "inheritable": false, "parent": active.unwrap_or(CORE),
    });
    [(CORE, core), (EXTERNAL, external), (LOCAL, local)]
}
