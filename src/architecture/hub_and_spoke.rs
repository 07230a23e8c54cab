//! hub-and-spoke: one hub, and spokes (Edge unless chosen otherwise) that link to it.

use super::choice::{Choice, Shape};
use super::gateway::gateway;
use crate::spec::GatewaySpec;
use crate::stack::Role;

pub(super) fn gateways(choice: &Choice, shape: &Shape) -> Vec<GatewaySpec> {
    let mut all = vec![gateway(choice, shape, "hub", Role::Hub, 0)];
    all.extend((1..=shape.count).map(|i| {
        let mut spoke = gateway(choice, shape, &format!("spoke-{i}"), Role::Spoke, i);
        spoke.gan_outgoing.push("hub".to_owned());
        spoke
    }));
    all
}
