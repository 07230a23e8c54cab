//! Blocks of free ports on this machine, each held by one world at a time, across processes too.

use std::net::{Ipv4Addr, TcpListener};

/// Below the range from which the kernel takes ports for outgoing connections.
const SMALL: Range = Range { first: 20_000, last: 32_000, block: 32 };
/// For stacks with more gateways than a small block has ports.
const LARGE: Range = Range { first: 12_000, last: 20_000, block: 128 };

/// Where blocks are, and how many ports one has. The last one is the token of who holds it.
struct Range {
    first: u16,
    last: u16,
    block: u16,
}

/// A block of free ports.
#[derive(Debug)]
pub struct Ports {
    base: u16,
    _token: TcpListener,
}

impl Ports {
    /// Claims a block in which every port can be bound now.
    pub fn claim() -> Self {
        Self::claim_in(&SMALL)
    }

    /// The same for a stack of up to 127 gateways.
    pub fn claim_large() -> Self {
        Self::claim_in(&LARGE)
    }

    fn claim_in(range: &Range) -> Self {
        let Range { first, last, block } = *range;
        let blocks = (last - first) / block;
        // Another run on this machine begins elsewhere, so that both seldom try the same block.
        let offset = u16::try_from(std::process::id() % u32::from(blocks)).unwrap_or(0);
        for i in 0..blocks {
            let base = first + (offset + i) % blocks * block;
            let Some(token) = bind(base + block - 1) else { continue };
            if (base..base + block - 1).all(|port| bind(port).is_some()) {
                return Self { base, _token: token };
            }
        }
        panic!("no block of {block} free ports between {first} and {last}");
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
        for (claim, range) in [(Ports::claim as fn() -> Ports, SMALL), (Ports::claim_large, LARGE)] {
            let (one, other) = (claim(), claim());
            assert!(one.base().abs_diff(other.base()) >= range.block);
        }
    }
}
