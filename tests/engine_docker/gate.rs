//! A door of TCP before the engine's socket, open or with TLS that asks for a certificate.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, UnixStream};
use tokio_rustls::TlsAcceptor;

/// Opens a door that passes everything on to the engine's socket; it closes with the test's runtime.
pub(crate) async fn open(ip: IpAddr, engine: &str, tls: Option<ServerConfig>) -> SocketAddr {
    let listener = TcpListener::bind((ip, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let engine = engine.trim_start_matches("unix://").to_owned();
    let tls = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (engine, tls) = (engine.clone(), tls.clone());
            tokio::spawn(async move {
                match tls {
                    None => pass(client, &engine).await,
                    // Who shows no certificate comes no further.
                    Some(tls) => {
                        if let Ok(client) = tls.accept(client).await {
                            pass(client, &engine).await;
                        }
                    }
                }
            });
        }
    });
    address
}

async fn pass(mut client: impl AsyncRead + AsyncWrite + Unpin, engine: &str) {
    let mut engine = UnixStream::connect(engine).await.unwrap();
    let _ = copy_bidirectional(&mut client, &mut engine).await;
}

/// Writes `ca.pem`, `cert.pem` and `key.pem` of a new authority, as a client of an engine needs them; returns the engine's side.
pub(crate) fn certificates(directory: &Path) -> ServerConfig {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let leaf = |name: &str, usage| {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &authority).unwrap(), key)
    };
    let (client, client_key) = leaf("client", ExtendedKeyUsagePurpose::ClientAuth);
    for (file, text) in
        [("ca.pem", authority.pem()), ("cert.pem", client.pem()), ("key.pem", client_key.serialize_pem())]
    {
        std::fs::write(directory.join(file), text).unwrap();
    }
    let (server, server_key) = leaf("127.0.0.1", ExtendedKeyUsagePurpose::ServerAuth);
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der().to_vec())).unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let key = PrivateKeyDer::try_from(server_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_client_cert_verifier(verifier);
    config.with_single_cert(vec![CertificateDer::from(server.der().to_vec())], key).unwrap()
}
