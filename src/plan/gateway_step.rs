//! Steps of a plan that gateways answer, not the engine: what a pair needs so that one of its nodes stays active.

use std::fmt;

use crate::stack::Name;

/// What is asked of gateways between two operations on the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GatewayStep {
    /// Waits until a node that was made anew runs, is connected to its peer and in sync with it.
    WaitInSync {
        /// The node.
        node: Name,
        /// The other one.
        peer: Name,
    },
    /// Lets the active node hand its work to its peer.
    HandOver {
        /// The active node.
        from: Name,
        /// The standby node.
        to: Name,
    },
}

impl GatewayStep {
    /// One stable word for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::WaitInSync { .. } => "wait-in-sync",
            Self::HandOver { .. } => "hand-over",
        }
    }

    /// The node that it is about.
    pub fn node(&self) -> &Name {
        match self {
            Self::WaitInSync { node, .. } => node,
            Self::HandOver { from, .. } => from,
        }
    }

    /// The other node.
    pub fn peer(&self) -> &Name {
        match self {
            Self::WaitInSync { peer, .. } => peer,
            Self::HandOver { to, .. } => to,
        }
    }
}

impl fmt::Display for GatewayStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WaitInSync { node, peer } => write!(f, "wait until {node} is connected to {peer} and in sync"),
            Self::HandOver { from, to } => write!(f, "fail over from {from} to {to}"),
        }
    }
}
