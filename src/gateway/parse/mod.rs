//! Bodies of a gateway's answers -> facts. Pure and tolerant: unknown keys are ignored, missing ones become `None`.

mod gwinfo;
mod json;
mod ping;
mod rest;

pub use gwinfo::gwinfo;
pub use ping::{bootstrap, ping};
pub use rest::{
    connections, csrf_token, gan, gateways, health, info, local_uuid, quarantined, redundancy, restarts, trial,
};
