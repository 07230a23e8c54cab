//! Whether a planned link runs, seen at both of its ends. A remote that was not planned is no concern of ours.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::matching::{self, Match, bare_name};
use super::verdict::{Judged, Reason};
use super::view::{View, unseen};
use crate::diagnosis::Cause;
use crate::gateway::{Connection, LinkStatus};
use crate::stack::{Gateway, Link, Name};

const ROUTE: &str = "/gateway-network/connections";

/// What a dialler's last error says (fact sheet 4.4, 8).
pub(super) fn cause_of_error(error: &str) -> Cause {
    let text = error.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["pendingapproval", "pending approval"]) {
        Cause::LinkPendingApproval
    } else if says(&["403", "forbidden"]) {
        Cause::LinkRefused
    } else if says(&["could not decode response header"]) {
        Cause::LinkStale
    } else if says(&["trustanchors"]) {
        Cause::LinkTrustEmpty
    } else if says(&["received fatal alert", "certificate_unknown"]) && says(&["certificate", "unknown_ca"]) {
        // What the other end has to say of ours.
        Cause::LinkCertificateRefused
    } else if says(&["certificate", "pkix"]) {
        Cause::LinkCertificate
    } else if says(&["unknownhost", "unresolved", "name or service not known", "failed to lookup"]) {
        Cause::PeerUnresolvable
    } else {
        Cause::LinkFaulted
    }
}

/// The outgoing connection to that very node, at the dialling end.
pub(super) fn running(view: View<'_>, link: &Link) -> Judged {
    at_end(view, link, &link.from, &link.to, "outgoing", |connection, target| {
        matching::outgoing(view, connection, target)
    })
}

/// The incoming connection of the dialling gateway, at the listening end.
pub(super) fn accepted(view: View<'_>, link: &Link) -> Judged {
    at_end(view, link, &link.to, &link.from, "incoming", |connection, source| {
        matching::incoming(view, connection, source)
    })
}

fn at_end(
    view: View<'_>,
    link: &Link,
    here: &Name,
    there: &Name,
    direction: &str,
    belongs: impl Fn(&Connection, &Gateway) -> Match,
) -> Judged {
    let sighting = match view.ready(here) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let Some(&other) = view.index.gateways.get(there) else {
        return Reason::new("not in the stack", format!("{there} is no gateway of the stack")).unknown().into();
    };
    let Some(all) = sighting.connections.value() else {
        let reason = unseen(&sighting.connections, ROUTE);
        return Reason { text: format!("{there}: connections not seen"), ..reason }.unknown().into();
    };
    let mut best: Option<&Connection> = None;
    let mut unclear: Option<&Connection> = None;
    let candidates = view.index.candidates(here, other, view.stack.system_name(other));
    for connection in candidates.into_iter().filter_map(|place| all.get(place)) {
        match belongs(connection, other) {
            Match::Yes if connection.status == Some(LinkStatus::Running) => {
                return Judged::met(format!("{ROUTE} at {here}: {}", described(connection, direction)));
            }
            Match::Yes => best = best.or(Some(connection)),
            Match::Silent | Match::Contradicted => unclear = unclear.or(Some(connection)),
            Match::No => {}
        }
    }
    match (best, unclear) {
        (Some(connection), _) => not_running(connection, here, there, direction),
        // A backup has another name until it has met its master, so this is no final answer.
        (None, Some(connection)) => {
            let seen = format!("{ROUTE} at {here}: not clearly {there}: {}", described(connection, direction));
            Reason::new(format!("{there}: not clear which connection"), seen)
                .because(Cause::LinkNotFormed)
                .pending()
                .into()
        }
        (None, None) => absent(link, all, here, there, direction),
    }
}

fn absent(link: &Link, all: &[Connection], here: &Name, there: &Name, direction: &str) -> Judged {
    let shown: Vec<String> = all.iter().take(5).map(|c| described(c, "")).collect();
    let shown = if shown.is_empty() { "none".to_owned() } else { shown.join("; ") };
    let seen = format!("{ROUTE} at {here}: no {direction} connection of {there} (connections: {shown})");
    let reason = Reason::new(format!("{there}: no {direction} connection"), seen);
    if here == &link.from { reason.because(Cause::LinkNotDefined) } else { reason.because(Cause::LinkNotFormed) }
        .pending()
        .into()
}

fn not_running(connection: &Connection, here: &Name, there: &Name, direction: &str) -> Judged {
    let status = connection.status.as_ref().map_or_else(|| "no status".to_owned(), ToString::to_string);
    let reason =
        Reason::new(format!("{there}: {status}"), format!("{ROUTE} at {here}: {}", described(connection, direction)));
    let by_error = connection.last_error.as_deref().map(cause_of_error);
    let cause = match (&connection.status, by_error) {
        (Some(LinkStatus::PendingApproval), _) => Cause::LinkPendingApproval,
        // A dialler that tries again is Connecting for a moment: its last error still says why.
        (_, Some(cause)) => cause,
        (Some(LinkStatus::Faulted), None) => Cause::LinkFaulted,
        _ => Cause::LinkNotFormed,
    };
    reason.because(cause).pending().into()
}

fn described(connection: &Connection, direction: &str) -> String {
    let mut text = match &connection.direction {
        Some(seen) => seen.to_string(),
        None => direction.to_owned(),
    };
    for (label, value) in [("remote", &connection.remote), ("address", &connection.address)] {
        if let Some(value) = value {
            let _ = write!(text, " {label} {value}");
        }
    }
    if let Some(role) = &connection.role {
        let _ = write!(text, " role {role}");
    }
    let _ = match &connection.status {
        Some(status) => write!(text, " {status}"),
        None => write!(text, " without a status"),
    };
    if let Some(error) = &connection.last_error {
        let _ = write!(text, ", last error: {error}");
    }
    text
}

/// The dialling gateway's own list: each planned remote `Connected`, and at least as many running connections as it has
/// outgoing links (fact sheet 9, verifier order). A pair is one remote there (fact sheet 4.6).
pub(super) fn remotes(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let planned = planned_remotes(view, gateway);
    let Some(listed) = sighting.gateways.value() else {
        return unseen(&sighting.gateways, "/gateway-network/gateways").unknown().into();
    };
    let connected = listed.iter().filter(|entry| entry.connected == Some(true));
    let connected = connected.filter_map(|entry| entry.name.as_deref().or(entry.server_id.as_deref())).map(bare_name);
    let connected: HashSet<String> = connected.map(str::to_ascii_lowercase).collect();
    for name in &planned {
        if !connected.contains(name.as_str()) && !connected.contains(&format!("{name}-backup")) {
            let seen = format!("/gateway-network/gateways at {}: {name} is not listed as Connected", gateway.name);
            return Reason::new(format!("{name}: not Connected"), seen).because(Cause::LinkNotFormed).pending().into();
        }
    }
    let outgoing = view.index.links_from(&gateway.name).len() as u64;
    match sighting.gan.value().and_then(|g| g.running) {
        Some(running) if running < outgoing => {
            let seen = format!("/overview/gan at {}: runningConnections={running}, {outgoing} planned", gateway.name);
            Reason::new(format!("{running} of {outgoing} connections run"), seen)
                .because(Cause::LinkNotFormed)
                .pending()
                .into()
        }
        Some(running) => Judged::met(format!("{} remotes Connected, runningConnections={running}", planned.len())),
        None => Judged::met(format!("{} remotes Connected", planned.len())),
    }
}

/// System names of what a gateway dials, each once.
fn planned_remotes<'a>(view: View<'a>, gateway: &Gateway) -> Vec<&'a Name> {
    let dialled = view.index.links_from(&gateway.name).iter().filter_map(|link| view.index.gateways.get(&link.to));
    let mut names: Vec<&Name> = dialled.map(|g| view.stack.system_name(g)).collect();
    names.sort();
    names.dedup();
    names
}
