//! Objects that have a name of ours and are not ours: a plan that meets one is refused. Pure.

use std::collections::HashMap;

use super::label;
use super::observed::Observed;
use crate::blueprint::{Blueprint, labels};

/// Every foreign object in the way of a stack: kind, name, and whose it is.
pub(super) fn in_the_way(want: &Blueprint, have: &Observed) -> Vec<String> {
    let mut found = Vec::new();
    let own = |labels: &HashMap<String, String>| label::is_own(labels, &want.stack, want.stack_id);
    for network in &want.networks {
        let mut named = have.networks.iter().filter(|n| n.name == network.name).peekable();
        // Beside one of ours a namesake does no harm: networks are used by identity.
        if named.peek().is_some() && !have.networks.iter().any(|n| n.name == network.name && own(&n.labels)) {
            found.extend(named.take(1).map(|n| describe("network", &n.name, &n.labels)));
        }
    }
    for volume in &want.volumes {
        let theirs = have.volumes.iter().filter(|v| v.name == volume.name && !own(&v.labels));
        found.extend(theirs.map(|v| describe("volume", &v.name, &v.labels)));
    }
    for container in &want.containers {
        let theirs = have.containers.iter().filter(|c| c.name == container.name && !own(&c.labels));
        found.extend(theirs.map(|c| describe("container", &c.name, &c.labels)));
    }
    found
}

fn describe(kind: &str, name: &str, found: &HashMap<String, String>) -> String {
    match found.get(labels::STACK) {
        Some(stack) => format!("{kind} {name} (of another stack named {stack})"),
        None => format!("{kind} {name}"),
    }
}
