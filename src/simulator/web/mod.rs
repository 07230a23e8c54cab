//! What the gateway answers over HTTP: open status, login, REST, pages.

pub(crate) mod answer;
pub(crate) mod api;
pub(crate) mod call;
pub(crate) mod door;
pub(crate) mod identity_provider;
pub(crate) mod list;
pub(crate) mod openapi;
pub(crate) mod page;
pub(crate) mod rest;
pub(crate) mod routes;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod wizard;
