//! `ignition/quickstart` (fact sheet 7.3): written once, at the first start. Nobody is led through anything here.

use std::io;

use serde_json::json;

use crate::simulator::config::collections::CORE;
use crate::simulator::config::store::Store;
use crate::simulator::config::tree::{Kind, Place};
use crate::simulator::unknown::DISABLED_QUICKSTART_IS_FINISHED;

const KIND: &str = "quickstart";

/// Writes the resource, unless it was seeded. `disabled`: what `DISABLE_QUICKSTART` says.
pub(crate) fn make(store: &Store, disabled: bool) -> io::Result<()> {
    if store.singleton("ignition", KIND).is_some() || (disabled && !DISABLED_QUICKSTART_IS_FINISHED) {
        return Ok(());
    }
    let place = Place { collection: CORE.to_owned(), kind: Kind::new("ignition", KIND), name: None };
    store.put(&place, json!({"finished": disabled, "steps": []}), None, "gateway")
}
