//! What the overview shows as connections and as problems (fact sheet 2.3). The forms are on record, the texts are the
//! simulator's own.

use serde_json::{Value, json};

use crate::simulator::network::table::LinkStatus;
use crate::simulator::node::Node;
use crate::simulator::redundancy::machine::Role;
use crate::simulator::web::list::list;
use crate::simulator::web::routes::Route;

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/overview/connections", |call| list(connections(&call.node), &call.query)),
    Route::read("/overview/problems", |call| list(problems(&call.node), &call.query)),
];

fn connections(node: &Node) -> Vec<Value> {
    let state = node.state();
    let (all, running) = (state.connections.iter().count(), state.connections.running());
    let network = json!({
        "title": "Gateway Network", "img": "",
        "actions": [{"label": "View", "url": "/app/network/gateway-network"}],
        "lines": [{"text": format!("{running} of {all} running"), "error": running < all}],
    });
    let mut cards = vec![network];
    if state.machine.role() != Role::Independent {
        let connected = state.machine.peer().is_some();
        cards.push(json!({
            "title": "Redundancy", "img": "",
            "actions": [{"label": "View", "url": "/app/platform/redundancy"}],
            "lines": [{"text": if connected { "Peer connected" } else { "Peer not connected" }, "error": !connected}],
        }));
    }
    cards
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
    for module in &node.setup.modules.quarantined {
        let text = format!("Module {} is quarantined", module.id);
        found.push(problem("Module quarantined", &text, "Accept or remove the module", "/app/platform/modules"));
    }
    let state = node.state();
    for (_, c) in state.connections.iter().filter(|(_, c)| c.status == LinkStatus::Faulted) {
        let text = format!("Connection {} {}: {}", c.direction.as_str(), c.address, c.last_error);
        found.push(problem(
            "Gateway Network connection faulted",
            &text,
            "See the connection's last error",
            "/app/network/gateway-network",
        ));
    }
    if state.machine.role() != Role::Independent && state.machine.peer().is_none() {
        let text = "The redundant peer is not connected";
        found.push(problem("Redundancy", text, "Start the peer and check its address", "/app/platform/redundancy"));
    }
    found
}
