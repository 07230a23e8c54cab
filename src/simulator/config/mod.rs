//! The configuration tree below `config/resources` (fact sheet 7.1, 7.2). What a resource means is its owner's business.
#![allow(dead_code, reason = "the routes and the other areas begin to use it step by step")]

pub(crate) mod change;
pub(crate) mod collections;
pub(crate) mod kinds;
pub(crate) mod manifest;
pub(crate) mod names;
pub(crate) mod reader;
pub(crate) mod refusal;
pub(crate) mod replication;
pub(crate) mod resource;
pub(crate) mod resources;
pub(crate) mod store;
pub(crate) mod system_name;
#[cfg(test)]
mod tests;
pub(crate) mod tree;
pub(crate) mod writer;
