//! Which active nodes of pairs wait until the other node can take over, and why one does not. Pure.

use std::collections::BTreeMap;

use super::fate::Fate;
use super::observed::SeenContainer;
use super::op::NetworkRef;
use crate::blueprint::{Blueprint, Container};
use crate::engine::{ContainerState, PairSeen};
use crate::stack::Name;

/// An active node that is made anew once its peer can take over. Positions in the blueprint's containers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Turn {
    /// The node that is active now, and made anew last.
    pub(super) active: usize,
    /// The node that stands by now.
    pub(super) standby: usize,
    /// Whether the standby node is made anew, too: before the other one.
    pub(super) standby_is_new: bool,
}

/// The turns, and a note about each pair whose nodes are made anew at the same time.
pub(super) fn turns(
    want: &Blueprint,
    fates: &[Fate<'_>],
    networks: &BTreeMap<&str, NetworkRef>,
    pairs: &[PairSeen],
) -> (Vec<Turn>, Vec<String>) {
    let place = |name: &Name| want.containers.iter().position(|c| &c.member == name);
    let (mut turns, mut notes) = (Vec::new(), Vec::new());
    for PairSeen { pair, active } in pairs {
        let (Some(master), Some(backup)) = (place(&pair.master), place(&pair.backup)) else { continue };
        let both = [master, backup].iter().all(|i| replaced(&fates[*i]).is_some());
        let turn = match active {
            Ok(active) => {
                turn(want, fates, networks, if *active == pair.master { [master, backup] } else { [backup, master] })
            }
            Err(reason) => Err(reason.clone()),
        };
        match turn {
            Ok(turn) => turns.extend(turn),
            Err(reason) if both => notes.push(format!(
                "{} and {} are made anew at the same time, so for a while no node is active: {reason}",
                pair.master, pair.backup
            )),
            Err(_) => {}
        }
    }
    (turns, notes)
}

/// The turn of a pair, none when its active node stays; or what is in the way.
fn turn(
    want: &Blueprint,
    fates: &[Fate<'_>],
    networks: &BTreeMap<&str, NetworkRef>,
    [active, standby]: [usize; 2],
) -> Result<Option<Turn>, String> {
    let Some(seen) = replaced(&fates[active]) else { return Ok(None) };
    let (container, peer) = (&want.containers[active], &want.containers[standby]);
    let (there, standby_is_new) = match &fates[standby] {
        Fate::Create { replaces: Some(there), .. } => (*there, true),
        Fate::Keep { seen: there, wake: None, .. } => (*there, false),
        _ => return Err(format!("{} does not run", peer.member)),
    };
    if there.state != ContainerState::Running || seen.state != ContainerState::Running {
        return Err("not both of them run".to_owned());
    }
    // The old one and the new one must reach each other meanwhile.
    if !stays_on(container, seen, networks) || !stays_on(peer, there, networks) {
        return Err("their networks change".to_owned());
    }
    let taken = |c: &&Container| {
        let wanted = |port: &u16| seen.published.values().any(|(_, published)| published == port);
        c.member != container.member && c.ports.iter().map(|p| p.host_port).any(|port| wanted(&port))
    };
    if let Some(other) = want.containers.iter().find(taken) {
        return Err(format!("{} gets a port that {} still has", other.member, container.member));
    }
    Ok(Some(Turn { active, standby, standby_is_new }))
}

/// The container that a fate makes anew.
fn replaced<'a>(fate: &Fate<'a>) -> Option<&'a SeenContainer> {
    match fate {
        Fate::Create { replaces, .. } => *replaces,
        Fate::Keep { .. } => None,
    }
}

/// Whether a container is on the networks that it shall be on, and on no others.
fn stays_on(container: &Container, seen: &SeenContainer, networks: &BTreeMap<&str, NetworkRef>) -> bool {
    let wanted: Vec<&NetworkRef> = container.networks.iter().filter_map(|key| networks.get(key.as_str())).collect();
    let is_on = |network: &NetworkRef| match network {
        NetworkRef::Existing { id, .. } => seen.networks.values().any(|a| a.network_id.as_deref() == Some(id)),
        NetworkRef::Planned { .. } => false,
    };
    wanted.len() == seen.networks.len() && wanted.into_iter().all(is_on)
}
