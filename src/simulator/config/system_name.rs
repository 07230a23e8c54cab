//! The gateway's system name as the configuration holds it (fact sheet 7.3): read, set at start, followed while running.

use std::convert::Infallible;

use serde_json::{Value, json};

use crate::simulator::config::collections::CORE;
use crate::simulator::config::store::Store;
use crate::simulator::config::tree::{Kind, Place};
use crate::simulator::node::Node;
use crate::simulator::start::options::is_system_name;

const KIND: &str = "system-properties";
const KEY: &str = "systemName";

/// The name that the configuration gives this gateway, if it is one.
pub(crate) fn configured(store: &Store) -> Option<String> {
    let found = store.singleton("ignition", KIND)?;
    found.config.get(KEY)?.as_str().filter(|name| is_system_name(name)).map(str::to_owned)
}

/// Writes the name with which the gateway starts into its configuration, where it stays for later starts.
pub(crate) fn keep(store: &Store, name: &str) -> std::io::Result<()> {
    if configured(store).as_deref() == Some(name) {
        return Ok(());
    }
    let found = store.singleton("ignition", KIND);
    let collection = found.as_ref().map_or_else(|| CORE.to_owned(), |f| f.collection.clone());
    let mut config = found
        .and_then(|f| f.resource.config.as_deref().cloned())
        .filter(Value::is_object)
        .unwrap_or_else(|| json!({"homepageUrl": "/app", "secondsBeforeFailover": 60}));
    config[KEY] = json!(name);
    store.put(&Place { collection, kind: Kind::new("ignition", KIND), name: None }, config, None, "gateway")
}

/// Gives the running gateway every other name that its configuration gets, for as long as it runs.
pub(crate) async fn follow(node: &Node) -> Infallible {
    let mut news = node.config_news.subscribe();
    loop {
        if let Some(name) = configured(&node.store) {
            node.rename(name);
        }
        // The node itself holds the other end.
        if news.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
