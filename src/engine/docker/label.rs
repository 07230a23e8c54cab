//! Labels on Docker objects: ours, and compose's beside them. Pure.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::blueprint::{Blueprint, Container, Kind, labels};
use crate::catalog::image;
use crate::engine::Policy;
use crate::stack::{Name, StackId};

const COMPOSE_NUMBER: &str = "com.docker.compose.container-number";
const COMPOSE_ONEOFF: &str = "com.docker.compose.oneoff";
const COMPOSE_VERSION: &str = "com.docker.compose.version";
const COMPOSE_HASH: &str = "com.docker.compose.config-hash";
const COMPOSE_DIR: &str = "com.docker.compose.project.working_dir";
const COMPOSE_NETWORK: &str = "com.docker.compose.network";
const COMPOSE_VOLUME: &str = "com.docker.compose.volume";

/// The compose version that the objects claim: the first whose names have hyphens, as ours do.
const CLAIMED_VERSION: &str = "2.0.0";

/// This program's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Labels of a container, so that both our commands and compose's find it.
pub(super) fn of_container(want: &Blueprint, container: &Container, policy: &Policy) -> IndexMap<String, String> {
    let mut all = container.labels.clone();
    all.insert(labels::CONFIG_HASH.to_owned(), container.config_hash.clone());
    let dir = policy.project_dir.as_ref().map(|dir| dir.display().to_string());
    if let Some(dir) = &dir {
        all.insert(labels::PROJECT_DIR.to_owned(), dir.clone());
        all.insert(COMPOSE_DIR.to_owned(), dir.clone());
    }
    all.insert(labels::COMPOSE_PROJECT.to_owned(), want.stack.to_string());
    all.insert(labels::COMPOSE_SERVICE.to_owned(), container.member.to_string());
    all.insert(COMPOSE_NUMBER.to_owned(), "1".to_owned());
    all.insert(COMPOSE_ONEOFF.to_owned(), "False".to_owned());
    all.insert(COMPOSE_VERSION.to_owned(), CLAIMED_VERSION.to_owned());
    all.insert(COMPOSE_HASH.to_owned(), container.config_hash.clone());
    own(&mut all, &want.stack, want.stack_id);
    all.insert(labels::MEMBER.to_owned(), container.member.to_string());
    all
}

/// Labels of a network.
pub(super) fn of_network(want: &Blueprint, key: &str, given: &IndexMap<String, String>) -> IndexMap<String, String> {
    of_object(want, COMPOSE_NETWORK, key, given)
}

/// Labels of a volume.
pub(super) fn of_volume(want: &Blueprint, key: &str, given: &IndexMap<String, String>) -> IndexMap<String, String> {
    let mut all = of_object(want, COMPOSE_VOLUME, key, given);
    let of_gateway = |c: &&Container| matches!(c.kind, Kind::Gateway(_)) && c.mounts.iter().any(|m| m.volume == key);
    let version = want.containers.iter().find(of_gateway).and_then(|c| image::version_of(&c.image));
    if let Some(version) = version {
        all.insert(labels::IGNITION_VERSION.to_owned(), version.to_owned());
    }
    all
}

fn of_object(want: &Blueprint, kind: &str, key: &str, given: &IndexMap<String, String>) -> IndexMap<String, String> {
    let mut all = given.clone();
    all.insert(kind.to_owned(), key.to_owned());
    all.insert(labels::COMPOSE_PROJECT.to_owned(), want.stack.to_string());
    all.insert(COMPOSE_VERSION.to_owned(), CLAIMED_VERSION.to_owned());
    own(&mut all, &want.stack, want.stack_id);
    all
}

/// What makes an object ours. Without it neither a second `up` nor `down` would know the object again.
fn own(all: &mut IndexMap<String, String>, stack: &Name, id: StackId) {
    all.insert(labels::STACK.to_owned(), stack.to_string());
    all.insert(labels::STACK_ID.to_owned(), id.to_string());
    all.insert(labels::VERSION.to_owned(), VERSION.to_owned());
}

/// The other version of this program that made an object, when another did.
pub(super) fn other_version(found: &HashMap<String, String>) -> Option<&str> {
    found.get(labels::VERSION).map(String::as_str).filter(|made_by| *made_by != VERSION)
}

/// Whether the labels say that an object belongs to this very stack, not to another of its name.
pub(super) fn is_own(found: &HashMap<String, String>, stack: &Name, id: StackId) -> bool {
    found.get(labels::STACK).is_some_and(|s| s == stack.as_str())
        && found.get(labels::STACK_ID).is_some_and(|s| *s == id.to_string())
}

/// Whether a container was made by `compose run`: it repeats a service's labels, but is not the member.
pub(super) fn is_one_off(found: &HashMap<String, String>) -> bool {
    found.get(COMPOSE_ONEOFF).is_some_and(|v| v.eq_ignore_ascii_case("true"))
}

/// The member that a container is.
pub(super) fn member(found: &HashMap<String, String>) -> Option<Name> {
    if is_one_off(found) {
        return None;
    }
    found.get(labels::MEMBER).and_then(|m| Name::parse(m).ok())
}
