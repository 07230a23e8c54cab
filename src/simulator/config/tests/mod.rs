//! Tests of the configuration tree on a real disk.

mod changing;
pub(crate) mod fixture;
mod reading;
mod replicating;
mod sequences;
