//! What becomes of one member: kept, woken, or made anew, and why. Pure.

use std::borrow::Cow;

use super::label;
use super::observed::{SeenContainer, SeenImage};
use super::op::NetworkRef;
use crate::blueprint::{Container, labels};
use crate::catalog::image;
use crate::engine::ContainerState;

/// What becomes of a member's container.
#[derive(Debug)]
pub(super) enum Fate<'a> {
    /// It is as it should be, but for what is named here.
    Keep { seen: &'a SeenContainer, detached: Vec<NetworkRef>, wake: Option<Wake> },
    /// It is made, in place of one that does not fit.
    Create { replaces: Option<&'a SeenContainer>, cause: Cow<'static, str> },
}

/// How a container that does not run comes to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wake {
    /// Its files may not be there yet.
    FirstStart,
    Start,
    Unpause,
}

impl Fate<'_> {
    /// Whether a process is going to start.
    pub(super) fn starts(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Keep { wake: Some(Wake::FirstStart | Wake::Start), .. })
    }
}

/// Judges one member. The first difference that asks for a new container is the cause.
pub(super) fn fate<'a>(
    container: &Container,
    seen: Option<&'a SeenContainer>,
    networks: &[&NetworkRef],
    image: Option<&SeenImage>,
) -> Fate<'a> {
    let Some(seen) = seen else {
        return Fate::Create { replaces: None, cause: "missing".into() };
    };
    let anew = |cause: &'static str| Fate::Create { replaces: Some(seen), cause: cause.into() };
    if seen.state == ContainerState::Gone {
        return anew("dead");
    }
    if seen.labels.get(labels::CONFIG_HASH) != Some(&container.config_hash) {
        // Two versions may mean the same by other containers: who upgrades must see that this is why.
        return match label::other_version(&seen.labels) {
            Some(other) => Fate::Create {
                replaces: Some(seen),
                cause: format!("configuration changed since ignition-stack {other} made it").into(),
            },
            None => anew("configuration changed"),
        };
    }
    // An image that is no longer there under its tag says nothing about a container that runs.
    if image.is_some_and(|image| image.id != seen.image_id && !holds_the_program_of(container, image, seen)) {
        return anew("image changed");
    }
    let places: Vec<Place> = networks.iter().map(|network| place(seen, network)).collect();
    if places.contains(&Place::Stale) {
        return anew("network changed");
    }
    let detached =
        networks.iter().zip(&places).filter(|(_, p)| **p == Place::Detached).map(|(n, _)| (*n).clone()).collect();
    let wake = match seen.state {
        ContainerState::Created => Some(Wake::FirstStart),
        ContainerState::Exited { .. } => Some(Wake::Start),
        ContainerState::Paused => Some(Wake::Unpause),
        ContainerState::Running | ContainerState::Restarting | ContainerState::Gone => None,
    };
    Fate::Keep { seen, detached, wake }
}

/// Whether an image is the simulated gateway's with the very program that a container was made with: then it is another build of the
/// same, and only its identity differs. An engine puts the labels of an image on its containers.
fn holds_the_program_of(container: &Container, image: &SeenImage, seen: &SeenContainer) -> bool {
    let made_with = seen.labels.get(labels::EXECUTABLE);
    image::is_simulated(&container.image) && made_with.is_some() && image.executable.as_ref() == made_with
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Attached,
    Detached,
    /// Attached to a network that is gone, whose name a new one has: such a container cannot start again.
    Stale,
}

fn place(seen: &SeenContainer, network: &NetworkRef) -> Place {
    if let NetworkRef::Existing { id, .. } = network
        && seen.networks.values().any(|a| a.network_id.as_deref() == Some(id))
    {
        return Place::Attached;
    }
    match (seen.networks.get(network.name()), network) {
        (None, _) => Place::Detached,
        // Before the first start the engine has only the name: it looks for the network when it starts.
        (Some(attachment), NetworkRef::Existing { .. }) if attachment.network_id.is_none() => Place::Attached,
        (Some(_), _) => Place::Stale,
    }
}
