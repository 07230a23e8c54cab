//! Intent: nothing is lost by killing `up` at any moment, whatever it was about to do. Random repairs and changes, a kill after a random
//! time, the next `up`; a canary in every volume. The seed is printed; `IGNITION_STACK_TEST_KILLS=200` runs more, and
//! `IGNITION_STACK_TEST_SEED` the same again.

use std::time::{Duration, Instant};

use ignition_stack_integration::canary::Canaries;
use ignition_stack_integration::inventory::Inventory;
use ignition_stack_integration::leftovers::LEASE;
use ignition_stack_integration::{World, run, telling};

const SHAPE: [&str; 6] = ["--arch", "basic", "--redundant", "gateway", "--database", "none"];
const GATEWAYS: [&str; 2] = ["gateway", "gateway-backup"];
/// Kills on CI.
const KILLS: u64 = 40;
/// Longest time until the kill: a little more than such an `up` works.
const LATEST_MS: u64 = 1000;

fn knob(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// What `up` has to mend.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Removed(usize),
    Killed(usize),
    AllRemoved,
    OffTheNetwork(usize),
    Edited,
}

impl Trouble {
    fn draw(random: &mut fastrand::Rng) -> Self {
        let gateway = random.usize(..GATEWAYS.len());
        match random.u8(..10) {
            0..=2 => Self::Removed(gateway),
            3..=4 => Self::Killed(gateway),
            5..=6 => Self::AllRemoved,
            7..=8 => Self::OffTheNetwork(gateway),
            _ => Self::Edited,
        }
    }

    fn make(self, world: &World, number: u64) {
        let container = |gateway: usize| world.container(GATEWAYS[gateway]);
        match self {
            Self::Removed(gateway) => world.engine.remove(&container(gateway)),
            Self::Killed(gateway) => world.engine.stop_within(&container(gateway), 0),
            Self::AllRemoved => (0..GATEWAYS.len()).for_each(|gateway| world.engine.remove(&container(gateway))),
            Self::OffTheNetwork(gateway) => {
                world.engine.disconnect(&container(gateway), &format!("{}_default", world.name()));
            }
            Self::Edited => world.edit_record(|record| {
                for gateway in record["gateways"].as_array_mut().into_iter().flatten() {
                    gateway["memory_mb"] = (1024 + number).into();
                }
            }),
        }
    }
}

#[test]
fn nothing_is_lost() {
    let Some(world) = World::open_simulated("random_kills") else { return };
    let kills = knob("IGNITION_STACK_TEST_KILLS").unwrap_or(KILLS);
    let seed = knob("IGNITION_STACK_TEST_SEED").unwrap_or_else(|| fastrand::u64(..));
    telling::say(&format!("SEED random_kills: {kills} kills, IGNITION_STACK_TEST_SEED={seed}"));
    let mut random = fastrand::Rng::with_seed(seed);
    world.up(&SHAPE);
    // Looked at by a container that is gone again each time: the engine does not remove volumes of one that is there.
    let image = world.engine.inspect(&world.container("gateway")).config.and_then(|c| c.image).unwrap();
    let data = GATEWAYS.map(|gateway| format!("{}_{gateway}-data", world.name()));
    let canaries = || Canaries::of(&world.engine, &format!("{}-canaries", world.name()), &image, &data);
    {
        let canaries = canaries();
        for volume in &data {
            canaries.put(volume, volume);
        }
    }
    let volumes = Inventory::of(&world.engine, world.name()).volumes();
    assert_eq!(volumes.objects.len(), GATEWAYS.len());
    let (began, mut in_time) = (Instant::now(), 0);
    for number in 1..=kills {
        let trouble = Trouble::draw(&mut random);
        let after = Duration::from_millis(random.u64(..LATEST_MS));
        let what = format!("seed {seed}, kill {number}: {trouble:?}, killed after {after:?}");
        trouble.make(&world, number);
        let mut running = world.command(&["up", world.name(), "--no-wait"]).start();
        // The moment itself is what is drawn: there is no condition to wait for.
        std::thread::sleep(after);
        if running.ended().is_none() {
            run::send(running.id(), "KILL");
            in_time += 1;
        }
        let killed = running.end();
        let there = Inventory::of(&world.engine, world.name());
        assert!(volumes.lost_in(&there).is_empty(), "{what}: lost {:?}", volumes.lost_in(&there));

        let ran = world.run(&["up", world.name(), "--no-wait"]);
        assert_eq!(ran.code, Some(0), "{what}\n{}\nbefore the kill:\n{}", ran.stderr, killed.stderr);
        let now = Inventory::of(&world.engine, world.name());
        assert!(volumes.lost_in(&now).is_empty(), "{what}: lost {:?}", volumes.lost_in(&now));
        assert_eq!(now.objects.len(), 2 * GATEWAYS.len() + 1, "{what}: a network, containers, volumes\n{now}");
        let leases = world.engine.volumes(&format!("{LEASE}={}", world.name()));
        assert!(leases.is_empty(), "{what}: {leases:?}");
        assert!(GATEWAYS.iter().all(|gateway| world.engine.runs(&world.container(gateway))), "{what}\n{now}");
        let canaries = canaries();
        for volume in &data {
            assert_eq!(canaries.read(volume).as_ref(), Some(volume), "{what}");
        }
    }
    world.time(&format!("{kills} kills, {in_time} of them before the end"), began.elapsed());
    assert!(in_time > kills / 4, "most of the kills came too late: {in_time} of {kills}");
    assert_eq!(world.up_again()["verified"], true);
}
