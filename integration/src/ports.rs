//! Blocks of free ports on this machine, each held by one world at a time, across processes too.

use std::net::{Ipv4Addr, TcpListener};

/// Below the range from which the kernel takes ports for outgoing connections.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;
/// Ports in a block. The last one is the token of who holds it.
const BLOCK: u16 = 32;

/// A block of free ports.
#[derive(Debug)]
pub struct Ports {
    base: u16,
    _token: TcpListener,
}

impl Ports {
    /// Claims a block in which every port can be bound now.
    pub fn claim() -> Self {
        let blocks = (LAST - FIRST) / BLOCK;
        // Another run on this machine begins elsewhere, so that both seldom try the same block.
        let offset = u16::try_from(std::process::id() % u32::from(blocks)).unwrap_or(0);
        for i in 0..blocks {
            let base = FIRST + (offset + i) % blocks * BLOCK;
            let Some(token) = bind(base + BLOCK - 1) else { continue };
            if (base..base + BLOCK - 1).all(|port| bind(port).is_some()) {
                return Self { base, _token: token };
            }
        }
        panic!("no block of {BLOCK} free ports between {FIRST} and {LAST}");
    }

    /// The first port of the block.
    pub fn base(&self) -> u16 {
        self.base
    }
}

/// Listens on a port of 127.0.0.1, when it is free.
pub fn bind(port: u16) -> Option<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_blocks_are_never_the_same() {
        let (one, other) = (Ports::claim(), Ports::claim());
        assert!(one.base().abs_diff(other.base()) >= BLOCK);
    }
}
