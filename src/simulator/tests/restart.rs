//! Restarts of the gateway's process while the container keeps running.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::world::{PASSWORD, Sim, eventually};
use crate::simulator::knobs;

#[test]
fn a_restart_closes_the_port_runs_through_the_phases_again_and_keeps_the_data() {
    let mut sim = Sim::new("box")
        .set(knobs::PORT_CLOSED_MS, "300")
        .set(knobs::STARTING_MS, "300")
        .set(knobs::STOPPING_MS, "300")
        .started();
    sim.wait_running();
    let cookie = sim.login(PASSWORD).unwrap();
    let uuid = fs_err::read_to_string(sim.dir.path().join("config/local/ignition/gateway-network/uuid.txt")).unwrap();
    assert_eq!(sim.write_as(&cookie, "POST", "/restart-tasks/restart", "").status, 400);
    assert_eq!(sim.write_as(&cookie, "POST", "/restart-tasks/restart?confirm=false", "").status, 400);
    assert!(sim.running());
    // A client that keeps its connection must not go on talking to the process that is gone.
    let mut kept = TcpStream::connect(("127.0.0.1", sim.port)).unwrap();
    kept.write_all(b"GET /StatusPing HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert_ne!(kept.read(&mut [0; 512]).unwrap(), 0);
    assert_eq!(sim.write_as(&cookie, "POST", "/restart-tasks/restart?confirm=true", "").status, 200);
    eventually("STOPPING", || sim.ping().is_some_and(|p| p.contains("STOPPING")));
    eventually("port closed", || sim.ping().is_none());
    let mut rest = Vec::new();
    // Closed or reset: both are an end.
    let _ = kept.read_to_end(&mut rest);
    eventually("STARTING", || sim.ping().is_some_and(|p| p.contains("STARTING")));
    sim.wait_running();
    assert!(sim.logged("The gateway restarts: asked for over REST"));
    let after = fs_err::read_to_string(sim.dir.path().join("config/local/ignition/gateway-network/uuid.txt")).unwrap();
    assert_eq!(after, uuid);
    assert_eq!(sim.request("GET", "/data/api/v1/overview", &[("Cookie", &cookie)], "").unwrap().status, 401);
    assert!(sim.login(PASSWORD).is_some());
    sim.stop();
    assert_eq!(sim.ping(), None);
}

#[test]
fn a_stop_in_any_phase_is_heard() {
    for (name, value, phase) in [
        (knobs::PORT_CLOSED_MS, "600000", None),
        (knobs::STARTING_MS, "600000", Some("STARTING")),
        ("ACCEPT_IGNITION_EULA", "N", Some("COMMISSIONING")),
    ] {
        let mut sim = Sim::new("box").set(name, value).started();
        if let Some(word) = phase {
            eventually(word, || sim.ping().is_some_and(|p| p.contains(word)));
        } else {
            eventually("the first words", || sim.logged("SIMULATED"));
        }
        sim.stop();
    }
}
