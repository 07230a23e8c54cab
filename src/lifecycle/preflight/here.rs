//! What this machine shows: its ports, its disk, its routes. Where it cannot tell it says so.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use super::facts::PortUse;
use super::listeners::{self, Listener};
use crate::engine::{Facts, Subnet};

/// Whether something listens on an address of this host. Where that cannot be told (no such address here) the answer is no,
/// and the engine tells later.
pub fn is_taken(address: SocketAddr) -> bool {
    matches!(look(address), PortUse::Process(_))
}

/// Who listens on an address of this host.
pub fn look(address: SocketAddr) -> PortUse {
    let kind = match TcpListener::bind(address) {
        Ok(_) => return PortUse::Free,
        Err(error) => error.kind(),
    };
    let holder = || listening().into_iter().find(|listener| listener.holds(address));
    match kind {
        ErrorKind::AddrInUse => match holder() {
            // The engine listens on IPv6 alone, and this attempt asked for both families.
            None if address.ip().is_ipv6() && !listening().is_empty() => PortUse::Free,
            found => PortUse::Process(found.map(|listener| owner(&listener))),
        },
        // The engine may have the right that this program has not; who listens can be read all the same.
        ErrorKind::PermissionDenied => match holder() {
            Some(listener) => PortUse::Process(Some(owner(&listener))),
            None if listening().is_empty() => PortUse::NotSeen,
            None => PortUse::Free,
        },
        ErrorKind::AddrNotAvailable => PortUse::NoSuchAddress,
        _ => PortUse::NotSeen,
    }
}

fn listening() -> Vec<Listener> {
    let table = |path: &str| std::fs::read_to_string(path).map(|t| listeners::listeners(&t)).unwrap_or_default();
    [table("/proc/net/tcp"), table("/proc/net/tcp6")].concat()
}

/// `nginx (process 4711)`; of another user's process, whose it is.
fn owner(listener: &Listener) -> String {
    let socket = format!("socket:[{}]", listener.inode);
    let holds = |process: &Path| {
        let files = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        files.into_iter().any(|f| std::fs::read_link(f.path()).is_ok_and(|to| to.as_os_str() == socket.as_str()))
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbered = processes.filter_map(|p| Some((p.file_name().to_str()?.parse::<u32>().ok()?, p.path())));
    for (id, path) in numbered {
        if holds(&path) {
            let name = std::fs::read_to_string(path.join("comm")).unwrap_or_default();
            return format!("{} (process {id})", name.trim());
        }
    }
    format!("a process of user id {}", listener.uid)
}

/// Whether an engine that is reached without a network runs on this machine's own kernel: not within a virtual machine, as
/// Docker Desktop's does.
pub fn is_same_kernel(engine: &Facts) -> bool {
    let here = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    !engine.kernel.is_empty() && here.trim() == engine.kernel
}

/// Bytes that are free for everybody in the file system of a directory.
pub fn free_bytes(directory: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(directory).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Subnets that this machine has routes for.
pub fn routes() -> Vec<Subnet> {
    std::fs::read_to_string("/proc/net/route").map(|table| listeners::routes(&table)).unwrap_or_default()
}

/// First port for which a process needs no rights.
pub fn unprivileged_from() -> Option<u16> {
    std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").ok()?.trim().parse().ok()
}

/// This program's platform in the words of images.
pub fn program() -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{}/{architecture}", std::env::consts::OS)
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

    #[test]
    #[cfg(target_os = "linux")]
    fn the_process_that_listens_is_named() {
        let me = format!("(process {})", std::process::id());
        for address in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let used = look(listener.local_addr().unwrap());
            assert!(matches!(&used, PortUse::Process(Some(name)) if name.ends_with(&me)), "{address}: {used:?}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_port_of_the_other_family_is_another_port() {
        let Ok(six) = TcpListener::bind("[::1]:0") else { return };
        let port = six.local_addr().unwrap().port();
        assert_eq!(look(SocketAddr::new([127, 0, 0, 1].into(), port)), PortUse::Free);
        let four = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = four.local_addr().unwrap().port();
        assert_eq!(look(SocketAddr::new("::".parse().unwrap(), port)), PortUse::Free);
        assert!(is_taken(SocketAddr::new([0, 0, 0, 0].into(), port)));
    }

    #[test]
    fn an_address_of_nobody_here_is_told() {
        // Set aside for documents (RFC 5737): no machine has it.
        assert_eq!(look("192.0.2.1:9088".parse().unwrap()), PortUse::NoSuchAddress);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_disk_below_a_directory_is_measured() {
        assert!(free_bytes(Path::new("/")).is_some());
        assert_eq!(free_bytes(Path::new("/no/such/directory")), None);
    }
}
