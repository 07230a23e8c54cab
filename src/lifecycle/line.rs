//! Where each member stands, in a few words: for progress and status. Pure.

use std::collections::HashMap;
use std::time::Duration;

use super::condition::{Check, Condition, Subject, Verdict};
use super::wait::Snapshot;
use crate::engine::{ContainerState, Health, MemberState};
use crate::gateway::Sighting;
use crate::report::MemberLine;
use crate::report::outcome::StatusRow;
use crate::stack::{Gateway, Link, Name, Node, Service, Stack};

/// A snapshot by name: what is looked up for each member is gathered once for all of them.
struct ByName<'a> {
    seen: &'a Snapshot,
    members: HashMap<&'a Name, &'a MemberState>,
    /// The first open check of each member.
    unmet: HashMap<&'a Name, &'a Check>,
    /// Links that each gateway dials, and how many of them run.
    links: HashMap<&'a Name, (usize, usize)>,
}

impl<'a> ByName<'a> {
    fn new(stack: &'a Stack, seen: &'a Snapshot) -> Self {
        let mut unmet = HashMap::new();
        // A link counts when both of its ends say so.
        let mut met: HashMap<&Link, bool> = HashMap::new();
        for check in &seen.checks {
            if !check.verdict.is_settled() {
                unmet.entry(&check.gateway).or_insert(check);
            }
            if let (Subject::Link(link), Condition::LinkRunning | Condition::LinkAccepted) =
                (&check.subject, check.condition)
            {
                *met.entry(link).or_insert(true) &= check.verdict == Verdict::Met;
            }
        }
        let mut links: HashMap<&Name, (usize, usize)> = HashMap::new();
        for link in &stack.links {
            let (planned, running) = links.entry(&link.from).or_default();
            *planned += 1;
            *running += usize::from(met.get(link) == Some(&true));
        }
        let members = seen.members.iter().rev().map(|member| (&member.member, member)).collect();
        Self { seen, members, unmet, links }
    }

    /// `2 of 2`, or nothing when the gateway dials nobody.
    fn links(&self, name: &Name) -> String {
        self.links.get(name).map(|(planned, running)| format!("{running} of {planned}")).unwrap_or_default()
    }

    fn member(&self, name: &Name) -> Option<&'a MemberState> {
        self.members.get(name).copied()
    }
}

/// One line per service and gateway, in start order.
pub fn lines(stack: &Stack, seen: &Snapshot, mut elapsed: impl FnMut(&Name, bool) -> Duration) -> Vec<MemberLine> {
    let by_name = ByName::new(stack, seen);
    let mut lines: Vec<_> = stack.services.iter().map(|s| service_line(s, &by_name, &mut elapsed)).collect();
    lines.extend(stack.gateways.iter().map(|g| gateway_line(g, &by_name, &mut elapsed)));
    lines
}

fn service_line(
    service: &Service,
    by_name: &ByName<'_>,
    elapsed: &mut impl FnMut(&Name, bool) -> Duration,
) -> MemberLine {
    let unmet = by_name.unmet.get(&service.id).copied();
    let done = unmet.is_none();
    MemberLine {
        member: service.id.to_string(),
        place: service.image.clone(),
        node: String::new(),
        state: container_word(by_name.member(&service.id)),
        detail: String::new(),
        unmet: unmet.map(unmet_text).unwrap_or_default(),
        done,
        elapsed: elapsed(&service.id, done),
    }
}

fn gateway_line(
    gateway: &Gateway,
    by_name: &ByName<'_>,
    elapsed: &mut impl FnMut(&Name, bool) -> Duration,
) -> MemberLine {
    let (seen, unmet) = (by_name.seen, by_name.unmet.get(&gateway.name).copied());
    let done = unmet.is_none() && !seen.checks.is_empty();
    let sighting = seen.sightings.get(&gateway.name);
    MemberLine {
        member: gateway.name.to_string(),
        place: format!(":{}", gateway.http_port),
        node: node_word(&gateway.node).to_owned(),
        state: state_word(by_name.member(&gateway.name), sighting),
        detail: detail(gateway, by_name, sighting),
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

fn detail(gateway: &Gateway, by_name: &ByName<'_>, sighting: Option<&Sighting>) -> String {
    let mut facts = Vec::new();
    if gateway.node != Node::Independent {
        let (_, level, sync, peer) = redundancy(sighting);
        facts.extend([level, sync].into_iter().filter(|t| !t.is_empty()));
        if peer == "yes" {
            facts.push("peer connected".to_owned());
        }
    }
    if sighting.is_some_and(Sighting::is_running) {
        let links = by_name.links(&gateway.name);
        if !links.is_empty() {
            facts.push(format!("{links} links"));
        }
    }
    facts.join(", ")
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
    let by_name = ByName::new(stack, seen);
    let services = stack.services.iter().map(|s| StatusRow {
        member: s.id.to_string(),
        state: container_word(by_name.member(&s.id)),
        ..StatusRow::default()
    });
    let gateways = stack.gateways.iter().map(|g| {
        let sighting = seen.sightings.get(&g.name);
        let paired = g.node != Node::Independent;
        let (role, level, sync, peer) = redundancy(sighting);
        StatusRow {
            member: g.name.to_string(),
            state: state_word(by_name.member(&g.name), sighting),
            role,
            level,
            sync: if paired { sync } else { String::new() },
            peer: if paired { peer } else { String::new() },
            links: if sighting.is_some_and(Sighting::is_running) { by_name.links(&g.name) } else { String::new() },
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
