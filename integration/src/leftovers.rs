//! Objects of worlds: found by label, removed with nothing else. Also those of runs that were killed long ago.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use bollard::query_parameters::{RemoveContainerOptionsBuilder, RemoveImageOptions, RemoveVolumeOptionsBuilder};

use crate::engine::{Engine, STACK};

/// Every stack of a world begins with this.
pub const PREFIX: &str = "ist-";
/// On what a scenario makes beside stacks; its value is the name of the world.
pub const WORLD: &str = "ignition-stack-integration.world";
/// On the lease of a stack; its value is the name of the stack.
pub const LEASE: &str = "ignition-stack.lease";
/// Age, in seconds, of what another run can no longer need.
const OLD: i64 = 3600;

/// Removes what carries one of our labels with a name that `ours` accepts. Never fails: it also runs while panicking.
pub fn remove(engine: &Engine, ours: impl Fn(&str) -> bool) {
    remove_made_before(engine, ours, i64::MAX);
}

/// Removes what runs that were killed have left behind for over an hour.
pub fn sweep(engine: &Engine) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let before = i64::try_from(now).unwrap_or(i64::MAX) - OLD;
    remove_made_before(engine, |name| name.starts_with(PREFIX), before);
}

fn remove_made_before(engine: &Engine, ours: impl Fn(&str) -> bool, before: i64) {
    for label in [STACK, WORLD, LEASE] {
        for container in engine.containers(label) {
            let labels = container.labels.unwrap_or_default();
            if let (Some(id), true) = (&container.id, labels.get(label).is_some_and(|name| ours(name)))
                && container.created.is_none_or(|made| made < before)
            {
                let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
                let _ = engine.wait(engine.docker.remove_container(id, Some(options)));
            }
        }
        for network in engine.networks(label) {
            let made = network.created.map_or(0, time::OffsetDateTime::unix_timestamp);
            let labels = network.labels.unwrap_or_default();
            if let (Some(id), true) = (&network.id, labels.get(label).is_some_and(|name| ours(name)))
                && made < before
            {
                let _ = engine.wait(engine.docker.remove_network(id));
            }
        }
        for volume in engine.volumes(label) {
            let made = volume.created_at.map_or(0, time::OffsetDateTime::unix_timestamp);
            if volume.labels.get(label).is_some_and(|name| ours(name)) && made < before {
                let options = RemoveVolumeOptionsBuilder::default().force(true).build();
                let _ = engine.wait(engine.docker.remove_volume(&volume.name, Some(options)));
            }
        }
    }
    // What a run that was killed made its container of, which holds the volumes.
    for image in engine.images(STACK) {
        if image.labels.get(STACK).is_some_and(|name| ours(name)) && image.created < before {
            let _ = engine.wait(engine.docker.remove_image(&image.id, None::<RemoveImageOptions>, None));
        }
    }
}

/// What is still there of names that `ours` accepts.
pub fn left(engine: &Engine, ours: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for label in [STACK, WORLD, LEASE] {
        let containers = engine.containers(label).into_iter().filter_map(|c| c.labels?.remove(label));
        let networks = engine.networks(label).into_iter().filter_map(|n| n.labels?.remove(label));
        let volumes = engine.volumes(label).into_iter().filter_map(|mut v| v.labels.remove(label));
        found.extend(containers.chain(networks).chain(volumes).filter(|name| ours(name)));
    }
    let images = engine.images(STACK).into_iter().filter_map(|mut image| image.labels.remove(STACK));
    found.extend(images.filter(|name| ours(name)));
    found
}
