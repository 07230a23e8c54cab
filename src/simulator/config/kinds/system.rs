//! Settings of the gateway's own properties (fact sheet 7.3).

use serde_json::{Value, json};

use crate::simulator::config::fields::{Field, Finding, Want, may, need};
use crate::simulator::node::TRIAL_S;
use crate::simulator::start::options::is_system_name;

pub(super) const SYSTEM_PROPERTIES: &[Field] = &[
    need("systemName", Want::Of(system_name)),
    may("homepageUrl", Want::Text),
    may("secondsBeforeFailover", Want::Whole(0, i32::MAX as i64)),
];

/// The name is the simulator's choice: every start writes the gateway's own, so that only a collection without any is asked for this.
pub(super) fn default_system() -> Value {
    json!({"systemName": "Ignition", "homepageUrl": "/app", "secondsBeforeFailover": 60})
}

/// System names must not contain `|` (fact sheet 4.2).
fn system_name(value: &Value) -> Result<(), Finding> {
    if value.as_str().is_some_and(is_system_name) { Ok(()) } else { Err(Finding::new("", "cannot be a system name")) }
}

pub(super) const QUICKSTART: &[Field] = &[may("finished", Want::Flag), may("steps", Want::List)];

pub(super) fn default_local() -> Value {
    json!({"demoTimeRemaining": TRIAL_S})
}

pub(super) const LOCAL_SYSTEM_PROPERTIES: &[Field] =
    &[may("systemUID", Want::Text), may("demoTimeRemaining", Want::Whole(0, i64::MAX))];
