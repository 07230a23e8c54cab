//! What the gateway answers over HTTP: open status, login, REST, pages.

pub(crate) mod door;
pub(crate) mod page;
pub(crate) mod rest;
pub(crate) mod server;
pub(crate) mod status;
