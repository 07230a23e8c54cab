//! Redundancy (fact sheet 5): the settings of a node, its state machine, and what the two nodes say to each other.

pub(crate) mod cargo;
pub(crate) mod config_json;
pub(crate) mod controls;
pub(crate) mod events;
pub(crate) mod machine;
pub(crate) mod module_files;
pub(crate) mod pairing;
pub(crate) mod pull;
pub(crate) mod replica;
pub(crate) mod sentry;
pub(crate) mod settings;
pub(crate) mod talk;
pub(crate) mod vocabulary;
pub(crate) mod xml;
