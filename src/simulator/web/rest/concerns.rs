//! What the overview shows as connections and as problems (fact sheet 2.3). The forms are on record, the texts are the
//! simulator's own.

use serde_json::{Value, json};

use crate::simulator::database::Standing;
use crate::simulator::network::table::{LinkStatus, display_name};
use crate::simulator::node::Node;
use crate::simulator::redundancy::machine::Role;
use crate::simulator::web::list::list;
use crate::simulator::web::routes::Route;

const NETWORK_PAGE: &str = "/app/network/gateway-network";
const DATABASES_PAGE: &str = "/app/connections/databases";
const REDUNDANCY_PAGE: &str = "/app/platform/redundancy";

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/overview/connections", |call| list(connections(&call.node), &call.query)),
    Route::read("/overview/problems", |call| list(problems(&call.node), &call.query)),
];

fn connections(node: &Node) -> Vec<Value> {
    let databases = node.databases.all().into_iter().map(|(name, checked)| {
        let error = checked.error.map(|e| format!(": {e}")).unwrap_or_default();
        line(&format!("{name}: {}{error}", checked.standing.as_str()), checked.standing == Standing::Faulted)
    });
    let databases: Vec<Value> = databases.collect();
    let state = node.state();
    let (all, running) = (state.connections.iter().count(), state.connections.running());
    let mut links = vec![line(&format!("{running} of {all} running"), running < all)];
    links.extend(state.connections.iter().map(|(_, c)| {
        let remote = c.remote.as_ref().map_or_else(|| c.address.clone(), |r| display_name(&r.name, r.role));
        let text = format!("{remote} ({}): {}", c.direction.as_str(), c.status.as_str());
        line(&text, c.status == LinkStatus::Faulted)
    }));
    let mut cards = vec![card("Gateway Network", NETWORK_PAGE, &links), card("Databases", DATABASES_PAGE, &databases)];
    if state.machine.role() != Role::Independent {
        let connected = state.machine.peer().is_some();
        let text = if connected { "Peer connected" } else { "Peer not connected" };
        cards.push(card("Redundancy", REDUNDANCY_PAGE, &[line(text, !connected)]));
    }
    cards
}

fn card(title: &str, url: &str, lines: &[Value]) -> Value {
    json!({"title": title, "img": "", "actions": [{"label": "View", "url": url}], "lines": lines})
}

fn line(text: &str, error: bool) -> Value {
    json!({"text": text, "error": error})
}

fn problem(title: &str, description: &str, resolution: &str, url: &str) -> Value {
    json!({"title": title, "description": description, "resolution": resolution, "url": url, "actionLabel": "View"})
}

fn problems(node: &Node) -> Vec<Value> {
    let mut found = Vec::new();
    if node.trial_left_s() == 0 {
        let text = "The trial period of this gateway is over";
        found.push(problem("Trial expired", text, "Reset the trial or activate a licence", "/app/platform/licensing"));
    }
    for held in &node.modules.now().quarantined {
        let text = format!("Module {} is quarantined: {}", held.module.id, held.reason);
        found.push(problem("Module quarantined", &text, "Accept or remove the module", "/app/platform/modules"));
    }
    let state = node.state();
    for (_, c) in state.connections.iter().filter(|(_, c)| c.status == LinkStatus::Faulted) {
        let text = format!("Connection {} {}: {}", c.direction.as_str(), c.address, c.last_error);
        found.push(problem(
            "Gateway Network connection faulted",
            &text,
            "See the connection's last error",
            NETWORK_PAGE,
        ));
    }
    if state.machine.role() != Role::Independent && state.machine.peer().is_none() {
        let text = "The redundant peer is not connected";
        found.push(problem("Redundancy", text, "Start the peer and check its address", REDUNDANCY_PAGE));
    }
    found
}
