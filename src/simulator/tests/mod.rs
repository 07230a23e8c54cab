//! Tests of whole simulated gateways over loopback.

mod links;
mod pair;
mod single;
mod world;
