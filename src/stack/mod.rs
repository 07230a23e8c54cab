//! The meaning of a stack: names and ports that cannot be wrong, gateways, pairs, links. Knows nothing of files or engines.

pub mod advisory;
mod dump;
mod model;
mod name;
mod proxy;
mod resolve;

pub use model::{
    Architecture, Edition, Gateway, Link, Network, Node, Pair, Port, Role, Service, Stack, StackId, Transport,
};
pub use name::{MAX_NAME, Name, NameError};
pub use proxy::{Proxy, ProxyAddress, ProxyMode, Route};
pub use resolve::{
    DEFAULT_ADMIN, DEFAULT_MEMORY_MB, DEFAULT_PROXY_NETWORK, DEFAULT_PROXY_PATH, DEFAULT_TIMEZONE, MAX_MEMBERS,
    SECRET_VARIABLES, SEEDING_PREFIX, WHITELIST, resolve,
};
