//! basic: one gateway.

use super::choice::{Choice, Shape};
use super::gateway::gateway;
use crate::spec::GatewaySpec;
use crate::stack::Role;

pub(super) fn gateways(choice: &Choice, shape: &Shape) -> Vec<GatewaySpec> {
    vec![gateway(choice, shape, "gateway", Role::Gateway, 0)]
}
