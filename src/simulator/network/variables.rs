//! What the variables `GATEWAY_NETWORK_*` say (fact sheet 4.1), put into the configuration at each start, so that there is one truth
//! which pages and REST show and change. A backup keeps them in `local`: its `core` is its master's.

use std::collections::BTreeSet;
use std::io;
use std::num::NonZeroU16;

use serde_json::{Map, Value, json};

use crate::simulator::config::change::Described;
use crate::simulator::config::collections::{CORE, EXTERNAL, LOCAL, SYSTEM};
use crate::simulator::config::names::is_name;
use crate::simulator::config::store::{Found, Store};
use crate::simulator::config::tree::{Kind, Place};
use crate::simulator::error::SimulatorError;
use crate::simulator::network::outgoing::{OUTGOING, OUTGOING_LIMIT};
use crate::simulator::network::settings::{SETTINGS, SecurityPolicy};
use crate::simulator::start::environment::Environment;

const ACTOR: &str = "environment";
/// The largest number that the gateway's Java integers hold.
const LARGEST: u32 = i32::MAX as u32;

/// What the variables say, checked.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Variables {
    /// Whole subsystem; nothing but the variable can turn it off.
    pub(crate) enabled: bool,
    settings: Map<String, Value>,
    outgoing: Vec<Described>,
}

impl Variables {
    /// Reads all of them; nonsense in one is an error that names it.
    pub(crate) fn read(env: &Environment) -> Result<Self, SimulatorError> {
        let mut outgoing = Vec::new();
        for index in indices(env).into_iter().take(OUTGOING_LIMIT) {
            outgoing.extend(link(env, index)?);
        }
        Ok(Self { enabled: env.flag("GATEWAY_NETWORK_ENABLED", true)?, settings: settings(env)?, outgoing })
    }

    /// Puts them into the configuration. What says the same already stays untouched.
    pub(crate) fn apply(&self, store: &Store) -> io::Result<()> {
        self.apply_settings(store)?;
        self.outgoing.iter().try_for_each(|link| apply_link(store, link))
    }

    fn apply_settings(&self, store: &Store) -> io::Result<()> {
        let kind = Kind::new("ignition", SETTINGS);
        let found = store.find(&kind, None, None);
        let before = found.as_ref().and_then(|f| f.config.as_object().cloned()).unwrap_or_default();
        let mut config = before.clone();
        config.extend(self.settings.clone());
        if self.settings.is_empty() || config == before {
            return Ok(());
        }
        store.put(
            &Place { collection: collection(store, found.as_ref()), kind, name: None },
            json!(config),
            None,
            ACTOR,
        )
    }
}

/// A variable and a resource may name the same remote; that is one connection, and the resource keeps its name.
fn apply_link(store: &Store, link: &Described) -> io::Result<()> {
    let same = |found: &Found| ["host", "port"].iter().all(|key| found.config.get(key) == link.config.get(key));
    let known = store.named("ignition", OUTGOING).into_iter().find(|(_, found)| same(found));
    let (name, found) = known.map_or_else(|| (free_name(store, link), None), |(name, found)| (name, Some(found)));
    let mut config = found.as_ref().and_then(|f| f.config.as_object().cloned()).unwrap_or_default();
    config.extend(link.config.as_object().cloned().unwrap_or_default());
    let link = Described { config: json!(config), ..link.clone() };
    let unchanged = found.as_ref().is_some_and(|f| {
        *f.config == link.config && f.enabled == link.enabled && f.resource.manifest.description() == link.description
    });
    if unchanged {
        return Ok(());
    }
    let place = Place {
        collection: collection(store, found.as_ref()),
        kind: Kind::new("ignition", OUTGOING),
        name: Some(name),
    };
    store.put_described(&place, link, ACTOR)
}

/// The host's name, with the port when that name is taken. How the real gateway calls them is not known.
fn free_name(store: &Store, link: &Described) -> String {
    let host: String = link.config["host"].as_str().unwrap_or_default().replace(['/', '\\', ':'], "_");
    let taken = store.named("ignition", OUTGOING);
    let fits = |name: &String| is_name(name) && !taken.contains_key(name);
    let with_port = format!("{host}_{}", link.config["port"]);
    [host, with_port].into_iter().find(fits).unwrap_or_else(|| format!("link_{}", taken.len()))
}

/// Where the gateway writes: where the resource is, but never below `core`.
fn collection(store: &Store, found: Option<&Found>) -> String {
    if store.is_backup() {
        return LOCAL.to_owned();
    }
    let there = found.map(|f| f.collection.as_str()).filter(|c| ![EXTERNAL, SYSTEM].contains(c));
    there.unwrap_or(CORE).to_owned()
}

fn settings(env: &Environment) -> Result<Map<String, Value>, SimulatorError> {
    let mut settings = Map::new();
    let set = |name: &str| Ok::<_, SimulatorError>(env.text(name)?.is_some_and(|v| !v.trim().is_empty()));
    for (suffix, key) in [
        ("REQUIRESSL", "requireSSL"),
        ("REQUIRETWOWAYAUTH", "requireTwoWayAuth"),
        ("ALLOWINCOMING", "allowIncoming"),
        ("ALLOWJAVASERIALIZATION", "allowJavaSerialization"),
    ] {
        let name = format!("GATEWAY_NETWORK_{suffix}");
        if set(&name)? {
            settings.insert(key.to_owned(), json!(env.flag(&name, false)?));
        }
    }
    for (suffix, key) in [
        ("ALLOWEDPROXYHOPS", "allowedProxyHops"),
        ("SENDTHREADS", "sendThreads"),
        ("RECEIVETHREADS", "receiveThreads"),
        ("RECEIVEMAX", "receiveQueueMax"),
        ("WEBSOCKETSESSIONIDLETIMEOUT", "websocketSessionIdleTimeout"),
    ] {
        if let Some(number) = env.number::<u32>(&format!("GATEWAY_NETWORK_{suffix}"))? {
            settings.insert(key.to_owned(), json!(number.min(LARGEST)));
        }
    }
    if let Some(list) = env.text("GATEWAY_NETWORK_WHITELIST")? {
        settings.insert("whitelist".to_owned(), json!(list));
    }
    let name = "GATEWAY_NETWORK_SECURITYPOLICY";
    if let Some(word) = env.text(name)?.filter(|w| !w.is_empty()) {
        let reason = "must be ApprovedOnly, Unrestricted or SpecifiedList".to_owned();
        SecurityPolicy::from_word(&word).ok_or_else(|| SimulatorError::Variable { name: name.to_owned(), reason })?;
        settings.insert("securityPolicy".to_owned(), json!(word));
    }
    Ok(settings)
}

/// Numbers `n` for which `GATEWAY_NETWORK_<n>_HOST` is set.
fn indices(env: &Environment) -> BTreeSet<u32> {
    let index = |name: &str| {
        let rest = name.strip_prefix("GATEWAY_NETWORK_")?;
        rest.strip_suffix("_HOST").or_else(|| rest.strip_suffix("_HOST_FILE"))?.parse().ok()
    };
    env.names().filter_map(index).collect()
}

fn link(env: &Environment, index: u32) -> Result<Option<Described>, SimulatorError> {
    let name = |key: &str| format!("GATEWAY_NETWORK_{index}_{key}");
    let Some(host) = env.text(&name("HOST"))?.filter(|h| !h.is_empty()) else { return Ok(None) };
    // Within what the resource takes, so that it is loaded again at the next start.
    let number = |key: &str, default: u32| {
        Ok::<_, SimulatorError>(env.number::<u32>(&name(key))?.unwrap_or(default).clamp(1, LARGEST))
    };
    let config = json!({
        "host": host,
        "port": env.number::<NonZeroU16>(&name("PORT"))?.map_or(8060, NonZeroU16::get),
        "useSSL": env.flag(&name("ENABLESSL"), true)?,
        "pingRateMillis": number("PINGRATE", 1000)?,
        "pingMaxMissed": number("PINGMAXMISSED", 30)?,
        "wsTimeoutMillis": number("WEBSOCKETTIMEOUT", 10_000)?,
    });
    let enabled = env.flag(&name("ENABLED"), true)?;
    Ok(Some(Described { config, enabled, description: env.text(&name("DESCRIPTION"))?.unwrap_or_default() }))
}

#[cfg(test)]
#[path = "variables_tests.rs"]
mod tests;
