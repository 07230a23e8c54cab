//! Tests of whole simulated gateways over loopback.

mod cable;
mod knobs;
mod links;
mod pair;
mod pair_config;
mod pair_control;
mod pair_sync;
mod resources;
mod restart;
mod scan;
mod single;
mod world;
