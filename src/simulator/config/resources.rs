//! Configuration resources below `config/resources`: which collection wins, and what a resource needs to count (fact sheet 7.1).

use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;
use serde_json::Value;

use crate::simulator::data::DataDir;

const ROOT: &str = "config/resources";

/// The collections that the gateway reads, the winning one first.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    collections: Vec<String>,
    use_backup_config: bool,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize, Default)]
struct Attributes {
    enabled: Option<bool>,
}

/// One loaded resource.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Resource {
    pub(crate) enabled: bool,
    pub(crate) config: Value,
}

impl Resources {
    /// `local` over the mode over `core` over `external`. A backup node reads `backupConfig.json` where there is one (5.5).
    pub(crate) fn new(mode: Option<&str>, backup: bool) -> Self {
        let mut collections = vec!["local".to_owned()];
        collections.extend(mode.filter(|m| !["local", "core", "external", "system"].contains(m)).map(str::to_owned));
        collections.extend(["core".to_owned(), "external".to_owned()]);
        Self { collections, use_backup_config: backup }
    }

    /// A `core` folder that has content but no manifest stops the gateway (fact sheet 3.4).
    pub(crate) fn check_core(data: &DataDir) -> Result<(), String> {
        let names = data.names(&format!("{ROOT}/core")).map_err(|e| e.to_string())?;
        if names.is_empty() || names.iter().any(|n| n == "config-mode.json") {
            Ok(())
        } else {
            let path = data.path(&format!("{ROOT}/core"));
            Err(format!("Resource collection path {} exists but is not empty", path.display()))
        }
    }

    /// Makes the manifests that a fresh gateway makes (fact sheet 7.1).
    pub(crate) fn make_manifests(data: &DataDir) -> io::Result<()> {
        let core = r#"{"title":"Core","description":"Core collection of locally managed Gateway configuration resources","enabled":true,"inheritable":true,"parent":"external"}"#;
        let external = r#"{"title":"External","description":"Externally managed configuration","enabled":true,"inheritable":true,"parent":"system"}"#;
        for (name, text) in [("core", core), ("external", external)] {
            let file = format!("{ROOT}/{name}/config-mode.json");
            if data.read(&file)?.is_none() {
                data.write(&file, text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// A resource without a name of its own. The first collection that has it wins as a whole.
    pub(crate) fn singleton(&self, data: &DataDir, kind: &str) -> io::Result<Option<Resource>> {
        for collection in &self.collections {
            if let Some(resource) = self.load(data, &format!("{ROOT}/{collection}/ignition/{kind}"))? {
                return Ok(Some(resource));
            }
        }
        Ok(None)
    }

    /// All named resources of a kind, by name.
    pub(crate) fn named(&self, data: &DataDir, kind: &str) -> io::Result<BTreeMap<String, Resource>> {
        let mut found = BTreeMap::new();
        for collection in &self.collections {
            let directory = format!("{ROOT}/{collection}/ignition/{kind}");
            for name in data.names(&directory)? {
                if !found.contains_key(&name)
                    && let Some(resource) = self.load(data, &format!("{directory}/{name}"))?
                {
                    found.insert(name, resource);
                }
            }
        }
        Ok(found)
    }

    /// Without `resource.json` a directory is no resource.
    fn load(&self, data: &DataDir, directory: &str) -> io::Result<Option<Resource>> {
        let Some(manifest) = data.read_json::<Manifest>(&format!("{directory}/resource.json"))? else {
            return Ok(None);
        };
        let backup =
            if self.use_backup_config { data.read_json(&format!("{directory}/backupConfig.json"))? } else { None };
        let config = match backup {
            Some(config) => Some(config),
            None => data.read_json(&format!("{directory}/config.json"))?,
        };
        Ok(config.map(|config| Resource { enabled: manifest.attributes.enabled.unwrap_or(true), config }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn data() -> (tempfile::TempDir, DataDir) {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        (dir, data)
    }

    fn put(data: &DataDir, path: &str, text: &str) {
        data.write(&format!("{ROOT}/{path}"), text.as_bytes()).unwrap();
    }

    #[test]
    fn the_nearest_collection_wins_as_a_whole() {
        let (_dir, data) = data();
        for (collection, n) in [("external", 1), ("core", 2), ("dev", 3)] {
            put(&data, &format!("{collection}/ignition/x/config.json"), &format!("{{\"n\":{n}}}"));
            put(&data, &format!("{collection}/ignition/x/resource.json"), "{}");
        }
        let n = |mode| Resources::new(mode, false).singleton(&data, "x").unwrap().unwrap().config["n"].clone();
        assert_eq!(n(None), json!(2));
        assert_eq!(n(Some("dev")), json!(3));
        assert_eq!(n(Some("core")), json!(2));
    }

    #[test]
    fn a_directory_without_a_manifest_is_no_resource_and_a_backup_reads_its_own_file() {
        let (_dir, data) = data();
        put(&data, "core/ignition/k/a/config.json", "{}");
        put(&data, "core/ignition/k/b/config.json", "{\"who\":\"master\"}");
        put(&data, "core/ignition/k/b/backupConfig.json", "{\"who\":\"backup\"}");
        put(&data, "core/ignition/k/b/resource.json", "{\"attributes\":{\"enabled\":false}}");
        let found = Resources::new(None, false).named(&data, "k").unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["b"]);
        assert!(!found["b"].enabled);
        assert_eq!(found["b"].config["who"], "master");
        assert_eq!(Resources::new(None, true).named(&data, "k").unwrap()["b"].config["who"], "backup");
    }

    #[test]
    fn core_needs_its_manifest_once_it_has_content() {
        let (_dir, data) = data();
        assert!(Resources::check_core(&data).is_ok());
        put(&data, "core/ignition/x/config.json", "{}");
        assert!(Resources::check_core(&data).unwrap_err().contains("exists but is not empty"));
        put(&data, "core/config-mode.json", "{}");
        assert!(Resources::check_core(&data).is_ok());
    }

    #[test]
    fn broken_json_is_an_error_that_names_the_file() {
        let (_dir, data) = data();
        put(&data, "core/ignition/x/resource.json", "{");
        assert!(Resources::new(None, false).singleton(&data, "x").unwrap_err().to_string().contains("resource.json"));
    }
}
