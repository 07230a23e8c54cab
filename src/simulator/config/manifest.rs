//! `resource.json`: what a resource says about itself (fact sheet 7.2). Unknown keys stay as they are.

use serde_json::{Map, Value, json};

/// Most files of one resource.
const FILES_LIMIT: usize = 64;
/// The attributes that say who changed a resource, and are no content.
const MODIFICATION: [&str; 2] = ["lastModification", "lastModificationSignature"];

/// A manifest that has everything it needs.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Manifest {
    map: Map<String, Value>,
    files: Vec<String>,
}

impl Manifest {
    /// The manifest of a resource that is made now. Singletons have no UUID (fact sheet 7.2).
    pub(crate) fn new(uuid: Option<uuid::Uuid>) -> Self {
        let mut attributes = json!({"enabled": true});
        if let Some(uuid) = uuid {
            attributes["uuid"] = json!(uuid.to_string());
        }
        let map = Map::from_iter([
            ("scope".to_owned(), json!("A")),
            ("description".to_owned(), json!("")),
            ("version".to_owned(), json!(1)),
            ("restricted".to_owned(), json!(false)),
            ("overridable".to_owned(), json!(true)),
            ("attributes".to_owned(), attributes),
        ]);
        Self { map, files: Vec::new() }
    }

    /// Reads a manifest; the error says what is wrong with it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let map: Map<String, Value> = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        let need = |key: &str, fits: fn(&Value) -> bool, what: &str| match map.get(key) {
            Some(value) if fits(value) => Ok(()),
            Some(_) => Err(format!("{key} must be {what}")),
            None => Err(format!("{key} is missing")),
        };
        // `A` is the only scope on record; others are passed through.
        need("scope", Value::is_string, "a text")?;
        need("version", |v| v.is_i64() || v.is_u64(), "a whole number")?;
        need("restricted", Value::is_boolean, "true or false")?;
        need("overridable", Value::is_boolean, "true or false")?;
        need("files", Value::is_array, "a list")?;
        let may = |key: &str, fits: fn(&Value) -> bool, what: &str| match map.get(key) {
            Some(value) if !fits(value) => Err(format!("{key} must be {what}")),
            _ => Ok(()),
        };
        may("description", |v| v.is_string() || v.is_null(), "a text")?;
        may("attributes", Value::is_object, "an object")?;
        let attributes = map.get("attributes").and_then(Value::as_object);
        if attributes.and_then(|a| a.get("enabled")).is_some_and(|v| !v.is_boolean()) {
            return Err("attributes.enabled must be true or false".to_owned());
        }
        let uuid = attributes.and_then(|a| a.get("uuid"));
        if uuid.is_some_and(|v| v.as_str().is_none_or(|t| uuid::Uuid::parse_str(t).is_err())) {
            return Err("attributes.uuid must be a UUID".to_owned());
        }
        let mut files = Vec::new();
        for file in map.get("files").and_then(Value::as_array).into_iter().flatten() {
            match file.as_str() {
                Some(name) if crate::simulator::config::names::is_name(name) && name != "resource.json" => {
                    files.push(name.to_owned());
                }
                _ => return Err("files must be names of files beside it".to_owned()),
            }
        }
        files.sort();
        files.dedup();
        if files.len() > FILES_LIMIT {
            return Err(format!("files names more than {FILES_LIMIT}"));
        }
        Ok(Self { map, files })
    }

    /// The files that make up the resource, sorted.
    pub(crate) fn files(&self) -> &[String] {
        &self.files
    }

    /// Says anew which files make up the resource.
    pub(crate) fn set_files<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.files = names.map(str::to_owned).collect();
        self.files.sort();
        self.map.insert("files".to_owned(), json!(self.files));
    }

    pub(crate) fn description(&self) -> &str {
        self.map.get("description").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn set_description(&mut self, text: &str) {
        if text != self.description() {
            self.map.insert("description".to_owned(), json!(text));
        }
    }

    pub(crate) fn version(&self) -> Value {
        self.map.get("version").cloned().unwrap_or(Value::Null)
    }

    fn flag(&self, key: &str) -> bool {
        self.map.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Only changes by hand are possible.
    pub(crate) fn restricted(&self) -> bool {
        self.flag("restricted")
    }

    /// Whether a collection that inherits it may have its own version.
    pub(crate) fn overridable(&self) -> bool {
        self.flag("overridable")
    }

    /// A resource that says nothing is enabled, as singletons are.
    pub(crate) fn enabled(&self) -> bool {
        self.attribute("enabled").and_then(Value::as_bool).unwrap_or(true)
    }

    pub(crate) fn set_enabled(&mut self, enabled: bool) {
        if enabled != self.enabled() {
            self.set_attribute("enabled", json!(enabled));
        }
    }

    fn attribute(&self, key: &str) -> Option<&Value> {
        self.map.get("attributes")?.get(key)
    }

    fn set_attribute(&mut self, key: &str, value: Value) {
        let attributes = self.map.entry("attributes").or_insert_with(|| json!({}));
        if let Some(attributes) = attributes.as_object_mut() {
            attributes.insert(key.to_owned(), value);
        }
    }

    /// The attributes, as they stand in the file.
    pub(crate) fn attributes(&self) -> Value {
        self.map.get("attributes").cloned().unwrap_or_else(|| json!({}))
    }

    /// Gives a copy an identity of its own.
    pub(crate) fn set_uuid(&mut self, uuid: uuid::Uuid) {
        self.set_attribute("uuid", json!(uuid.to_string()));
    }

    /// Notes who changed the resource, when, and to what.
    pub(crate) fn stamp(&mut self, actor: &str, timestamp: &str, signature: &str) {
        self.set_attribute("lastModification", json!({"actor": actor, "timestamp": timestamp}));
        self.set_attribute("lastModificationSignature", json!(signature));
    }

    /// The part that counts as content: neither who changed it, nor the list of files, which speak for themselves. A
    /// description that is absent and an empty one are the same, and so it is with `enabled`.
    pub(crate) fn content(&self) -> Value {
        let mut map = self.map.clone();
        map.remove("files");
        map.insert("description".to_owned(), json!(self.description()));
        let mut attributes = self.attributes();
        if let Some(attributes) = attributes.as_object_mut() {
            attributes.retain(|key, _| !MODIFICATION.contains(&key.as_str()));
            attributes.insert("enabled".to_owned(), json!(self.enabled()));
        }
        map.insert("attributes".to_owned(), attributes);
        Value::Object(map)
    }

    /// The file's text.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(&self.map).unwrap_or_default()
    }
}
