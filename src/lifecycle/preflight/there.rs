//! What another machine shows of its ports to who knocks at them. That nobody answers does not say that a port is free.

use std::cell::Cell;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// Longest wait for an answer. A machine that is reached answers at once, be it that the port is closed.
const ANSWER: Duration = Duration::from_millis(700);

/// The engine's host, when it is another machine.
#[derive(Debug)]
pub struct There {
    host: String,
    /// It, or what stands before it, leaves who knocks without an answer: no more is asked.
    silent: Cell<bool>,
}

impl There {
    /// By its name or address.
    pub fn new(host: &str) -> Self {
        Self { host: host.to_owned(), silent: Cell::new(false) }
    }

    /// Whether something listens where a container shall publish a port.
    pub fn is_taken(&self, wanted: SocketAddr) -> bool {
        // Its loopback is not to be seen, and ours is another one.
        if wanted.ip().is_loopback() || self.silent.get() {
            return false;
        }
        self.addresses(wanted).into_iter().any(|address| match TcpStream::connect_timeout(&address, ANSWER) {
            Ok(_) => true,
            Err(error) => {
                self.silent.set(error.kind() == ErrorKind::TimedOut);
                false
            }
        })
    }

    /// Where to knock: each family has ports of its own.
    fn addresses(&self, wanted: SocketAddr) -> Vec<SocketAddr> {
        if !wanted.ip().is_unspecified() {
            return vec![wanted];
        }
        let found = match self.host.parse::<IpAddr>() {
            Ok(ip) => vec![SocketAddr::new(ip, wanted.port())],
            Err(_) => (self.host.as_str(), wanted.port()).to_socket_addrs().map(Iterator::collect).unwrap_or_default(),
        };
        found.into_iter().filter(|address| address.is_ipv4() == wanted.is_ipv4()).take(1).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn who_answers_has_the_port_and_a_loopback_is_never_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // The loopback stands for another machine here.
        let taken = |there: &There, ip: &str| there.is_taken(SocketAddr::new(ip.parse().unwrap(), port));
        let there = There::new("127.0.0.1");
        assert!(taken(&there, "0.0.0.0"));
        assert!(!taken(&there, "127.0.0.1"), "that is this machine's");
        assert!(!taken(&there, "::"), "a port of the other family");
        assert!(taken(&There::new("localhost"), "0.0.0.0"));
        assert!(!taken(&There::new("no.such.host.invalid"), "0.0.0.0"));
        drop(listener);
        assert!(!taken(&there, "0.0.0.0"));
    }
}
