//! What Ignition and the companion services are: images, services. Data and small lookups; no I/O.

pub mod image;
pub mod service;
