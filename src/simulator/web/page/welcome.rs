//! The page at `/welcome`, which stands in front of a gateway that needs commissioning (fact sheet 1.5).

use super::markup::{Tone, escape, live, tag};
use crate::simulator::access::commissioning::missing_steps;
use crate::simulator::modules::Waiting;
use crate::simulator::node::{Node, Phase};

/// What is missing, and how to give it.
pub(crate) fn welcome(node: &Node) -> String {
    let missing = missing_steps(node);
    let modules = node.modules.now();
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
         <div class=\"note\">This gateway needs commissioning. Still missing:<ul>{steps}</ul></div>{}",
        tag("COMMISSIONING", Tone::Wait),
        modules.waiting.iter().map(waiting).collect::<String>(),
    );
    live(&state.name, &body)
}

/// A third-party module, in the words of the real wizard (fact sheet 6.4).
fn waiting(waiting: &Waiting) -> String {
    let word = |accepted: bool, yes: &str, no: &str| {
        if accepted { tag(yes, Tone::Good) } else { tag(no, Tone::Bad) }
    };
    let module = &waiting.module;
    format!(
        "<div class=\"row\"><strong>{}</strong>{} {}<span class=\"meta\">{} {}</span></div>",
        escape(&module.name),
        word(waiting.cert_accepted, "TRUSTED", "NOT TRUSTED"),
        word(waiting.license_accepted, "ACCEPTED", "NOT ACCEPTED"),
        escape(&module.id),
        escape(&module.version),
    )
}

fn hint(step: &str) -> &'static str {
    match step {
        "eula" => "(the licence agreement: <code>ACCEPT_IGNITION_EULA=Y</code> at the first start)",
        "authSetup" => "(an administrator: <code>GATEWAY_ADMIN_PASSWORD</code> at the first start)",
        "modules" => {
            "(third-party modules: <code>ACCEPT_MODULE_CERTS</code> and <code>ACCEPT_MODULE_LICENSES</code> at the first start)"
        }
        _ => "",
    }
}
