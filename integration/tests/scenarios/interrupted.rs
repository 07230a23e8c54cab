//! Intent: Ctrl-C at any moment of `up` is answered within five seconds with exit code 130, and the next `up` goes on.

use std::time::{Duration, Instant};

use ignition_stack_integration::engine::STACK;
use ignition_stack_integration::{World, target, wait};

const LIMIT: Duration = Duration::from_secs(5);

#[test]
fn an_interrupted_up_is_finished_by_the_next() {
    let Some(world) = World::open("interrupted") else { return };
    let shape = ["--arch", "scale-out", "--frontends", "2", "--redundant", "backend", "--database", "none"];
    let label = format!("{STACK}={}", world.name());
    // While containers are being made, and while they are waited for.
    for containers in [1, 4] {
        let mut running = world.command(&world.up_words(&shape)).start();
        wait::until("containers are there", target::patience(), || {
            assert!(running.ended().is_none(), "up ended before it could be interrupted\n{}", running.stderr());
            let seen = world.engine.containers(&label).len();
            // Its first words show that this run is at work, not only what an earlier one has left.
            let at_work = running.stderr().contains(world.name());
            if at_work && seen >= containers { Ok(()) } else { Err(format!("{seen} containers")) }
        });
        running.interrupt();
        let interrupted = Instant::now();
        let ran = running.end().expect(130);
        let took = interrupted.elapsed();
        world.time(&format!("SIGINT with {containers} or more containers to the end"), took);
        assert!(took <= LIMIT, "{took:?}");
        // A run that found everything made already has made nothing that it could tell of.
        let tells = ran.json()["error"]["details"].to_string().contains("goes on");
        assert!(tells || containers > 1, "{}", ran.stdout);
    }
    let made: Vec<_> = world.engine.containers(&label).into_iter().filter_map(|c| c.id).collect();
    let report = world.up_again();
    assert_eq!(report["verified"], true);
    let now: Vec<_> = world.engine.containers(&label).into_iter().filter_map(|c| c.id).collect();
    assert!(made.iter().all(|id| now.contains(id)), "what was made is kept");
    assert_eq!(world.engine.volumes(&label).len(), 4);
}
