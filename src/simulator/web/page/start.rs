//! The page at `/Start`: the gateway, its other half, its links, its databases. In the words of the gateway's own pages.

use std::fmt::Write as _;

use super::markup::{Tone, escape, grid, live, tag};
use crate::simulator::clock;
use crate::simulator::database::{Checked, Standing};
use crate::simulator::modules::{Module, Modules};
use crate::simulator::network::frame::Purpose;
use crate::simulator::network::table::{Connection, Direction, LinkStatus, display_name};
use crate::simulator::node::{Node, State};
use crate::simulator::redundancy::machine::{Level, Role, SyncState};

/// Most modules that are listed.
const MODULE_ROWS: usize = 40;

/// The page of a gateway that runs.
pub(crate) fn start(node: &Node) -> String {
    let databases = node.databases.all();
    let trial = node.trial_left_s();
    let state = node.state();
    let edition = if node.setup.edition.is_empty() { "standard" } else { &node.setup.edition };
    let mut body = format!("<p class=\"sub\">Ignition {} {}, played</p>", escape(&node.setup.version), escape(edition));
    body.push_str(&grid(&redundancy(&state)));
    body.push_str("<h2>Gateway</h2>");
    let modules = node.modules.now();
    let quarantined = match modules.quarantined.len() {
        0 => String::new(),
        n => format!(" {}", tag(&format!("{n} quarantined"), Tone::Wait)),
    };
    let valid = databases.values().filter(|d| d.standing == Standing::Valid).count();
    let running = state.connections.running();
    let all = state.connections.iter().count();
    body.push_str(&grid(&[
        ("Trial time left", tag(&hours(trial), if trial == 0 { Tone::Bad } else { Tone::Plain })),
        ("Uptime", escape(&hours(node.uptime().as_secs()))),
        ("Modules", format!("{}{quarantined}", modules.healthy.len())),
        ("Connections", count(running, all, "running")),
        ("Databases", count(valid, databases.len(), "valid")),
        ("Address", escape(&node.address)),
    ]));
    body.push_str("<h2>Gateway Network</h2>");
    if all == 0 {
        body.push_str("<p class=\"note\">No connections.</p>");
    }
    for (_, connection) in state.connections.iter() {
        body.push_str(&link(connection));
    }
    body.push_str("<h2>Databases</h2>");
    if databases.is_empty() {
        body.push_str("<p class=\"note\">No database connections.</p>");
    }
    for (name, checked) in &databases {
        body.push_str(&database(name, checked));
    }
    let now = humantime::format_rfc3339_seconds(clock::now());
    body.push_str(&third_party(&modules));
    let _ = write!(body, "<footer>As of {now}, refreshed every 5 seconds. Made by ignition-stack.</footer>");
    live(&state.name, &body)
}

fn redundancy(state: &State) -> [(&'static str, String); 5] {
    let machine = &state.machine;
    let role = machine.role();
    let level = match machine.level() {
        Level::Active => Tone::Good,
        Level::Undecided => Tone::Wait,
        _ => Tone::Plain,
    };
    let sync = match machine.sync() {
        SyncState::Good => Tone::Good,
        SyncState::Unknown if role == Role::Independent => Tone::Plain,
        SyncState::OutOfDate | SyncState::Unknown => Tone::Wait,
        _ => Tone::Bad,
    };
    let peer = match (&state.peer, role) {
        (Some(_), _) => ("Yes", Tone::Good),
        (None, Role::Independent) => ("No", Tone::Plain),
        (None, _) => ("No", Tone::Bad),
    };
    let other = state.peer.as_ref().map_or_else(
        || "none".to_owned(),
        |p| {
            let level = p.condition.level.as_str();
            format!("{}, {level}, {}", display_name(&p.identity.name, p.identity.role), p.identity.address)
        },
    );
    [
        ("Gateway Role", tag(role.as_str(), Tone::Plain)),
        ("Activity Level", tag(machine.level().as_str(), level)),
        ("Sync Status", tag(machine.sync().display(), sync)),
        ("PEER CONNECTED", tag(peer.0, peer.1)),
        ("Peer Address", escape(&other)),
    ]
}

fn count(n: usize, all: usize, word: &str) -> String {
    if all == 0 {
        return "none".to_owned();
    }
    tag(&format!("{n} of {all} {word}"), if n == all { Tone::Good } else { Tone::Bad })
}

fn link(c: &Connection) -> String {
    let remote = c.remote.as_ref().map(|r| display_name(&r.name, r.role));
    let tone = match c.status {
        LinkStatus::Running => Tone::Good,
        LinkStatus::Faulted => Tone::Bad,
        _ => Tone::Wait,
    };
    let arrow = if c.direction == Direction::Outgoing { "\u{2192}" } else { "\u{2190}" };
    let purpose = if c.purpose == Purpose::Redundancy { ", redundancy" } else { "" };
    let ping = c.ping_ms.map(|ms| format!(", ping {ms} ms")).unwrap_or_default();
    let status = tag(c.status.as_str(), tone);
    row(
        &format!("{arrow} {}", remote.as_deref().unwrap_or("not met yet")),
        &status,
        &format!("{}{purpose}, {}{ping}", c.direction.as_str(), c.address),
        Some(c.last_error.as_str()).filter(|e| !e.is_empty()),
        c.status == LinkStatus::Faulted,
    )
}

fn database(name: &str, checked: &Checked) -> String {
    let tone = match checked.standing {
        Standing::Valid => Tone::Good,
        Standing::Faulted => Tone::Bad,
        Standing::Connecting => Tone::Wait,
        Standing::Disabled => Tone::Plain,
    };
    let status = tag(checked.standing.as_str(), tone);
    row(name, &status, &format!("last check took {} ms", checked.duration), checked.error.as_deref(), true)
}

/// Modules of third parties, and whatever is held back.
fn third_party(modules: &Modules) -> String {
    let meta = |m: &Module| format!("{} {}", m.id, m.version);
    let running = modules.healthy.iter().filter(|m| m.file.is_some());
    let rows = running.map(|m| row(&m.name, &tag("ACTIVE", Tone::Good), &meta(m), None, false));
    let held = modules.quarantined.iter().map(|held| {
        let m = &held.module;
        row(&m.name, &tag("quarantined", Tone::Wait), &meta(m), Some(&held.reason), true)
    });
    let off = modules.disabled.iter().map(|m| row(&m.name, &tag("disabled", Tone::Plain), &meta(m), None, false));
    let rows: Vec<String> = rows.chain(held).chain(off).collect();
    if rows.is_empty() {
        return String::new();
    }
    let more = match rows.len().saturating_sub(MODULE_ROWS) {
        0 => String::new(),
        n => format!("<p class=\"note\">And {n} more.</p>"),
    };
    format!("<h2>Modules</h2>{}{more}", rows.into_iter().take(MODULE_ROWS).collect::<String>())
}

/// One thing and how it is; the last error in red while it is still true.
fn row(name: &str, status: &str, meta: &str, error: Option<&str>, still: bool) -> String {
    let error = error.map_or_else(String::new, |e| {
        let (class, label) = if still { ("why", "") } else { ("why old", "last error: ") };
        format!("<p class=\"{class}\">{label}{}</p>", escape(e))
    });
    format!(
        "<div class=\"row\"><strong>{}</strong>{status}<span class=\"meta\">{}</span>{error}</div>",
        escape(name),
        escape(meta)
    )
}

/// `1 h 58 min`, `42 s`.
fn hours(seconds: u64) -> String {
    match (seconds / 3600, seconds % 3600 / 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        assert_eq!([hours(0), hours(59), hours(60), hours(7199)], ["0 s", "59 s", "1 min", "1 h 59 min"]);
    }

    #[test]
    fn names_and_errors_of_strangers_stay_text() {
        let checked = Checked {
            standing: Standing::Faulted,
            error: Some("<img src=x onerror=alert(1)>".to_owned()),
            time: 0,
            duration: 1,
        };
        let html = database("<b>db</b>", &checked);
        assert!(!html.contains("<img") && !html.contains("<b>") && html.contains("&lt;img"), "{html}");
    }
}
