//! Objects that have a name of ours and are not ours: a plan that meets one is refused. Pure.

use std::collections::{BTreeSet, HashMap};

use super::label;
use super::observed::Observed;
use crate::blueprint::{Blueprint, labels};
use crate::engine::foreign::{ForeignObject, Kind};
use crate::stack::{Name, StackId};

/// Every foreign object in the way of a stack: kind, name, and whose it is. Whatever belongs to another stack of the same
/// name is in the way, whatever it is called: commands that find a stack by its name would act on both.
pub(super) fn in_the_way(want: &Blueprint, have: &Observed) -> Vec<ForeignObject> {
    let own = |labels: &HashMap<String, String>| label::is_own(labels, &want.stack, want.stack_id);
    let twin = |labels: &HashMap<String, String>| is_twin(labels, &want.stack, want.stack_id);
    let networks = have.networks.iter().filter(|network| {
        // Also beside one of ours: an engine with two networks of one name refuses to start what is on either of them.
        let wanted = want.networks.iter().any(|n| n.name == network.name && !n.external);
        twin(&network.labels) || (wanted && !own(&network.labels))
    });
    let volumes = have.volumes.iter().filter(|volume| {
        let wanted = want.volumes.iter().any(|v| v.name == volume.name);
        twin(&volume.labels) || (wanted && !own(&volume.labels))
    });
    let containers = have.containers.iter().filter(|container| {
        let wanted = want.containers.iter().any(|c| c.name == container.name);
        twin(&container.labels) || (wanted && !own(&container.labels))
    });
    let kinds = [
        networks.map(|n| object(Kind::Network, &n.name, &n.labels)).collect::<BTreeSet<_>>(),
        volumes.map(|v| object(Kind::Volume, &v.name, &v.labels)).collect(),
        containers.map(|c| object(Kind::Container, &c.name, &c.labels)).collect(),
    ];
    kinds.into_iter().flatten().collect()
}

/// Whether labels say that an object belongs to another stack of this name.
fn is_twin(found: &HashMap<String, String>, stack: &Name, id: StackId) -> bool {
    found.get(labels::STACK).is_some_and(|s| s == stack.as_str())
        && found.get(labels::STACK_ID).is_some_and(|s| *s != id.to_string())
}

fn object(kind: Kind, name: &str, found: &HashMap<String, String>) -> ForeignObject {
    ForeignObject { kind, name: name.to_owned(), stack: found.get(labels::STACK).cloned(), bare: found.is_empty() }
}
