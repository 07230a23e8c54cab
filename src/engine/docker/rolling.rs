//! Which active nodes of pairs wait until the other node can take over, and why one does not; and in which order a pair goes. Pure.

use std::collections::BTreeMap;

use super::fate::Fate;
use super::observed::{Observed, SeenContainer};
use super::op::{NetworkRef, Op};
use super::plan::Sequences;
use crate::blueprint::{Blueprint, Container, labels};
use crate::engine::{ContainerState, PairSeen};
use crate::plan::Step;
use crate::stack::{Name, Pair};

/// An active node that is made anew once its peer can take over. Positions in the blueprint's containers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Turn {
    /// The node that is active now, and made anew last.
    pub(super) active: usize,
    /// The node that stands by now.
    pub(super) standby: usize,
    /// Whether the standby node has to come to it first: it is made anew too, or could not take over now.
    pub(super) standby_comes: bool,
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
    for PairSeen { pair, active, only_active } in pairs {
        let (Some(master), Some(backup)) = (place(&pair.master), place(&pair.backup)) else { continue };
        let both = [master, backup].iter().all(|i| replaced(&fates[*i]).is_some());
        let found = match (active, only_active) {
            (Ok(active), _) => Ok(active),
            // The other node is as it shall be, or comes to be: the one that works waits for it.
            (Err(_), Some(working)) if !both => Ok(working),
            (Err(reason), _) => Err(reason.clone()),
        };
        let turn = found.clone().and_then(|working| {
            let order = if *working == pair.master { [master, backup] } else { [backup, master] };
            turn(want, fates, networks, order, active.is_ok())
        });
        match turn {
            Ok(turn) => turns.extend(turn),
            Err(reason) if both => notes.push(format!(
                "{} and {} are made anew at the same time, so for a while no node is active: {reason}",
                pair.master, pair.backup
            )),
            Err(reason) => notes.extend(found.ok().map(|working| {
                format!("{working} is made anew while it is the only active node, so for a while none is: {reason}")
            })),
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
    redundant: bool,
) -> Result<Option<Turn>, String> {
    let Some(seen) = replaced(&fates[active]) else { return Ok(None) };
    let (container, peer) = (&want.containers[active], &want.containers[standby]);
    // One that does not run, or is missing, is started or made before the wait for it.
    let (there, standby_comes) = match &fates[standby] {
        Fate::Create { replaces, .. } => (*replaces, true),
        Fate::Keep { seen: there, .. } => (Some(*there), !redundant),
    };
    if seen.state != ContainerState::Running {
        return Err(format!("{} does not run", container.member));
    }
    // The old one and the new one must reach each other meanwhile.
    if !stays_on(container, seen, networks) || there.is_some_and(|there| !stays_on(peer, there, networks)) {
        return Err("their networks change".to_owned());
    }
    let taken = |c: &&Container| {
        let wanted = |port: &u16| seen.published.values().any(|(_, published)| published == port);
        c.member != container.member && c.ports.iter().map(|p| p.host_port).any(|port| wanted(&port))
    };
    if let Some(other) = want.containers.iter().find(taken) {
        return Err(format!("{} gets a port that {} still has", other.member, container.member));
    }
    Ok(Some(Turn { active, standby, standby_comes }))
}

/// Masters that begin with no data beside a backup that does: their containers, and with them their volumes, are made before any
/// backup's. So a backup's volume without its master's is never what a killed run left, and means that the master's was taken away.
pub(super) fn masters_first(want: &Blueprint, have: &Observed, fates: &[Fate<'_>]) -> Vec<usize> {
    let begins = |i: &usize| {
        let container = &want.containers[*i];
        let mounted = |name: &str| want.volumes.iter().any(|v| v.member == container.member && v.name == name);
        matches!(fates[*i], Fate::Create { .. }) && !have.volumes.iter().any(|seen| mounted(&seen.name))
    };
    let master_of = |container: &Container| {
        let master = container.labels.get(labels::BACKUP_OF)?;
        want.containers.iter().position(|c| c.member.as_str() == master)
    };
    let backups = (0..fates.len()).filter(begins);
    backups.filter_map(|i| master_of(&want.containers[i])).filter(begins).collect()
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

/// The removals with those of a pair's nodes in one sequence, the backup's first: one that still runs while its master stops takes over.
pub(super) fn backup_first(all: Sequences, pair: &Pair) -> Sequences {
    let is_of = |steps: &[Step<Op>], name: &Name| steps.iter().any(|step| step.member.as_ref() == Some(name));
    let (backup, others): (Sequences, _) = all.into_iter().partition(|steps| is_of(steps, &pair.backup));
    let (master, mut others): (_, Sequences) = others.into_iter().partition(|steps| is_of(steps, &pair.master));
    others.push(backup.into_iter().chain(master).flatten().collect());
    others.retain(|steps| !steps.is_empty());
    others
}
