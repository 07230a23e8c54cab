//! Knobs of whole gateways: by variable and live over the control port.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::world::{Answer, Sim, eventually, free_port, request};
use crate::simulator::error::SimulatorError;
use crate::simulator::knobs;

/// A gateway with a control port, and that port.
fn controlled(change: impl FnOnce(Sim) -> Sim) -> (Sim, u16) {
    let port = free_port();
    let sim = change(Sim::new("box").set(knobs::CONTROL_ADDRESS, &format!("127.0.0.1:{port}"))).started();
    eventually("a control port", || request(port, "GET", "/knobs", &[], "").is_some());
    (sim, port)
}

fn order(port: u16, method: &str, path: &str, body: &Value) -> Answer {
    request(port, method, path, &[], &body.to_string()).unwrap()
}

fn turn(port: u16, change: &Value) {
    let answer = order(port, "PATCH", "/knobs", change);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// All bytes that come until the connection ends, or `None` when it stays open without a word.
fn raw(sim: &Sim, path: &str) -> Option<Vec<u8>> {
    let mut socket = TcpStream::connect(("127.0.0.1", sim.port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    match socket.read_to_end(&mut bytes) {
        Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => None,
        _ => Some(bytes),
    }
}

#[test]
fn the_control_port_shows_and_refuses() {
    let (_sim, port) = controlled(|s| s.set(knobs::MEMORY_MIB, "1"));
    let shown = order(port, "GET", "/knobs", &json!({})).json();
    assert_eq!((&shown["knobs"]["memory_mib"], &shown["knobs"]["exit_code"]), (&json!(1), &Value::Null));
    assert_eq!((&shown["times"]["sync_ms"], &shown["starts"]), (&json!(10), &json!(1)));
    let refused = order(port, "PATCH", "/knobs", &json!({"memory_mib": 2, "hang_in": "LUNCH", "lunch": 1}));
    assert_eq!((refused.status, refused.json()["problems"].as_array().unwrap().len()), (422, 2));
    assert_eq!(order(port, "GET", "/knobs", &json!({})).json()["knobs"]["memory_mib"], 1);
    assert_eq!(order(port, "PUT", "/knobs", &json!({"sync_ms": 7})).json()["knobs"]["memory_mib"], 0);
    assert_eq!(order(port, "DELETE", "/knobs", &json!({})).json()["knobs"]["memory_mib"], 1);
    assert_eq!(request(port, "PATCH", "/knobs", &[], "{").unwrap().status, 400);
    assert_eq!(request(port, "PATCH", "/knobs", &[], "[]").unwrap().status, 400);
    assert_eq!(order(port, "POST", "/knobs", &json!({})).status, 405);
    assert_eq!(order(port, "GET", "/lunch", &json!({})).status, 404);
    assert_eq!(order(port, "POST", "/exit", &json!({"code": 256})).status, 400);
    let page = request(port, "POST", "/exit", &[("Origin", "http://localhost:8088")], "{}").unwrap();
    assert_eq!(page.status, 403);
}

#[test]
fn hangs_are_kept_and_let_go() {
    let (mut sim, port) = controlled(|s| s.set(knobs::HANG_IN, "PORT_CLOSED"));
    assert_eq!(sim.ping(), None);
    turn(port, &json!({"hang_in": "STARTING"}));
    eventually("STARTING", || sim.ping().as_deref() == Some(r#"{"state":"STARTING"}"#));
    turn(port, &json!({"hang_in": "COMMISSIONING"}));
    eventually("COMMISSIONING", || sim.ping().is_some_and(|p| p.contains("COMMISSIONING")));
    turn(port, &json!({"hang_in": "STOPPING"}));
    sim.wait_running();
    sim.tell_to_stop();
    eventually("STOPPING", || sim.ping().as_deref() == Some(r#"{"state":"STOPPING"}"#));
    turn(port, &json!({"hang_in": null}));
    sim.ended().unwrap();
}

#[test]
fn an_exit_strikes_at_its_moment() {
    let code = |error: SimulatorError| error.exit_code();
    let mut sim = Sim::new("box").set(knobs::EXIT_CODE, "3").set(knobs::HANG_IN, "PORT_CLOSED").started();
    assert_eq!(code(sim.ended().unwrap_err()), 3);
    let mut sim = Sim::new("box")
        .set(knobs::EXIT_CODE, "4")
        .set(knobs::EXIT_AT, "STARTING")
        .set(knobs::HANG_IN, "STARTING")
        .started();
    assert_eq!(code(sim.ended().unwrap_err()), 4);
    let mut sim = Sim::new("box").set(knobs::EXIT_AFTER_MS, "30").set(knobs::EXIT_AT, "RUNNING").started();
    assert_eq!(code(sim.ended().unwrap_err()), 1);
    assert!(sim.logged("Gateway context state is now RUNNING"));
    let (mut sim, port) = controlled(|s| s);
    sim.wait_running();
    assert_eq!(order(port, "POST", "/exit", &json!({"code": 137})).status, 200);
    assert_eq!(code(sim.ended().unwrap_err()), 137);
}

#[test]
fn a_crash_loop_ends_after_so_many_starts() {
    let mut sim = Sim::new("box").set(knobs::EXIT_CODE, "9").set(knobs::EXIT_STARTS, "2");
    for _ in 0..2 {
        sim.start();
        assert_eq!(sim.ended().unwrap_err().exit_code(), 9);
    }
    sim.start();
    sim.wait_running();
}

#[test]
fn a_restart_keeps_the_knobs_that_were_turned() {
    let (sim, port) = controlled(|s| s);
    sim.wait_running();
    turn(port, &json!({"hang_in": "STARTING"}));
    order(port, "POST", "/restart", &json!({}));
    eventually("STARTING", || sim.ping().as_deref() == Some(r#"{"state":"STARTING"}"#));
    assert!(sim.logged("the control port asked for it"));
    assert_eq!(order(port, "GET", "/knobs", &json!({})).json()["starts"], 1);
}

#[test]
fn the_clock_is_off_by_what_the_knob_says() {
    let (sim, port) = controlled(|s| s);
    sim.wait_running();
    let time = || sim.api("/overview")["time"].as_u64().unwrap();
    let before = time();
    turn(port, &json!({"clock_offset_ms": 86_400_000}));
    eventually("a day later", || time() > before + 80_000_000);
    turn(port, &json!({"clock_offset_ms": -86_400_000}));
    eventually("a day earlier", || time() < before - 80_000_000);
    order(port, "POST", "/hostile-log", &json!({"kinds": []}));
}

#[test]
fn answers_go_wrong_as_asked() {
    let (sim, port) = controlled(|s| s);
    sim.wait_running();
    let rule = |rule: &Value| turn(port, &json!({"answers": [rule]}));
    rule(&json!({"route": "/Status*", "status": 500, "body": "{\"state\":", "times": 1}));
    let wrong = sim.get("/StatusPing");
    assert_eq!((wrong.status, wrong.body.as_str()), (500, "{\"state\":"));
    assert_eq!(sim.get("/StatusPing").status, 200);
    rule(&json!({"route": "/StatusPing", "wrong": "CLOSE"}));
    assert_eq!(raw(&sim, "/StatusPing"), Some(Vec::new()));
    assert_eq!(sim.get("/system/gwinfo").status, 200);
    rule(&json!({"route": "/StatusPing", "wrong": "TRUNCATED"}));
    let cut = String::from_utf8(raw(&sim, "/StatusPing").unwrap()).unwrap().to_lowercase();
    assert!(cut.contains("content-length: 19") && cut.ends_with("{\"state\":"), "{cut}");
    rule(&json!({"route": "/StatusPing", "wrong": "GARBAGE"}));
    assert!(String::from_utf8(raw(&sim, "/StatusPing").unwrap()).is_err());
    rule(&json!({"route": "/StatusPing", "wrong": "HUGE", "huge_mib": 3}));
    assert!(raw(&sim, "/StatusPing").unwrap().len() > 3 << 20);
    rule(&json!({"route": "/StatusPing", "wrong": "SILENT"}));
    assert_eq!(raw(&sim, "/StatusPing"), None);
    rule(&json!({"route": "/StatusPing", "delay_ms": 300}));
    let asked = std::time::Instant::now();
    assert_eq!(sim.get("/StatusPing").status, 200);
    assert!(asked.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_silent_gateway_takes_connections_and_never_answers() {
    let (sim, port) = controlled(Sim::open);
    sim.wait_running();
    turn(port, &json!({"silent_http": true}));
    assert_eq!(raw(&sim, "/StatusPing"), None);
    assert!(raw(&sim, "/system/ws-control-servlet").is_some());
    turn(port, &json!({"silent_http": false, "silent_gateway_network": true}));
    assert!(sim.running());
    assert_eq!(raw(&sim, "/system/ws-control-servlet"), None);
}

#[test]
fn floods_and_hostile_text_reach_the_log() {
    let (sim, port) = controlled(|s| s.set(knobs::HOSTILE_LOG, r#"["OSC52"]"#));
    sim.wait_running();
    assert!(sim.logged("\u{1b}]52;c;"));
    assert!(!sim.logged("\u{1b}[2J"));
    order(port, "POST", "/hostile-log", &json!({"kinds": ["ESC", "CR"]}));
    eventually("ESC", || sim.logged("\u{1b}[2J"));
    turn(port, &json!({"log_flood_per_s": 100_000, "log_flood_ms": 200}));
    eventually("a flood", || sim.logged("Line 5000 of a flood"));
}

#[test]
fn a_control_port_that_cannot_be_had_is_an_error_only_where_it_was_asked_for() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut sim = Sim::new("box").set(knobs::CONTROL_ADDRESS, &address).started();
    assert!(matches!(sim.ended(), Err(SimulatorError::Variable { .. })));
    let mut sim = Sim::new("box").set(knobs::CONTROL_ADDRESS, "everywhere").started();
    assert!(matches!(sim.ended(), Err(SimulatorError::Variable { .. })));
}

#[test]
fn lost_frames_kill_the_channel_and_nothing_else() {
    for lost in ["INCOMING", "OUTGOING", "BOTH"] {
        let (hub, port) = controlled(Sim::open);
        let spoke = Sim::new("spoke").args("-n spoke").link(0, hub.port).started();
        let running = || spoke.api("/overview/gan")["runningConnections"] == 1;
        hub.wait_running();
        spoke.wait_running();
        eventually("a link", running);
        turn(port, &json!({"drop_frames": lost}));
        eventually("no link", || !running());
        assert!(hub.running() && spoke.running());
        turn(port, &json!({"drop_frames": "NONE"}));
        eventually("a link again", running);
    }
}
