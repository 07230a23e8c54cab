//! Intent: whatever is done to a stack, by its owner, by others, by kills and by an engine that goes away, in whatever order, the
//! program says what is true of it, loses no data, touches nothing of others, and the next `up` makes it whole.

#![allow(clippy::unwrap_used, reason = "also in the functions that tests are made of")]

mod model;
mod step;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use ignition_stack_integration::private_engine::PrivateEngine;
use ignition_stack_integration::{World, telling};
use model::Model;

/// Number of sequences when nobody says another one.
const SEQUENCES: u64 = 100;
/// The same for those with an engine of their own, of which there is one.
const RESTARTED: u64 = 10;
/// Seed when nobody says another one: what fails must fail again for the next person, too.
const USUAL_SEED: u64 = 1_795_533_375;
/// Steps of each.
const STEPS: usize = 6;
/// Stacks side by side: each waits more than it works.
const SIDE_BY_SIDE: usize = 4;
/// Seed to use instead of the usual one.
const SEED: &str = "IGNITION_STACK_TEST_SEED";
/// The one sequence to run, as it was numbered in a report.
const ONLY: &str = "IGNITION_STACK_TEST_SEQUENCE";
/// Another number of sequences.
const COUNT: &str = "IGNITION_STACK_TEST_SEQUENCES";

#[test]
fn random_sequences_end_in_a_whole_stack() {
    // Held by all: the image is built once.
    let Some(_ground) = World::open_simulated("machine") else { return };
    let (seed, sequences) = asked_for("machine", SEQUENCES);
    let (next, steps, stop) = (AtomicU32::new(0), AtomicU32::new(0), AtomicBool::new(false));
    let began = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..SIDE_BY_SIDE.min(sequences.len()))
            .map(|_| {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let index = next.fetch_add(1, Ordering::Relaxed) as usize;
                        let Some(sequence) = sequences.get(index) else { return };
                        // Set again when the sequence has ended well: a panic leaves it.
                        let failed = Failed(&stop);
                        let world = World::open_simulated("machine").expect("the engine answered before");
                        steps.fetch_add(run(&world, None, seed, *sequence), Ordering::Relaxed);
                        std::mem::forget(failed);
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    let steps = steps.load(Ordering::Relaxed);
    telling::time("machine", &format!("{} sequences, {steps} steps", sequences.len()), began.elapsed());
}

/// One after the other: a restart concerns everything on the engine.
#[test]
fn random_sequences_on_an_engine_that_is_started_again() {
    let scenario = "machine with restarts";
    let Some(mut private) = PrivateEngine::start_away(scenario) else { return };
    let (seed, sequences) = asked_for(scenario, RESTARTED);
    let (began, mut steps) = (Instant::now(), 0);
    for sequence in &sequences {
        let Some(world) = World::open_on(scenario, &private) else { return };
        steps += run(&world, Some(&mut private), seed, *sequence);
    }
    telling::time(scenario, &format!("{} sequences, {steps} steps", sequences.len()), began.elapsed());
}

/// The seed, and which sequences.
fn asked_for(scenario: &str, usually: u64) -> (u64, Vec<u64>) {
    let number = |key: &str| std::env::var(key).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number(SEED).unwrap_or(USUAL_SEED);
    telling::say(&format!("SEED {scenario}: {SEED}={seed}"));
    let all = 0..number(COUNT).unwrap_or(usually);
    (seed, number(ONLY).map_or_else(|| all.collect(), |only| vec![only]))
}

/// Tells the others to stop.
struct Failed<'a>(&'a AtomicBool);

impl Drop for Failed<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One sequence, from nothing to nothing. Returns the number of steps.
fn run(world: &World, private: Option<&mut PrivateEngine>, seed: u64, sequence: u64) -> u32 {
    let mut random = fastrand::Rng::with_seed(seed ^ sequence.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut model = Model::begin(world, private, &mut random);
    model.say(format!("sequence {sequence}: {ONLY}={sequence} {SEED}={seed} runs it again"));
    for _ in 0..STEPS {
        step::take(&mut model, &mut random);
        model.check();
    }
    model.whole();
    model.end();
    u32::try_from(STEPS).unwrap()
}
