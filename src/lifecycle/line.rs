//! Where each member stands, in a few words: for progress and status. Pure.

use std::time::Duration;

use super::condition::{self, Check, Condition, Subject, Verdict};
use super::wait::Snapshot;
use crate::engine::{ContainerState, Health, MemberState};
use crate::gateway::Sighting;
use crate::report::MemberLine;
use crate::report::outcome::StatusRow;
use crate::stack::{Gateway, Name, Node, Service, Stack};

/// One line per service and gateway, in start order.
pub fn lines(stack: &Stack, seen: &Snapshot, mut elapsed: impl FnMut(&Name, bool) -> Duration) -> Vec<MemberLine> {
    let mut lines: Vec<_> = stack.services.iter().map(|s| service_line(s, seen, &mut elapsed)).collect();
    lines.extend(stack.gateways.iter().map(|g| gateway_line(stack, g, seen, &mut elapsed)));
    lines
}

fn service_line(service: &Service, seen: &Snapshot, elapsed: &mut impl FnMut(&Name, bool) -> Duration) -> MemberLine {
    let unmet = condition::unmet(&seen.checks, &service.id);
    let done = unmet.is_none();
    MemberLine {
        member: service.id.to_string(),
        place: service.image.clone(),
        node: String::new(),
        state: container_word(member(seen, &service.id)),
        detail: String::new(),
        unmet: unmet.map(unmet_text).unwrap_or_default(),
        done,
        elapsed: elapsed(&service.id, done),
    }
}

fn gateway_line(
    stack: &Stack,
    gateway: &Gateway,
    seen: &Snapshot,
    elapsed: &mut impl FnMut(&Name, bool) -> Duration,
) -> MemberLine {
    let unmet = condition::unmet(&seen.checks, &gateway.name);
    let done = unmet.is_none() && !seen.checks.is_empty();
    let sighting = seen.sightings.get(&gateway.name);
    MemberLine {
        member: gateway.name.to_string(),
        place: format!(":{}", gateway.http_port),
        node: node_word(&gateway.node).to_owned(),
        state: state_word(member(seen, &gateway.name), sighting),
        detail: detail(stack, gateway, seen, sighting),
        unmet: unmet.filter(|c| !state_says_it(c)).map(unmet_text).unwrap_or_default(),
        done,
        elapsed: elapsed(&gateway.name, done),
    }
}

fn node_word(node: &Node) -> &'static str {
    match node {
        Node::Independent => "",
        Node::Master { .. } => "master",
        Node::Backup { .. } => "backup",
    }
}

fn member<'a>(seen: &'a Snapshot, name: &Name) -> Option<&'a MemberState> {
    seen.members.iter().find(|m| &m.member == name)
}

fn container_word(member: Option<&MemberState>) -> String {
    let Some(member) = member else { return "missing".to_owned() };
    match (member.state, member.health) {
        (ContainerState::Running, Some(Health::Healthy)) => "healthy".to_owned(),
        (ContainerState::Running, Some(Health::Unhealthy)) => "unhealthy".to_owned(),
        (ContainerState::Running, Some(Health::Starting)) => "starting".to_owned(),
        (ContainerState::Running, None) => "running".to_owned(),
        (ContainerState::Created, _) => "created".to_owned(),
        (ContainerState::Paused, _) => "paused".to_owned(),
        (ContainerState::Restarting, _) => "restarting".to_owned(),
        (ContainerState::Exited { code: Some(code) }, _) => format!("exited ({code})"),
        (ContainerState::Exited { code: None }, _) => "exited".to_owned(),
        (ContainerState::Gone, _) => "gone".to_owned(),
    }
}

/// What the gateway says of itself; while it says nothing, what its container does.
fn state_word(member: Option<&MemberState>, sighting: Option<&Sighting>) -> String {
    let container = container_word(member);
    if member.is_none_or(|m| m.state != ContainerState::Running) {
        return container;
    }
    match sighting.and_then(|s| s.ping.value()) {
        Some(ping) if ping.is_commissioning() => "COMMISSIONING".to_owned(),
        Some(ping) => ping.state.to_string(),
        None => "no answer".to_owned(),
    }
}

fn detail(stack: &Stack, gateway: &Gateway, seen: &Snapshot, sighting: Option<&Sighting>) -> String {
    let mut facts = Vec::new();
    if gateway.node != Node::Independent {
        let (_, level, sync, peer) = redundancy(sighting);
        facts.extend([level, sync].into_iter().filter(|t| !t.is_empty()));
        if peer == "yes" {
            facts.push("peer connected".to_owned());
        }
    }
    if sighting.is_some_and(Sighting::is_running) {
        let links = links(stack, &gateway.name, &seen.checks);
        if !links.is_empty() {
            facts.push(format!("{links} links"));
        }
    }
    facts.join(", ")
}

/// `2 of 2`, or nothing when the gateway dials nobody. A link counts when both of its ends say so.
fn links(stack: &Stack, name: &Name, checks: &[Check]) -> String {
    let planned = stack.links_from(name).count();
    if planned == 0 {
        return String::new();
    }
    let running = stack
        .links_from(name)
        .filter(|link| {
            let mut of = checks
                .iter()
                .filter(|c| matches!(&c.subject, Subject::Link(l) if l == *link))
                .filter(|c| matches!(c.condition, Condition::LinkRunning | Condition::LinkAccepted))
                .peekable();
            of.peek().is_some() && of.all(|c| c.verdict == Verdict::Met)
        })
        .count();
    format!("{running} of {planned}")
}

/// Role, level, sync status and peer of a gateway: from REST, else from gwinfo, which knows nothing of the peer.
fn redundancy(sighting: Option<&Sighting>) -> (String, String, String, String) {
    let Some(sighting) = sighting else { return Default::default() };
    let word = |t: Option<String>| t.unwrap_or_default();
    if let Some(r) = sighting.redundancy.value() {
        let peer = match r.peer_connected {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        return (
            word(r.role.as_ref().map(ToString::to_string)),
            word(r.activity.as_ref().map(ToString::to_string)),
            word(r.sync.as_ref().map(ToString::to_string)),
            peer.to_owned(),
        );
    }
    let Some(info) = sighting.gwinfo.value() else { return Default::default() };
    (
        word(info.role.as_ref().map(ToString::to_string)),
        word(info.activity.as_ref().map(ToString::to_string)),
        word(info.sync.as_ref().map(ToString::to_string)),
        String::new(),
    )
}

/// Whether the state column already tells that a check is open: booting, STARTING.
fn state_says_it(check: &Check) -> bool {
    matches!(check.condition, Condition::Reachable | Condition::Running) && !matches!(check.verdict, Verdict::Failed(_))
}

fn unmet_text(check: &Check) -> String {
    match &check.verdict {
        Verdict::Pending(reason) | Verdict::Failed(reason) | Verdict::Unknown(reason) => reason.text.clone(),
        Verdict::Met | Verdict::Skipped(_) => String::new(),
    }
}

/// The rows of `status`.
pub fn status_rows(stack: &Stack, seen: &Snapshot, urls: impl Fn(&Gateway) -> String) -> Vec<StatusRow> {
    let services = stack.services.iter().map(|s| StatusRow {
        member: s.id.to_string(),
        state: container_word(member(seen, &s.id)),
        ..StatusRow::default()
    });
    let gateways = stack.gateways.iter().map(|g| {
        let sighting = seen.sightings.get(&g.name);
        let paired = g.node != Node::Independent;
        let (role, level, sync, peer) = redundancy(sighting);
        StatusRow {
            member: g.name.to_string(),
            state: state_word(member(seen, &g.name), sighting),
            role,
            level,
            sync: if paired { sync } else { String::new() },
            peer: if paired { peer } else { String::new() },
            links: if sighting.is_some_and(Sighting::is_running) {
                links(stack, &g.name, &seen.checks)
            } else {
                String::new()
            },
            address: urls(g),
            trial: trial(sighting),
        }
    });
    services.chain(gateways).collect()
}

fn trial(sighting: Option<&Sighting>) -> String {
    let Some(trial) = sighting.and_then(|s| s.trial.value()) else { return String::new() };
    match (trial.mode.as_deref(), trial.expired, trial.seconds_left) {
        (Some(mode), ..) if !mode.eq_ignore_ascii_case("trial") => mode.to_owned(),
        (_, Some(true), _) => "expired".to_owned(),
        (_, _, Some(left)) => format!("{}:{:02} h", left / 3600, left % 3600 / 60),
        _ => String::new(),
    }
}
