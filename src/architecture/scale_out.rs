//! scale-out: frontends for people, one backend for data; every frontend links to the backend.

use super::choice::{Choice, Shape};
use super::gateway::gateway;
use crate::spec::GatewaySpec;
use crate::stack::Role;

pub(super) fn gateways(choice: &Choice, shape: &Shape) -> Vec<GatewaySpec> {
    let n = shape.count;
    let mut all: Vec<GatewaySpec> = (0..n)
        .map(|i| {
            let name = if n == 1 { "frontend".to_owned() } else { format!("frontend-{}", i + 1) };
            let mut frontend = gateway(choice, shape, &name, Role::Frontend, i);
            frontend.gan_outgoing.push("backend".to_owned());
            frontend
        })
        .collect();
    all.push(gateway(choice, shape, "backend", Role::Backend, n));
    all
}
