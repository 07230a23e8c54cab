//! Intent: the program is cheap for the engine. A cold `up` of N gateways changes at most 3N+10 times, waiting costs the same for any N,
//! and a second `up` changes nothing, reads six times at most and is quick.

use std::time::Duration;

use ignition_stack_integration::proxy::Calls;
use ignition_stack_integration::{Proxy, World, telling};

/// How many gateways.
const SIZES: [u16; 3] = [1, 5, 20];
/// Changes on the engine beside those for each gateway: networks, an image.
const BESIDE: usize = 10;
/// Most reads of an `up` that finds everything done.
const READS: usize = 6;
/// Lists a second while waiting.
const LISTS: u128 = 2;
/// Longest `up` that finds 20 gateways done: 0.3 s of its own for an optimised program on a quiet machine. An unoptimised one that
/// shares two cores with the twenty gateways takes longer, and not ten times as long.
const AGAIN: Duration = Duration::from_secs(3);

/// What `up` cost.
struct Cost {
    calls: Calls,
    took: Duration,
}

fn up(world: &World, proxy: &Proxy, words: &[String], changes: bool) -> Cost {
    proxy.take();
    let ran = world.command(words).env("DOCKER_HOST", &proxy.host()).run().expect(0);
    let report = ran.json();
    assert_eq!(report["verified"], true, "{report:#}");
    assert_eq!(report["operations"] != 0, changes, "{report:#}");
    Cost { calls: proxy.take(), took: ran.took }
}

#[test]
fn calls_are_few_and_grow_with_the_gateways_alone() {
    let mut cold = Vec::new();
    for size in SIZES {
        let Some(world) = World::open_simulated("counted") else { return };
        let Some(proxy) = world.proxy() else { return };
        let spokes = (size - 1).to_string();
        let hub = ["--arch", "hub-and-spoke", "--spokes", &spokes, "--database", "none", "--force"];
        let shape: &[&str] = if size == 1 { &["--arch", "basic", "--database", "none"] } else { &hub };
        let words = world.up_words(shape);
        let gateways = usize::from(size);

        let first = up(&world, &proxy, &words, true);
        let changes = first.calls.mutating();
        telling::say(&format!("COUNT counted: cold up of {size}: {} changing, {} reading calls", changes.len(), {
            first.calls.reads().len()
        }));
        world.time(&format!("cold up of {size}"), first.took);
        assert!(changes.len() <= 3 * gateways + BESIDE, "{size} gateways:\n{changes}");
        waiting_is_cheap(&first, gateways);
        cold.push((gateways, changes.len()));

        let again = up(&world, &proxy, &words, false);
        telling::say(&format!("COUNT counted: second up of {size}: {} calls", again.calls.len()));
        world.time(&format!("second up of {size}"), again.took);
        assert!(again.calls.mutating().is_empty(), "{size} gateways:\n{}", again.calls);
        assert!(again.calls.len() <= READS, "{size} gateways:\n{}", again.calls);
        assert!(again.took <= AGAIN, "{size} gateways: {:?}", again.took);
    }
    let per_gateway = |from: (usize, usize), to: (usize, usize)| (to.1 - from.1) / (to.0 - from.0);
    let slopes: Vec<usize> = cold.windows(2).map(|two| per_gateway(two[0], two[1])).collect();
    assert!(slopes.iter().all(|slope| *slope == slopes[0]), "not a straight line: {cold:?}");
}

/// Nothing but lists of containers, as often for one gateway as for twenty.
fn waiting_is_cheap(cost: &Cost, gateways: usize) {
    let starts = cost.calls.of("POST /containers/*/start");
    let started = starts.0.last().map(|call| call.at).expect("a cold up starts something");
    // Giving the lease back is looking at it and removing it.
    let after = cost.calls.0.iter().filter(|call| call.at > started && !call.kind.contains("/volumes"));
    let waiting = Calls(after.cloned().collect());
    let lists = waiting.of("GET /containers/json");
    assert_eq!(lists.len(), waiting.len(), "{gateways} gateways:\n{waiting}");
    let (Some(first), Some(last)) = (lists.0.first(), lists.0.last()) else {
        panic!("proven without a look at the engine:\n{}", cost.calls);
    };
    let milliseconds = (last.at - first.at).as_millis();
    // One at each end of the time, and half of one for a clock that is read a little late.
    let most = LISTS * milliseconds + 1500;
    let number = lists.len();
    assert!(number as u128 * 1000 <= most, "{gateways} gateways: {number} lists within {milliseconds} ms");
}
