//! TLS of the gateway network (fact sheet 4.3 to 4.5): the keystore, the trust folders, the checks, and both ends of a handshake.

pub(crate) mod alert;
pub(crate) mod certificate;
pub(crate) mod handshake;
pub(crate) mod keystore;
pub(crate) mod port;
pub(crate) mod trust;
pub(crate) mod verifier;
