//! A reverse proxy that goes by the labels of containers, as a Traefik does: it takes requests on a port of 127.0.0.1 and finds the
//! container by the `Host` of the request. What the labels mean is in `routes`, one request in `request`.

mod request;
mod routes;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::Engine;
use routes::{Checks, Table};

/// Time between two looks at the engine. Traefik hears of events; lists are the same, a moment later.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The proxy, until it is dropped.
#[derive(Debug)]
pub struct LabelProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    table: Mutex<Table>,
    /// Two routes that are mixed up, as by a configuration of its own.
    crossed: Mutex<Option<(String, String)>>,
    ended: AtomicBool,
}

impl LabelProxy {
    /// A proxy on `port` that reaches the containers of one network.
    pub fn start(network: &str, port: u16) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).unwrap_or_else(|e| panic!("the proxy listens on {address}: {e}"));
        let shared = Arc::new(Shared::default());
        let (looking, taking, network) = (Arc::clone(&shared), Arc::clone(&shared), network.to_owned());
        let threads = vec![
            thread::spawn(move || look(&looking, &network)),
            thread::spawn(move || {
                for stream in listener.incoming().take_while(|_| !taking.ended()).flatten() {
                    let shared = Arc::clone(&taking);
                    thread::spawn(move || shared.serve(stream));
                }
            }),
        ];
        Self { address, shared, threads }
    }

    /// Sends the callers of one route to the other, and the other way round.
    pub fn cross(&self, one: &str, other: &str) {
        *lock(&self.shared.crossed) = Some((one.to_owned(), other.to_owned()));
    }

    /// Ends that.
    pub fn uncross(&self) {
        *lock(&self.shared.crossed) = None;
    }
}

impl Drop for LabelProxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // Wakes who waits for a connection, so that it sees the end and the port is free again.
        let _ = TcpStream::connect(self.address);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn serve(&self, mut client: TcpStream) {
        // A client that goes away in the middle is no failure of the proxy.
        let _ = request::serve(&mut client, |host, cookie| {
            let crossed = lock(&self.crossed).clone();
            let host = match &crossed {
                Some((one, other)) if host == one => other,
                Some((one, other)) if host == other => one,
                _ => host,
            };
            lock(&self.table).server(host, cookie)
        });
    }
}

/// Keeps the table as the engine's containers and their health have it.
fn look(shared: &Shared, network: &str) {
    let engine = Engine::connect().expect("there is an engine");
    let mut checks = Checks::default();
    while !shared.ended() {
        let mut seen = Table::read(&engine, network);
        checks.apply(&mut seen);
        lock(&shared.table).replace(seen);
        thread::sleep(LOOK_EVERY);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
