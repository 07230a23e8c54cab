//! A range of addresses in CIDR form. Pure.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// `172.17.0.0/16`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Subnet {
    address: IpAddr,
    prefix: u8,
}

impl Subnet {
    /// The subnet of that prefix length around an address; nothing when the length is too large for its family.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let width = width(address);
        if prefix > width {
            return None;
        }
        let masked = bits(address) & mask(prefix, width);
        Some(Self { address: from_bits(masked, address.is_ipv4()), prefix })
    }

    /// Whether its addresses are of IPv4.
    pub fn is_v4(self) -> bool {
        self.address.is_ipv4()
    }

    /// Whether two ranges have an address in common.
    pub fn overlaps(self, other: Self) -> bool {
        let prefix = self.prefix.min(other.prefix);
        self.address.is_ipv4() == other.address.is_ipv4()
            && Self::new(self.address, prefix) == Self::new(other.address, prefix)
    }

    /// The subnets of that prefix length in it, at most `limit` of them.
    pub fn split(self, prefix: u8, limit: usize) -> Vec<Self> {
        let width = width(self.address);
        if prefix < self.prefix || prefix > width {
            return Vec::new();
        }
        let count = 1u128.checked_shl(u32::from(prefix - self.prefix)).unwrap_or(u128::MAX);
        let step = 1u128.checked_shl(u32::from(width - prefix)).unwrap_or(0);
        let first = bits(self.address);
        let parts = (0..count).take(limit).map(|i| first.wrapping_add(i.wrapping_mul(step)));
        parts.map(|bits| Self { address: from_bits(bits, self.address.is_ipv4()), prefix }).collect()
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn mask(prefix: u8, width: u8) -> u128 {
    u128::MAX.checked_shl(u32::from(width - prefix)).unwrap_or(0)
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn from_bits(bits: u128, v4: bool) -> IpAddr {
    if v4 {
        // The mask and the range keep it within 32 bits.
        IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits & u128::from(u32::MAX)).unwrap_or(0)))
    } else {
        IpAddr::V6(Ipv6Addr::from_bits(bits))
    }
}

impl FromStr for Subnet {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = text.split_once('/').ok_or(())?;
        Self::new(address.parse().map_err(|_| ())?, prefix.parse().map_err(|_| ())?).ok_or(())
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(text: &str) -> Subnet {
        text.parse().unwrap()
    }

    #[test]
    fn ranges_are_read_split_and_compared() {
        assert_eq!(subnet("172.17.3.9/16").to_string(), "172.17.0.0/16");
        assert_eq!(subnet("fd00::1/64").to_string(), "fd00::/64");
        for wrong in ["", "172.17.0.0", "172.17.0.0/33", "x/16", "172.17.0.0/-1"] {
            assert_eq!(wrong.parse::<Subnet>(), Err(()), "{wrong}");
        }
        let parts = subnet("172.20.0.0/14").split(16, 100);
        let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
        assert_eq!(parts, ["172.20.0.0/16", "172.21.0.0/16", "172.22.0.0/16", "172.23.0.0/16"]);
        assert_eq!(subnet("0.0.0.0/0").split(24, 3).len(), 3);
        assert_eq!(subnet("10.0.0.0/24").split(16, 3), []);
        assert_eq!(subnet("::/0").split(128, 2).len(), 2);
        for (one, other, expected) in [
            ("172.17.0.0/16", "172.17.5.0/24", true),
            ("172.17.5.0/24", "172.17.0.0/16", true),
            ("172.17.0.0/16", "172.18.0.0/16", false),
            ("0.0.0.0/0", "172.18.0.0/16", true),
            ("::/0", "172.18.0.0/16", false),
        ] {
            assert_eq!(subnet(one).overlaps(subnet(other)), expected, "{one} {other}");
        }
    }
}
