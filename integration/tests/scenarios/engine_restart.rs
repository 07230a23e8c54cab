//! Intent: the engine itself is stopped and started while `up` waits: `up` goes on with what comes back, and the pair forms again. The engine
//! is one of the test's own; that of the machine runs on.

use std::time::Duration;

use ignition_stack_integration::engine::STACK;
use ignition_stack_integration::leftovers::LEASE;
use ignition_stack_integration::private_engine::PrivateEngine;
use ignition_stack_integration::{Verdict, World, target, wait};

const SHAPE: [&str; 6] = ["--arch", "basic", "--redundant", "gateway", "--database", "none"];

/// A run that is killed together with the engine holds up nobody.
#[test]
fn a_lease_that_was_left_is_known_after_the_engine_was_started_again() {
    let Some(world) = World::open_simulated("engine_restart_lease") else { return };
    let Some(mut private) = PrivateEngine::start("engine_restart_lease") else { return };
    let mut running = private.run(world.command(&world.up_words(&SHAPE))).start();
    let engine = private.connect().expect("it answers");
    wait::until("the run makes what it holds the stack for", target::patience(), || {
        assert!(running.ended().is_none(), "up has ended\n{}", running.stderr());
        // An engine that ends while it makes a volume leaves it without labels, and that is refused: all are made when both containers are.
        let made = engine.containers(&format!("{STACK}={}", world.name())).len();
        if made < 2 { Err(format!("{made} containers\n{}", running.stderr())) } else { Ok(()) }
    });
    assert_eq!(engine.volumes(&format!("{LEASE}={}", world.name())).len(), 1);
    drop(running);
    private.stop();
    private.start_again();
    let ran = private.run(world.command(&["up", world.name(), "--output", "json"])).run().expect(0);
    assert_eq!(ran.json()["verified"], true);
    assert!(engine.volumes(&format!("{LEASE}={}", world.name())).is_empty(), "it was given back");
}

#[test]
fn the_engine_is_started_again() {
    let Some(world) = World::open_simulated("engine_restart") else { return };
    let Some(mut private) = PrivateEngine::start("engine_restart") else { return };
    let label = format!("{STACK}={}", world.name());
    // Long enough in the making that it is not proven when the engine stops.
    let command = world.command(&world.up_words(&SHAPE)).env("SIMULATED_BOOT_MS", "10000");
    let mut running = private.run(command).start();
    let engine = private.connect().expect("it answers");
    wait::until("both gateways run", target::patience() + Duration::from_mins(1), || {
        assert!(running.ended().is_none(), "up has ended\n{}", running.stderr());
        let up = engine.containers(&label).into_iter().filter(|c| c.status.as_deref().unwrap_or("").starts_with("Up"));
        match up.count() {
            2 => Ok(()),
            number => Err(format!("{number} run\n{}", running.stderr())),
        }
    });
    drop(engine);
    private.stop();
    private.start_again();
    let host = private.host();
    let ran = running.end().expect(0).says(&["does not answer", &host, "from DOCKER_HOST", "answers again"]);
    assert_eq!(ran.json()["verified"], true);
    world.time("up with an engine that was started again", ran.took);

    // The same for a stack that was proven before.
    private.stop();
    let verify = ["verify", world.name(), "--wait", "60s", "--output", "json"];
    private.run(world.command(&verify)).run().expect(4).says(&[&host, "from DOCKER_HOST"]);
    private.start_again();
    let verdict = Verdict::of(&private.run(world.command(&verify)).run());
    assert!(verdict.holds(), "the pair does not form again:\n{verdict}");
    assert_eq!(verdict.passed("gateway", "peer-connected"), 1, "{verdict}");
}
