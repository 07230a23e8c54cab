//! Tests of the configuration tree on a real disk.

mod changing;
mod fixture;
mod reading;
mod replicating;
