//! Intent: a person who has nothing but compose gets a stack that pairs and links; the program can look at it, takes it over without
//! touching it, and finds its volumes seeded.

use ignition_stack_integration::compose::Generation;
use ignition_stack_integration::compose::Generation::{V1, V2};

use crate::stack::{BASIC, HUB_AND_SPOKE, OVER_TLS, SCALE_OUT, Shape, Stack, ended_in_time};

#[test]
fn v1_basic() {
    compose_first(V1, &BASIC);
}

#[test]
fn v1_scale_out_with_a_redundant_backend() {
    compose_first(V1, &SCALE_OUT);
}

#[test]
fn v1_hub_and_spoke() {
    compose_first(V1, &HUB_AND_SPOKE);
}

#[test]
fn v2_basic() {
    compose_first(V2, &BASIC);
}

#[test]
fn v2_scale_out_with_a_redundant_backend() {
    compose_first(V2, &SCALE_OUT);
}

#[test]
fn v2_hub_and_spoke() {
    compose_first(V2, &HUB_AND_SPOKE);
}

#[test]
fn v2_scale_out_over_tls() {
    compose_first(V2, &OVER_TLS);
}

fn compose_first(generation: Generation, shape: &'static Shape) {
    let Some(stack) = Stack::create(generation, shape, "compose first") else { return };
    stack.compose(&["up", "-d"]);
    for gateway in shape.gateways {
        assert_eq!(stack.seeding_said(gateway).trim(), "seed: done", "{gateway}");
    }
    stack.is_proven();
    stack.all_is_the_gateways_own();
    stack.the_gateways_change_a_seed();
    let stamps = stack.stamps();
    a_second_up_changes_nothing(&stack);
    assert_eq!(stack.stamps(), stamps, "seeded twice by compose");
    the_program_looks_at_it(&stack);
    the_program_takes_it_over_as_it_is(&stack);
    compose_looks_at_it(&stack);

    ended_in_time(&stack.compose(&["down"]));
    assert_eq!(stack.objects(), (0, 0));
    the_program_finds_it_seeded(&stack);
    assert_eq!(stack.stamps(), stamps, "seeded by compose and again by up");
    assert_eq!(stack.running().len(), stack.members().len());

    stack.run(&["down"]);
    assert_eq!(stack.objects(), (0, 0));
}

fn the_program_looks_at_it(stack: &Stack) {
    for gateway in stack.shape.gateways {
        let row = stack.world.status(gateway);
        assert_eq!(row["state"], "RUNNING", "{row:#}");
    }
    assert_eq!(stack.world.status("db")["state"], "healthy");
    let logs = stack.run(&["logs"]).stdout;
    for gateway in stack.shape.gateways {
        let said = logs.lines().any(|line| line.contains(gateway) && line.contains("Preparing the simulated gateway"));
        assert!(said, "{gateway}: {logs}");
    }
}

fn compose_looks_at_it(stack: &Stack) {
    stack.is_healthy();
    let ps = stack.compose(&["ps", "-a"]).stdout;
    for member in stack.members() {
        let name = stack.generation.container(stack.world.name(), member);
        let line = ps.lines().find(|line| line.contains(&format!("{name} "))).unwrap_or_else(|| panic!("{name}: {ps}"));
        assert!(line.contains("(healthy)"), "{line}");
    }
}

fn a_second_up_changes_nothing(stack: &Stack) {
    let before = stack.containers();
    stack.compose(&["up", "-d"]);
    assert_eq!(stack.containers(), before, "members were made anew");
}

fn the_program_takes_it_over_as_it_is(stack: &Stack) {
    let before = stack.containers();
    let report = stack.world.up_again();
    assert_eq!((&report["operations"], &report["verified"]), (&0.into(), &true.into()), "{report:#}");
    assert_eq!(stack.containers(), before);
}

fn the_program_finds_it_seeded(stack: &Stack) {
    let report = stack.world.up_again();
    assert_eq!(report["verified"], true, "{report:#}");
    assert_eq!(report["summary"]["pairs_connected"], stack.shape.pairs, "{report:#}");
    assert_eq!(report["summary"]["links_running"], stack.shape.links, "{report:#}");
}
