//! Whether the nodes of a pair are redundant to each other: role, sync state, activity level, peer connected.

use super::verdict::{Judged, Reason};
use super::view::{Sources, View, unseen};
use crate::diagnosis::Cause;
use crate::gateway::{ActivityLevel, Direction, NodeRole, Seen, Sighting, SyncState};
use crate::stack::{Gateway, Name, Node, Pair};

/// The role word that a planned place in a pair has.
pub(super) fn planned_role(node: &Node) -> NodeRole {
    match node {
        Node::Independent => NodeRole::Independent,
        Node::Master { .. } => NodeRole::Master,
        Node::Backup { .. } => NodeRole::Backup,
    }
}

fn roles(sighting: &Sighting) -> Sources<NodeRole> {
    Sources::read([
        ("gwinfo RedundancyStatus", sighting.gwinfo.value().and_then(|g| g.role.clone())),
        ("/redundancy role", sighting.redundancy.value().and_then(|r| r.role.clone())),
    ])
}

fn levels(sighting: &Sighting) -> Sources<ActivityLevel> {
    Sources::read([
        ("gwinfo RedundantNodeActiveStatus", sighting.gwinfo.value().and_then(|g| g.activity.clone())),
        ("/redundancy activityLevel", sighting.redundancy.value().and_then(|r| r.activity.clone())),
    ])
}

fn syncs(sighting: &Sighting) -> Sources<SyncState> {
    Sources::read([
        ("gwinfo RedundantState", sighting.gwinfo.value().and_then(|g| g.sync.clone())),
        ("/redundancy projectState", sighting.redundancy.value().and_then(|r| r.sync.clone())),
    ])
}

fn peer_connected(sighting: &Sighting) -> Option<bool> {
    sighting.redundancy.value().and_then(|r| r.peer_connected)
}

/// The planned role, on every gateway: read from `redundancy.xml` at the start, so a wrong one does not change by waiting.
pub(super) fn role(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let planned = planned_role(&gateway.node);
    let seen = roles(sighting);
    if seen.is_silent() {
        // An independent gateway may leave the redundancy keys out (fact sheet 1.3).
        return match (&planned, &sighting.gwinfo) {
            (NodeRole::Independent, Seen::Value(_)) => Judged::met("gwinfo shows no redundancy role"),
            (_, Seen::Value(_)) => unseen(&sighting.redundancy, "/redundancy role").unknown().into(),
            (_, other) => unseen(other, "gwinfo RedundancyStatus").unknown().into(),
        };
    }
    match seen.first_other(|r| *r == planned) {
        None => Judged::met(seen.evidence),
        Some(other) => {
            let cause = match (&planned, other) {
                (_, NodeRole::Independent) => Cause::RoleIndependent,
                (NodeRole::Independent, _) => Cause::RoleLeftOver,
                _ => Cause::RoleDiffers,
            };
            Reason::new(format!("role {other}, planned {planned}"), seen.evidence.clone())
                .because(cause)
                .failed()
                .into()
        }
    }
}

/// `Good` at this node. A lonely master says `Good` too, so this alone proves nothing.
pub(super) fn sync_state(view: View<'_>, name: &Name) -> Judged {
    let sighting = match view.ready(name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let seen = syncs(sighting);
    // How gwinfo spells the two special cases is not recorded (fact sheet 10, 2): whoever is more exact is believed.
    let special = [SyncState::ModulesIncompatible, SyncState::EditionIncompatible];
    let exact = special.iter().find(|state| seen.any(|s| s == *state));
    let Some(other) = exact.or_else(|| seen.first_other(|s| *s == SyncState::Good)) else {
        if seen.is_silent() {
            return unseen(&sighting.redundancy, "/redundancy projectState").unknown().into();
        }
        return Judged::met(seen.evidence);
    };
    let reason = Reason::new(format!("sync {other}"), seen.evidence.clone());
    match other {
        SyncState::Incompatible => reason.because(Cause::IncompatibleVersions),
        SyncState::EditionIncompatible => reason.because(Cause::IncompatibleEditions),
        // The backup installs its master's modules and restarts: up to ten minutes (fact sheet 5.3).
        SyncState::ModulesIncompatible => reason.because(Cause::IncompatibleModules),
        SyncState::Unknown => reason.because(Cause::PeerNotConnected),
        _ => reason.because(Cause::SyncNotGood),
    }
    .pending()
    .into()
}

/// Whether a level is that of a standby node.
fn standby(level: &ActivityLevel) -> bool {
    matches!(level, ActivityLevel::Cold | ActivityLevel::Warm)
}

/// Exactly one node Active and the other Cold or Warm.
///
/// Met when the master is Active. Met as well when the backup is Active after a failover, with that as evidence, but only
/// when both nodes are connected and in sync: then the pair is redundant, and which node works is the operator's choice
/// (`masterRecoveryMode` Manual, fact sheet 5.1). Without the connection an Active backup is a lonely one.
pub(super) fn activity_level(view: View<'_>, pair: &Pair, own: &Name) -> Judged {
    let other = if own == &pair.master { &pair.backup } else { &pair.master };
    let mine = match view.ready(own) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let seen = levels(mine);
    let Some(level) = seen.agreed() else {
        if seen.is_silent() {
            return unseen(&mine.redundancy, "/redundancy activityLevel").unknown().into();
        }
        return Reason::new("activity level is changing", seen.evidence).pending().into();
    };
    if *level != ActivityLevel::Active && !standby(level) {
        return Reason::new(format!("activity level {level}"), seen.evidence.clone()).pending().into();
    }
    let theirs = match view.ready(other) {
        Ok(sighting) => sighting,
        Err(judged) => {
            let evidence = format!("{own}: {}; {}", seen.evidence, judged.evidence);
            return Reason::new(format!("{level}, level of {other} not seen"), evidence)
                .because(Cause::PeerNotConnected)
                .unknown()
                .into();
        }
    };
    let seen_there = levels(theirs);
    let evidence = format!("{own}: {}; {other}: {}", seen.evidence, seen_there.evidence);
    let Some(level_there) = seen_there.agreed() else {
        return Reason::new(format!("{level}, level of {other} not clear"), evidence).unknown().into();
    };
    match (*level == ActivityLevel::Active, *level_there == ActivityLevel::Active) {
        (true, true) => Reason::new(format!("{own} and {other} are both Active"), evidence)
            .because(Cause::SplitBrain)
            .pending()
            .into(),
        (false, false) => Reason::new("no node is Active", evidence).because(Cause::NoActiveNode).pending().into(),
        (true, false) | (false, true) => {
            let standby_level = if *level == ActivityLevel::Active { level_there } else { level };
            let master_active = (own == &pair.master) == (*level == ActivityLevel::Active);
            if !standby(standby_level) {
                Reason::new(format!("standby node is {standby_level}"), evidence).pending().into()
            } else if master_active {
                Judged::met(evidence)
            } else if redundant(mine) && redundant(theirs) {
                Judged::met(format!("backup is active (failed over); {evidence}"))
            } else {
                Reason::new("backup is Active, not connected to its master", evidence)
                    .because(Cause::PeerNotConnected)
                    .pending()
                    .into()
            }
        }
    }
}

/// Connected and in sync, by the REST API.
fn redundant(sighting: &Sighting) -> bool {
    peer_connected(sighting) == Some(true) && syncs(sighting).all(|s| *s == SyncState::Good)
}

/// `peerConnected` of the REST API: the only honest sign. `gwinfo` cannot replace it, because a lonely master looks the
/// same there as a paired one (fact sheet 2.2).
pub(super) fn peer(view: View<'_>, pair: &Pair, own: &Name) -> Judged {
    let sighting = match view.ready(own) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    match peer_connected(sighting) {
        Some(true) => Judged::met("/redundancy peerConnected=true: PEER CONNECTED: Yes"),
        None => {
            let reason = unseen(&sighting.redundancy, "/redundancy peerConnected");
            Reason { text: "peer connection not seen".to_owned(), ..reason }.unknown().into()
        }
        Some(false) => {
            let reason = Reason::new("peer not connected", "/redundancy peerConnected=false: PEER CONNECTED: No");
            why_lonely(view, pair, reason).pending().into()
        }
    }
}

/// The cause of a missing connection, where a node shows one: a role that was never given, or the backup's last error.
fn why_lonely(view: View<'_>, pair: &Pair, reason: Reason) -> Reason {
    let independent = [&pair.master, &pair.backup]
        .into_iter()
        .any(|name| view.ready(name).is_ok_and(|s| roles(s).any(|r| *r == NodeRole::Independent)));
    if independent {
        return reason.because(Cause::RoleIndependent);
    }
    let error = view.ready(&pair.backup).ok().and_then(|s| s.connections.value()).and_then(|all| {
        all.iter().filter(|c| c.direction == Some(Direction::Outgoing)).find_map(|c| c.last_error.as_deref())
    });
    match error.map(|text| (text, super::link::cause_of_error(text))) {
        Some((text, cause)) => {
            let seen = format!("{}; last error at {}: {text}", reason.seen, pair.backup);
            Reason { seen, ..reason }.because(match cause {
                Cause::LinkFaulted => Cause::PeerNotConnected,
                // Who of the two is meant depends on whose check this is; the error says it.
                Cause::LinkCertificate | Cause::LinkCertificateRefused | Cause::LinkTrustEmpty => {
                    Cause::PairCertificate
                }
                other => other,
            })
        }
        None => reason.because(Cause::PeerNotConnected),
    }
}
