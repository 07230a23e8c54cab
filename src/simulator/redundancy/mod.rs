//! Redundancy (fact sheet 5): the settings of a node, its state machine, and what the two nodes say to each other.

pub(crate) mod machine;
pub(crate) mod talk;
pub(crate) mod xml;
