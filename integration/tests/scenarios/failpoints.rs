//! Intent: `up` may be ended at every moment. Before and after each change that a cold `up` makes on the engine, those of its lease
//! too, it gets SIGINT, SIGTERM and SIGKILL; the next `up` makes the same of it as a run that nobody disturbed, keeps what was made,
//! and adds nothing.

use std::time::{Duration, Instant};

use ignition_stack_integration::failpoint::{Failpoint, Moment};
use ignition_stack_integration::inventory::Inventory;
use ignition_stack_integration::leftovers::LEASE;
use ignition_stack_integration::proxy::{Call, Fault, Rule};
use ignition_stack_integration::run::{Invocation, Ran, Running};
use ignition_stack_integration::{Proxy, World, leftovers, wait};

const SHAPE: [&str; 6] = ["--arch", "basic", "--redundant", "gateway", "--database", "none"];
/// What a cold `up` changes: it takes the lease, makes a network and two gateways, and gives the lease back.
const CHANGES: [(&str, usize); 6] = [
    ("DELETE /volumes/*", 1),
    ("POST /containers/*/start", 2),
    ("POST /containers/create", 2),
    ("POST /networks/create", 1),
    ("POST /volumes/create", 1),
    ("PUT /containers/*/archive", 2),
];
/// From SIGINT or SIGTERM to the end.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
const AT_ONCE: Duration = Duration::from_secs(1);

/// Gateways that are quick: nothing here depends on how long they take.
fn command<S: AsRef<str>>(world: &World, words: &[S]) -> Invocation {
    let times = ["SIMULATED_BOOT_MS", "SIMULATED_LINK_APPROVAL_MS", "SIMULATED_RECOVERY_MS", "SIMULATED_SYNC_MS"];
    times.iter().fold(world.command(words), |command, time| command.env(time, "200"))
}

/// The leases on the world's stack, and the turns at taking one away.
fn leases(world: &World) -> Vec<String> {
    world.engine.volumes(&format!("{LEASE}={}", world.name())).into_iter().map(|volume| volume.name).collect()
}

#[test]
fn every_moment_of_a_cold_up() {
    let Some(world) = World::open_simulated("failpoints") else { return };
    let Some(proxy) = world.proxy() else { return };
    let began = Instant::now();
    let undisturbed = command(&world, &[world.up_words(&SHAPE), vec!["--no-wait".to_owned()]].concat());
    undisturbed.env("DOCKER_HOST", &proxy.host()).run().expect(0);
    let changes = proxy.take().mutating();
    let kinds: Vec<_> = changes.by_kind().into_iter().collect();
    assert_eq!(kinds, CHANGES.map(|(kind, number)| (kind.to_owned(), number)), "moments would be left out:\n{changes}");
    let (first, last) = (&changes.0[0], &changes.0[changes.len() - 1]);
    assert!(is_lease(&world, first) && is_lease(&world, last), "{first}, {last}");
    let undisturbed = Inventory::of(&world.engine, world.name());
    assert_eq!(undisturbed.objects.len(), 5, "a network, two containers, two volumes:\n{undisturbed}");
    assert!(leases(&world).is_empty());

    let mut cases = 0;
    for call in 1..=changes.len() {
        for moment in [Moment::Before, Moment::After] {
            for signal in ["INT", "TERM", "KILL"] {
                // When the lease is given back, everything is done and proven.
                let done = call == changes.len();
                one_moment(&world, &proxy, Failpoint { call, moment, signal }, done, &undisturbed);
                cases += 1;
            }
        }
    }
    world.time(&format!("{cases} moments"), began.elapsed());
    // The last of them, as far as a person cares.
    let proven = command(&world, &["up", world.name(), "--output", "json"]).run().expect(0).json();
    assert_eq!((&proven["verified"], &proven["operations"]), (&true.into(), &0.into()), "{proven:#}");
}

fn is_lease(world: &World, call: &Call) -> bool {
    call.kind == "POST /volumes/create" || call.path.ends_with(&format!("/volumes/{}-lease", world.name()))
}

fn one_moment(world: &World, proxy: &Proxy, failpoint: Failpoint, done: bool, undisturbed: &Inventory) {
    leftovers::remove(&world.engine, |name| name == world.name());
    let armed = failpoint.arm(proxy);
    let words = ["up", world.name(), "--output", "json", "--timeout", "120s"];
    let running = command(world, &words).env("DOCKER_HOST", &proxy.host()).start();
    armed.aim(running.id());
    let ran = running.end();
    let ended = Instant::now();
    let Some((sent, at)) = armed.hit() else { panic!("{failpoint}: never came to that\n{}", ran.stderr) };
    let what = format!("{failpoint}, {at}");
    if failpoint.signal == "KILL" {
        assert_eq!(ran.code, None, "{what}\n{}", ran.stderr);
    } else {
        assert!(ended - sent <= ENDS_WITHIN, "{what}: {:?}", ended - sent);
        if done {
            is_done(&ran, &what);
        } else {
            is_interrupted(&ran, failpoint.signal, &what);
        }
        assert!(leases(world).is_empty(), "{what}: {:?}", leases(world));
    }
    let interrupted = Inventory::of(&world.engine, world.name());

    // One that waited for the lease of a run that is no more would end with 75.
    let next = command(world, &["up", world.name(), "--no-wait"]).run();
    assert_eq!(next.code, Some(0), "{what}\n{}", next.stderr);
    let now = Inventory::of(&world.engine, world.name());
    let differences = now.differences(undisturbed);
    assert!(differences.is_empty(), "{what}:\n{}\nafter the signal:\n{interrupted}", differences.join("\n"));
    let lost = interrupted.lost_in(&now);
    assert!(lost.is_empty(), "{what}: made anew: {lost:?}");
    assert!(leases(world).is_empty(), "{what}: {:?}", leases(world));
}

/// A signal that comes while nothing but the lease is left changes nothing.
fn is_done(ran: &Ran, what: &str) {
    assert_eq!(ran.code, Some(0), "{what}\n{}", ran.stderr);
    assert_eq!(ran.json()["verified"], true, "{what}");
}

fn is_interrupted(ran: &Ran, signal: &str, what: &str) {
    assert_eq!(ran.code, Some(130), "{what}\n{}", ran.stderr);
    let error = ran.json()["error"].to_string();
    assert!(error.contains(&format!("SIG{signal}")), "{what}: {error}");
    assert!(error.contains("the same command goes on from there"), "{what}: {error}");
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let Some(world) = World::open_simulated("second_ctrl_c") else { return };
    let Some(proxy) = world.proxy() else { return };
    // While something is made, and while the lease is given back.
    for kind in ["POST /networks/create", "DELETE /volumes/*"] {
        leftovers::remove(&world.engine, |name| name == world.name());
        proxy.no_rules();
        proxy.take();
        // Calls that are under way for longer than anybody waits; the lease cannot be given back in either case.
        let giving_back = kind.starts_with("DELETE");
        stuck(&proxy, "DELETE /volumes/*");
        if !giving_back {
            stuck(&proxy, kind);
        }
        // So that it is given back for a signal: the first one comes while gateways are waited for.
        let waited_for = if giving_back { "POST /containers/*/start" } else { kind };
        let words = world.up_words(&SHAPE);
        let mut running = world.command(&words).env("DOCKER_HOST", &proxy.host()).start();
        until_asked(&proxy, &mut running, waited_for);
        running.interrupt();
        if giving_back {
            until_asked(&proxy, &mut running, kind);
        }
        // It lets the call finish, so it is still there; nothing tells from outside that it has heard the signal.
        let heard = Instant::now() + Duration::from_millis(500);
        while Instant::now() < heard {
            assert!(running.ended().is_none(), "it does not wait for what is under way\n{}", running.stderr());
            std::thread::sleep(Duration::from_millis(20));
        }
        running.interrupt();
        let second = Instant::now();
        running.end().expect(130).says(&["goes on"]);
        let took = second.elapsed();
        world.time(&format!("second SIGINT to the end, {kind}"), took);
        assert!(took <= AT_ONCE, "{kind}: {took:?}");
    }
}

/// Calls of a kind do not come to the engine.
fn stuck(proxy: &Proxy, kind: &str) {
    proxy.rule(Rule::kind(kind, Fault::Delay(Duration::from_mins(2))));
}

fn until_asked(proxy: &Proxy, running: &mut Running, kind: &str) {
    wait::until(&format!("{kind} is under way"), Duration::from_secs(30), || {
        assert!(running.ended().is_none(), "it ended\n{}", running.stderr());
        let calls = proxy.calls();
        if calls.of(kind).is_empty() { Err(calls.to_string()) } else { Ok(()) }
    });
}

#[test]
fn an_engine_that_stands_still_does_not_hold_up_the_end() {
    let Some(world) = World::open_simulated("frozen_ctrl_c") else { return };
    let Some(proxy) = world.proxy() else { return };
    stuck(&proxy, "POST /networks/create");
    stuck(&proxy, "DELETE /volumes/*");
    let mut running = world.command(&world.up_words(&SHAPE)).env("DOCKER_HOST", &proxy.host()).start();
    until_asked(&proxy, &mut running, "POST /networks/create");
    running.interrupt();
    let signal = Instant::now();
    running.end().expect(130).says(&["goes on"]);
    let took = signal.elapsed();
    world.time("SIGINT to the end, with nothing answered", took);
    assert!(took <= ENDS_WITHIN, "{took:?}");
    assert_eq!(leases(&world), [format!("{}-lease", world.name())], "it could not be given back");
    command(&world, &["up", world.name(), "--no-wait"]).run().expect(0);
    assert!(leases(&world).is_empty(), "and holds up nobody");
}
