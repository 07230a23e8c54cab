//! Ports that the stack publishes: who has them now. Pure.

use std::net::{IpAddr, SocketAddr};

use super::super::facts::{PortUse, Question, Wanted, WantedPort};
use super::super::finding::{Finding, Topic};
use crate::engine::PublishedBy;
use crate::error::Class;

pub(super) fn ports(question: &Question<'_>, wanted: &Wanted<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let (mut free, mut own, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for port in &wanted.ports {
        match problem(question, wanted, port) {
            Judged::Conflict(finding) => found.push(*finding),
            Judged::Own => own.push(port),
            Judged::Free => free.push(port),
            Judged::NotSeen => unseen.push(port),
        }
    }
    if !free.is_empty() {
        found.push(Finding::ok(Topic::Ports, format!("{} {} free", listed(&free), verb(&free))));
    }
    if !own.is_empty() {
        found.push(Finding::ok(
            Topic::Ports,
            format!("{} {} in use by the stack's own containers", listed(&own), verb(&own)),
        ));
    }
    if !unseen.is_empty() {
        let text = match &question.host {
            Some(host) => format!(
                "{}: no container on {host} publishes it, and whether a process there has it is not seen from here",
                listed(&unseen)
            ),
            None => format!("{}: whether a process listens there is not seen from here", listed(&unseen)),
        };
        found.push(Finding::unknown(Topic::Ports, text).advise("the engine tells when a container starts"));
    }
    found
}

enum Judged {
    Free,
    Own,
    NotSeen,
    Conflict(Box<Finding>),
}

fn problem(question: &Question<'_>, wanted: &Wanted<'_>, port: &WantedPort) -> Judged {
    let conflict = |seen: String, advice: String| {
        let finding = Finding::problem(Topic::Ports, Class::Engine, seen).of(Some(&port.member)).advise(advice);
        Judged::Conflict(Box::new(finding))
    };
    let address = port.address;
    let publisher = question.around.published.iter().find(|by| by.covers(address));
    match publisher {
        // Kept, made anew or taken away before anything starts: two members of one stack never want the same port.
        Some(by) if is_own(wanted, by) => return Judged::Own,
        Some(by) => {
            let (whose, end) = match &by.stack {
                Some((stack, _)) if stack != wanted.stack.name.as_str() => {
                    (format!(" of stack {stack}"), format!("ignition-stack down {stack}"))
                }
                _ => (String::new(), format!("docker stop {}", by.container)),
            };
            return conflict(
                format!("port {address} is taken by container {}{whose}", by.container),
                choose(wanted, &end),
            );
        }
        None => {}
    }
    let on = question.host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
    match &port.used {
        PortUse::Process(Some(process)) => {
            conflict(format!("port {address} is taken by {process}"), choose(wanted, "end what listens there"))
        }
        PortUse::Process(None) => conflict(
            format!("port {address} is taken by something else{on}"),
            choose(wanted, "end what listens there (ss -ltnp shows it)"),
        ),
        PortUse::NoSuchAddress => conflict(
            format!("port {address} cannot be opened: the engine's host has no address {}", address.ip()),
            "choose one of its addresses (ip address shows them), or 127.0.0.1: --bind-address".to_owned(),
        ),
        PortUse::Free | PortUse::NotSeen if is_forbidden(question, port) => conflict(
            format!(
                "port {address} is below {}: the engine runs without the right to open it",
                first_allowed(question)
            ),
            choose(wanted, "give it the right (sysctl net.ipv4.ip_unprivileged_port_start)"),
        ),
        PortUse::Free => Judged::Free,
        PortUse::NotSeen => Judged::NotSeen,
    }
}

fn is_own(wanted: &Wanted<'_>, by: &PublishedBy) -> bool {
    let id = wanted.stack.id.to_string();
    by.stack.as_ref().is_some_and(|(name, its)| name == wanted.stack.name.as_str() && its.as_ref() == Some(&id))
}

fn first_allowed(question: &Question<'_>) -> u16 {
    question.unprivileged_from.unwrap_or(1024)
}

/// An engine without the rights of root opens no privileged port.
fn is_forbidden(question: &Question<'_>, port: &WantedPort) -> bool {
    question.engine.rootless && port.address.port() < first_allowed(question)
}

fn choose(wanted: &Wanted<'_>, end: &str) -> String {
    if wanted.exists {
        format!("{end}; or change http_port in .ignition-stack/config.json, or let --auto-ports choose")
    } else {
        format!("{end}; or choose other ports: --base-port, --auto-ports")
    }
}

/// `127.0.0.1:9088, 9090 to 9139`: ports in their order, with each address once.
fn listed(ports: &[&WantedPort]) -> String {
    let mut runs: Vec<(IpAddr, u16, u16)> = Vec::new();
    for address in ports.iter().map(|port| port.address) {
        match runs.last_mut() {
            Some((ip, _, last)) if *ip == address.ip() && last.checked_add(1) == Some(address.port()) => {
                *last = address.port();
            }
            _ => runs.push((address.ip(), address.port(), address.port())),
        }
    }
    let mut before = None;
    let mut texts = Vec::new();
    for (ip, first, last) in runs {
        let begin = if before == Some(ip) { first.to_string() } else { SocketAddr::new(ip, first).to_string() };
        texts.push(match last - first {
            0 => begin,
            1 => format!("{begin}, {last}"),
            _ => format!("{begin} to {last}"),
        });
        before = Some(ip);
    }
    texts.join(", ")
}

fn verb(ports: &[&WantedPort]) -> &'static str {
    if ports.len() == 1 { "is" } else { "are" }
}
