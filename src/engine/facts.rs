//! What an engine says of itself and of everything on it that is not ours: the facts that are judged before anything is made. Pure.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::Subnet;

/// What an engine says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// Version of the Engine API in use: `1.41`.
    pub api_version: String,
    /// Version of the engine: `20.10.24`.
    pub engine_version: String,
    /// Memory of the engine's host or machine, in bytes.
    pub memory_bytes: u64,
    /// `x86_64`, `aarch64`.
    pub architecture: String,
    /// `linux`, `windows`: what its containers are.
    pub os: String,
    /// Version of the kernel that it runs on.
    pub kernel: String,
    /// Where it keeps images, containers and volumes, on its own host.
    pub root_directory: Option<PathBuf>,
    /// From where it takes the subnets of new networks; empty when it has the built-in ones.
    pub address_pools: Vec<AddressPool>,
    /// By how many milliseconds its clock is ahead of ours; negative when it is behind.
    pub clock_ahead_ms: Option<i64>,
    /// Whether it runs without the rights of root.
    pub rootless: bool,
}

/// A range from which an engine takes subnets of one size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddressPool {
    /// The range.
    pub base: Subnet,
    /// Prefix length of each subnet.
    pub size: u8,
}

/// A port of the engine's host that a container publishes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublishedBy {
    /// Where on the engine's host.
    pub address: SocketAddr,
    /// The container's name.
    pub container: String,
    /// Name and identity of the stack that its labels tell.
    pub stack: Option<(String, Option<String>)>,
}

impl PublishedBy {
    /// Whether a container that wants this address would be in the way of this one. The engine listens on each family by itself.
    pub fn covers(&self, wanted: SocketAddr) -> bool {
        covers(self.address.ip(), wanted.ip()) && self.address.port() == wanted.port()
    }
}

/// Whether listeners on two addresses of one port exclude each other.
pub fn covers(one: IpAddr, other: IpAddr) -> bool {
    one == other || (one.is_ipv4() == other.is_ipv4() && (one.is_unspecified() || other.is_unspecified()))
}

/// What is on an engine beside the stack that is looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Around {
    /// Every published TCP port.
    pub published: Vec<PublishedBy>,
    /// The subnets of every network, also of the stack's own.
    pub subnets: Vec<Subnet>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_exclude_each_other_within_a_family() {
        let table = [
            ("127.0.0.1", "127.0.0.1", true),
            ("0.0.0.0", "127.0.0.1", true),
            ("127.0.0.1", "0.0.0.0", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("::", "127.0.0.1", false),
            ("::", "::1", true),
            ("::1", "::1", true),
        ];
        for (one, other, expected) in table {
            assert_eq!(covers(one.parse().unwrap(), other.parse().unwrap()), expected, "{one} {other}");
        }
    }
}
