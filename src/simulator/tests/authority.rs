//! A certificate authority for tests: keystores and certificates of gateways, seeded where the gateway network looks for them.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::world::Sim;
use crate::simulator::network::tls::certificate::to_pem;
use crate::simulator::network::tls::keystore::{KEYSTORE, tests::keystore};

pub(crate) const NETWORK: &str = "config/local/ignition/gateway-network";

/// Signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        to_pem(self.0.der())
    }

    /// Gives a gateway that was not started yet a keystore, as the documented zero-touch way does (fact sheet 4.5).
    pub(crate) fn certify(&self, sim: &Sim, change: impl FnOnce(&mut CertificateParams)) {
        let pair = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "certified");
        change(&mut parameters);
        let leaf = parameters.signed_by(&pair, &self.0).unwrap();
        let bytes = keystore("metro-key", "metro", &pair.serialize_der(), &[leaf.der(), self.0.der()]);
        sim.put_bytes(KEYSTORE, &bytes);
    }

    /// Puts the authority into both trust folders of a gateway.
    pub(crate) fn trusted_by(&self, sim: &Sim) {
        sim.put(&format!("{NETWORK}/client/security/pki/trusted/certs/ignition-gan-ca.crt"), &self.pem());
        sim.put_bytes(&format!("{NETWORK}/server/security/pki/trusted/certs/ca.der"), self.0.der());
    }
}
