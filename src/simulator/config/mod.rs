//! The configuration tree below `config/resources` (fact sheet 7.1, 7.2). What a resource means is its owner's business.

pub(crate) mod resources;
