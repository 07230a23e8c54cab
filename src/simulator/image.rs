//! The image of the simulated gateway.
