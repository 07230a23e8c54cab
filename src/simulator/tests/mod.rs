//! Tests of whole simulated gateways over loopback.

mod knobs;
mod links;
mod pair;
mod resources;
mod restart;
mod scan;
mod single;
mod world;
