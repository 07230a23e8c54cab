//! `up` beside a bare script: the same calls of the engine's API, one after the other, and nothing else.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use ignition_stack_integration::proxy::Proxy;
use ignition_stack_integration::run::Invocation;
use ignition_stack_integration::{engine, facts};
use serde_json::Value;

use crate::BOOT_MS;
use crate::stack::{Stack, watch};
use crate::table::{least_and_median, row, seconds};

/// Starts the stack by `up`, and by the script, in turns.
pub(crate) fn script(stack: &Stack<'_>, runs: usize) {
    let Some(socket) = engine::socket() else {
        return row("the engine is not reached through a socket", "-", "-");
    };
    let proxy = Proxy::start(stack.directory, &socket);
    proxy.keep_requests();
    stack.up(BOOT_MS, &[]).env("DOCKER_HOST", &proxy.host()).run().expect(0);
    let (requests, old) = (proxy.kept_requests(), ids(stack));
    // The project stays, so that every run makes the same stack.
    stack.down();
    let (mut by_up, mut by_script, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        by_up.push(watch(stack.up(BOOT_MS, &[])).wall);
        stack.down();
        let (began, began_at) = (facts::now(), Instant::now());
        replay(&socket, &requests, &old);
        calls.push(began_at.elapsed());
        // It is the same stack, or this fails.
        Invocation::new(stack.directory, &["verify", &stack.name, "--wait", "2m"]).run().expect(0);
        by_script.extend(stack.last_logged(facts::now()).map(|ready| ready.saturating_sub(began)));
        stack.down();
    }
    let of = stack.gateways;
    row(&format!("calls that make a stack of {of} gateways"), &requests.len().to_string(), &(3 * of + 10).to_string());
    least_and_median("up, to its exit", &by_up, "the script's + 0.5 s", seconds);
    least_and_median("the script, to the last gateway's last line", &by_script, "-", seconds);
    least_and_median("  its calls alone", &calls, "-", seconds);
}

/// Ids of the stack's containers and networks, by name.
fn ids(stack: &Stack<'_>) -> BTreeMap<String, String> {
    let containers = stack.engine.containers(&stack.label()).into_iter();
    let containers = containers.filter_map(|c| Some((c.names?.concat().trim_start_matches('/').to_owned(), c.id?)));
    let networks = stack.engine.networks(&stack.label()).into_iter().filter_map(|n| Some((n.name?, n.id?)));
    containers.chain(networks).collect()
}

/// Sends the requests over one connection, with the ids of what is made in place of those of what was made before.
fn replay(socket: &str, requests: &[Vec<u8>], old: &BTreeMap<String, String>) {
    let mut to = UnixStream::connect(socket).expect("the engine listens");
    to.set_read_timeout(Some(Duration::from_mins(2))).expect("a limit can be set");
    let mut from = BufReader::new(to.try_clone().expect("a socket can be shared"));
    let mut new: Vec<(&str, String)> = Vec::new();
    for request in requests {
        let request = new.iter().fold(request.clone(), |request, (old, new)| replaced(request, old, new));
        to.write_all(&request).expect("the engine reads");
        let (status, body) = answer(&mut from);
        let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
        assert!((200..400).contains(&status), "{line}: {status} {}", String::from_utf8_lossy(&body));
        let made = serde_json::from_slice::<Value>(&body).ok().and_then(|v| v["Id"].as_str().map(str::to_owned));
        let Some(made) = made else { continue };
        let text = String::from_utf8_lossy(&request);
        let forms = |name: &str| [format!("name={name} "), format!("name={name}&"), format!("\"Name\":\"{name}\"")];
        let named = |name: &str| forms(name).iter().any(|form| text.contains(form));
        let before = old.iter().find(|(name, _)| named(name)).unwrap_or_else(|| panic!("{line}: of no known name"));
        new.push((before.1, made));
    }
}

/// A request with another id wherever the old one is; both have the same length.
fn replaced(mut request: Vec<u8>, old: &str, new: &str) -> Vec<u8> {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    if old.len() == new.len() {
        let found = |all: &[u8], from: usize| all[from..].windows(old.len()).position(|w| w == old).map(|at| from + at);
        let mut from = 0;
        while let Some(at) = found(&request, from) {
            request[at..at + old.len()].copy_from_slice(new);
            from = at + old.len();
        }
    }
    request
}

/// Status and body of an answer.
fn answer(from: &mut BufReader<UnixStream>) -> (u16, Vec<u8>) {
    let mut line = || {
        let mut line = String::new();
        from.read_line(&mut line).expect("the engine answers");
        line.trim_end().to_owned()
    };
    let status = line().split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    let (mut length, mut chunked) = (0, false);
    loop {
        let header = line().to_ascii_lowercase();
        match header.split_once(':') {
            None => break,
            Some(("content-length", value)) => length = value.trim().parse().expect("a length"),
            Some(("transfer-encoding", value)) => chunked = value.contains("chunked"),
            Some(_) => {}
        }
    }
    let mut body = Vec::new();
    let mut take = |from: &mut BufReader<UnixStream>, length: u64| {
        from.take(length).read_to_end(&mut body).expect("the engine answers");
    };
    if !chunked {
        take(from, length);
        return (status, body);
    }
    loop {
        let mut size = String::new();
        from.read_line(&mut size).expect("the engine answers");
        let size = u64::from_str_radix(size.trim(), 16).expect("the length of a piece");
        take(from, size);
        let mut end = String::new();
        from.read_line(&mut end).expect("the engine answers");
        if size == 0 {
            return (status, body);
        }
    }
}
