//! Both ends of a TLS handshake. Configurations are made per handshake, never per ping, so that trust and settings are always those
//! of the moment; sessions are not resumed, because that would pass over the trust folders.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::ServerName;
use rustls::server::NoServerSessionStorage;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::simulator::data::DataDir;
use crate::simulator::network::tls::alert;
use crate::simulator::network::tls::trust::{Side, Trust};
use crate::simulator::network::tls::verifier::Verifier;

/// Longest time that the other side gets to read why it was refused.
const LINGER: Duration = Duration::from_secs(1);

/// The dialling end.
pub(crate) async fn connect(
    key: &Arc<CertifiedKey>,
    data: &DataDir,
    host: &str,
    tcp: TcpStream,
) -> Result<client::TlsStream<TcpStream>, String> {
    let verifier = Verifier::new(Trust::new(data.clone(), Side::Client));
    let config = client_config(Arc::clone(key), Arc::clone(&verifier)).map_err(|e| alert::words(&e))?;
    // Trust does not look at the name; one that fits into no greeting is left out of it.
    let name = ServerName::try_from(host.to_owned()).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED).into());
    let done = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
    done.map_err(|e| match verifier.distrust() {
        Some(why) => alert::distrust(&why, Side::Client),
        None => alert::within(&e).unwrap_or_else(|| format!("SSLException: {e}")),
    })
}

/// The accepting end. With `two_way` the dialler must show a certificate that this gateway trusts.
pub(crate) async fn accept(
    key: &Arc<CertifiedKey>,
    data: &DataDir,
    two_way: bool,
    tcp: TcpStream,
) -> Result<server::TlsStream<TcpStream>, String> {
    let verifier = Verifier::new(Trust::new(data.clone(), Side::Server));
    let config =
        server_config(Arc::clone(key), two_way.then(|| Arc::clone(&verifier))).map_err(|e| alert::words(&e))?;
    match TlsAcceptor::from(Arc::new(config)).accept(tcp).into_fallible().await {
        Ok(stream) => Ok(stream),
        Err((error, tcp)) => {
            linger(tcp).await;
            Err(match verifier.distrust() {
                Some(why) => alert::distrust(&why, Side::Server),
                None => alert::within(&error).unwrap_or_else(|| format!("SSLException: {error}")),
            })
        }
    }
}

/// Lets the other side read the alert: a socket that is closed with unread data in it takes back what it has sent.
async fn linger(mut tcp: TcpStream) {
    let rest = async {
        tcp.shutdown().await?;
        let mut sink = [0; 1024];
        while tcp.read(&mut sink).await? > 0 {}
        Ok::<_, io::Error>(())
    };
    // However this ends, the connection is over.
    let _ = timeout(LINGER, rest).await;
}

fn client_config(key: Arc<CertifiedKey>, verifier: Arc<Verifier>) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn server_config(key: Arc<CertifiedKey>, verifier: Option<Arc<Verifier>>) -> Result<ServerConfig, rustls::Error> {
    let builder =
        ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions()?;
    let builder = match verifier {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}
