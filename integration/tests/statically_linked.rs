//! Intent: a statically linked program builds its image and plays gateways as an ordinary one does. A process of its own,
//! because it tests another build of the program than the scenarios do.

use ignition_stack_integration::{World, program};

#[test]
fn a_statically_linked_program_plays_gateways_too() {
    program::statically_linked();
    let Some(world) = World::open_simulated("statically_linked") else { return };
    let report = world.up(&["--arch", "basic", "--redundant", "gateway", "--database", "none"]);
    assert_eq!(report["summary"]["pairs_connected"], 1, "{report:#}");
    let config = world.engine.inspect(&world.container("gateway")).config.unwrap();
    let entrypoint = config.entrypoint.unwrap();
    assert_eq!(entrypoint, ["/usr/local/bin/ignition-stack", "simulate-gateway"], "no loader is needed");
    assert!(world.verify().holds());
}
