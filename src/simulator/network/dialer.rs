//! Keeps one outgoing connection up: dial, hand over to the session, wait, dial again. What is said on it is not known here.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, sleep_until, timeout};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::{self, protocol::WebSocketConfig};

use crate::simulator::network::acceptor::PURPOSE;
use crate::simulator::network::frame::Purpose;
use crate::simulator::network::outgoing::Outgoing;
use crate::simulator::network::session::{self, Terms};
use crate::simulator::network::table::{ConnectionKey, Direction, display_name};
use crate::simulator::network::tls::{alert, handshake};
use crate::simulator::network::wire::{Dialled, Transport, Wire};
use crate::simulator::node::{Node, halted};
use crate::simulator::unknown::CERTIFICATE_APPROVAL_NEEDS_RESTART;

/// Path of the gateway network's control channel (fact sheet 4.6).
pub(crate) const CONTROL_PATH: &str = "/system/ws-control-servlet";
/// What a stale link says (fact sheet 4.4).
const STALE: &str = "Could not decode response header";

/// Dials until the gateway stops or the connection is configured no more.
pub(crate) async fn keep_up(node: Arc<Node>, key: ConnectionKey, outgoing: Outgoing) {
    let mut halt = node.halt.subscribe();
    let mut nudge = node.switch.nudge.subscribe();
    loop {
        while let Some(until) = node.redundancy_held().filter(|_| outgoing.purpose == Purpose::Redundancy) {
            tokio::select! {
                () = halted(&mut halt) => return,
                () = sleep_until(until) => {}
                _ = nudge.changed() => if node.state().connections.get(key).is_none() { return },
            }
        }
        nudge.mark_unchanged();
        let mut distrusted = false;
        let Some(generation) = node.state().connections.open(key) else { return };
        tokio::select! {
            () = halted(&mut halt) => return,
            () = displaced(&node, &mut nudge, key, generation) => continue,
            attempt = dial(&node, &outgoing) => match attempt {
                Ok(_) if is_stale(&node, key) => {
                    fault(&node, key, generation, &outgoing, STALE);
                    tokio::select! {
                        () = halted(&mut halt) => return,
                        () = displaced(&node, &mut nudge, key, generation) => continue,
                    }
                }
                Ok(socket) => {
                    let terms = Terms {
                        key,
                        generation,
                        direction: Direction::Outgoing,
                        purpose: outgoing.purpose,
                        ping_rate: outgoing.ping_rate,
                        ping_timeout: outgoing.ping_timeout,
                        ping_max_missed: outgoing.ping_max_missed,
                        idle_timeout: node.network_settings().idle_timeout(),
                        caller: None,
                    };
                    session::serve(&node, &mut Wire::dialled(socket, node.setup.knobs.clone()), terms).await;
                }
                Err(reason) => {
                    distrusted = reason.contains("ertificate") || reason.contains("trustAnchors");
                    fault(&node, key, generation, &outgoing, &reason);
                }
            },
        }
        if distrusted && CERTIFICATE_APPROVAL_NEEDS_RESTART {
            return;
        }
        let timings = node.setup.timings();
        let pause = if distrusted { timings.certificate_retry } else { timings.link_retry };
        tokio::select! {
            () = halted(&mut halt) => return,
            () = sleep(pause) => {}
            () = displaced(&node, &mut nudge, key, generation) => {}
        }
    }
}

fn fault(node: &Node, key: ConnectionKey, generation: u64, outgoing: &Outgoing, reason: &str) {
    let news = node.state().connections.fault(key, generation, reason);
    if news {
        let text = format!("Connection to {} changed to Faulted: {reason}", outgoing.address());
        node.setup.log.warn("gateway-network", &text);
    }
}

/// A link becomes stale when it comes back after it had run and was lost, if the knob says so. What makes a real one stale is not
/// known, only what it says and what cures it: a reset, or another configuration (fact sheet 4.4).
fn is_stale(node: &Node, key: ConnectionKey) -> bool {
    let returns = node.state().connections.get(key).is_some_and(|c| c.purpose == Purpose::Link && c.ran);
    returns && node.setup.knobs.read(|v| v.stale_links)
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
    let transport: Box<dyn Transport> = match (outgoing.ssl, node.key.get()) {
        (false, _) => Box::new(tcp),
        (true, Some(Ok(key))) => Box::new(handshake::connect(key, &node.setup.data, &outgoing.host, tcp).await?),
        (true, Some(Err(reason))) => return Err(format!("KeyStoreException: {reason}")),
        (true, None) => return Err("KeyStoreException: there is no keystore".to_owned()),
    };
    let name = {
        let state = node.state();
        display_name(&state.name, state.machine.role())
    };
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
        Err(tungstenite::Error::Io(e)) => match alert::within(&e) {
            // With TLS 1.3 a dialler learns after the handshake that its certificate is not liked.
            Some(words) => Err(words),
            None => Err(format!("UpgradeException: {e}")),
        },
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

/// Text as part of a query.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&crate::simulator::access::password::hex(&[byte]).to_uppercase());
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
