//! Intent: what looks well from one side alone is not believed. A peer and a link that only seem to be there, two nodes that both work,
//! roles that changed places, two gateways with one identity: `verify` names each with exit code 1, and holds again when it is mended,
//! by its own advice where it gives one.

use ignition_stack_integration::World;
use ignition_stack_integration::recreate::GATEWAY_DATA;

const SHAPE: [&str; 8] = ["--arch", "scale-out", "--frontends", "2", "--redundant", "backend", "--database", "none"];
const PAIR: [&str; 2] = ["backend", "backend-backup"];

#[test]
fn what_looks_well_from_one_side_is_not_believed() {
    let Some(world) = World::open_simulated("no_false_pass") else { return };
    world.up(&SHAPE);
    a_peer_that_only_seems_to_be_there(&world);
    a_link_that_is_stale(&world);
    both_nodes_work(&world);
    the_roles_are_swapped(&world);
    two_gateways_have_one_identity(&world);
}

fn a_peer_that_only_seems_to_be_there(world: &World) {
    let backup = world.container("backend-backup");
    world.engine.pause(&backup);
    let verdict = world.verify();
    assert_eq!(verdict.code, 1);
    verdict.expect("backend-backup", "reachable", &["paused", "ignition-stack start"]);
    // The master has not missed it yet, and says so.
    assert_eq!(verdict.passed("backend", "peer-connected"), 1, "{verdict}");
    assert_eq!(verdict.report["summary"]["pairs_connected"], 0, "{:#}", verdict.report["summary"]);
    world.engine.unpause(&backup);
    world.mended();
}

fn a_link_that_is_stale(world: &World) {
    world.turn("frontend-1", &["stale_links=true"]);
    world.run(&["restart", world.name(), "backend-backup"]).expect(0);
    let verdict = world.verify_until("verify sees the stale link", |v| {
        // The other front end has its link again.
        v.says("frontend-1", "link-running", &["backend-backup", "Could not decode response header"])
            && !v.names("frontend-2", "link-running")
    });
    assert_eq!(verdict.code, 1);
    verdict.expect("frontend-1", "link-running", &["link-stale", "disable and enable"]);
    world.turn("frontend-1", &["stale_links="]);
    world.run(&["restart", world.name(), "frontend-1"]).expect(0);
    world.mended();
}

/// Each of the two hears nothing of the other one. To everybody else both are there.
fn both_nodes_work(world: &World) {
    world.turn("backend-backup", &["drop_frames=BOTH", "restart"]);
    let verdict = world.verify_until("verify sees two active nodes", |v| {
        v.says("backend", "activity-level", &["both Active", "split-brain", "ignition-stack restart"])
    });
    assert_eq!(verdict.code, 1);
    for node in PAIR {
        verdict.expect(node, "peer-connected", &["peer not connected"]);
    }
    assert_eq!(verdict.report["summary"]["pairs_connected"], 0);
    // As advised, once they hear each other again: what was lost on the way was no fault of theirs.
    world.turn("backend-backup", &["drop_frames="]);
    world.run(&["restart", world.name(), "backend-backup"]).expect(0);
    world.mended();
}

fn the_roles_are_swapped(world: &World) {
    let file = |node: &str| {
        let container = world.container(node);
        world.engine.read_file(&container, &format!("{GATEWAY_DATA}/redundancy.xml")).expect("each node has one")
    };
    let files = PAIR.map(file);
    for node in PAIR {
        world.engine.stop(&world.container(node));
    }
    for (node, content) in PAIR.iter().zip(files.iter().rev()) {
        world.engine.write_file(&world.container(node), GATEWAY_DATA, "redundancy.xml", content);
    }
    for node in PAIR {
        world.engine.start(&world.container(node));
    }
    let verdict = world.verify_until("verify sees both roles", |v| PAIR.iter().all(|node| v.names(node, "role")));
    assert_eq!(verdict.code, 1);
    verdict.expect("backend", "role", &["role Backup, planned Master", "role-differs", "docker rm -f"]);
    verdict.expect("backend-backup", "role", &["role Master, planned Backup", "role-differs", "docker rm -f"]);
    for node in PAIR {
        world.engine.remove(&world.container(node));
    }
    world.up_again();
    assert!(world.verify().holds());
}

fn two_gateways_have_one_identity(world: &World) {
    const DIRECTORY: &str = "config/local/ignition/gateway-network";
    let directory = format!("{GATEWAY_DATA}/{DIRECTORY}");
    let identity = world.engine.read_file(&world.container("frontend-1"), &format!("{directory}/uuid.txt"));
    let copy = world.container("frontend-2");
    world.engine.stop(&copy);
    world.engine.write_file(&copy, &directory, "uuid.txt", &identity.expect("a gateway has an identity"));
    world.engine.start(&copy);
    let verdict = world.verify_until("verify sees the copy", |v| v.names("frontend-1", "identities"));
    assert_eq!(verdict.code, 1);
    let volume = format!("{}_frontend-2-data", world.name());
    verdict.expect(
        "frontend-1",
        "identities",
        &["frontend-2", "duplicate-identity", &format!("docker volume rm {volume}")],
    );
    world.run(&["down", world.name()]).expect(0);
    world.engine.remove_volume(&volume);
    world.up_again();
    assert!(world.verify().holds());
}
