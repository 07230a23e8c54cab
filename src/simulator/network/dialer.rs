//! Keeps one outgoing connection up: dial, hand over to the session, wait, dial again. What is said on it is not known here.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::{self, protocol::WebSocketConfig};

use crate::simulator::network::acceptor::PURPOSE;
use crate::simulator::network::frame::Purpose;
use crate::simulator::network::outgoing::Outgoing;
use crate::simulator::network::session::{self, Terms};
use crate::simulator::network::table::{ConnectionKey, Direction};
use crate::simulator::network::wire::{Dialled, Transport, Wire};
use crate::simulator::node::{Node, halted};

/// Path of the gateway network's control channel (fact sheet 4.6).
pub(crate) const CONTROL_PATH: &str = "/system/ws-control-servlet";
const TRUSTED: &str = "config/local/ignition/gateway-network/client/security/pki/trusted/certs";

/// Dials until the gateway stops or the connection is configured no more.
pub(crate) async fn keep_up(node: Arc<Node>, key: ConnectionKey, outgoing: Outgoing) {
    let mut halt = node.halt.subscribe();
    let mut nudge = node.switch.nudge.subscribe();
    loop {
        while let Some(until) = node.redundancy_held().filter(|_| outgoing.purpose == Purpose::Redundancy) {
            tokio::select! {
                () = halted(&mut halt) => return,
                () = sleep_until(until) => {}
                _ = nudge.changed() => if !node.state().connections.has(key) { return },
            }
        }
        nudge.mark_unchanged();
        let Some(generation) = node.state().connections.open(key) else { return };
        tokio::select! {
            () = halted(&mut halt) => return,
            () = displaced(&node, &mut nudge, key, generation) => continue,
            attempt = dial(&node, &outgoing) => match attempt {
                Ok(socket) => {
                    let terms = Terms {
                        key,
                        generation,
                        direction: Direction::Outgoing,
                        purpose: outgoing.purpose,
                        ping_rate: outgoing.ping_rate,
                        ping_timeout: outgoing.ping_timeout,
                        ping_max_missed: outgoing.ping_max_missed,
                        expected_uuid: None,
                    };
                    session::serve(&node, &mut Wire::Dialled(Box::new(socket)), terms).await;
                }
                Err(reason) => {
                    if node.state().connections.fault(key, generation, &reason) {
                        let text = format!("Connection to {} changed to Faulted: {reason}", outgoing.address());
                        node.setup.log.warn("gateway-network", &text);
                    }
                }
            },
        }
        tokio::select! {
            () = halted(&mut halt) => return,
            () = sleep_until(Instant::now() + node.setup.timings().link_retry) => {}
            () = displaced(&node, &mut nudge, key, generation) => {}
        }
    }
}

/// Ready when the connection was reset, or is configured no more.
async fn displaced(node: &Node, nudge: &mut watch::Receiver<()>, key: ConnectionKey, generation: u64) {
    while node.state().connections.current(key, generation).is_some() {
        if nudge.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

async fn dial(node: &Node, outgoing: &Outgoing) -> Result<Dialled, String> {
    let connecting = TcpStream::connect((outgoing.host.as_str(), outgoing.port));
    let tcp = timeout(outgoing.http_connect_timeout, connecting)
        .await
        .map_err(|_| "SocketTimeoutException: Connect timed out".to_owned())?
        .map_err(|e| connect_error(&e))?;
    timeout(outgoing.websocket_timeout, knock(node, outgoing, tcp))
        .await
        .unwrap_or_else(|_| Err("TimeoutException: the remote gateway did not answer in time".to_owned()))
}

async fn knock(node: &Node, outgoing: &Outgoing, tcp: TcpStream) -> Result<Dialled, String> {
    // Pings are small and must not wait for company.
    tcp.set_nodelay(true).map_err(|e| e.to_string())?;
    if outgoing.ssl {
        return Err(tls_error(node));
    }
    let transport: Box<dyn Transport> = Box::new(tcp);
    let name = node.state().name.clone();
    let own = format!("http://{}:{}/system", node.address, node.setup.http_port);
    let uri = format!(
        "ws://{}{CONTROL_PATH}?name={}&uuid={}&url={}&{PURPOSE}={:?}",
        outgoing.address(),
        encode(&name),
        encode(&node.setup.uuid),
        encode(&own),
        outgoing.purpose
    );
    match client_async_with_config(uri, transport, Some(limits(outgoing.purpose))).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(response)) => Err(format!("UpgradeException: {}", response.status())),
        Err(e) => Err(format!("UpgradeException: {e}")),
    }
}

fn limits(purpose: Purpose) -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(purpose.frame_limit()))
        .max_frame_size(Some(purpose.frame_limit()))
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * purpose.frame_limit())
}

fn connect_error(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::ConnectionRefused => "ConnectException: Connection refused".to_owned(),
        _ => format!("ConnectException: {e}"),
    }
}

/// A TLS dial ends here: the words of an empty trust folder when it is empty (fact sheet 4.4), else the plain truth.
fn tls_error(node: &Node) -> String {
    match node.setup.data.names(TRUSTED) {
        Ok(names) if !names.is_empty() => "the simulated gateway network does not speak TLS".to_owned(),
        _ => "InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty".to_owned(),
    }
}

/// Text as part of a query.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&crate::simulator::access::login::hex(&[byte]).to_uppercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_fits_into_a_query() {
        assert_eq!(encode("Ignition-a b&c=ü"), "Ignition-a%20b%26c%3D%C3%BC");
    }
}
