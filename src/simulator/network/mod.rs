//! The Gateway Network (fact sheet 4): policy, table of connections, the wire between simulated gateways.

pub(crate) mod acceptor;
pub(crate) mod dialer;
pub(crate) mod frame;
pub(crate) mod keeper;
pub(crate) mod outgoing;
pub(crate) mod pings;
pub(crate) mod policy;
pub(crate) mod session;
pub(crate) mod switch;
pub(crate) mod table;
pub(crate) mod wire;
