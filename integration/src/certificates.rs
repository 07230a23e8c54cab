//! Certificates of an engine that is reached over a network, and of who may use it.

use std::net::IpAddr;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};

/// The engine's certificate, beside those of its client.
pub const SERVER_CERTIFICATE: &str = "server-cert.pem";
/// Its key.
pub const SERVER_KEY: &str = "server-key.pem";

/// Writes those of a new authority: `ca.pem`, `cert.pem` and `key.pem`, as a client of an engine needs them, and the two of the engine at an
/// address.
pub fn write(directory: &Path, engine: IpAddr) {
    let mut params = CertificateParams::new(Vec::new()).expect("no names are good names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = || KeyPair::generate().expect("a key can be made");
    let authority = CertifiedIssuer::self_signed(params, key()).expect("an authority can sign itself");
    let leaf = |name: &str, usage| {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a good name");
        params.extended_key_usages = vec![usage];
        let key = key();
        (params.signed_by(&key, &authority).expect("an authority can sign").pem(), key.serialize_pem())
    };
    let (client, client_key) = leaf("client", ExtendedKeyUsagePurpose::ClientAuth);
    let (server, server_key) = leaf(&engine.to_string(), ExtendedKeyUsagePurpose::ServerAuth);
    for (file, text) in [
        ("ca.pem", authority.pem()),
        ("cert.pem", client),
        ("key.pem", client_key),
        (SERVER_CERTIFICATE, server),
        (SERVER_KEY, server_key),
    ] {
        std::fs::write(directory.join(file), text).expect("a file can be written");
    }
}
