//! Intent: a basic stack with a redundant gateway is proven, and its backup takes over within about two seconds when the master
//! is killed; the master that comes back takes over again.

use std::time::{Duration, Instant};

use ignition_stack_integration::{World, http, target, wait};

/// About 2 s are documented (fact sheet 5.3); the rest is for a busy machine.
const FAILOVER: Duration = Duration::from_secs(5);

#[test]
fn the_backup_takes_over_and_gives_back() {
    let Some(world) = World::open("basic_pair") else { return };
    let report = world.up(&["--arch", "basic", "--redundant", "gateway", "--database", "none"]);
    assert_eq!((&report["summary"]["pairs"], &report["summary"]["pairs_connected"]), (&1.into(), &1.into()));
    assert_eq!(http::redundancy(world.port(0)).unwrap(), "Master/Good/Active");

    world.engine.kill(&world.container("gateway"));
    let killed = Instant::now();
    wait::until("the backup is Active", target::patience(), || level(&world, "gateway-backup", "Active"));
    let took = killed.elapsed();
    world.time("kill of the master to backup Active, as seen by status", took);
    assert!(took <= FAILOVER, "{took:?}");
    let verdict = world.verify();
    assert_eq!(verdict.code, 1);
    verdict.expect("gateway", "reachable", &["137"]);

    world.run(&["start", world.name(), "gateway"]).expect(0);
    let started = Instant::now();
    wait::until("the master is Active again", target::patience(), || level(&world, "gateway", "Active"));
    wait::until("the backup stands by again", target::patience(), || level(&world, "gateway-backup", "Cold"));
    world.time("start of the master to both in their roles", started.elapsed());
    world.mended();
    assert_eq!(http::redundancy(world.port(0)).unwrap(), "Master/Good/Active");
}

fn level(world: &World, gateway: &str, level: &str) -> Result<(), String> {
    let row = world.status(gateway);
    if row["level"] == level { Ok(()) } else { Err(row.to_string()) }
}
