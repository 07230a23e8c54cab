//! A door of TCP before the engine's socket, open or with TLS that asks for a certificate.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use ignition_stack_integration::certificates::{self, SERVER_CERTIFICATE, SERVER_KEY};
use rustls::pki_types::pem::PemObject as _;
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
    certificates::write(directory, Ipv4Addr::LOCALHOST.into());
    let certificate = |file: &str| CertificateDer::from_pem_file(directory.join(file)).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate("ca.pem")).unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let key = PrivateKeyDer::from_pem_file(directory.join(SERVER_KEY)).unwrap();
    let config = ServerConfig::builder().with_client_cert_verifier(verifier);
    config.with_single_cert(vec![certificate(SERVER_CERTIFICATE)], key).unwrap()
}
