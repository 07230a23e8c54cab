//! The harness of the scenarios: worlds in which the program runs, and a hand in the engine. What is expected stands in `tests`.

#![allow(clippy::missing_panics_doc, reason = "a harness panics when the world is not as a scenario needs it")]
#![allow(clippy::return_self_not_must_use, reason = "an expectation may be the last word")]

pub mod away;
pub mod canary;
pub mod certificates;
pub mod compose;
pub mod debian;
pub mod engine;
pub mod facts;
pub mod failpoint;
pub mod gateway_image;
pub mod http;
pub mod image;
pub mod interfere;
pub mod inventory;
pub mod label_proxy;
pub mod leftovers;
pub mod listening;
pub mod observer;
pub mod pair;
pub mod ports;
pub mod postgres;
pub mod pressure;
pub mod private_engine;
pub mod program;
pub mod proxy;
pub mod recreate;
pub mod registry;
pub mod run;
pub mod seed;
pub mod sequence;
pub mod session;
pub mod target;
pub mod telling;
pub mod terminal;
pub mod usage;
pub mod verdict;
pub mod wait;
pub mod world;

pub use engine::Engine;
pub use proxy::Proxy;
pub use run::{Invocation, Ran};
pub use verdict::Verdict;
pub use world::World;
