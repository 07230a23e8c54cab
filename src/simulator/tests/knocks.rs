//! Strangers at the door of the gateway network: whatever they say of themselves, they are admitted properly or refused.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use uuid::Uuid;

use super::links::one_running;
use super::world::{Sim, eventually};
use crate::simulator::start::options::is_system_name;

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const UUID: &str = "6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11";

const KNOWN: [&str; 11] =
    ["", "..", "a|b", "\0", "\r\nX: y", "\u{202e}x", "%00", "<script>", "{{7*7}}", "-", "\u{1b}[2J"];

/// The status of the answer; `None` when the connection ends without one.
fn knock(port: u16, target: &str, headers: &str) -> Option<u16> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // A server that has heard enough may hang up before the end.
    let _ = write!(socket, "GET {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    let mut line = [0; 12];
    socket.read_exact(&mut line).ok()?;
    let line = String::from_utf8_lossy(&line).into_owned();
    line.strip_prefix("HTTP/1.1 ")?.parse().ok()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn target(name: &str, uuid: &str, url: &str) -> String {
    format!("/system/ws-control-servlet?name={}&uuid={}&url={}", encoded(name), encoded(uuid), encoded(url))
}

fn open_hub() -> Sim {
    let hub = Sim::new("hub").args("-n hub").open().started();
    hub.wait_running();
    hub
}

/// Still in its right mind: another gateway is let in.
fn unharmed(hub: &Sim) {
    let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).started();
    eventually("a gateway is let in", || one_running(&spoke, "hub", "Outgoing"));
    assert_eq!(hub.get("/Start").status, 200);
}

fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any::<String>().prop_map(|s| s.chars().take(40).collect::<String>()),
        2 => proptest::sample::select(&KNOWN[..]).prop_map(str::to_owned),
        1 => Just("x".repeat(5000)),
        3 => "[a-z]{1,8}",
    ]
}

#[test]
fn whoever_knocks_is_admitted_properly_or_refused() {
    let hub = open_hub();
    let uuid = prop_oneof![Just(UUID.to_owned()), hostile_text()];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(150));
    let ended = runner.run(&(hostile_text(), uuid, hostile_text()), |(name, uuid, url)| {
        let status = knock(hub.port, &target(&name, &uuid, &url), UPGRADE);
        let proper = is_system_name(&name) && Uuid::parse_str(&uuid).is_ok();
        prop_assert_eq!(status, Some(if proper { 101 } else { 400 }), "{:?} {:?}", name, uuid);
        Ok(())
    });
    ended.unwrap();
    unharmed(&hub);
}

#[test]
fn whatever_its_headers_a_knock_harms_nobody() {
    let hub = open_hub();
    let key = prop_oneof![
        Just("Sec-WebSocket-Key".to_owned()),
        Just("Sec-WebSocket-Version".to_owned()),
        Just("Sec-WebSocket-Extensions".to_owned()),
        Just("Sec-WebSocket-Protocol".to_owned()),
        Just("Upgrade".to_owned()),
        Just("Connection".to_owned()),
        Just("Content-Length".to_owned()),
        Just("Transfer-Encoding".to_owned()),
        Just("X-Ignition-API-Token".to_owned()),
        "[!-~]{1,20}",
    ];
    let header = (key, prop_oneof!["[ -~]{0,40}", any::<String>(), Just("x".repeat(20_000))]);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(150));
    let headers = proptest::collection::vec(header, 0..5);
    let ended = runner.run(&(headers, any::<bool>()), |(headers, upgrades)| {
        let mut text = if upgrades { UPGRADE.to_owned() } else { String::new() };
        for (key, value) in &headers {
            write!(text, "{key}: {value}\r\n").unwrap();
        }
        let status = knock(hub.port, &target("edge", UUID, "http://edge:8088/system"), &text);
        prop_assert!(status.is_none_or(|s| s == 101 || (400..=599).contains(&s)), "{:?}", status);
        Ok(())
    });
    ended.unwrap();
    unharmed(&hub);
}

#[test]
fn a_query_that_is_none_is_refused() {
    let hub = open_hub();
    for query in [
        "",
        "?",
        "?name=a",
        "?uuid=x",
        &format!("?name=a&name=b&uuid={UUID}"),
        "?name=%ff&uuid=%ff",
        &format!("?name=a&uuid={UUID}&purpose=Plunder"),
        &format!("?{}", "a=b&".repeat(2000)),
    ] {
        let status = knock(hub.port, &format!("/system/ws-control-servlet{query}"), UPGRADE);
        assert_eq!(status, Some(400), "{query}");
    }
    assert_eq!(knock(hub.port, &target("edge", UUID, ""), ""), Some(400), "no upgrade");
    unharmed(&hub);
}
