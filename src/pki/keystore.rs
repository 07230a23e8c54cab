//! The keystore of a gateway: its key, its certificate and the authority's in the form that the gateway reads (fact sheet 4.5).

use std::num::NonZeroUsize;
use std::time::SystemTime;

use p12_keystore::error::Error;
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, Pkcs12ImportPolicy, PrivateKey, PrivateKeyChain};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType};
use sha2::{Digest as _, Sha256};

use super::authority::{Authority, EARLIER, VALIDITY};
use super::{Entropy, PkiError, key};
use crate::stack::{Name, Transport};

/// Name of the key in the keystore (fact sheet 4.5).
const ALIAS: &str = "metro-key";
/// Passphrase of every keystore (fact sheet 4.5). Published, so it protects nothing: the file's mode does.
const PASSPHRASE: &str = "metro";
/// Organizational unit of a gateway's certificate (fact sheet 4.5).
const UNIT: &str = "GatewayNetwork";
/// Rounds of the key derivation, as many as OpenSSL takes.
const ITERATIONS: u32 = 2048;

const WHAT: &str = "a keystore";
const FOUND: &str = "the keystore";

/// A keystore for each gateway, in their order. Making keys takes time, so all processors share in it.
pub fn keystores(
    authority: &Authority,
    gateways: &[(Name, Entropy)],
    now: SystemTime,
) -> Result<Vec<(Name, Vec<u8>)>, PkiError> {
    let workers = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = gateways.len().div_ceil(workers).max(1);
    let make = |share: &[(Name, Entropy)]| {
        let made = share.iter().map(|(host, entropy)| Ok((host.clone(), keystore(authority, host, entropy, now)?)));
        made.collect::<Result<Vec<_>, PkiError>>()
    };
    std::thread::scope(|scope| {
        let shares: Vec<_> = gateways.chunks(share).map(|share| scope.spawn(move || make(share))).collect();
        let all = shares.into_iter().map(|work| {
            work.join().unwrap_or_else(|_| Err(PkiError::make(WHAT)(&"the work on it ended without a result")))
        });
        all.collect::<Result<Vec<_>, _>>().map(|shares| shares.into_iter().flatten().collect())
    })
}

/// Whether a gateway finds its key in a keystore. One that is enciphered in a way that only others know is not judged.
pub fn check_keystore(bytes: &[u8]) -> Result<(), PkiError> {
    let store = match KeyStore::from_pkcs12(bytes, PASSPHRASE, Pkcs12ImportPolicy::Relaxed) {
        Ok(store) => store,
        Err(
            Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm | Error::UnsupportedCertificateType,
        ) => {
            return Ok(());
        }
        Err(Error::MacError(_)) => {
            return Err(PkiError::read(FOUND)(&format!("its passphrase is not {PASSPHRASE}")));
        }
        // The library's words are about its own parts.
        Err(_) => return Err(PkiError::read(FOUND)(&"it is no PKCS#12 that can be opened")),
    };
    // Java takes no notice of upper and lower case here.
    let is_key = |(alias, entry): (&String, &KeyStoreEntry)| {
        alias.eq_ignore_ascii_case(ALIAS) && matches!(entry, KeyStoreEntry::PrivateKeyChain(_))
    };
    if store.entries().any(is_key) {
        return Ok(());
    }
    Err(PkiError::read(FOUND)(&format!("it has no key {ALIAS}")))
}

fn keystore(authority: &Authority, host: &Name, entropy: &Entropy, now: SystemTime) -> Result<Vec<u8>, PkiError> {
    let pair = key::generate(entropy)?;
    let signed = parameters(authority, host, now)
        .and_then(|parameters| parameters.signed_by(&pair, authority.issuer()))
        .map_err(|e| PkiError::make("a gateway's certificate")(&e))?;
    contain(&pair, &[signed.der(), authority.certificate()]).map_err(|e| PkiError::make(WHAT)(&e))
}

/// What a gateway's certificate says: the names of the one that it would make itself, but for the addresses, which are not known
/// before it runs.
fn parameters(authority: &Authority, host: &Name, now: SystemTime) -> Result<CertificateParams, rcgen::Error> {
    let common_name = format!("{host}:{}", Transport::Tls.port());
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::OrganizationName, "ignition-stack");
    parameters.distinguished_name.push(DnType::OrganizationalUnitName, UNIT);
    parameters.distinguished_name.push(DnType::CommonName, common_name.as_str());
    let uri = format!("http://{common_name}/metro");
    parameters.subject_alt_names = vec![SanType::DnsName(host.as_str().try_into()?), SanType::URI(uri.try_into()?)];
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    parameters.use_authority_key_identifier_extension = true;
    parameters.not_before = (now - EARLIER).into();
    parameters.not_after = (now + VALIDITY).min(authority.until()).into();
    Ok(parameters)
}

fn contain(pair: &KeyPair, chain: &[&[u8]]) -> Result<Vec<u8>, p12_keystore::error::Error> {
    let key = PrivateKey::from_der(&pair.serialize_der())?;
    let certificates = chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>()?;
    let id = &Sha256::digest(chain.first().copied().unwrap_or_default())[..20];
    let mut store = KeyStore::new();
    store.add_entry(ALIAS, KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(id, key, certificates)));
    store.writer(PASSPHRASE).encryption_iterations(ITERATIONS).mac_iterations(ITERATIONS).write()
}
