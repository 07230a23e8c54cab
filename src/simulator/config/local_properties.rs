//! `ignition/local-system-properties` (fact sheet 7.3): this gateway's own identifier, and its trial clock between two runs. What
//! the clock means lives with the trial.

use std::io;

use serde_json::json;
use uuid::Uuid;

use crate::simulator::config::collections::LOCAL;
use crate::simulator::config::store::Store;
use crate::simulator::config::tree::{Kind, Place};

/// Type of the resource.
pub(crate) const KIND: &str = "local-system-properties";
/// Key of the identifier. The form of the real one is not on record; here it is a UUID.
pub(crate) const SYSTEM_UID: &str = "systemUID";
/// Key of the seconds of trial left.
pub(crate) const DEMO_TIME_REMAINING: &str = "demoTimeRemaining";

/// Seconds of trial left, as the file says.
pub(crate) fn trial_left_s(store: &Store) -> Option<u64> {
    store.singleton("ignition", KIND)?.config.get(DEMO_TIME_REMAINING)?.as_u64()
}

/// Writes the clock down in `local`, which no other gateway gets; makes the identifier where there is none.
pub(crate) fn keep(store: &Store, left_s: u64) -> io::Result<()> {
    let found = store.singleton("ignition", KIND);
    let had = found.and_then(|f| f.config.as_object().cloned()).unwrap_or_default();
    let mut config = had.clone();
    config.insert(DEMO_TIME_REMAINING.to_owned(), json!(left_s));
    if !config.get(SYSTEM_UID).is_some_and(serde_json::Value::is_string) {
        config.insert(SYSTEM_UID.to_owned(), json!(Uuid::new_v4().to_string()));
    }
    if config == had {
        return Ok(());
    }
    let place = Place { collection: LOCAL.to_owned(), kind: Kind::new("ignition", KIND), name: None };
    store.put(&place, json!(config), None, "gateway")
}
