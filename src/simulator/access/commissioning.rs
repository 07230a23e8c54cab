//! What commissioning does to the security of a gateway: the first administrator, the policy, and the `temp` trap (fact sheet
//! 3.4). Whether and when it happens is decided elsewhere.

use std::io;

use serde_json::{Value, json};

use super::policy::{DEFAULT_NAME, SECURITY_PROPERTIES, properties};
use super::users::{self, USER_SOURCE, User};
use crate::simulator::config::store::{Found, Store};
use crate::simulator::config::tree::{Kind, Place};
use crate::simulator::node::Node;
use crate::simulator::unknown::{EXTERNAL_SECURITY_IS_SEEDED, MODULES_STEP, SEEDED_SECURITY_IS_KEPT};

/// Type of the resource.
const IDENTITY_PROVIDER: &str = "identity-provider";
const CORE: &str = "core";
/// Under this name commissioning changes the configuration.
const ACTOR: &str = "commissioning";

/// A part of commissioning that waits for somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    /// Its name.
    pub(crate) name: &'static str,
    /// The page of the wizard that it is on.
    pub(crate) page: &'static str,
}

/// The licence agreement, as recorded (fact sheet 1.5).
pub(crate) const EULA: Step = Step { name: "eula", page: "license" };
/// The first administrator; the names are not on record.
pub(crate) const ADMINISTRATOR: Step = Step { name: "authSetup", page: "authentication" };

/// The certificates and licence agreements of third-party modules (fact sheet 6.4); the names are not on record.
pub(crate) const MODULES: Step = Step { name: MODULES_STEP.0, page: MODULES_STEP.1 };

/// What still waits. A gateway that was commissioned before is asked for its modules alone.
pub(crate) fn missing_steps(node: &Node) -> Vec<Step> {
    let modules = node.modules.now().waiting.is_empty();
    let state = node.state();
    let record = &state.record;
    let before = record.commissioned;
    let steps = [(EULA, before || record.eula), (ADMINISTRATOR, before || record.administrator), (MODULES, modules)];
    steps.into_iter().filter(|(_, done)| !done).map(|(step, _)| step).collect()
}

/// Makes the administrator and the policy under which only administrators read and write.
///
/// Where `security-properties` was there before, with no matching user source, it behaves as a password reset: it makes a user
/// source and an identity provider `temp`, and the login goes there; the permissions stay as they were seeded.
pub(crate) fn commission(store: &Store, username: &str, password: &str) -> io::Result<()> {
    let user = User::administrator(username, password);
    match seeded(store) {
        None => settle(store, properties(DEFAULT_NAME, DEFAULT_NAME), CORE, DEFAULT_NAME, DEFAULT_NAME, user),
        Some(found) => {
            let named = |key: &str| found.config.get(key).and_then(Value::as_str).filter(|n| !n.is_empty());
            let source = named("systemAuthProfile").filter(|name| exists(store, USER_SOURCE, name));
            if let Some(source) = source {
                let provider = named("systemIdentityProvider").unwrap_or(DEFAULT_NAME);
                let config = if SEEDED_SECURITY_IS_KEPT { None } else { Some(properties(source, provider)) };
                let config = config.unwrap_or_else(|| found.config.as_ref().clone());
                return settle(store, config, &found.collection, source, provider, user);
            }
            let temp = free(store);
            let mut config = found.config.as_ref().clone();
            config["systemAuthProfile"] = json!(temp);
            config["systemIdentityProvider"] = json!(temp);
            settle(store, config, &found.collection, &temp, &temp, user)
        }
    }
}

/// The properties that were there before anybody commissioned the gateway.
fn seeded(store: &Store) -> Option<Found> {
    let found = store.singleton("ignition", SECURITY_PROPERTIES).filter(|f| f.config.is_object())?;
    (EXTERNAL_SECURITY_IS_SEEDED || found.collection != "external").then_some(found)
}

/// Whether somebody can log in: the login's user source has a user.
pub(crate) fn has_users(store: &Store) -> bool {
    let found = store.singleton("ignition", SECURITY_PROPERTIES);
    let named = found.as_ref().and_then(|f| f.config.get("systemAuthProfile")).and_then(Value::as_str);
    users::anybody(store, named.filter(|n| !n.is_empty()).unwrap_or(DEFAULT_NAME))
}

fn settle(store: &Store, config: Value, collection: &str, source: &str, provider: &str, user: User) -> io::Result<()> {
    users::set(store, source, user, ACTOR)?;
    if !exists(store, IDENTITY_PROVIDER, provider) {
        // Its settings are not on record.
        let config = json!({"profile": {"type": "internal"}, "settings": {"userSource": source}});
        store.put(&place(CORE, IDENTITY_PROVIDER, Some(provider)), config, None, ACTOR)?;
    }
    store.put(&place(collection, SECURITY_PROPERTIES, None), config, None, ACTOR)
}

fn place(collection: &str, kind: &str, name: Option<&str>) -> Place {
    Place { collection: collection.to_owned(), kind: Kind::new("ignition", kind), name: name.map(str::to_owned) }
}

fn exists(store: &Store, kind: &str, name: &str) -> bool {
    store.find(&Kind::new("ignition", kind), Some(name), None).is_some()
}

/// `temp`, else `temp_1` and so on: the first name that neither a user source nor an identity provider has.
fn free(store: &Store) -> String {
    let names = std::iter::once("temp".to_owned()).chain((1_u32..).map(|n| format!("temp_{n}")));
    let mut free = names.filter(|name| !exists(store, USER_SOURCE, name) && !exists(store, IDENTITY_PROVIDER, name));
    // The names never run out before the configuration is full.
    free.next().unwrap_or_else(|| "temp".to_owned())
}
