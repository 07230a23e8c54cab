//! Whether gateways will be where this machine can look at them. Pure.

use super::super::finding::{Finding, Topic};
use crate::error::Class;
use crate::stack::Stack;

/// What is said when the ports of a stack bind to the loopback of another machine: nothing there can be proven from here, however long
/// it is waited for. `host`: the engine's, where it is not this one. `proven`: whether that is wanted.
pub fn reach(stack: &Stack, host: Option<&str>, proven: bool) -> Option<Finding> {
    let (host, ip) = (host?, stack.bind_address);
    // Behind a proxy nothing is published.
    if !ip.is_loopback() || stack.proxy.is_some() {
        return None;
    }
    let seen =
        format!("the ports bind to {ip} of {host}, which this machine does not reach: nothing can be proven from here");
    let bind = format!("--bind-address with an address of {host}, or 0.0.0.0 (then others reach the gateways, too)");
    Some(if proven {
        Finding::problem(Topic::Reach, Class::Usage, seen).advise(format!("{bind}; or start them with --no-wait"))
    } else {
        Finding::warning(Topic::Reach, seen).advise(bind)
    })
}
