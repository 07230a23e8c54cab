//! Talking to one gateway over HTTP: look, log in, turn answers into facts. Judges nothing; the only room that knows reqwest.

mod client;
mod error;
mod http;
mod login;
pub mod parse;
mod sighting;
mod through;
mod words;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub use client::{Credentials, GatewayClient};
pub use error::{Fault, GatewayError, LoginFault};
pub use sighting::{
    Connection, Depth, GanOverview, GatewayInfo, GwInfo, Health, Ping, QuarantinedModule, Redundancy, RemoteGateway,
    Seen, Sighting, Trial,
};
pub use through::ProxyClient;
pub use words::{ActivityLevel, ContextState, Direction, LinkStatus, NodeRole, SyncState};

/// The longest text that is kept of one field of a gateway's answer, in bytes.
pub const MAX_FIELD: usize = 4096;

/// Address of a gateway whose port is published at this address, as it is reached from the same machine.
pub fn url(ip: IpAddr, port: u16) -> String {
    let ip = match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    format!("http://{}", SocketAddr::new(ip, port))
}

/// A foreign text as it stands, cut at [`MAX_FIELD`] bytes. Not harmless for a terminal: that is the report room's task.
pub(crate) fn capped(text: &str) -> String {
    let mut end = text.len().min(MAX_FIELD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_cut_between_characters() {
        assert_eq!(capped("Good"), "Good");
        assert_eq!(capped(&"a".repeat(MAX_FIELD + 9)).len(), MAX_FIELD);
        let cut = capped(&"\u{20ac}".repeat(MAX_FIELD));
        assert!(cut.len() <= MAX_FIELD && cut.chars().all(|c| c == '\u{20ac}'));
    }
}
