//! The gateway network's own port (fact sheet 4.3): accepts TLS connections and hands them to the web server's machinery, where only
//! the gateway network answers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::serve::{Listener, ListenerExt};
use rustls::sign::CertifiedKey;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

use crate::simulator::network::acceptor;
use crate::simulator::network::dialer::CONTROL_PATH;
use crate::simulator::network::tls::handshake;
use crate::simulator::node::{Node, Phase, halted};
use crate::simulator::web::door::Latch;

/// Longest time that a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Most handshakes at a time. One more ends the oldest, so that those who say nothing keep nobody out.
const HANDSHAKES: usize = 64;
/// Pause after an accept that failed, as when there are no more file descriptors.
const PAUSE: Duration = Duration::from_secs(1);
const LOGGER: &str = "gateway-network";

/// Serves the port until dropped. A port that cannot be opened costs the gateway its TLS connections, not its life.
pub(crate) async fn serve(node: &Arc<Node>, key: Arc<CertifiedKey>) -> Infallible {
    let port = node.setup.gan_port;
    let listener = match TcpListener::bind((node.setup.bind, port)).await {
        Ok(listener) => listener,
        Err(e) => {
            node.setup.log.error(LOGGER, &format!("Port {port} of the gateway network cannot be opened: {e}"));
            return std::future::pending().await;
        }
    };
    let address = listener.local_addr();
    let (done, ready) = mpsc::channel(1);
    let latch = Latch::new();
    // TapIo is how the caller's address becomes known to the handler.
    let secured = latch.tie(Secured { ready, address }).tap_io(|_| {});
    let router = Router::new().fallback(answer).with_state(Arc::clone(node));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut halt = node.halt.subscribe();
    let serve =
        async { axum::serve(secured, service).with_graceful_shutdown(async move { halted(&mut halt).await }).await };
    tokio::select! {
        never = accept(node, &listener, &key, &done) => never,
        // It ends only when the gateway does.
        _ = serve => std::future::pending().await,
    }
}

async fn accept(
    node: &Arc<Node>,
    listener: &TcpListener,
    key: &Arc<CertifiedKey>,
    done: &mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) -> Infallible {
    let mut handshakes = JoinSet::new();
    let mut oldest_first: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let Ok((tcp, from)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        while handshakes.try_join_next().is_some() {}
        oldest_first.retain(|h| !h.is_finished());
        if oldest_first.len() >= HANDSHAKES
            && let Some(oldest) = oldest_first.pop_front()
        {
            oldest.abort();
        }
        let (node, key, done) = (Arc::clone(node), Arc::clone(key), done.clone());
        oldest_first.push_back(handshakes.spawn(async move {
            // Pings are small and must not wait for company; a socket that refuses serves all the same.
            drop(tcp.set_nodelay(true));
            let two_way = node.network_settings().require_two_way_auth;
            let shaking = handshake::accept(&key, &node.setup.data, two_way, tcp);
            match timeout(HANDSHAKE, shaking).await {
                Ok(Ok(stream)) => drop(done.send((stream, from)).await),
                Ok(Err(reason)) => node.refused_once(&from.ip().to_string(), &reason),
                Err(_) => {}
            }
        }));
    }
}

/// Hands out connections whose handshake is over.
struct Secured {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: io::Result<SocketAddr>,
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address.as_ref().map(|a| *a).map_err(|e| e.kind().into())
    }
}

async fn answer(
    State(node): State<Arc<Node>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    node.setup.knobs.until(|v| !v.silent_gateway_network).await;
    if node.phase() != Phase::Running {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    } else if parts.uri.path() == CONTROL_PATH && parts.method == Method::GET {
        acceptor::upgrade(node, parts, from, true).await
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}
