//! Keys and certificates of the gateway network over TLS: a stack's own authority, and a keystore for each gateway that it signs
//! (product reference, 5.3; fact sheet 4.5). Draws nothing and reads no clock: entropy and time are its caller's. Writes no file.

mod authority;
mod error;
mod key;
mod keystore;
#[cfg(test)]
mod tests;

pub use authority::Authority;
pub use error::PkiError;
pub use key::Entropy;
pub use keystore::{check_keystore, keystores};
