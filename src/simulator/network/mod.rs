//! The Gateway Network (fact sheet 4): policy, table of connections, the wire between simulated gateways.

pub(crate) mod acceptor;
pub(crate) mod dialer;
pub(crate) mod frame;
pub(crate) mod policy;
pub(crate) mod session;
pub(crate) mod table;
