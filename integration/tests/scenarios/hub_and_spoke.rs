//! Intent: a hub that is a pair and six Edge spokes come up proven, with twelve links.

use ignition_stack_integration::{World, http};

#[test]
fn a_redundant_hub_with_six_spokes() {
    let Some(world) = World::open("hub_and_spoke") else { return };
    let shape = ["--arch", "hub-and-spoke", "--spokes", "6", "--redundant", "hub", "--database", "none"];
    let report = world.up(&shape);
    let summary = &report["summary"];
    assert_eq!((&summary["gateways_running"], &summary["pairs_connected"]), (&8.into(), &1.into()), "{summary}");
    assert_eq!((&summary["links_running"], &summary["links"]), (&12.into(), &12.into()), "{summary}");
    assert_eq!(http::redundancy(world.port(0)).unwrap(), "Master/Good/Active");
    let verdict = world.verify();
    for spoke in 1..=6 {
        assert_eq!(verdict.passed(&format!("spoke-{spoke}"), "link-running"), 2);
        assert_eq!(verdict.passed(&format!("spoke-{spoke}"), "edition"), 1);
    }
    assert_eq!(http::gwinfo(world.port(1)).unwrap()["PlatformEdition"].to_lowercase(), "edge");
}
