//! The gateway network's key and certificate (fact sheet 4.5): read from `metro-keystore.pfx`, or made on the first start.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, Pkcs12ImportPolicy, PrivateKey, PrivateKeyChain};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, SanType};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::parse_x509_certificate;
use x509_parser::x509::X509Version;

use crate::simulator::clock::now;
use crate::simulator::data::DataDir;
use crate::simulator::log::Log;
use crate::simulator::network::tls::certificate::{self, facts};

/// Where the keystore lies.
pub(crate) const KEYSTORE: &str = "config/local/ignition/gateway-network/keystore/metro-keystore.pfx";
const ALIAS: &str = "metro-key";
const PASSPHRASE: &str = "metro";
const UNIT: &str = "GatewayNetwork";
/// Validity of a certificate that the gateway makes; the fact sheet names no time.
const VALIDITY: Duration = Duration::from_hours(24 * 3650);
/// Iterations of the key derivation in a keystore that the gateway makes: it has one published passphrase, so that more would
/// protect nothing and cost time at each start.
const ITERATIONS: u32 = 1000;
/// Longest time that reading a keystore may take: the file itself says how often its key is to be derived.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
const LOGGER: &str = "gateway-network";

/// The key as TLS uses it, or why there is none.
pub(crate) type Key = Result<Arc<CertifiedKey>, String>;

/// Who the gateway is, for a certificate of its own making.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) address: Option<IpAddr>,
}

impl Owner {
    fn common_name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Opens the keystore without keeping anybody waiting for ever. A broken one is left as it is: the gateway runs, but nothing that
/// needs TLS does, because a file that somebody put there must not be overwritten.
pub(crate) async fn open(data: DataDir, owner: Owner, log: Log) -> Key {
    let (answer, opened) = tokio::sync::oneshot::channel();
    // A thread of its own, because one that derives keys for ever must not keep the process from ending.
    let now = now();
    let work = move || drop(answer.send(open_or_make(&data, &owner, now, &log)));
    std::thread::Builder::new().name("keystore".to_owned()).spawn(work).map_err(|e| e.to_string())?;
    let opened = tokio::time::timeout(READ_TIMEOUT, opened).await;
    let opened = opened.map_err(|_| format!("{KEYSTORE}: takes too long to open"))?;
    opened.map_err(|_| format!("{KEYSTORE}: could not be opened"))?
}

fn open_or_make(data: &DataDir, owner: &Owner, now: SystemTime, log: &Log) -> Key {
    let failed = |e: &dyn std::fmt::Display| format!("{KEYSTORE}: {e}");
    if let Some(bytes) = data.read(KEYSTORE).map_err(|e| failed(&e))? {
        let found = parse(&bytes).map_err(|e| failed(&e))?;
        let Some(old) = stale(&found, owner) else { return Ok(found) };
        log.info(LOGGER, &format!("The certificate names {old}, this gateway is {}", owner.common_name()));
    }
    let (bytes, key) = make(owner, now).map_err(|e| failed(&e))?;
    data.write(KEYSTORE, &bytes).map_err(|e| failed(&e))?;
    log.info(LOGGER, &format!("A self-signed certificate was made for {}", owner.common_name()));
    Ok(key)
}

/// The name in a certificate of the gateway's own making that does not fit any more: it follows the host name (fact sheet 4.5).
/// A certificate that somebody else signed is nobody's to replace.
fn stale(key: &CertifiedKey, owner: &Owner) -> Option<String> {
    let facts = key.cert.first().and_then(|c| facts(c))?;
    let own_making = facts.self_issued && facts.organizational_unit.as_deref() == Some(UNIT);
    facts.common_name.filter(|name| own_making && *name != owner.common_name())
}

/// Reads a keystore. The alias is compared as Java does, without case.
fn parse(bytes: &[u8]) -> Key {
    let store = KeyStore::from_pkcs12(bytes, PASSPHRASE, Pkcs12ImportPolicy::Strict).map_err(|e| e.to_string())?;
    let chain = store.entries().find_map(|(alias, entry)| match entry {
        KeyStoreEntry::PrivateKeyChain(chain) if alias.eq_ignore_ascii_case(ALIAS) => Some(chain),
        _ => None,
    });
    let chain = chain.ok_or_else(|| format!("holds no key with the alias {ALIAS}"))?;
    let certificates: Vec<_> = chain.certs().iter().map(|c| CertificateDer::from(c.as_der().to_vec())).collect();
    certified(chain.key().as_der(), certificates)
}

fn certified(pkcs8: &[u8], certificates: Vec<CertificateDer<'static>>) -> Key {
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.to_vec()));
    let version = certificates.first().and_then(|der| Some(parse_x509_certificate(der).ok()?.1.version()));
    if version.is_some_and(|version| version != X509Version::V3) {
        return Err("its certificate is of X.509 version 1, which has no extensions; the simulated gateway takes version 3 alone \
                    (with openssl x509 -req, give -extfile)"
            .to_owned());
    }
    let key = CertifiedKey::new(certificates, any_supported_type(&der).map_err(|e| e.to_string())?);
    match key.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(Arc::new(key)),
        Err(e) => Err(e.to_string()),
    }
}

/// Makes the default certificate and its keystore. The real one is RSA 2048; EC P-256 here, because no RSA key can be made.
fn make(owner: &Owner, now: SystemTime) -> Result<(Vec<u8>, Arc<CertifiedKey>), String> {
    let text = |e: &dyn std::fmt::Display| e.to_string();
    let pair = KeyPair::generate().map_err(|e| text(&e))?;
    let certificate = parameters(owner, now).self_signed(&pair).map_err(|e| text(&e))?;
    let der = certificate.der().to_vec();
    let mut store = KeyStore::new();
    let key = PrivateKey::from_der(&pair.serialize_der()).map_err(|e| text(&e))?;
    let entry = Certificate::from_der(&der).map_err(|e| text(&e))?;
    let chain = PrivateKeyChain::new(&certificate::thumbprint(&der)[..20], key, [entry]);
    store.add_entry(ALIAS, KeyStoreEntry::PrivateKeyChain(chain));
    let writer = store.writer(PASSPHRASE).encryption_iterations(ITERATIONS).mac_iterations(ITERATIONS);
    let bytes = writer.write().map_err(|e| text(&e))?;
    Ok((bytes, certified(&pair.serialize_der(), vec![CertificateDer::from(der)])?))
}

/// What the default certificate says (fact sheet 4.5).
fn parameters(owner: &Owner, now: SystemTime) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    let mut name = DistinguishedName::new();
    let common_name = owner.common_name();
    for (kind, value) in [
        (DnType::CountryName, "US"),
        (DnType::StateOrProvinceName, "CA"),
        (DnType::LocalityName, "Folsom"),
        (DnType::OrganizationName, "Inductive Automation"),
        (DnType::OrganizationalUnitName, UNIT),
        (DnType::CommonName, common_name.as_str()),
    ] {
        name.push(kind, value);
    }
    parameters.distinguished_name = name;
    parameters.subject_alt_names.extend(owner.address.map(SanType::IpAddress));
    // A host name may hold what these two cannot; the certificate is as good without them.
    parameters.subject_alt_names.extend(owner.host.as_str().try_into().ok().map(SanType::DnsName));
    let uri = format!("http://{common_name}/metro");
    parameters.subject_alt_names.extend(uri.try_into().ok().map(SanType::URI));
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    // A little earlier, for a peer whose clock is behind.
    parameters.not_before = (now - Duration::from_hours(24)).into();
    parameters.not_after = (now + VALIDITY).into();
    parameters
}

#[cfg(test)]
#[path = "keystore_tests.rs"]
pub(crate) mod tests;
