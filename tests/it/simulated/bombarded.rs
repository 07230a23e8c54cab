//! Whatever arrives at its port, a simulated gateway goes on: alive, answering, no panic in any task, no memory without bound.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::dictionary::Dictionary;
use super::gateway::{Gateway, Plan};
use super::hostile::Hostile;

/// Clients side by side.
const CLIENTS: u64 = 8;
/// Connections of each client.
const CONNECTIONS: u32 = 400;
/// Of the connections, every so many goes to the gateway network.
const FRAMES_EVERY: u32 = 5;
/// Connections that are begun and left hanging meanwhile.
const HANGING: usize = 60;
/// After which no more is begun on a slow machine; what was done by then is told.
const ENOUGH: Duration = Duration::from_secs(25);
/// Memory that it may hold in the end above what it held after its start, and at any time.
const GROWTH_KIB: u64 = 24 * 1024;
const PEAK_KIB: u64 = 64 * 1024;
/// To run one seed again.
const SEED: &str = "IGNITION_STACK_TEST_SEED";

fn seed() -> u64 {
    let given = std::env::var(SEED).ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| fastrand::u64(..1_000_000))
}

#[test]
fn thousands_of_hostile_requests_and_frames_leave_it_running() {
    let seed = seed();
    let mut random = Rng::with_seed(seed);
    let mut gateway = Plan::new(&mut random).start(&["-n", "demo"]);
    gateway.wait_running();
    let dictionary = Dictionary::read();
    let before = (gateway.memory_kib("VmRSS"), gateway.memory_kib("VmHWM"));
    let hanging: Vec<_> = (0..HANGING).filter_map(|n| hang(&gateway, n)).collect();
    let began = Instant::now();
    let sent = Mutex::new(0);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (gateway, dictionary, sent) = (&gateway, &dictionary, &sent);
            scope.spawn(move || {
                let random = Rng::with_seed(seed ^ (client << 32));
                let mut hostile = Hostile { random, dictionary, session: String::new() };
                let done = bombard(gateway, &mut hostile, began);
                *sent.lock().unwrap() += done;
            });
        }
    });
    let during = format!("what {SEED}={seed} throws");
    gateway.has_not_panicked(&during);
    assert!(gateway.ended().is_none(), "it ended during {during}:\n{}", gateway.log());
    let sent = sent.into_inner().unwrap();
    assert!(sent > 200, "only {sent} connections in {ENOUGH:?}");
    drop(hanging);
    gateway.eventually("it answers afterwards", |g| g.state().is_some());
    gateway.has_not_panicked(&during);
    let after = (gateway.memory_kib("VmRSS"), gateway.memory_kib("VmHWM"));
    println!("{sent} connections in {:?}, KiB (held, largest) before {before:?}, after {after:?}", began.elapsed());
    assert!(after.0 < before.0 + GROWTH_KIB, "KiB held before and after {during}: {before:?} {after:?}");
    assert!(after.1 < before.1 + PEAK_KIB, "largest KiB before and after {during}: {before:?} {after:?}");
}

/// A connection that begins a request, or a session, and never goes on.
fn hang(gateway: &Gateway, n: usize) -> Option<TcpStream> {
    let mut socket = gateway.connect(Duration::from_secs(1))?;
    let begun: &[u8] = match n % 3 {
        0 => b"GET /StatusPing HTTP/1.1\r\nHost:",
        1 => b"POST /post-step HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",
        _ => b"",
    };
    socket.write_all(begun).ok()?;
    Some(socket)
}

fn bombard(gateway: &Gateway, hostile: &mut Hostile<'_>, began: Instant) -> u32 {
    for n in 0..CONNECTIONS {
        if began.elapsed() > ENOUGH {
            return n;
        }
        // Sessions end: by their age, by a restart that a request has asked for.
        if n % 50 == 0 {
            hostile.session = gateway
                .login()
                .map_or_else(String::new, |(cookie, csrf)| format!("Cookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n"));
        }
        if n % FRAMES_EVERY == 0 {
            talk(gateway, hostile);
        } else {
            let bytes = hostile.bytes();
            throw(gateway, &bytes, hostile.random.u8(..30) == 0);
        }
    }
    CONNECTIONS
}

/// Sends bytes, slowly or at once, and reads what comes.
fn throw(gateway: &Gateway, bytes: &[u8], slowly: bool) {
    // It may be restarting.
    let Some(mut socket) = gateway.connect(Duration::from_secs(2)) else {
        return std::thread::sleep(Duration::from_millis(20));
    };
    let pieces = if slowly { bytes.len().div_ceil(20).max(1) } else { bytes.len().max(1) };
    for piece in bytes.chunks(pieces) {
        if socket.write_all(piece).is_err() {
            break;
        }
        if slowly {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    let _ = socket.shutdown(Shutdown::Write);
    let _ = socket.take(1 << 20).read_to_end(&mut Vec::new());
}

/// Upgrades and speaks frames.
fn talk(gateway: &Gateway, hostile: &mut Hostile<'_>) {
    let Some(mut socket) = gateway.connect(Duration::from_millis(100)) else { return };
    let upgrade = hostile.upgrade();
    if socket.write_all(&upgrade).is_err() {
        return;
    }
    let mut heard = [0; 512];
    let _ = socket.read(&mut heard);
    for _ in 0..hostile.random.u8(1..12) {
        let frame = hostile.frame();
        if socket.write_all(&frame).is_err() {
            return;
        }
    }
    let _ = socket.read(&mut heard);
}
