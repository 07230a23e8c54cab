//! Every state that two nodes can be seen in: only one of them lets a backup go.

use super::*;
use crate::engine::ContainerState;
use crate::gateway::{ActivityLevel, Fault, SyncState};
use crate::lifecycle::condition::fixture::{World, name, scale_out};
use crate::lifecycle::standing::concerns;

fn pair() -> Pair {
    Pair { master: name("backend"), backup: name("backend-backup") }
}

fn checks(world: &World) -> Vec<Check> {
    world.judge().into_iter().filter(|c| concerns(&pair(), c)).collect()
}

fn judged(world: &World, decided: bool, backup_runs: bool) -> Parting {
    parting(&pair(), decided, backup_runs, &checks(world), |name| world.sightings.get(name))
}

fn lines(world: &World) -> [String; 2] {
    let line = |of: &Name| node(of, &pair(), &checks(world), world.sightings.get(of));
    [line(&pair().master), line(&pair().backup)]
}

#[test]
fn a_pair_of_an_active_master_and_a_backup_in_sync_is_the_only_one_that_is_safe() {
    assert_eq!(judged(&scale_out(), false, true), Parting::Safe);
    let levels =
        [ActivityLevel::Undecided, ActivityLevel::Cold, ActivityLevel::Warm, ActivityLevel::Hot, ActivityLevel::Active];
    let syncs = [SyncState::Unknown, SyncState::Incompatible, SyncState::OutOfDate, SyncState::Good];
    let standby = |level: &ActivityLevel| matches!(level, ActivityLevel::Cold | ActivityLevel::Warm);
    let mut count = 0;
    for (of_master, of_backup) in levels.iter().flat_map(|m| levels.iter().map(move |b| (m, b))) {
        for (sync_there, sync_here) in syncs.iter().flat_map(|m| syncs.iter().map(move |b| (m, b))) {
            for (there, here) in [(true, true), (true, false), (false, true), (false, false)] {
                let mut world = scale_out();
                world.set_level("backend", of_master, sync_there, there);
                world.set_level("backend-backup", of_backup, sync_here, here);
                let whole = there && here && [sync_there, sync_here] == [&SyncState::Good; 2];
                let expected = match (of_master, of_backup) {
                    (ActivityLevel::Active, level) if whole && standby(level) => Parting::Safe,
                    (level, ActivityLevel::Active) if whole && standby(level) => Parting::BackupActive,
                    _ => Parting::Unsure,
                };
                // While the backup runs, what was decided before is no matter.
                for decided in [true, false] {
                    let said = judged(&world, decided, true);
                    assert_eq!(said, expected, "{of_master} {sync_there} {there}, {of_backup} {sync_here} {here}");
                }
                count += 1;
            }
        }
    }
    assert_eq!(count, 5 * 5 * 4 * 4 * 4);
}

#[test]
fn what_is_not_seen_is_not_safe() {
    for node in ["backend", "backend-backup"] {
        for state in [ContainerState::Exited { code: Some(0) }, ContainerState::Paused, ContainerState::Restarting] {
            let mut world = scale_out();
            world.down(node, state);
            assert_eq!(judged(&world, false, true), Parting::Unsure, "{node} {state:?}");
        }
        let mut world = scale_out();
        world.without_rest(node, &Fault::NotAvailable);
        assert_eq!(judged(&world, false, true), Parting::Unsure, "{node} without REST");
        let mut world = scale_out();
        world.sightings.remove(&name(node));
        assert_eq!(judged(&world, false, true), Parting::Unsure, "{node} not looked at");
    }
    let mut world = scale_out();
    world.members.retain(|m| m.member != name("backend-backup"));
    assert_eq!(judged(&world, false, false), Parting::Unsure, "no container");
}

#[test]
fn a_backup_that_was_stopped_to_go_goes_while_its_master_works() {
    let stopped = ContainerState::Exited { code: Some(143) };
    let mut world = scale_out();
    world.down("backend-backup", stopped);
    world.set_level("backend", &ActivityLevel::Active, &SyncState::Good, false);
    assert_eq!(judged(&world, true, false), Parting::Done);
    assert_eq!(judged(&world, false, false), Parting::Unsure, "nobody has looked at both");
    assert_eq!(judged(&world, true, true), Parting::Unsure, "it runs");
    world.set_level("backend", &ActivityLevel::Cold, &SyncState::Good, false);
    assert_eq!(judged(&world, true, false), Parting::Unsure, "the master does not work");
    world.set_level("backend", &ActivityLevel::Active, &SyncState::Good, false);
    world.down("backend", stopped);
    assert_eq!(judged(&world, true, false), Parting::Unsure, "nobody works");
}

#[test]
fn each_node_is_told_as_it_was_seen() {
    let mut world = scale_out();
    assert_eq!(
        lines(&world),
        ["backend: Active, sync Good, peer connected", "backend-backup: Cold, sync Good, peer connected"]
    );
    world.set_level("backend-backup", &ActivityLevel::Active, &SyncState::OutOfDate, false);
    world.down("backend", ContainerState::Exited { code: Some(0) });
    assert_eq!(lines(&world), ["backend: stopped", "backend-backup: Active, sync OutOfDate, peer not connected"]);
    world.members.retain(|m| m.member != name("backend"));
    world.without_rest("backend-backup", &Fault::NotAvailable);
    let backup = "backend-backup: Active, sync OutOfDate, peer connection not seen";
    assert_eq!(lines(&world), ["backend: no container", backup]);
}
