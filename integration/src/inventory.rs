//! Everything of one stack on the engine in a form in which two moments, or two runs, can be compared: what is given anew each time
//! (identities, addresses, dates) is left out.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;

use serde_json::{Value, json};

use crate::engine::{Engine, STACK};

/// Fields of an inspection that differ between two equal containers.
const VOLATILE: [&str; 31] = [
    "Id",
    "Created",
    "CreatedAt",
    "State",
    "Image",
    "LogPath",
    "ResolvConfPath",
    "HostnamePath",
    "HostsPath",
    "SandboxID",
    "SandboxKey",
    "EndpointID",
    "NetworkID",
    "IPAddress",
    "Gateway",
    "MacAddress",
    "GlobalIPv6Address",
    "IPv6Gateway",
    "GlobalIPv6PrefixLen",
    "IPPrefixLen",
    "DNSNames",
    "Aliases",
    "GraphDriver",
    "NetworkMode",
    "Bridge",
    "RestartCount",
    "AppArmorProfile",
    "Source",
    "Status",
    "ExecIDs",
    "IPAM",
];

/// The objects of a stack.
#[derive(Clone, PartialEq, Debug)]
pub struct Inventory {
    /// What each is like, by kind and name.
    pub objects: BTreeMap<String, Value>,
    /// What cannot be made again: identities of containers and networks, birth of volumes.
    pub identities: BTreeMap<String, String>,
}

impl Inventory {
    /// What is there now.
    pub fn of(engine: &Engine, stack: &str) -> Self {
        let label = format!("{STACK}={stack}");
        let (mut objects, mut identities) = (BTreeMap::new(), BTreeMap::new());
        let mut add = |kind: &str, name: &str, seen: Value, identity: String| {
            // Two networks may have one name.
            let mut key = format!("{kind} {name}");
            while objects.contains_key(&key) {
                key.push_str(", again");
            }
            identities.insert(key.clone(), identity);
            objects.insert(key, stable(seen));
        };
        for container in engine.containers(&label) {
            let id = container.id.unwrap_or_default();
            // One that was listed while the engine gave it up is not there.
            let Some(mut seen) = engine.inspect_if_there(&id) else { continue };
            let runs = seen["State"]["Running"].clone();
            seen["runs"] = runs;
            let name = seen["Name"].as_str().unwrap_or_default().trim_start_matches('/').to_owned();
            add("container", &name, seen, id);
        }
        for network in engine.networks(&label) {
            let identity = network.id.clone().unwrap_or_default();
            let name = network.name.clone().unwrap_or_default();
            add("network", &name, json!({ "labels": network.labels, "driver": network.driver }), identity);
        }
        for volume in engine.volumes(&label) {
            let birth = birth(&volume.mountpoint);
            add("volume", &volume.name, json!({ "labels": volume.labels, "driver": volume.driver }), birth);
        }
        Self { objects, identities }
    }

    /// What is here and is missing, or is another one, over there.
    pub fn lost_in(&self, later: &Self) -> Vec<String> {
        let kept = |(key, identity): &(&String, &String)| later.identities.get(*key) == Some(identity);
        self.identities.iter().filter(|entry| !kept(entry)).map(|(key, _)| key.clone()).collect()
    }

    /// The volumes alone.
    pub fn volumes(&self) -> Self {
        let of = |key: &String| key.starts_with("volume ");
        let objects = self.objects.iter().filter(|(key, _)| of(key)).map(|(k, v)| (k.clone(), v.clone()));
        let identities = self.identities.iter().filter(|(key, _)| of(key)).map(|(k, v)| (k.clone(), v.clone()));
        Self { objects: objects.collect(), identities: identities.collect() }
    }

    /// Where the objects differ from those of another; empty when they do not.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for key in self.objects.keys().chain(other.objects.keys().filter(|key| !self.objects.contains_key(*key))) {
            match (self.objects.get(key), other.objects.get(key)) {
                (Some(one), Some(two)) => differ(key, one, two, &mut found),
                (Some(_), None) => found.push(format!("{key}: only here")),
                (None, _) => found.push(format!("{key}: only there")),
            }
        }
        found
    }
}

impl fmt::Display for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.objects.keys().try_for_each(|key| writeln!(f, "{key}"))
    }
}

/// What tells a directory from one that was made anew in its place, where this user may look. (The engine's own date of a volume is that
/// of the last change in it.)
fn birth(directory: &str) -> String {
    std::fs::metadata(directory)
        .map_or_else(|_| String::new(), |seen| format!("{} {:?}", seen.ino(), seen.created().ok()))
}

fn differ(path: &str, one: &Value, two: &Value, found: &mut Vec<String>) {
    match (one, two) {
        (Value::Object(one), Value::Object(two)) => {
            for key in one.keys().chain(two.keys().filter(|key| !one.contains_key(*key))) {
                let at = |object: &serde_json::Map<String, Value>| object.get(key).cloned().unwrap_or(Value::Null);
                differ(&format!("{path}.{key}"), &at(one), &at(two), found);
            }
        }
        _ if one != two => found.push(format!("{path}: {one} here, {two} there")),
        _ => {}
    }
}

/// Without what is given anew; lists whose order means nothing are sorted.
fn stable(seen: Value) -> Value {
    match seen {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(key, value)| !VOLATILE.contains(&key.as_str()) && !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, stable(value))).collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(stable).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(container: Value, id: &str) -> Inventory {
        let key = "container a".to_owned();
        Inventory {
            objects: [(key.clone(), stable(container))].into(),
            identities: [(key, id.to_owned()), ("volume v".to_owned(), "today".to_owned())].into(),
        }
    }

    #[test]
    fn equal_containers_are_equal_and_others_are_not() {
        let one = inventory(json!({ "Id": "1", "Config": { "Env": ["A=1", "B=2"], "Memory": 1 }, "x": null }), "1");
        let two = inventory(json!({ "Id": "2", "Config": { "Env": ["B=2", "A=1"], "Memory": 1 } }), "2");
        assert_eq!(one.differences(&two), Vec::<String>::new());
        assert_eq!(one.lost_in(&two), ["container a"]);
        assert!(one.volumes().lost_in(&two).is_empty() && one.lost_in(&one).is_empty());
        let other = inventory(json!({ "Config": { "Env": ["A=1"], "Memory": 1 } }), "2");
        assert_eq!(one.differences(&other), ["container a.Config.Env: [\"A=1\",\"B=2\"] here, [\"A=1\"] there"]);
        let none = Inventory { objects: BTreeMap::new(), identities: BTreeMap::new() };
        assert_eq!(one.differences(&none), ["container a: only here"]);
        assert_eq!(none.differences(&one), ["container a: only there"]);
    }
}
