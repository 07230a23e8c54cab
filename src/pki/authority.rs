//! The authority of one stack: it signs the certificates of that stack's gateways and of nobody else.

use std::fmt;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::parse_x509_certificate;

use super::{Entropy, PkiError, key};
use crate::stack::Stack;

/// Validity of the authority and of all that it signs: ten years, as long as nobody will keep such a stack.
pub(super) const VALIDITY: Duration = Duration::from_hours(24 * 3650);
/// How much earlier it begins, for a machine whose clock is behind.
pub(super) const EARLIER: Duration = Duration::from_hours(24);

const CERTIFICATE: &str = "the authority's certificate";
const KEY: &str = "the authority's key";

/// A key that signs, and the certificate that says so.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    /// Until when it is valid.
    until: SystemTime,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("until", &self.until).finish_non_exhaustive()
    }
}

impl Authority {
    /// A new one for a stack.
    pub fn make(stack: &Stack, entropy: &Entropy, now: SystemTime) -> Result<Self, PkiError> {
        let key = key::generate(entropy)?;
        let mut parameters = CertificateParams::default();
        let id = stack.id.simple().to_string();
        // Part of the identity, so that two stacks of one name are told apart where a person looks at certificates.
        let name = format!("{} gateway network ({})", stack.name, &id[..8]);
        parameters.distinguished_name.push(DnType::OrganizationName, "ignition-stack");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        parameters.not_before = (now - EARLIER).into();
        parameters.not_after = (now + VALIDITY).into();
        let signed = parameters.self_signed(&key).map_err(|e| PkiError::make(CERTIFICATE)(&e))?;
        let certificate = signed.der().clone();
        Ok(Self { issuer: Issuer::new(parameters, key), certificate, until: now + VALIDITY })
    }

    /// The one that was made earlier, out of its two files.
    pub fn read(certificate_pem: &[u8], key_pem: &[u8], now: SystemTime) -> Result<Self, PkiError> {
        let key_text = std::str::from_utf8(key_pem).map_err(|_| PkiError::read(KEY)(&"it is not PEM"))?;
        // The library's own words could quote what it read.
        let key = KeyPair::from_pem(key_text).map_err(|_| PkiError::read(KEY)(&"it is no private key in PEM"))?;
        let certificate =
            CertificateDer::from_pem_slice(certificate_pem).map_err(|e| PkiError::read(CERTIFICATE)(&e))?;
        let until = {
            let (_, x509) = parse_x509_certificate(&certificate).map_err(|e| PkiError::read(CERTIFICATE)(&e))?;
            if !x509.is_ca() {
                return Err(PkiError::read(CERTIFICATE)(&"it is no authority's"));
            }
            if x509.public_key().raw != key.subject_public_key_info() {
                return Err(PkiError::Mismatch);
            }
            let seconds = |time: x509_parser::time::ASN1Time| {
                SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(time.timestamp()).unwrap_or(0))
            };
            let (from, until) = (seconds(x509.validity().not_before), seconds(x509.validity().not_after));
            if now < from || now >= until {
                return Err(PkiError::Expired);
            }
            until
        };
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|e| PkiError::read(CERTIFICATE)(&e))?;
        Ok(Self { issuer, certificate, until })
    }

    /// Its certificate, for those who shall trust it.
    pub fn certificate_pem(&self) -> String {
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("CERTIFICATE", self.certificate.to_vec()), config)
    }

    /// Its private key: for the project alone.
    pub fn key_pem(&self) -> String {
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("PRIVATE KEY", self.issuer.key().serialize_der()), config)
    }

    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn until(&self) -> SystemTime {
        self.until
    }
}
