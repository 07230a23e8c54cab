//! From the container's arguments, variables and volume to a gateway that is ready to start (fact sheet 6).

pub(crate) mod environment;
pub(crate) mod launch;
pub(crate) mod modules;
pub(crate) mod options;
pub(crate) mod public_address;
pub(crate) mod restore;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod user;
pub(crate) mod variables;
pub(crate) mod volume;
