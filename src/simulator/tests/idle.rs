//! What a gateway costs that nobody asks for anything: hundreds of them share a machine.

use std::time::Duration;

use super::world::Sim;
use crate::simulator::knobs;
use crate::simulator::wrapper;

const HOUR: Duration = Duration::from_hours(1);
/// The trial clock is written down once a minute, and the runtime's own clock may need a few steps towards a time.
const PARKS_PER_HOUR: u64 = 60 * 5;

/// Plays the gateway, and counts how often its thread goes to sleep within an hour of rest.
fn parks_in_an_hour(sim: &Sim) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (args, env, log) = sim.beginning();
    runtime.block_on(async {
        let rest = async {
            // The keystore is made by a thread of its own, in true time.
            while !(sim.logged("state is now RUNNING") && sim.logged("certificate was made")) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            tokio::time::pause();
            let parks = || tokio::runtime::Handle::current().metrics().worker_park_count(0);
            let before = parks();
            tokio::time::sleep(HOUR).await;
            parks() - before
        };
        tokio::select! {
            ended = wrapper::run(&args, &env, &log, std::future::pending()) => panic!("{ended:?}"),
            parks = rest => parks,
        }
    })
}

#[test]
fn a_gateway_that_has_nothing_to_do_sleeps() {
    let parks = parks_in_an_hour(&Sim::new("alone"));
    assert!(parks <= PARKS_PER_HOUR, "{parks}");
}

#[test]
fn half_a_pair_that_has_no_peer_sleeps_as_well() {
    let master = Sim::new("master").redundancy(&[("noderole", "Master"), ("joinwaittime", "10")]);
    let parks = parks_in_an_hour(&master);
    assert!(parks <= PARKS_PER_HOUR, "{parks}");
}

#[test]
fn a_knob_that_does_nothing_wakes_nobody() {
    let sim = Sim::new("turned").set(knobs::MEMORY_MIB, "1").set(knobs::CLOCK_OFFSET_MS, "5000");
    let parks = parks_in_an_hour(&sim);
    assert!(parks <= PARKS_PER_HOUR, "{parks}");
}
