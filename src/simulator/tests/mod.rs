//! Tests of whole simulated gateways over loopback.

mod knobs;
mod links;
mod pair;
mod restart;
mod single;
mod world;
