//! The meaning of a stack: names and ports that cannot be wrong, gateways, pairs, links. Knows nothing of files or engines.

mod model;
mod name;

pub use model::{
    Architecture, Edition, Gateway, Link, Network, Node, Pair, Port, Role, Service, Stack, StackId, Transport,
};
pub use name::{MAX_NAME, Name, NameError};
