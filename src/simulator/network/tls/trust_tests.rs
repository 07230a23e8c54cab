//! Tests of the trust folders: pinned certificates, chains, times, and what is left behind.

use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::*;
use crate::simulator::network::tls::keystore::tests::made;

const CLIENT: &str = "config/local/ignition/gateway-network/client/security/pki";

struct World {
    _dir: tempfile::TempDir,
    data: DataDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        Self { _dir: dir, data }
    }

    fn put(&self, file: &str, bytes: &[u8]) {
        self.data.write(&format!("{CLIENT}/{file}"), bytes).unwrap();
    }

    fn judge(&self, chain: &[&[u8]]) -> Result<(), Distrust> {
        Trust::new(self.data.clone(), Side::Client).judge(chain, SystemTime::now())
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority_parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters
}

fn authority(name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority_parameters(name), KeyPair::generate().unwrap()).unwrap()
}

fn leaf(issuer: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "leaf");
    change(&mut parameters);
    parameters.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().to_vec()
}

#[test]
fn an_empty_folder_trusts_nobody_and_a_pinned_certificate_is_enough() {
    let world = World::new();
    let own = made("master", 8060);
    assert_eq!(world.judge(&[&own]), Err(Distrust::NoAnchors));
    let rejected = world.data.names(&format!("{CLIENT}/rejected")).unwrap();
    assert_eq!(rejected, [format!("{} [master%3A8060] x1.crt.pem", &thumbprint(&own)[..7])]);
    let from = world.data.path(&format!("{CLIENT}/rejected/{}", rejected[0]));
    fs_err::rename(from, world.data.path(&format!("{CLIENT}/trusted/certs/any name at all"))).unwrap();
    assert_eq!(world.judge(&[&own]), Ok(()));
    let other = made("master", 8060);
    let subject = facts(&other).unwrap().subject;
    assert_eq!(world.judge(&[&other]), Err(Distrust::Unknown(subject)));
}

#[test]
fn a_chain_is_followed_to_a_trusted_authority_in_either_form() {
    let root = authority("root");
    let middle =
        CertifiedIssuer::signed_by(authority_parameters("middle"), KeyPair::generate().unwrap(), &root).unwrap();
    let below = leaf(&middle, |_| {});
    let direct = leaf(&root, |_| {});
    let world = World::new();
    world.put("trusted/certs/ca.der", root.der());
    assert_eq!(world.judge(&[&direct]), Ok(()));
    assert_eq!(world.judge(&[&below, middle.der()]), Ok(()));
    assert!(matches!(world.judge(&[&below]), Err(Distrust::Unknown(_))), "a link is missing");
    world.put("issuers/certs/middle.crt", to_pem(middle.der()).as_bytes());
    assert_eq!(world.judge(&[&below]), Ok(()), "found among the issuers");
    assert!(
        matches!(world.judge(&[&leaf(&authority("root"), |_| {})]), Err(Distrust::Unknown(_))),
        "same name, other key"
    );
}

#[test]
fn an_issuer_alone_is_not_trusted() {
    let root = authority("root");
    let world = World::new();
    world.put("trusted/certs/other.crt", to_pem(authority("other").der()).as_bytes());
    world.put("issuers/certs/root.crt", to_pem(root.der()).as_bytes());
    assert!(matches!(world.judge(&[&leaf(&root, |_| {})]), Err(Distrust::Unknown(_))));
}

#[test]
fn a_certificate_out_of_its_time_is_refused_pinned_or_signed() {
    let root = authority("root");
    let world = World::new();
    let expired = leaf(&root, |p| p.not_after = (SystemTime::now() - Duration::from_mins(1)).into());
    let early = leaf(&root, |p| p.not_before = (SystemTime::now() + Duration::from_mins(10)).into());
    world.put("trusted/certs/root.crt", to_pem(root.der()).as_bytes());
    for der in [&expired, &early] {
        assert_eq!(world.judge(&[der]), Err(Distrust::Expired("CN=leaf".to_owned())));
        world.put("trusted/certs/pinned.crt", to_pem(der).as_bytes());
        assert_eq!(world.judge(&[der]), Err(Distrust::Expired("CN=leaf".to_owned())));
    }
}

#[test]
fn files_that_are_no_certificates_are_passed_over_and_nothing_grows_without_end() {
    let world = World::new();
    let own = made("a", 1);
    world.put("trusted/certs/readme.txt", b"no certificate");
    world.put("trusted/certs/key.pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assert_eq!(world.judge(&[&own]), Err(Distrust::NoAnchors));
    assert_eq!(world.judge(&[b"garbage"]), Err(Distrust::Unreadable));
    assert_eq!(world.judge(&[]), Err(Distrust::Unreadable));
    for n in 0..REJECTED + 10 {
        world.put(&format!("rejected/{n}"), b"");
    }
    let before = world.data.names(&format!("{CLIENT}/rejected")).unwrap().len();
    let _ = world.judge(&[&made("b", 2)]);
    assert_eq!(world.data.names(&format!("{CLIENT}/rejected")).unwrap().len(), before);
}

#[test]
fn a_name_in_a_certificate_cannot_lead_out_of_the_folder() {
    let world = World::new();
    let root = authority("x");
    let evil = leaf(&root, |p| p.distinguished_name.push(rcgen::DnType::CommonName, "../../../../evil/\u{1b}[2J"));
    let _ = world.judge(&[&evil]);
    let names = world.data.names(&format!("{CLIENT}/rejected")).unwrap();
    assert_eq!(names.len(), 1);
    assert!(names[0].chars().all(|c| c.is_ascii_alphanumeric() || " []%.-_".contains(c)), "{}", names[0]);
}
