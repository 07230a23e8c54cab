//! Pairs, and all that looks like one without being one.

use std::time::Duration;

use super::*;
use crate::engine::ContainerState;
use crate::gateway::*;

#[test]
fn a_warm_backup_and_a_failed_over_pair_are_redundant() {
    let mut world = scale_out();
    world.set_level("backend-backup", &ActivityLevel::Warm, &SyncState::Good, true);
    assert_eq!(unsettled(&world.judge()), [""; 0]);

    world.set_level("backend-backup", &ActivityLevel::Active, &SyncState::Good, true);
    world.set_level("backend", &ActivityLevel::Cold, &SyncState::Good, true);
    let checks = world.judge();
    assert_eq!(unsettled(&checks), [""; 0]);
    assert!(find(&checks, "backend", Condition::ActivityLevel).evidence.starts_with("backup is active (failed over)"));

    world.redundancy("backend").peer_connected = Some(false);
    let checks = world.judge();
    assert!(is_pending(find(&checks, "backend-backup", Condition::ActivityLevel)));
    assert!(is_pending(find(&checks, "backend", Condition::PeerConnected)));
}

#[test]
fn a_lonely_master_is_not_a_pair() {
    // It says Master, Active, Good: only peerConnected tells (fact sheet 2.2).
    let mut world = scale_out();
    world.set_level("backend", &ActivityLevel::Active, &SyncState::Good, false);
    world.down("backend-backup", ContainerState::Exited { code: Some(1) });
    let checks = world.judge();
    let peer = find(&checks, "backend", Condition::PeerConnected);
    assert!(is_pending(peer));
    assert_eq!(cause(peer), Some(Cause::PeerNotConnected));
    assert_eq!(peer.verdict.reason().unwrap().text, "peer not connected");
    assert!(is_unknown(find(&checks, "backend", Condition::ActivityLevel)));
    assert!(is_failed(find(&checks, "backend-backup", Condition::Reachable)));
    assert_eq!(summary(&world.stack, &checks).pairs_connected, 0);
}

#[test]
fn a_lonely_backup_is_not_a_pair() {
    let mut world = scale_out();
    world.set_level("backend-backup", &ActivityLevel::Active, &SyncState::Unknown, false);
    world.down("backend", ContainerState::Exited { code: Some(0) });
    let checks = world.judge();
    for condition in [Condition::SyncState, Condition::PeerConnected] {
        assert!(is_pending(find(&checks, "backend-backup", condition)));
    }
    assert!(!find(&checks, "backend-backup", Condition::ActivityLevel).verdict.is_settled());
    assert_eq!(cause(find(&checks, "backend", Condition::Reachable)), Some(Cause::StoppedByHand));
}

#[test]
fn two_active_nodes_are_a_split_brain_that_may_pass() {
    let mut world = scale_out();
    world.set_level("backend-backup", &ActivityLevel::Active, &SyncState::Unknown, false);
    world.set_level("backend", &ActivityLevel::Active, &SyncState::Good, false);
    let checks = world.judge();
    for gateway in ["backend", "backend-backup"] {
        let check = find(&checks, gateway, Condition::ActivityLevel);
        assert!(is_pending(check));
        assert_eq!(cause(check), Some(Cause::SplitBrain));
        assert_eq!(check.verdict.reason().unwrap().hopeless_after, Some(Duration::from_secs(90)));
    }
}

#[test]
fn swapped_roles_are_found_at_both_nodes() {
    let mut world = scale_out();
    for (gateway, role) in [("backend", NodeRole::Backup), ("backend-backup", NodeRole::Master)] {
        world.gwinfo(gateway).role = Some(role.clone());
        world.redundancy(gateway).role = Some(role);
    }
    let checks = world.judge();
    for gateway in ["backend", "backend-backup"] {
        let check = find(&checks, gateway, Condition::Role);
        assert!(is_failed(check));
        assert_eq!(cause(check), Some(Cause::RoleDiffers));
    }
}

#[test]
fn a_role_that_a_single_gateway_has_from_a_pair_before_is_told_as_that() {
    for role in [NodeRole::Master, NodeRole::Backup] {
        let mut world = scale_out();
        world.gwinfo("frontend-1").role = Some(role.clone());
        world.redundancy("frontend-1").role = Some(role);
        let checks = world.judge();
        let check = find(&checks, "frontend-1", Condition::Role);
        assert!(is_failed(check));
        assert_eq!(cause(check), Some(Cause::RoleLeftOver));
    }
}

#[test]
fn a_node_without_its_redundancy_file_is_named() {
    let mut world = scale_out();
    world.gwinfo("backend").role = Some(NodeRole::Independent);
    world.redundancy("backend").role = Some(NodeRole::Independent);
    world.redundancy("backend-backup").peer_connected = Some(false);
    let checks = world.judge();
    assert_eq!(cause(find(&checks, "backend", Condition::Role)), Some(Cause::RoleIndependent));
    assert_eq!(cause(find(&checks, "backend-backup", Condition::PeerConnected)), Some(Cause::RoleIndependent));
}

#[test]
fn a_backup_that_is_refused_or_cannot_resolve_says_so() {
    for (error, expected) in [
        ("UpgradeException: 403 Forbidden", Cause::LinkRefused),
        ("java.net.UnknownHostException: backend", Cause::PeerUnresolvable),
        ("Connection refused", Cause::PeerNotConnected),
        ("No approved certificate could be found", Cause::PairCertificate),
        ("Received fatal alert: certificate_unknown", Cause::PairCertificate),
    ] {
        let mut world = scale_out();
        world.set_level("backend-backup", &ActivityLevel::Active, &SyncState::Unknown, false);
        world.connections("backend-backup").push(Connection {
            direction: Some(Direction::Outgoing),
            status: Some(LinkStatus::Faulted),
            last_error: Some(error.into()),
            ..Connection::default()
        });
        let checks = world.judge();
        assert_eq!(cause(find(&checks, "backend-backup", Condition::PeerConnected)), Some(expected), "{error}");
    }
}

#[test]
fn gwinfo_alone_never_proves_a_peer() {
    let mut world = scale_out();
    for gateway in ["frontend-1", "frontend-2", "backend", "backend-backup"] {
        world.without_rest(gateway, &Fault::NotAvailable);
        world.see(gateway).trial = Seen::Failed(Fault::NotAvailable);
    }
    let checks = world.judge();
    for gateway in ["backend", "backend-backup"] {
        assert_eq!(find(&checks, gateway, Condition::Role).verdict, Verdict::Met);
        assert_eq!(find(&checks, gateway, Condition::SyncState).verdict, Verdict::Met);
        let peer = find(&checks, gateway, Condition::PeerConnected);
        assert!(is_unknown(peer));
        assert_eq!(cause(peer), Some(Cause::RestNotAvailable));
        for condition in [Condition::Login, Condition::Modules, Condition::RestartTasks, Condition::Trial] {
            assert!(matches!(find(&checks, gateway, condition).verdict, Verdict::Skipped(_)), "{condition}");
        }
    }
    assert!(is_unknown(link(&checks, Condition::LinkRunning, "frontend-1", "backend")));
    assert!(matches!(find(&checks, "frontend-1", Condition::Identities).verdict, Verdict::Skipped(_)));
    assert!(!summary(&world.stack, &checks).holds());
}

#[test]
fn the_more_exact_word_for_incompatible_is_believed() {
    let table = [
        (SyncState::Incompatible, SyncState::Incompatible, Cause::IncompatibleVersions, true),
        (SyncState::Incompatible, SyncState::ModulesIncompatible, Cause::IncompatibleModules, false),
        (SyncState::Incompatible, SyncState::EditionIncompatible, Cause::IncompatibleEditions, true),
        (SyncState::OutOfDate, SyncState::OutOfDate, Cause::SyncNotGood, false),
    ];
    for (public, rest, expected, hopeless) in table {
        let mut world = scale_out();
        world.gwinfo("backend-backup").sync = Some(public);
        world.redundancy("backend-backup").sync = Some(rest);
        let checks = world.judge();
        let check = find(&checks, "backend-backup", Condition::SyncState);
        assert_eq!(cause(check), Some(expected));
        assert_eq!(check.verdict.reason().unwrap().hopeless_after.is_some(), hopeless);
    }
}
