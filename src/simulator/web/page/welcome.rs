//! The page at `/welcome`, which stands in front of a gateway that needs commissioning (fact sheet 1.5).

use super::markup::{Tone, escape, live, tag};
use crate::simulator::access::commissioning::missing_steps;
use crate::simulator::node::{Node, Phase};

/// What is missing, and how to give it.
pub(crate) fn welcome(node: &Node) -> String {
    let missing = missing_steps(node);
    let state = node.state();
    if state.phase != Phase::Commissioning {
        let body = "<p class=\"note\">This gateway is commissioned. <a href=\"/Start\">To its page</a></p>";
        return live(&state.name, body);
    }
    let steps = missing
        .iter()
        .fold(String::new(), |out, step| format!("{out}<li>{} {}</li>", escape(step.name), hint(step.name)));
    let body = format!(
        "<p class=\"sub\">{} StatusPing says RUNNING all the same, with COMMISSIONING beside it.</p>\
         <div class=\"note\">This gateway needs commissioning. Still missing:<ul>{steps}</ul></div>",
        tag("COMMISSIONING", Tone::Wait)
    );
    live(&state.name, &body)
}

fn hint(step: &str) -> &'static str {
    match step {
        "eula" => "(the licence agreement: <code>ACCEPT_IGNITION_EULA=Y</code> at the first start)",
        "authSetup" => "(an administrator: <code>GATEWAY_ADMIN_PASSWORD</code> at the first start)",
        _ => "",
    }
}
