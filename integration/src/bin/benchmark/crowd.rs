//! A crowd of simulated gateways at rest: what they cost the machine.

use std::time::{Duration, Instant};

use ignition_stack_integration::pair::Ground;
use ignition_stack_integration::{http, wait};

use crate::BOOT_MS;
use crate::table::{mebibytes, row, seconds, share};

/// Gateways of the crowd, and the last number of the hub's address; the spokes' follow.
const CROWD: u8 = 100;
const HUB: u8 = 10;
/// How long the crowd is watched at rest.
const AT_REST: Duration = Duration::from_secs(75);

/// A hub and 99 spokes at rest, each spoke with a running link to the hub: memory of each, processor of all.
pub(crate) fn crowd() {
    let Some(ground) = Ground::open("crowd") else { return };
    let engine = &ground.engine;
    // All times but the boot's are those of a real gateway: so are the pings of the links.
    let env = [
        ("SIMULATED_BOOT_MS", BOOT_MS),
        ("SIMULATED_LINK_APPROVAL_MS", "10000"),
        ("SIMULATED_LINK_RETRY_MS", "1500"),
        ("SIMULATED_DATABASE_CHECK_MS", "10000"),
    ];
    let began = Instant::now();
    let hub = ground.alone(engine, HUB, &[], &env);
    let spokes: Vec<_> = (HUB + 1..HUB + CROWD).map(|last| ground.alone(engine, last, &[HUB], &env)).collect();
    let all: Vec<String> = std::iter::once(hub).chain(spokes).collect();
    for container in &all {
        engine.start(container);
    }
    wait::until("every spoke's link runs", Duration::from_mins(5), || {
        let (_, page) = http::get_at(ground.address(HUB), "/Start", Duration::from_secs(10))?;
        let running = page.matches(">Running<").count();
        if running == usize::from(CROWD) - 1 { Ok(()) } else { Err(format!("{running} links run")) }
    });
    row(&format!("hub and {} spokes made, started, linked", CROWD - 1), &seconds(began.elapsed()), "-");
    // What the start has stirred up must have settled.
    std::thread::sleep(Duration::from_secs(20));
    let books = || -> Vec<_> { all.iter().filter_map(|container| engine.books(container)).collect() };
    let (before, since) = (books(), Instant::now());
    std::thread::sleep(AT_REST);
    let (after, took) = (books(), since.elapsed());
    assert!(before.len() == all.len() && after.len() == all.len(), "every container has its books");
    let used: Duration = before.iter().zip(&after).map(|(b, a)| a.processor.saturating_sub(b.processor)).sum();
    row(
        &format!("  processor of all {CROWD} over {:.0} s at rest", took.as_secs_f64()),
        &share(used, took),
        "5 % of a core",
    );
    row("    of that the hub", &share(after[0].processor.saturating_sub(before[0].processor), took), "-");
    let mut memory: Vec<u64> = after.iter().map(|b| b.memory / 1024).collect();
    memory.sort_unstable();
    row("  memory of the largest", &mebibytes(memory[memory.len() - 1]), "10 MiB");
    row("  memory of the median", &mebibytes(memory[memory.len() / 2]), "10 MiB");
    let anonymous = after.iter().map(|b| b.anonymous / 1024).max().unwrap_or(0);
    row("    not of files, the largest", &mebibytes(anonymous), "-");
}
