//! Tests of whole simulated gateways over loopback.

mod access;
mod authority;
mod cable;
mod clock;
mod databases;
mod idle;
mod knobs;
mod knocks;
mod links;
mod live;
mod modules;
mod network_rest;
mod pages;
mod pair;
mod pair_config;
mod pair_control;
mod pair_sync;
mod policy;
mod resources;
mod rest;
mod restart;
mod scan;
mod single;
mod tls;
mod variables;
mod world;
