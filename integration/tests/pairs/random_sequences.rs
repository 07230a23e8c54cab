//! Intent: whatever happens to a pair, in whatever order, there is never long more than one Active node while the two can reach
//! each other, never long none while one runs, and when everything is healed both nodes are in their configured roles again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ignition_stack_integration::Engine;
use ignition_stack_integration::observer::{Conditions, listed};
use ignition_stack_integration::pair::{Ground, HALVES, Pair, Shape};
use ignition_stack_integration::sequence::{Place, carry_out, draw};
use ignition_stack_integration::telling;

/// Number of sequences.
const SEQUENCES: u32 = 200;
/// Pairs side by side.
const PAIRS: u8 = 10;
/// A healed pair is in its roles after this: start, waiting for the peer, silence, retry and recovery take about 4 s in
/// all; the rest is for a busy machine.
const HEALED: Duration = Duration::from_secs(30);
/// And it stays in them.
const CALM: Duration = Duration::from_millis(400);
/// Seed to use instead of the clock's.
const SEED: &str = "IGNITION_STACK_TEST_SEED";
/// The one sequence to run, as it was numbered in a report.
const ONLY: &str = "IGNITION_STACK_TEST_SEQUENCE";

#[test]
fn two_hundred_random_sequences_hold_what_must_always_hold() {
    let Some(ground) = Ground::open("random_sequences") else { return };
    let number = |key: &str| std::env::var(key).ok().and_then(|text| text.parse::<u64>().ok());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let seed = number(SEED).unwrap_or_else(clock);
    let only = number(ONLY).and_then(|n| u32::try_from(n).ok());
    telling::say(&format!("SEED random_sequences: {SEED}={seed}"));
    let numbers: Vec<u32> = only.map_or_else(|| (0..SEQUENCES).collect(), |n| vec![n]);
    let stop = AtomicBool::new(false);
    let began = Instant::now();
    let both = std::thread::scope(|scope| {
        let (ground, stop) = (&ground, &stop);
        let workers: Vec<_> = (0..PAIRS)
            .filter_map(|index| {
                // A number always meets a pair of the same kind, so that it can be run again.
                let mine: Vec<u32> =
                    numbers.iter().copied().filter(|n| n % u32::from(PAIRS) == u32::from(index)).collect();
                (!mine.is_empty()).then(|| scope.spawn(move || work(ground, index, seed, &mine, stop)))
            })
            .collect();
        let ended: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        ended.into_iter().map(|ended| ended.unwrap_or_else(|p| std::panic::resume_unwind(p))).max()
    });
    telling::time("random_sequences", &format!("{} sequences", numbers.len()), began.elapsed());
    telling::time("random_sequences", "longest time of two Active that could reach each other", both.unwrap());
}

/// How the `index`-th pair is configured: in every fourth the backup keeps what it took, every second is warm.
fn shape(index: u8) -> Shape {
    Shape {
        standby: if index.is_multiple_of(2) { "Cold" } else { "Warm" },
        recovery: if index % 4 == 3 { "Manual" } else { "Automatic" },
        ..Shape::default()
    }
}

/// Runs sequences on one pair, until another has failed. Returns the longest time of two Active.
fn work(ground: &Ground, index: u8, seed: u64, numbers: &[u32], stop: &AtomicBool) -> Duration {
    let engine = Engine::connect().expect("the engine answered before");
    let pair = ground.pair(&engine, index, &shape(index));
    for half in HALVES {
        engine.start(&pair.container(half));
    }
    let conditions = Conditions::new([Place::WELL; 2]);
    std::thread::scope(|scope| {
        scope.spawn(|| conditions.watch(&pair));
        // Ends the watching also when this thread panics.
        let _end = End(&conditions);
        if let Err(why) = settled(&pair, &conditions) {
            stop.store(true, Ordering::Relaxed);
            panic!("{why}\n{}", conditions.story());
        }
        for number in numbers.iter().copied().take_while(|_| !stop.load(Ordering::Relaxed)) {
            if let Err(why) = run(&engine, &pair, &conditions, seed, number) {
                stop.store(true, Ordering::Relaxed);
                panic!("{}", report(&engine, &pair, &conditions, seed, number, &why));
            }
        }
    });
    for half in HALVES {
        let log = engine.logs(&pair.container(half));
        assert!(!log.contains("panicked"), "the {half} panicked:\n{log}");
    }
    conditions.both_active()
}

struct End<'a>(&'a Conditions);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

fn run(engine: &Engine, pair: &Pair, conditions: &Conditions, seed: u64, number: u32) -> Result<(), String> {
    conditions.forget();
    for step in draw(seed, number) {
        conditions.tell(&step.to_string());
        carry_out(engine, pair, conditions, step);
        if let Some(broken) = conditions.broken() {
            return Err(broken);
        }
    }
    conditions.tell("healed");
    settled(pair, conditions)
}

/// Waits until both nodes are in their roles, and stay in them for a moment.
fn settled(pair: &Pair, conditions: &Conditions) -> Result<(), String> {
    let deadline = Instant::now() + HEALED;
    let mut since: Option<Instant> = None;
    loop {
        if let Some(broken) = conditions.broken() {
            return Err(broken);
        }
        let seen = conditions.shown();
        since = if is_healed(pair, &seen) { since.or(Some(Instant::now())) } else { None };
        if since.is_some_and(|since| since.elapsed() > CALM) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("not in their roles {HEALED:?} after the healing: {seen:?}"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// With manual recovery the backup may keep what it took (fact sheet 5.2).
fn is_healed(pair: &Pair, seen: &[String; 2]) -> bool {
    let standby = pair.shape.standby;
    let taken = [format!("Master/Good/{standby}"), "Backup/Good/Active".to_owned()];
    *seen == pair.healthy() || (pair.shape.recovery == "Manual" && *seen == taken)
}

fn report(engine: &Engine, pair: &Pair, conditions: &Conditions, seed: u64, number: u32, why: &str) -> String {
    let logs = HALVES.map(|half| {
        let log = engine.logs(&pair.container(half));
        let from = log.lines().count().saturating_sub(60);
        let tail = log.lines().skip(from).collect::<Vec<_>>().join("\n");
        format!("last lines of the {half}:\n{tail}\n")
    });
    format!(
        "{why}\nrun this sequence again: {SEED}={seed} {ONLY}={number}\n{:?}\nsteps:\n{}story:\n{}{}",
        pair.shape,
        listed(&draw(seed, number)),
        conditions.story(),
        logs.concat()
    )
}
