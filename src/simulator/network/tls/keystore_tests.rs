//! Tests of the keystore: made, kept, remade, replaced, broken.

use proptest::prelude::*;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use super::*;

fn owner(host: &str, port: u16) -> Owner {
    Owner { host: host.to_owned(), port, address: Some(IpAddr::from([10, 0, 0, 5])) }
}

/// A certificate as a gateway makes it for itself.
pub(crate) fn made(host: &str, port: u16) -> Vec<u8> {
    make(&owner(host, port), now()).unwrap().1.cert[0].to_vec()
}

/// A keystore with that key and chain.
pub(crate) fn keystore(alias: &str, passphrase: &str, pkcs8: &[u8], chain: &[&[u8]]) -> Vec<u8> {
    let mut store = KeyStore::new();
    let certificates: Vec<_> = chain.iter().map(|c| Certificate::from_der(c).unwrap()).collect();
    let chain = PrivateKeyChain::new("id", PrivateKey::from_der(pkcs8).unwrap(), certificates);
    store.add_entry(alias, KeyStoreEntry::PrivateKeyChain(chain));
    store.writer(passphrase).encryption_iterations(10).mac_iterations(10).write().unwrap()
}

/// The certificate in a keystore.
pub(crate) fn certificate_in(bytes: &[u8]) -> Vec<u8> {
    parse(bytes).unwrap().cert[0].to_vec()
}

fn world() -> (tempfile::TempDir, DataDir, Log) {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(dir.path().to_owned()).unwrap();
    (dir, data, Log::new(std::io::sink()))
}

#[test]
fn the_default_certificate_says_what_is_documented() {
    let der = made("master", 8060);
    let (_, certificate) = parse_x509_certificate(&der).unwrap();
    let subject = certificate.subject().to_string();
    assert_eq!(subject, "C=US, ST=CA, L=Folsom, O=Inductive Automation, OU=GatewayNetwork, CN=master:8060");
    let names = &certificate.subject_alternative_name().unwrap().unwrap().value.general_names;
    assert!(names.contains(&GeneralName::IPAddress(&[10, 0, 0, 5])) && names.contains(&GeneralName::DNSName("master")));
    assert!(names.iter().any(|n| matches!(n, GeneralName::URI(uri) if uri.ends_with("/metro"))));
    let usage = certificate.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && usage.client_auth);
}

#[tokio::test]
async fn a_keystore_is_made_once_and_follows_the_host_name() {
    let (_dir, data, log) = world();
    let first = open(data.clone(), owner("a", 8060), log.clone()).await.unwrap();
    let again = open(data.clone(), owner("a", 8060), log.clone()).await.unwrap();
    assert_eq!(first.cert, again.cert);
    let renamed = open(data.clone(), owner("b", 8060), log).await.unwrap();
    assert_ne!(first.cert, renamed.cert);
    assert_eq!(facts(&renamed.cert[0]).unwrap().common_name.as_deref(), Some("b:8060"));
}

#[tokio::test]
async fn a_seeded_keystore_is_kept_whatever_its_name() {
    let (_dir, data, log) = world();
    let authority =
        rcgen::CertifiedIssuer::self_signed(CertificateParams::default(), KeyPair::generate().unwrap()).unwrap();
    let pair = KeyPair::generate().unwrap();
    let leaf = parameters(&owner("another", 1), now()).signed_by(&pair, &authority).unwrap();
    let bytes = keystore("Metro-Key", PASSPHRASE, &pair.serialize_der(), &[leaf.der(), authority.der()]);
    data.write(KEYSTORE, &bytes).unwrap();
    let found = open(data.clone(), owner("host", 8060), log).await.unwrap();
    assert_eq!(found.cert[0].as_ref(), leaf.der().as_ref());
    assert_eq!(found.cert.len(), 2);
    assert_eq!(data.read(KEYSTORE).unwrap().unwrap(), bytes);
}

#[tokio::test]
async fn a_broken_keystore_is_an_error_and_stays_as_it_is() {
    let (_dir, data, log) = world();
    let pair = KeyPair::generate().unwrap();
    let leaf = parameters(&owner("a", 1), now()).self_signed(&pair).unwrap();
    let other = KeyPair::generate().unwrap();
    for (bytes, reason) in [
        (b"garbage".to_vec(), "metro-keystore.pfx"),
        (keystore("metro-key", "other", &pair.serialize_der(), &[leaf.der()]), "metro-keystore.pfx"),
        (keystore("another", PASSPHRASE, &pair.serialize_der(), &[leaf.der()]), "alias metro-key"),
        (keystore("metro-key", PASSPHRASE, &other.serialize_der(), &[leaf.der()]), "metro-keystore.pfx"),
    ] {
        data.write(KEYSTORE, &bytes).unwrap();
        let error = open(data.clone(), owner("a", 1), log.clone()).await.unwrap_err();
        assert!(error.contains(reason), "{error}");
        assert_eq!(data.read(KEYSTORE).unwrap().unwrap(), bytes);
    }
}

#[test]
fn a_host_name_that_fits_into_no_certificate_still_makes_one() {
    for host in ["h\u{f6}st", "a b", "", &"x".repeat(255)] {
        assert!(make(&owner(host, 8060), now()).is_ok(), "{host}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_are_no_keystore_at_worst(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(parse(&bytes).is_err());
    }

    #[test]
    fn a_damaged_keystore_never_panics(at in any::<proptest::sample::Index>(), cut in any::<proptest::sample::Index>()) {
        let pair = KeyPair::generate().unwrap();
        let leaf = parameters(&owner("a", 1), now()).self_signed(&pair).unwrap();
        let mut bytes = keystore("metro-key", PASSPHRASE, &pair.serialize_der(), &[leaf.der()]);
        // Only bits that cannot turn the number of iterations into one that takes for ever.
        let at = at.index(bytes.len());
        bytes[at] ^= 1;
        let _ = parse(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(parse(&bytes).is_err());
    }
}

#[test]
fn a_certificate_of_version_1_is_refused_with_the_reason() {
    let reason = parse(include_bytes!("../../tests/fixtures/version-1.pfx")).unwrap_err();
    assert!(reason.contains("X.509 version 1") && reason.contains("-extfile"), "{reason}");
}
