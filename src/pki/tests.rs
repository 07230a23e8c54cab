//! Keystores and the authority, read back by other readers than the one that wrote them: x509-parser, webpki, and Java where it is.

use std::process::Command;
use std::time::{Duration, SystemTime};

use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy, PrivateKeyChain};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use super::*;
use crate::stack::{Name, Stack};

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 20_000)
}

fn stack() -> Stack {
    let mut stack = crate::render::fixture::stack();
    stack.transport = crate::stack::Transport::Tls;
    stack
}

fn authority(entropy: u8) -> Authority {
    Authority::make(&stack(), &Entropy::new([entropy; 32]), now()).unwrap()
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The chain of a keystore for `host`.
fn chain(authority: &Authority, host: &str, entropy: u8) -> (PrivateKeyChain, Vec<u8>) {
    let (made, bytes) = keystores(authority, &[(name(host), Entropy::new([entropy; 32]))], now()).unwrap().remove(0);
    assert_eq!(made, name(host));
    let store = KeyStore::from_pkcs12(&bytes, "metro", Pkcs12ImportPolicy::Strict).unwrap();
    let (alias, entry) = store.entries().next().unwrap();
    assert_eq!((alias.as_str(), store.entries().len()), ("metro-key", 1));
    let KeyStoreEntry::PrivateKeyChain(chain) = entry else { panic!("no key") };
    (chain.clone(), bytes)
}

/// Whether the authority vouches for the first certificate of a chain, at that time and for that use.
fn vouches(
    authority: &Authority,
    chain: &PrivateKeyChain,
    at: SystemTime,
    usage: KeyUsage,
) -> Result<(), webpki::Error> {
    let anchor = CertificateDer::from(pem::parse(authority.certificate_pem()).unwrap().contents().to_vec());
    let anchors = [anchor_from_trusted_cert(&anchor).unwrap()];
    let leaf = CertificateDer::from(chain.certs()[0].as_der().to_vec());
    let leaf = EndEntityCert::try_from(&leaf).unwrap();
    let algorithms = default_provider().signature_verification_algorithms.all;
    let time = UnixTime::since_unix_epoch(at.duration_since(SystemTime::UNIX_EPOCH).unwrap());
    leaf.verify_for_usage(algorithms, &anchors, &[], time, usage, None, None).map(|_| ())
}

#[test]
fn a_certificate_says_what_the_gateway_looks_for() {
    let authority = authority(1);
    let (chain, _) = chain(&authority, "backend", 2);
    assert_eq!(chain.certs().len(), 2);
    let (_, leaf) = parse_x509_certificate(chain.certs()[0].as_der()).unwrap();
    let subject = leaf.subject().to_string();
    assert!(subject.contains("OU=GatewayNetwork") && subject.contains("CN=backend:8060"), "{subject}");
    let usage = leaf.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && usage.client_auth);
    let names = &leaf.subject_alternative_name().unwrap().unwrap().value.general_names;
    assert!(names.contains(&GeneralName::DNSName("backend")));
    assert!(names.contains(&GeneralName::URI("http://backend:8060/metro")));
    assert!(!leaf.is_ca());
    // RSA of 2048 bits, as the gateway's own.
    let x509_parser::public_key::PublicKey::RSA(key) = leaf.public_key().parsed().unwrap() else { panic!("not RSA") };
    assert_eq!(key.key_size(), 2048);
    let (_, root) = parse_x509_certificate(chain.certs()[1].as_der()).unwrap();
    assert!(root.is_ca() && root.subject().to_string().contains("demo gateway network (00000000)"));
}

#[test]
fn the_authority_vouches_for_both_uses_and_for_its_time_and_no_other_does() {
    let authority = authority(1);
    let (chain, _) = chain(&authority, "hub", 2);
    for usage in [KeyUsage::server_auth(), KeyUsage::client_auth()] {
        vouches(&authority, &chain, now(), usage).unwrap();
        assert!(vouches(&self::authority(3), &chain, now(), usage).is_err());
    }
    let at = |days: u64| now() + Duration::from_hours(24 * days);
    assert!(vouches(&authority, &chain, at(3649), KeyUsage::server_auth()).is_ok());
    assert!(vouches(&authority, &chain, at(3651), KeyUsage::server_auth()).is_err());
}

#[test]
fn an_authority_out_of_its_files_signs_on_and_not_beyond_its_time() {
    let first = authority(1);
    let (certificate, key) = (first.certificate_pem(), first.key_pem());
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----\n") && certificate.ends_with("-----\n"));
    let later = now() + Duration::from_hours(24 * 3000);
    let read = Authority::read(certificate.as_bytes(), key.as_bytes(), later).unwrap();
    let (made, bytes) = keystores(&read, &[(name("late"), Entropy::new([9; 32]))], later).unwrap().remove(0);
    assert_eq!(made.as_str(), "late");
    let store = KeyStore::from_pkcs12(&bytes, "metro", Pkcs12ImportPolicy::Strict).unwrap();
    let Some((_, KeyStoreEntry::PrivateKeyChain(chain))) = store.entries().next() else { panic!("no key") };
    vouches(&first, chain, later, KeyUsage::client_auth()).unwrap();
    let (_, leaf) = parse_x509_certificate(chain.certs()[0].as_der()).unwrap();
    let (_, root) = parse_x509_certificate(chain.certs()[1].as_der()).unwrap();
    assert_eq!(leaf.validity().not_after, root.validity().not_after);
    let over = now() + Duration::from_hours(24 * 3651);
    let expired = Authority::read(certificate.as_bytes(), key.as_bytes(), over).unwrap_err();
    assert_eq!(expired, PkiError::Expired);
}

#[test]
fn files_that_are_no_authority_are_refused_and_keys_never_shown() {
    let (one, two) = (authority(1), authority(2));
    let read =
        |certificate: &str, key: &str| Authority::read(certificate.as_bytes(), key.as_bytes(), now()).unwrap_err();
    assert_eq!(read(&one.certificate_pem(), &two.key_pem()), PkiError::Mismatch);
    let (leaf, _) = chain(&one, "hub", 3);
    let no_ca = pem::encode(&pem::Pem::new("CERTIFICATE", leaf.certs()[0].as_der()));
    assert!(read(&no_ca, &one.key_pem()).to_string().contains("it is no authority's"));
    for broken in ["", "canary", "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n", "\u{0}"] {
        let error = read(&one.certificate_pem(), broken);
        assert!(matches!(error, PkiError::Read { what: "the authority's key", .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"));
        assert!(matches!(read(broken, &one.key_pem()), PkiError::Read { .. }));
    }
    let shown = format!("{one:?} {:?}", Entropy::new([7; 32]));
    assert!(!shown.contains("[7") && !shown.contains("PRIVATE"), "{shown}");
}

#[test]
fn many_keystores_come_in_their_order_and_no_two_keys_are_equal() {
    let authority = authority(1);
    let orders: Vec<_> = (0..5).map(|i| (name(&format!("spoke-{i}")), Entropy::new([10 + i; 32]))).collect();
    let made = keystores(&authority, &orders, now()).unwrap();
    let names: Vec<_> = made.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["spoke-0", "spoke-1", "spoke-2", "spoke-3", "spoke-4"]);
    let mut keys: Vec<_> = made
        .iter()
        .map(|(_, bytes)| {
            let store = KeyStore::from_pkcs12(bytes, "metro", Pkcs12ImportPolicy::Strict).unwrap();
            let Some((_, KeyStoreEntry::PrivateKeyChain(chain))) = store.entries().next() else { panic!("no key") };
            chain.key().as_der().to_vec()
        })
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 5);
    assert!(keystores(&authority, &[], now()).unwrap().is_empty());
}

/// A keystore that a person makes, with the words after `openssl pkcs12 -export`; none when openssl cannot be run.
fn by_hand(directory: &std::path::Path, words: &[&str]) -> Option<Vec<u8>> {
    let path = |file: &str| directory.join(file).display().to_string();
    let (key, certificate, store) = (path("key.pem"), path("cert.pem"), path("store.pfx"));
    let run = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).output().ok()?;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Some(())
    };
    run(&["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=hub", "-keyout", &key, "-out", &certificate])?;
    run(&[&["pkcs12", "-export", "-inkey", &key, "-in", &certificate, "-out", &store], words].concat())?;
    Some(fs_err::read(store).unwrap())
}

#[test]
fn a_keystore_of_ones_own_is_judged_by_what_a_gateway_needs_of_it() {
    let (_, made) = chain(&authority(1), "hub", 2);
    assert_eq!(check_keystore(&made), Ok(()));
    let refused = |bytes: &[u8]| check_keystore(bytes).unwrap_err().to_string();
    for junk in [&b""[..], b"junk\n", &made[..made.len() / 2], &[0x30, 0x80]] {
        assert_eq!(refused(junk), "the keystore cannot be used: it is no PKCS#12 that can be opened");
    }
    let directory = tempfile::tempdir().unwrap();
    for (words, wanted) in [
        (&["-name", "metro-key", "-passout", "pass:metro"][..], None),
        (&["-name", "Metro-Key", "-passout", "pass:metro", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"], None),
        (&["-name", "other", "-passout", "pass:metro"], Some("the keystore cannot be used: it has no key metro-key")),
        (
            &["-name", "metro-key", "-passout", "pass:else"],
            Some("the keystore cannot be used: its passphrase is not metro"),
        ),
    ] {
        let Some(bytes) = by_hand(directory.path(), words) else {
            println!("SKIPPED: openssl cannot be run");
            return;
        };
        assert_eq!(check_keystore(&bytes).err().map(|e| e.to_string()).as_deref(), wanted, "{words:?}");
    }
}

/// The gateway is a Java program: what Java's own tool reads, it reads.
#[test]
fn java_reads_the_keystore() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("metro-keystore.pfx");
    let (_, bytes) = chain(&authority(1), "backend", 2);
    fs_err::write(&path, bytes).unwrap();
    let keytool = |arguments: &[&str]| {
        let common = ["-storetype", "PKCS12", "-storepass", "metro", "-alias", "metro-key", "-keystore"];
        Command::new("keytool").args(arguments).args(common).arg(&path).output()
    };
    let listed = match keytool(&["-list", "-v"]) {
        Ok(output) => output,
        Err(error) => {
            println!(
                "SKIPPED: keytool cannot be run ({error}); the keystore was only read back by this program's library"
            );
            return;
        }
    };
    let text = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.status.success(), "{text}{}", String::from_utf8_lossy(&listed.stderr));
    for word in
        ["PrivateKeyEntry", "Certificate chain length: 2", "CN=backend:8060", "2048-bit RSA", "DNSName: backend"]
    {
        assert!(text.contains(word), "{word} is not in {text}");
    }
    // A request is signed with the key, so the key was decrypted.
    let request = keytool(&["-certreq"]).unwrap();
    assert!(String::from_utf8_lossy(&request.stdout).contains("BEGIN NEW CERTIFICATE REQUEST"));
}
