//! What Ignition and the companion services are: images, built-in modules, services. Data and small lookups; no I/O.

pub mod builtin;
pub mod image;
pub mod service;
