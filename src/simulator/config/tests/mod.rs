//! Tests of the configuration tree on a real disk.

mod bounds;
mod changing;
pub(crate) mod fixture;
mod reading;
mod replicating;
mod sequences;
