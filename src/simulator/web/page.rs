//! The web page of a simulated gateway: one glance at what it plays, and that it only plays. HTML text; no HTTP.

use std::fmt::Write as _;

use crate::simulator::access::commissioning::missing_steps;
use crate::simulator::network::table::display_name;
use crate::simulator::node::{Node, Phase};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:44rem;padding:1rem}\
strong.sim{display:block;background:#b00;color:#fff;padding:.6rem 1rem;border-radius:.3rem}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #ccc}\
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}";

/// The page at `/Start`.
pub(crate) fn start(node: &Node) -> String {
    let state = node.state();
    let role = state.machine.role();
    let peer = state.peer.as_ref().map(|p| display_name(&p.identity.name, p.identity.role));
    let mut rows = String::new();
    let mut row = |key: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = write!(rows, "<tr><th>{key}</th><td>{}</td></tr>", escape(value));
    };
    row("System name", &state.name);
    row("Version played", &node.setup.version);
    row("Edition", if node.setup.edition.is_empty() { "standard" } else { &node.setup.edition });
    row("Gateway Role", role.as_str());
    row("Activity Level", state.machine.level().as_str());
    row("Sync Status", state.machine.sync().display());
    row("PEER CONNECTED", if peer.is_some() { "Yes" } else { "No" });
    row("Peer Address", peer.as_deref().unwrap_or("none"));
    let mut links = String::new();
    for (_, c) in state.connections.iter() {
        let remote = c.remote.as_ref().map(|r| display_name(&r.name, r.role)).unwrap_or_default();
        let cells = [remote.as_str(), &c.address, c.direction.as_str(), c.status.as_str(), &c.last_error];
        let cells: String = cells.iter().fold(String::new(), |mut out, cell| {
            let _ = write!(out, "<td>{}</td>", escape(cell));
            out
        });
        let _ = write!(links, "<tr>{cells}</tr>");
    }
    let body = format!(
        "<table>{rows}</table><h2>Gateway Network</h2><table><tr><th>Remote</th><th>Address</th><th>Direction</th>\
         <th>Status</th><th>Last error</th></tr>{links}</table>"
    );
    frame(&state.name, &body)
}

/// The page at `/welcome`.
pub(crate) fn welcome(node: &Node) -> String {
    let missing = missing_steps(node);
    let list = missing.iter().fold(String::new(), |mut out, step| {
        let _ = write!(out, "<li>{}</li>", escape(step.name));
        out
    });
    let state = node.state();
    let text = if state.phase == Phase::Commissioning {
        format!("<p>This gateway needs commissioning. Still missing:</p><ul>{list}</ul>")
    } else {
        "<p>This gateway is commissioned.</p>".to_owned()
    };
    frame(&state.name, &text)
}

/// A page around some text.
pub(crate) fn frame(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>SIMULATED {title}</title><style>{STYLE}</style></head><body>\
         <strong class=\"sim\">SIMULATED gateway: no Ignition runs here</strong><h1>{title}</h1>{body}</body></html>",
        title = escape(title)
    )
}

/// Text as HTML, in elements and attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        let page = frame("<script>alert(1)</script>", "");
        assert!(!page.contains("<script"));
        assert!(page.contains("SIMULATED"));
        assert_eq!(escape("\"'&"), "&quot;&#39;&amp;");
    }
}
