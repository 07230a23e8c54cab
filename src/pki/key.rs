//! Private keys: RSA of 2048 bits, as the gateway's own (fact sheet 4.5). Whether a gateway takes keys of another kind is not known.

use std::fmt;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use rsa::pkcs8::EncodePrivateKey as _;
use rustls::pki_types::PrivatePkcs8KeyDer;

use super::PkiError;

/// Length of a key, in bits.
const BITS: usize = 2048;

/// Random bytes that one key is made from: as secret as the key.
pub struct Entropy([u8; 32]);

impl Entropy {
    /// From the system's random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

/// A new key: about a tenth of a second of work.
pub(super) fn generate(entropy: &Entropy) -> Result<KeyPair, PkiError> {
    const WHAT: &str = "a private key";
    let mut random = StdRng::from_seed(entropy.0);
    let key = rsa::PrivateKey::new(&mut random, BITS).map_err(|e| PkiError::make(WHAT)(&e))?;
    let document = key.to_pkcs8_der().map_err(|e| PkiError::make(WHAT)(&e))?;
    let der = PrivatePkcs8KeyDer::from(document.as_bytes());
    KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_RSA_SHA256).map_err(|e| PkiError::make(WHAT)(&e))
}
