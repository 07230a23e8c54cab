//! The configuration tree below `config/resources` (fact sheet 7.1, 7.2). What a resource means is its owner's business.

pub(crate) mod change;
pub(crate) mod collections;
pub(crate) mod fields;
pub(crate) mod kinds;
pub(crate) mod local_properties;
pub(crate) mod manifest;
pub(crate) mod names;
pub(crate) mod quickstart;
pub(crate) mod reader;
pub(crate) mod refusal;
pub(crate) mod replication;
pub(crate) mod resource;
pub(crate) mod scan;
pub(crate) mod secrets;
pub(crate) mod store;
pub(crate) mod system_name;
#[cfg(test)]
mod tests;
pub(crate) mod transfer;
pub(crate) mod tree;
pub(crate) mod writer;
