//! Redundancy (fact sheet 5): the settings of a node and its state machine.

pub(crate) mod machine;
pub(crate) mod xml;
