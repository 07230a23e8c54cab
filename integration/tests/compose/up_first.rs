//! Intent: compose can look at, stop and remove a stack that `up` made, and bring it up again without seeding it a second time; the
//! program takes that one down.

use ignition_stack_integration::compose::Generation;
use ignition_stack_integration::compose::Generation::{V1, V2};

use crate::stack::{SCALE_OUT, Stack, ended_in_time};

#[test]
fn v1_after_up() {
    up_first(V1);
}

#[test]
fn v2_after_up() {
    up_first(V2);
}

fn up_first(generation: Generation) {
    let Some(stack) = Stack::create(generation, &SCALE_OUT, "up first") else { return };
    assert_eq!(stack.world.up_again()["verified"], true);
    stack.the_gateways_change_a_seed();
    let stamps = stack.stamps();
    let members = stack.members().len();

    let ps = stack.compose(&["ps"]).stdout;
    for member in stack.members() {
        assert!(ps.contains(&stack.world.container(member)), "{member}: {ps}");
    }
    let logs = stack.compose(&["logs", "--no-color", "backend"]).stdout;
    assert!(logs.contains("Preparing the simulated gateway"), "{logs}");

    ended_in_time(&stack.compose(&["stop"]));
    assert_eq!((stack.objects(), stack.running().len()), ((members, 2), 0));
    assert_eq!(stack.world.up_again()["verified"], true);

    let before = stack.containers();
    stack.compose(&["up", "-d"]);
    let after = stack.containers();
    assert!(after.keys().eq(before.keys()) && after.values().all(|id| !before.values().any(|b| b == id)), "{after:?}");
    stack.is_proven();
    ended_in_time(&stack.compose(&["down"]));
    assert_eq!(stack.objects(), (0, 0));

    stack.compose(&["up", "-d"]);
    for gateway in stack.shape.gateways {
        let said = stack.seeding_said(gateway);
        assert!(said.contains("this volume was seeded before"), "{gateway}: {said}");
    }
    stack.is_proven();
    assert_eq!(stack.stamps(), stamps, "seeded by up and again by compose");
    stack.all_is_the_gateways_own();

    let name = stack.world.name();
    stack.run(&["down", "--delete-data", &format!("--yes-delete-data={name}")]);
    assert_eq!(stack.objects(), (0, 0));
}
