//! The program as its users meet it: one binary in an isolated world, and guards over the source and the documents.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

mod architecture;
mod create;
mod docs;
mod every_shape;
mod facts;
mod from_file;
mod hostile;
mod killed;
mod shapes;
mod simulated;
mod update;
mod usage;
mod width;
mod world;
