//! The users of a user source: `users.json` beside its `config.json` (fact sheet 7.3). Who may do what is decided elsewhere.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::password::Password;
use crate::simulator::config::store::{Found, Store};
use crate::simulator::config::tree::{Kind, Place};

/// Type of the resource.
pub(crate) const USER_SOURCE: &str = "user-source";
/// The role of the administrator that commissioning makes.
pub(crate) const ADMINISTRATOR: &str = "Administrator";
const FILE: &str = "users.json";
/// Most users of one source.
const LIMIT: usize = 1000;

/// One user. The inner form of the real file is not on record; this one is the simulator's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    username: String,
    password: Password,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Users {
    users: Vec<User>,
}

/// Somebody who showed the right password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Person {
    /// User name.
    pub(crate) name: String,
    /// Names of roles.
    pub(crate) roles: Vec<String>,
}

impl User {
    pub(crate) fn administrator(username: &str, password: &str) -> Self {
        Self { username: username.to_owned(), password: Password::new(password), roles: vec![ADMINISTRATOR.to_owned()] }
    }
}

/// Checks a name and a password against a user source.
pub(crate) fn verify(store: &Store, source: &str, username: &str, password: &str) -> Option<Person> {
    let users = source_of(store, source).map(|found| users(&found)).unwrap_or_default();
    let user = users.iter().find(|u| u.username == username);
    // The hash is always worked out, so that the time taken does not tell which of the two was wrong.
    let right =
        user.map_or_else(|| Password::new("").accepts(password) && user.is_some(), |u| u.password.accepts(password));
    user.filter(|_| right).map(|u| Person { name: u.username.clone(), roles: u.roles.clone() })
}

/// Whether a user source that counts has a user.
pub(crate) fn anybody(store: &Store, source: &str) -> bool {
    source_of(store, source).is_some_and(|found| !users(&found).is_empty())
}

/// A user source that is there and enabled.
fn source_of(store: &Store, source: &str) -> Option<Found> {
    store.find(&Kind::new("ignition", USER_SOURCE), Some(source), None).filter(|found| found.enabled)
}

/// What stands in the file; a file of another form holds nobody who can log in here.
fn users(found: &Found) -> Vec<User> {
    let bytes = found.resource.data.get(FILE).map(Vec::as_slice).unwrap_or_default();
    let mut users = serde_json::from_slice::<Users>(bytes).unwrap_or_default().users;
    users.truncate(LIMIT);
    users
}

/// Puts a user into a user source, in the place of an earlier one of the name; makes the source in `core` where there is none.
pub(crate) fn set(store: &Store, source: &str, user: User, actor: &str) -> io::Result<()> {
    let mut all = source_of(store, source).map(|found| users(&found)).unwrap_or_default();
    all.retain(|u| u.username != user.username);
    all.push(user);
    write(store, source, all, actor)
}

fn write(store: &Store, source: &str, users: Vec<User>, actor: &str) -> io::Result<()> {
    let kind = Kind::new("ignition", USER_SOURCE);
    // The settings of the real one are not on record.
    let fresh = ("core".to_owned(), json!({"profile": {"type": "internal"}, "settings": {}}));
    let found = store.find(&kind, Some(source), None);
    let (collection, config) = found.map_or(fresh, |f| (f.collection, f.config.as_ref().clone()));
    let bytes = serde_json::to_vec_pretty(&Users { users })?;
    let place = Place { collection, kind, name: Some(source.to_owned()) };
    store.put(&place, config, Some(BTreeMap::from([(FILE.to_owned(), bytes)])), actor)
}
