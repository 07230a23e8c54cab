//! A cable between this machine and a network namespace, so that what is in there is another host: reached at its own address, and this
//! machine's loopback is not its loopback.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::AsFd as _;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// From here the addresses of cables are taken, four for each.
const FIRST: u32 = u32::from_be_bytes([10, 214, 0, 0]);
/// How many cables there may be on one machine.
const CABLES: u32 = 1 << 14;

/// The cable; it goes when it is dropped, and with the namespace.
#[derive(Debug)]
pub struct Cable {
    link: String,
    there: Ipv4Addr,
    /// A process in the namespace.
    process: u32,
}

impl Cable {
    /// Lays one to the namespace of a process; nothing where that cannot be done.
    pub fn lay(process: u32) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let link = format!("ist{}-{number}", std::process::id());
        let taken = Command::new("ip").args(["-4", "-oneline", "address"]).output().ok()?;
        let taken = String::from_utf8_lossy(&taken.stdout).into_owned();
        // Another run on this machine begins elsewhere.
        let first = std::process::id().wrapping_mul(61).wrapping_add(number);
        let nets = (0..CABLES).map(|i| FIRST + first.wrapping_add(i) % CABLES * 4);
        let (here, there) = nets
            .map(|net| (Ipv4Addr::from_bits(net + 1), Ipv4Addr::from_bits(net + 2)))
            .find(|(here, _)| !taken.contains(&format!(" {here}/")))?;
        let cable = Self { link, there, process };
        let (link, id) = (cable.link.as_str(), process.to_string());
        let inside = ["nsenter", "--target", &id, "--net", "--"];
        let laid = run(&["ip", "link", "add", link, "type", "veth", "peer", "name", "away", "netns", &id])
            && run(&["ip", "address", "add", &format!("{here}/30"), "dev", link])
            && run(&["ip", "link", "set", link, "up"])
            && run(&[&inside[..], &["ip", "address", "add", &format!("{there}/30"), "dev", "away"]].concat())
            && run(&[&inside[..], &["ip", "link", "set", "away", "up"]].concat());
        laid.then_some(cable)
    }

    /// The address of the other end.
    pub fn there(&self) -> Ipv4Addr {
        self.there
    }

    /// Something that listens on a port of the other end, on every address, as long as it is kept.
    pub fn listen(&self, port: u16) -> TcpListener {
        let path = format!("/proc/{}/ns/net", self.process);
        // A socket belongs to the namespace of the thread that made it; that thread ends with this.
        let listening = std::thread::spawn(move || {
            let namespace = std::fs::File::open(path).expect("the namespace is there");
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).expect("it can be entered");
            TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).expect("the port is free there")
        });
        listening.join().expect("the thread ends")
    }
}

fn run(words: &[&str]) -> bool {
    Command::new(words[0]).args(&words[1..]).output().is_ok_and(|ran| ran.status.success())
}

impl Drop for Cable {
    fn drop(&mut self) {
        run(&["ip", "link", "delete", &self.link]);
    }
}
