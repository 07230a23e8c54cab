//! A gateway whose clock is wrong: what notices, and what does not.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::authority::Authority;
use super::links::{connections, one_running};
use super::world::{Sim, eventually, free_port, request};
use crate::simulator::knobs;

const HOUR_MS: i64 = 3_600_000;

fn turn(control: u16, offset_ms: i64) {
    let change = json!({"clock_offset_ms": offset_ms}).to_string();
    assert_eq!(request(control, "PATCH", "/knobs", &[], &change).unwrap().status, 200);
}

#[test]
fn a_trial_is_as_long_whatever_the_clock_says() {
    let control = free_port();
    let mut sim = Sim::new("box").set(knobs::CONTROL_ADDRESS, &format!("127.0.0.1:{control}")).started();
    sim.wait_running();
    let time = || sim.api("/overview")["time"].as_i64().unwrap();
    let before = time();
    for offset in [3 * HOUR_MS, -3 * HOUR_MS] {
        turn(control, offset);
        eventually("the clock is wrong", || (time() - before - offset).abs() < HOUR_MS);
        let trial = sim.get("/data/api/v1/trial").json();
        assert_eq!(trial["expired"], false);
        assert!(trial["trialSecondsLeft"].as_u64().is_some_and(|s| s > 7000 && s <= 7200), "{trial}");
    }
    sim.stop();
    sim.start();
    sim.wait_running();
    assert!(sim.get("/data/api/v1/trial").json()["trialSecondsLeft"].as_u64().is_some_and(|s| s > 7000 && s <= 7200));
}

#[test]
fn a_wrong_clock_finds_certificates_expired_or_not_yet_valid() {
    let authority = Authority::new("stack");
    let control = free_port();
    let ready = |name: &str| {
        let sim = Sim::new(name).args(&format!("-n {name}")).set("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted");
        authority.certify(&sim, |p| {
            p.not_before = (SystemTime::now() - Duration::from_hours(1)).into();
            p.not_after = (SystemTime::now() + Duration::from_hours(1)).into();
        });
        authority.trusted_by(&sim);
        sim
    };
    let hub = ready("hub").started();
    let spoke = ready("spoke").link(0, hub.gan_port).set("GATEWAY_NETWORK_0_ENABLESSL", "true");
    let spoke = spoke.set(knobs::CONTROL_ADDRESS, &format!("127.0.0.1:{control}"));
    let spoke = spoke.set(knobs::CLOCK_OFFSET_MS, &(2 * HOUR_MS).to_string()).started();
    let refused = || spoke.running() && connections(&spoke).iter().any(|c| c.3.contains("CertificateExpiredException"));
    eventually("it is late", refused);
    turn(control, 0);
    eventually("it is on time", || one_running(&spoke, "hub", "Outgoing"));
    turn(control, -2 * HOUR_MS);
    eventually("a link that stands is not looked at again", || one_running(&spoke, "hub", "Outgoing"));
    assert_eq!(spoke.act("PUT", "/gateway-network-outgoing/reset/127.0.0.1", "").status, 200);
    eventually("it is early", refused);
}
