//! From the container's arguments, variables and volume to a gateway that is ready to start (fact sheet 6).

pub(crate) mod environment;
pub(crate) mod options;
pub(crate) mod setup;
