//! What a certificate says, as far as the gateway network cares, and certificates in files: PEM or DER. Judges nothing.

use std::time::SystemTime;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use x509_parser::parse_x509_certificate;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::simulator::access::password::hex;

/// Most certificates taken from one file.
const PER_FILE: usize = 32;

/// What is read from a certificate.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Facts {
    /// The subject with the most telling part first, as the gateway's log shows it.
    pub(crate) subject: String,
    pub(crate) common_name: Option<String>,
    pub(crate) organizational_unit: Option<String>,
    /// Subject and issuer are one.
    pub(crate) self_issued: bool,
}

/// Reads a certificate; `None` when it is none.
pub(crate) fn facts(der: &[u8]) -> Option<Facts> {
    let (_, certificate) = parse_x509_certificate(der).ok()?;
    let subject = certificate.subject();
    let text = |a: &AttributeTypeAndValue<'_>| a.as_str().ok().map(str::to_owned);
    Some(Facts {
        subject: display(subject),
        common_name: subject.iter_common_name().find_map(text),
        organizational_unit: subject.iter_organizational_unit().find_map(text),
        self_issued: subject.as_raw() == certificate.issuer().as_raw(),
    })
}

/// `CN=.., OU=.., O=.., L=.., ST=.., C=..`: the parts in the reverse of their order in the certificate, as Java shows them.
fn display(name: &X509Name<'_>) -> String {
    let known = [
        ("2.5.4.3", "CN"),
        ("2.5.4.6", "C"),
        ("2.5.4.7", "L"),
        ("2.5.4.8", "ST"),
        ("2.5.4.10", "O"),
        ("2.5.4.11", "OU"),
    ];
    let mut parts: Vec<String> = name
        .iter_attributes()
        .map(|attribute| {
            let oid = attribute.attr_type().to_id_string();
            let key = known.iter().find(|(id, _)| *id == oid).map_or(oid.as_str(), |(_, word)| word);
            format!("{key}={}", attribute.as_str().unwrap_or("?"))
        })
        .collect();
    parts.reverse();
    parts.join(", ")
}

/// Whether that time lies in the certificate's validity.
pub(crate) fn is_valid_at(der: &[u8], now: SystemTime) -> bool {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_secs()).ok());
    let now = seconds.and_then(|s| ASN1Time::from_timestamp(s).ok());
    match (parse_x509_certificate(der), now) {
        (Ok((_, certificate)), Some(now)) => certificate.validity().is_valid_at(now),
        _ => false,
    }
}

/// The certificates in a file: any number in PEM, or one in DER. What is neither is left out.
pub(crate) fn read(bytes: &[u8]) -> Vec<CertificateDer<'static>> {
    let is_certificate = |der: &CertificateDer<'_>| parse_x509_certificate(der).is_ok_and(|(rest, _)| rest.is_empty());
    let pem = CertificateDer::pem_slice_iter(bytes).take(PER_FILE).map_while(Result::ok);
    let mut found: Vec<_> = pem.filter(is_certificate).collect();
    if found.is_empty() {
        found.extend(Some(CertificateDer::from(bytes.to_vec())).filter(is_certificate));
    }
    found
}

/// A certificate as PEM, lines ended as on the gateway's system.
pub(crate) fn to_pem(der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), config)
}

/// SHA-256 of the certificate, in hex.
pub(crate) fn thumbprint(der: &[u8]) -> String {
    hex(&Sha256::digest(der))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simulator::network::tls::keystore::tests::made;

    #[test]
    fn a_certificate_is_read_back_from_both_forms() {
        let der = made("master", 8060);
        let expected = "CN=master:8060, OU=GatewayNetwork, O=Inductive Automation, L=Folsom, ST=CA, C=US";
        let facts = facts(&der).unwrap();
        assert_eq!((facts.subject.as_str(), facts.self_issued), (expected, true));
        assert_eq!(facts.common_name.as_deref(), Some("master:8060"));
        assert_eq!(read(&der), [CertificateDer::from(der.clone())]);
        let two = format!("text before\n{}{}", to_pem(&der), to_pem(&made("other", 1)));
        assert_eq!(read(two.as_bytes()).len(), 2);
        assert!(is_valid_at(&der, SystemTime::now()));
        assert!(!is_valid_at(&der, SystemTime::UNIX_EPOCH));
    }

    #[test]
    fn a_file_of_certificates_is_bounded() {
        let one = to_pem(&made("a", 1));
        assert_eq!(read(one.repeat(100).as_bytes()).len(), PER_FILE);
    }

    proptest! {
        #[test]
        fn bytes_are_no_certificate_at_worst(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(read(&bytes).is_empty());
            prop_assert!(facts(&bytes).is_none());
            prop_assert!(!is_valid_at(&bytes, SystemTime::now()));
        }

        #[test]
        fn a_damaged_certificate_never_panics(at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<proptest::sample::Index>()) {
            let mut der = made("a", 1);
            let at = at.index(der.len());
            der[at] = byte;
            let _ = (facts(&der), read(&der), is_valid_at(&der, SystemTime::now()));
            der.truncate(cut.index(der.len()));
            let _ = (facts(&der), read(&der), read(to_pem(&der).as_bytes()));
        }
    }
}
