//! The kernel's table of TCP sockets, `/proc/net/tcp` and `tcp6`, and its table of routes. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::engine::Subnet;

/// State of a socket that listens, as the table writes it.
const LISTEN: &str = "0A";

/// A socket that listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Listener {
    pub(super) address: SocketAddr,
    pub(super) uid: u32,
    pub(super) inode: u64,
}

impl Listener {
    /// Whether nobody else can listen on that address as long as this one does. One on every IPv6 address may be for IPv4,
    /// too: the table does not tell, so that this is asked where the kernel said already that the address is in use.
    pub(super) fn holds(&self, wanted: SocketAddr) -> bool {
        let dual = self.address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        self.address.port() == wanted.port() && (dual || crate::engine::covers(self.address.ip(), wanted.ip()))
    }
}

/// Every socket that listens.
pub(super) fn listeners(table: &str) -> Vec<Listener> {
    table.lines().skip(1).filter_map(listener).collect()
}

fn listener(line: &str) -> Option<Listener> {
    let mut words = line.split_whitespace();
    let local = words.nth(1)?;
    let state = words.nth(1)?;
    let uid = words.nth(3)?.parse().ok()?;
    let inode = words.nth(1)?.parse().ok()?;
    (state == LISTEN).then_some(())?;
    let (ip, port) = local.split_once(':')?;
    Some(Listener { address: SocketAddr::new(ip_of(ip)?, u16::from_str_radix(port, 16).ok()?), uid, inode })
}

/// Words of 32 bits in the machine's own order, each in hexadecimal.
fn ip_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| Some(u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0; 16];
            for i in 0..4 {
                bytes[i * 4..i * 4 + 4].copy_from_slice(&word(i * 8)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

/// The subnets in `/proc/net/route`, without the default route.
pub(super) fn routes(table: &str) -> Vec<Subnet> {
    let read = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (destination, mask) = (ip_of(words.get(1)?)?, ip_of(words.get(7)?)?);
        let IpAddr::V4(mask) = mask else { return None };
        let prefix = u8::try_from(mask.to_bits().leading_ones()).ok()?;
        (prefix > 0).then_some(())?;
        Subnet::new(destination, prefix)
    };
    table.lines().skip(1).filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    #[test]
    #[cfg(target_endian = "little")]
    fn listening_sockets_are_read_and_others_left_out() {
        let table = format!(
            "{HEAD}   0: 0100007F:2380 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0
   1: 0100007F:2381 0100007F:9999 01 00000000:00000000 00:00000000 00000000  0        0 4712 1 0 100 0 0 10 0
   2: 00000000000000000000000001000000:2382 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0
nonsense\n"
        );
        let found: Vec<_> = listeners(&table).iter().map(|l| (l.address.to_string(), l.uid, l.inode)).collect();
        assert_eq!(found, [("127.0.0.1:9088".to_owned(), 1000, 4711), ("[::1]:9090".to_owned(), 0, 4713)]);
        assert_eq!(listeners(""), []);
    }

    #[test]
    fn a_listener_on_every_address_may_hold_both_families() {
        let all = Listener { address: "[::]:9088".parse().unwrap(), uid: 0, inode: 1 };
        assert!(all.holds("127.0.0.1:9088".parse().unwrap()));
        assert!(!all.holds("127.0.0.1:9089".parse().unwrap()));
        let one = Listener { address: "[::1]:9088".parse().unwrap(), uid: 0, inode: 1 };
        assert!(!one.holds("127.0.0.1:9088".parse().unwrap()));
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn routes_are_read_without_the_default_one() {
        let table = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
";
        assert_eq!(routes(table).iter().map(ToString::to_string).collect::<Vec<_>>(), ["172.17.0.0/16"]);
    }
}
