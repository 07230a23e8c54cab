//! What can be seen to be in the way before anything is made.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

/// Whether something listens on an address of this host. Where that cannot be told (no right to the port, no such
/// address here) the answer is no, and the engine tells later.
pub fn is_taken(address: SocketAddr) -> bool {
    TcpListener::bind(address).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_takes_its_port_and_gives_it_back() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(is_taken(address));
        drop(listener);
        assert!(!is_taken(address));
    }
}
