//! One gateway of an architecture, with everything else left to the resolver.

use super::choice::{Choice, Shape};
use crate::spec::{GatewaySpec, PairMode, RedundancySpec};
use crate::stack::{Edition, Role};

/// A gateway in the edition and the redundancy that the choice gives its role; `offset` counts from the base port.
pub(super) fn gateway(choice: &Choice, shape: &Shape, name: &str, role: Role, offset: u32) -> GatewaySpec {
    let edge = shape.edge == Some(role);
    let master = shape.redundant == Some(role);
    GatewaySpec {
        name: name.to_owned(),
        role,
        ignition_edition: if edge { Edition::Edge } else { Edition::Standard },
        memory_mb: choice.memory_mb,
        http_port: choice.base_port() + offset,
        volume: None,
        networks: None,
        modules: Vec::new(),
        disable_builtins: choice.disable_builtins.clone(),
        env: choice.env.clone(),
        redundancy: master.then_some(RedundancySpec { mode: PairMode::Master, peer: None, gan_port: None }),
        services: Vec::new(),
        gan_outgoing: Vec::new(),
    }
}
