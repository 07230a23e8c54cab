//! Redundant pairs: a master that names no backup gets one, placed last, on the highest port + 1 (product reference, section 4).

use std::collections::BTreeSet;

use super::{Resolved, texts};
use crate::spec::{PairMode, Problems, RedundancySpec, Spec};
use crate::stack::{Gateway, Name, Node, Pair, Port};

pub(super) fn expand(spec: &Spec, gateways: &mut Vec<Resolved>, problems: &mut Problems) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let masters: Vec<(usize, RedundancySpec)> =
        gateways.iter().enumerate().filter_map(|(k, g)| Some((k, spec.gateways[g.at?].redundancy.clone()?))).collect();
    for (k, redundancy) in &masters {
        let path = gateways[*k].path();
        if redundancy.gan_port.is_some_and(|p| p != spec.gateway_network.port()) {
            let port = spec.gateway_network.port();
            let word = spec.gateway_network.word();
            problems.add(format!("{path}.redundancy.gan_port"), format!("is {port} on a {word} gateway network"));
        }
        let role = gateways[*k].gateway.role;
        if role != spec.architecture.redundant_role() {
            problems.add(
                format!("{path}.redundancy"),
                format!(
                    "a {role} scales out and is not paired; in {} the {} may be redundant",
                    spec.architecture,
                    spec.architecture.redundant_role()
                ),
            );
        }
        if redundancy.mode == PairMode::Backup {
            backup_has_master(spec, &gateways[*k], redundancy, &masters, gateways, problems);
        }
    }
    for (k, redundancy) in masters.iter().filter(|(_, r)| r.mode == PairMode::Master) {
        if let Some(pair) = pair(spec, *k, redundancy, gateways, problems) {
            pairs.push(pair);
        }
    }
    pairs
}

fn backup_has_master(
    spec: &Spec,
    backup: &Resolved,
    redundancy: &RedundancySpec,
    all: &[(usize, RedundancySpec)],
    gateways: &[Resolved],
    problems: &mut Problems,
) {
    let path = format!("{}.redundancy.peer", backup.path());
    let Some(peer) = &redundancy.peer else {
        problems.add(path, "a backup names its master");
        return;
    };
    let own = backup.gateway.name.as_str();
    let master = all.iter().find(|(k, r)| {
        gateways[*k].gateway.name.as_str() == peer
            && r.mode == PairMode::Master
            && r.peer.clone().unwrap_or_else(|| format!("{peer}-backup")) == own
    });
    if master.is_none() {
        let exists = spec.gateways.iter().any(|g| &g.name == peer);
        let why = if exists { "is not a master that names this gateway as its peer" } else { "does not exist" };
        problems.add(path, format!("{:?} {why}", texts::cut(peer)));
    }
}

fn pair(
    spec: &Spec,
    k: usize,
    redundancy: &RedundancySpec,
    gateways: &mut Vec<Resolved>,
    problems: &mut Problems,
) -> Option<Pair> {
    let path = gateways[k].path();
    let master = gateways[k].gateway.name.clone();
    let backup = match &redundancy.peer {
        Some(text) => Name::parse(text),
        None => master.backup(),
    }
    .map_err(|e| problems.add(format!("{path}.redundancy.peer"), e.to_string()))
    .ok()?;
    gateways[k].gateway.node = Node::Master { backup: backup.clone() };
    match gateways.iter().position(|g| g.gateway.name == backup) {
        Some(b) if b == k => {
            problems.add(format!("{path}.redundancy.peer"), "a gateway is not its own backup");
            return None;
        }
        Some(b) => adopt(spec, k, b, gateways, problems),
        None if redundancy.peer.is_some()
            && redundancy.peer.as_deref() != master.backup().ok().as_ref().map(Name::as_str) =>
        {
            problems.add(format!("{path}.redundancy.peer"), format!("there is no gateway {backup}"));
            return None;
        }
        None => append(k, &backup, gateways, problems),
    }
    Some(Pair { master, backup })
}

/// The backup stands in the configuration: it must point back and be equal in all that a pair shares.
fn adopt(spec: &Spec, k: usize, b: usize, gateways: &mut [Resolved], problems: &mut Problems) {
    let path = gateways[b].path();
    let points_back = gateways[b]
        .at
        .and_then(|i| spec.gateways[i].redundancy.as_ref())
        .is_some_and(|r| r.mode == PairMode::Backup && r.peer.as_deref() == Some(gateways[k].gateway.name.as_str()));
    if !points_back {
        problems.add(
            format!("{path}.redundancy"),
            format!("must be mode backup with peer {}, whose backup it is", gateways[k].gateway.name),
        );
    }
    let (master, backup) = (&gateways[k].gateway, &gateways[b].gateway);
    if master.edition != backup.edition {
        problems.add(format!("{path}.ignition_edition"), "both nodes of a pair have one edition");
    }
    let modules = |gateway: &Gateway| gateway.disabled.iter().copied().collect::<BTreeSet<_>>();
    if modules(master) != modules(backup) {
        problems.add(format!("{path}.disable_builtins"), "both nodes of a pair have one set of modules");
    }
    if master.role != backup.role {
        problems.add(format!("{path}.role"), "both nodes of a pair have one role");
    }
    let master = master.name.clone();
    gateways[b].gateway.node = Node::Backup { master };
}

fn append(k: usize, backup: &Name, gateways: &mut Vec<Resolved>, problems: &mut Problems) {
    let highest = gateways.iter().map(|g| g.gateway.http_port).max();
    let Some(http_port) = highest.and_then(|p| p.get().checked_add(1)).and_then(Port::new) else {
        problems
            .add(format!("{}.http_port", gateways[k].path()), "no port is left above the highest one for the backup");
        return;
    };
    let mut gateway = gateways[k].gateway.clone();
    gateway.node = Node::Backup { master: gateway.name.clone() };
    gateway.name = backup.clone();
    gateway.volume = format!("{backup}-data");
    gateway.http_port = http_port;
    gateways.push(Resolved { at: None, gateway });
}
