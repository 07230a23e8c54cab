//! The page of a gateway that does not run: starting, faulted, stopping. Its body is the simulator's own; none is recorded.

use super::markup::{Tone, escape, live, tag};
use crate::simulator::node::{Node, Phase};

/// The state, and why.
pub(crate) fn waiting(node: &Node) -> String {
    let state = node.state();
    let (tone, text) = match state.phase {
        Phase::Faulted => (Tone::Bad, node.setup.fault.as_deref().unwrap_or("The gateway cannot run.")),
        Phase::Stopping => (Tone::Wait, "The gateway shuts down."),
        _ => (Tone::Wait, "The gateway starts. This page goes on to its own by itself."),
    };
    let body = format!("<p class=\"sub\">{}</p><p class=\"note\">{}</p>", tag(state.phase.word(), tone), escape(text));
    live(&state.name, &body)
}
