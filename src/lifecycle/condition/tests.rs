//! Judging whole looks: the healthy one, the known ways to look healthy without being it, and every worse fact one by one.

use std::time::Duration;

use proptest::prelude::*;

use super::fixture::{World, name, scale_out, value};
use super::*;
use crate::diagnosis::Cause;
use crate::engine::{ContainerState, Health};
use crate::gateway::*;
use crate::stack::{Edition, Link};

fn find<'a>(checks: &'a [Check], gateway: &str, condition: Condition) -> &'a Check {
    checks.iter().find(|c| c.gateway.as_str() == gateway && c.condition == condition).unwrap()
}

fn link<'a>(checks: &'a [Check], condition: Condition, from: &str, to: &str) -> &'a Check {
    let subject = Subject::Link(Link { from: name(from), to: name(to) });
    checks.iter().find(|c| c.condition == condition && c.subject == subject).unwrap()
}

fn cause(check: &Check) -> Option<Cause> {
    check.verdict.reason().and_then(|r| r.cause)
}

fn is_pending(check: &Check) -> bool {
    matches!(check.verdict, Verdict::Pending(_))
}

fn is_failed(check: &Check) -> bool {
    matches!(check.verdict, Verdict::Failed(_))
}

fn is_unknown(check: &Check) -> bool {
    matches!(check.verdict, Verdict::Unknown(_))
}

fn unsettled(checks: &[Check]) -> Vec<String> {
    checks
        .iter()
        .filter(|c| !c.verdict.is_settled())
        .map(|c| format!("{} {}: {:?}", c.subject, c.condition, c.verdict))
        .collect()
}

#[test]
fn a_healthy_stack_is_met_in_all_points() {
    let world = scale_out();
    let checks = world.judge();
    assert_eq!(unsettled(&checks), [""; 0]);
    assert!(checks.iter().all(|c| c.verdict == Verdict::Met && !c.evidence.is_empty()));
    let counts = summary(&world.stack, &checks);
    assert!(counts.holds());
    assert_eq!((counts.gateways_running, counts.gateways), (4, 4));
    assert_eq!((counts.pairs_connected, counts.pairs), (1, 1));
    assert_eq!((counts.links_running, counts.links), (4, 4));
    assert_eq!((counts.services_healthy, counts.services), (1, 1));
    assert_eq!(unmet(&checks, &name("backend")), None);
}

#[test]
fn the_order_is_that_of_the_product_reference() {
    let checks = scale_out().judge();
    assert_eq!(checks[0].condition, Condition::ServiceHealthy);
    assert_eq!(checks.last().unwrap().condition, Condition::Identities);
    for gateway in ["frontend-1", "frontend-2", "backend", "backend-backup"] {
        let own: Vec<_> = checks
            .iter()
            .filter(|c| c.gateway.as_str() == gateway && c.condition != Condition::Identities)
            .map(|c| c.condition)
            .collect();
        assert!(own.is_sorted(), "{gateway}: {own:?}");
    }
}

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
        assert_eq!(check.verdict.reason().unwrap().hopeless_after, Some(Duration::from_secs(30)));
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
fn a_refused_password_is_the_cause_of_all_that_needs_it() {
    let mut world = scale_out();
    world.without_rest("backend", &Fault::Login(LoginFault::WrongPassword));
    let checks = world.judge();
    let login = find(&checks, "backend", Condition::Login);
    assert!(is_pending(login));
    assert_eq!(cause(login), Some(Cause::LoginRefused));
    assert!(login.verdict.reason().unwrap().hopeless_after.is_some());
    assert!(is_unknown(find(&checks, "backend", Condition::PeerConnected)));
    assert!(is_unknown(link(&checks, Condition::LinkAccepted, "frontend-1", "backend")));
    assert_eq!(find(&checks, "backend", Condition::Running).verdict, Verdict::Met);
    assert!(is_unknown(find(&checks, "frontend-1", Condition::Identities)) || !summary(&world.stack, &checks).holds());
}

#[test]
fn commissioning_is_not_running_and_names_what_is_missing() {
    let table: [(&[&str], Cause); 5] = [
        (&["eula"], Cause::CommissioningEula),
        (&["userSource", "eula"], Cause::CommissioningEula),
        (&["adminPassword"], Cause::CommissioningPassword),
        (&["moduleCertificates"], Cause::CommissioningModule),
        (&[], Cause::Commissioning),
    ];
    for (steps, expected) in table {
        let mut world = scale_out();
        *world.see("frontend-1") = Sighting {
            ping: Seen::Value(Ping { state: ContextState::Running, details: Some("COMMISSIONING".into()) }),
            gwinfo: Seen::Value(GwInfo { context: Some(ContextState::NeedsCommissioning), ..GwInfo::default() }),
            commissioning_steps: Seen::Value(steps.iter().map(ToString::to_string).collect()),
            ..Sighting::default()
        };
        let checks = world.judge();
        let running = find(&checks, "frontend-1", Condition::Running);
        assert!(is_pending(running));
        assert_eq!(cause(running), Some(expected));
        assert_eq!(running.verdict.reason().unwrap().hopeless_after, Some(Duration::from_millis(1500)));
        assert_eq!(unmet(&checks, &name("frontend-1")).unwrap().condition, Condition::Running);
        for condition in [Condition::Version, Condition::Role, Condition::LinkRunning, Condition::Trial] {
            assert!(is_unknown(find(&checks, "frontend-1", condition)), "{condition}");
        }
        assert_eq!(summary(&world.stack, &checks).gateways_running, 3);
    }
}

#[test]
fn gwinfo_that_contradicts_the_ping_is_believed() {
    for context in
        [Some(ContextState::NeedsCommissioning), Some(ContextState::Starting), Some(ContextState::Faulted), None]
    {
        let mut world = scale_out();
        world.gwinfo("backend").context = context.clone();
        assert!(!find(&world.judge(), "backend", Condition::Running).verdict.is_settled(), "{context:?}");
    }
}

#[test]
fn states_of_the_context() {
    let table = [
        (ContextState::Starting, None, false, Some(Cause::StuckStarting), "STARTING"),
        (ContextState::Stopping, None, false, Some(Cause::Stopping), "STOPPING"),
        (ContextState::Faulted, None, true, Some(Cause::Faulted), "FAULTED"),
        (ContextState::Other("x".into()), None, false, None, "x"),
        (ContextState::Running, Some("UPGRADING"), false, Some(Cause::StuckStarting), "UPGRADING"),
    ];
    for (state, details, failed, expected, text) in table {
        let mut world = scale_out();
        world.see("backend").ping = Seen::Value(Ping { state, details: details.map(Into::into) });
        let checks = world.judge();
        let check = find(&checks, "backend", Condition::Running);
        assert_eq!((is_failed(check), is_pending(check)), (failed, !failed), "{text}");
        assert_eq!(cause(check), expected, "{text}");
        assert_eq!(check.verdict.reason().unwrap().text, text);
    }
}

#[test]
fn states_of_the_container() {
    let table = [
        (ContainerState::Created, false, None),
        (ContainerState::Paused, true, Some(Cause::Paused)),
        (ContainerState::Restarting, true, Some(Cause::CrashLoop)),
        (ContainerState::Gone, true, Some(Cause::ContainerMissing)),
        (ContainerState::Exited { code: Some(1) }, true, Some(Cause::ContainerExited)),
        (ContainerState::Exited { code: None }, true, Some(Cause::ContainerExited)),
        (ContainerState::Exited { code: Some(137) }, true, Some(Cause::OutOfMemory)),
        (ContainerState::Exited { code: Some(143) }, true, Some(Cause::StoppedByHand)),
    ];
    for (state, failed, expected) in table {
        for member in ["backend", "db"] {
            let mut world = scale_out();
            // The sighting stays as it was: a container that does not run has no say, whatever was heard.
            world.member(member).state = state;
            let condition = if member == "db" { Condition::ServiceHealthy } else { Condition::Reachable };
            let checks = world.judge();
            let check = find(&checks, member, condition);
            assert_eq!((is_failed(check), is_pending(check)), (failed, !failed), "{member} {state:?}");
            assert_eq!(cause(check), expected, "{state:?}");
            assert!(checks.iter().filter(|c| c.gateway.as_str() == member).all(|c| c.verdict != Verdict::Met));
        }
    }
    let mut world = scale_out();
    world.members.retain(|m| m.member.as_str() != "backend");
    assert_eq!(cause(find(&world.judge(), "backend", Condition::Reachable)), Some(Cause::ContainerMissing));
}

#[test]
fn a_port_that_does_not_answer_is_waited_for() {
    let table = [
        (Fault::Refused(String::new()), Cause::PortNotReachable),
        (Fault::TimedOut, Cause::PortNotReachable),
        (Fault::Status(502), Cause::PortNotReachable),
        (Fault::Malformed(String::new()), Cause::NotAGateway),
        (Fault::TooLarge, Cause::NotAGateway),
    ];
    for (fault, expected) in table {
        let mut world = scale_out();
        *world.see("backend") = Sighting { ping: Seen::Failed(fault), ..Sighting::default() };
        let checks = world.judge();
        assert!(is_pending(find(&checks, "backend", Condition::Reachable)));
        assert_eq!(cause(find(&checks, "backend", Condition::Reachable)), Some(expected));
        world.member("backend").addresses.clear();
        assert_eq!(cause(find(&world.judge(), "backend", Condition::Reachable)), Some(Cause::Detached));
    }
}

#[test]
fn a_detached_container_is_found_by_its_addresses() {
    for member in ["frontend-1", "db"] {
        let mut world = scale_out();
        world.member(member).addresses.remove("demo_backend");
        let checks = world.judge();
        let check = find(&checks, member, Condition::Networks);
        assert!(is_failed(check));
        assert_eq!(cause(check), Some(Cause::Detached));
        assert!(check.evidence.contains("demo_backend"));
    }
}

#[test]
fn services_are_judged_by_their_health_check_where_there_is_one() {
    let table = [
        (Some(Health::Starting), false, Some(Cause::ServiceStarting)),
        (Some(Health::Unhealthy), false, Some(Cause::ServiceUnhealthy)),
        (Some(Health::Healthy), true, None),
        (None, true, None),
    ];
    for (health, met, expected) in table {
        let mut world = scale_out();
        world.member("db").health = health;
        let checks = world.judge();
        let check = find(&checks, "db", Condition::ServiceHealthy);
        assert_eq!(check.verdict == Verdict::Met, met, "{health:?}");
        assert_eq!(cause(check), expected);
    }
}

#[test]
fn a_cut_link_is_found_at_both_ends() {
    let mut world = scale_out();
    let cut = &mut world.connections("frontend-2")[1];
    cut.status = Some(LinkStatus::Faulted);
    cut.last_error = Some("403 Forbidden at the upgrade request".into());
    world.connections("backend-backup").retain(|c| c.remote.as_deref() != Some("frontend-2"));
    let checks = world.judge();
    let out = link(&checks, Condition::LinkRunning, "frontend-2", "backend-backup");
    assert!(is_pending(out));
    assert_eq!(cause(out), Some(Cause::LinkRefused));
    let reason = out.verdict.reason().unwrap();
    assert_eq!(reason.text, "backend-backup: Faulted");
    assert_eq!(reason.hopeless_after, Some(Duration::from_secs(15)));
    assert!(reason.seen.contains("403 Forbidden"));
    assert!(is_pending(link(&checks, Condition::LinkAccepted, "frontend-2", "backend-backup")));
    assert_eq!(link(&checks, Condition::LinkRunning, "frontend-2", "backend").verdict, Verdict::Met);
    let counts = summary(&world.stack, &checks);
    assert_eq!((counts.links_running, counts.links), (3, 4));
    let advice = cause(out).unwrap().advice(&out.names(&world.stack));
    assert!(advice.contains("docker rm -f demo-backend-backup-1"), "{advice}");
}

#[test]
fn what_a_link_that_does_not_run_is_due_to() {
    let table = [
        (LinkStatus::Connecting, None, Cause::LinkNotFormed),
        (LinkStatus::NeverConnected, None, Cause::LinkNotFormed),
        (LinkStatus::Faulted, None, Cause::LinkFaulted),
        (LinkStatus::Connecting, Some("403"), Cause::LinkRefused),
        (LinkStatus::PendingApproval, None, Cause::LinkPendingApproval),
        (LinkStatus::Faulted, Some("No approved certificate could be found"), Cause::LinkCertificate),
        (LinkStatus::Faulted, Some("java.net.UnknownHostException: backend"), Cause::PeerUnresolvable),
        (LinkStatus::Other("Odd".into()), None, Cause::LinkNotFormed),
    ];
    for (status, error, expected) in table {
        let mut world = scale_out();
        let connection = &mut world.connections("frontend-1")[0];
        connection.status = Some(status.clone());
        connection.last_error = error.map(Into::into);
        let checks = world.judge();
        let check = link(&checks, Condition::LinkRunning, "frontend-1", "backend");
        assert!(is_pending(check), "{status}");
        assert_eq!(cause(check), Some(expected), "{status} {error:?}");
    }
}

#[test]
fn a_link_to_only_one_node_is_not_a_link_to_both() {
    // Both connections of the frontend go to the master; both nodes have one name.
    for keep_role in [true, false] {
        let mut world = scale_out();
        let connections = world.connections("frontend-1");
        connections[1] = connections[0].clone();
        if !keep_role {
            for connection in connections {
                connection.role = None;
            }
        }
        let checks = world.judge();
        assert_eq!(link(&checks, Condition::LinkRunning, "frontend-1", "backend").verdict, Verdict::Met);
        let missing = link(&checks, Condition::LinkRunning, "frontend-1", "backend-backup");
        assert_eq!(cause(missing), Some(Cause::LinkNotDefined));
    }
}

#[test]
fn every_criterion_of_a_connection_that_is_there_must_agree() {
    type Change = fn(&mut Connection);
    // The connection to the backup, whether it still counts, for what reason.
    let table: [(&str, bool, Change); 12] = [
        ("address by container address", true, |c| c.address = Some("172.18.0.105:8088".into())),
        ("address by container name", true, |c| c.address = Some("demo-backend-backup-1.demo_backend:8088".into())),
        ("no address: name and role tell", true, |c| c.address = None),
        ("no name, no role: address tells", true, |c| (c.remote, c.role) = (None, None)),
        ("shown as <name>-Backup", true, |c| c.remote = Some("backend-Backup".into())),
        ("role not told", true, |c| c.role = Some(NodeRole::Independent)),
        ("name only", false, |c| (c.address, c.role) = (None, None)),
        ("nothing", false, |c| (c.address, c.remote, c.role) = (None, None, None)),
        ("the master's address", false, |c| c.address = Some("http://backend:8088".into())),
        ("a foreign address", false, |c| c.address = Some("http://elsewhere:8088".into())),
        ("the master's role", false, |c| c.role = Some(NodeRole::Master)),
        ("another name", false, |c| c.remote = Some("Ignition-abc".into())),
    ];
    for (what, counts, change) in table {
        let mut world = scale_out();
        change(&mut world.connections("frontend-1")[1]);
        let checks = world.judge();
        let check = link(&checks, Condition::LinkRunning, "frontend-1", "backend-backup");
        assert_eq!(check.verdict == Verdict::Met, counts, "{what}: {:?}", check.verdict);
    }
}

#[test]
fn a_backup_that_has_not_taken_its_name_yet_is_waited_for() {
    let mut world = scale_out();
    world.connections("frontend-1")[1].remote = Some("Ignition-backend-backup".into());
    world.gwinfo("backend-backup").platform_name = Some("Ignition-backend-backup".into());
    let checks = world.judge();
    for check in [
        link(&checks, Condition::LinkRunning, "frontend-1", "backend-backup"),
        find(&checks, "backend-backup", Condition::SystemName),
    ] {
        assert!(is_pending(check));
        assert_eq!(check.verdict.reason().unwrap().hopeless_after, None);
    }
}

#[test]
fn two_gateways_of_one_name_are_found() {
    let mut world = scale_out();
    world.gwinfo("frontend-2").platform_name = Some("frontend-1".into());
    value(&mut world.see("frontend-2").info).name = Some("frontend-1".into());
    for node in ["backend", "backend-backup"] {
        for connection in world.connections(node) {
            connection.remote = Some("frontend-1".into());
        }
    }
    let checks = world.judge();
    assert_eq!(cause(find(&checks, "frontend-2", Condition::SystemName)), Some(Cause::NameDiffers));
    assert!(is_pending(link(&checks, Condition::LinkAccepted, "frontend-2", "backend")));
}

#[test]
fn identities_must_be_distinct() {
    let mut world = scale_out();
    let stolen = world.see("frontend-1").local_uuid.clone();
    world.see("frontend-2").local_uuid = stolen;
    let checks = world.judge();
    let check = checks.iter().find(|c| c.condition == Condition::Identities).unwrap();
    assert!(is_failed(check));
    assert_eq!((check.gateway.as_str(), check.peer.as_ref().unwrap().as_str()), ("frontend-1", "frontend-2"));

    let mut world = scale_out();
    world.redundancy("backend").local_id = Some("172.18.0.2".into());
    assert_eq!(cause(world.judge().last().unwrap()), Some(Cause::DuplicateIdentity));

    let mut world = scale_out();
    world.see("frontend-1").local_uuid = Seen::NotAsked;
    world.redundancy("frontend-1").local_id = None;
    assert!(is_unknown(world.judge().last().unwrap()));
}

#[test]
fn editions_and_versions_are_compared_with_the_plan() {
    let mut world = scale_out();
    world.stack.gateways[0].edition = Edition::Edge;
    assert_eq!(cause(find(&world.judge(), "frontend-1", Condition::Edition)), Some(Cause::EditionDiffers));
    world.gwinfo("frontend-1").edition = Some("EDGE".into());
    value(&mut world.see("frontend-1").info).edition = Some("edge".into());
    assert_eq!(unsettled(&world.judge()), [""; 0]);

    world.stack.image = "registry/ignition:latest".into();
    assert!(matches!(find(&world.judge(), "backend", Condition::Version).verdict, Verdict::Skipped(_)));
    world.stack.image = "registry/ignition:8.3.8".into();
    assert_eq!(cause(find(&world.judge(), "backend", Condition::Version)), Some(Cause::VersionDiffers));
}

#[test]
fn a_simulated_gateway_is_never_taken_for_a_real_one() {
    let mut world = scale_out();
    world.member("backend").simulated = true;
    assert!(is_failed(find(&world.judge(), "backend", Condition::Version)));
}

#[test]
fn licences() {
    let table = [
        (Some("Trial"), Some(false), "met"),
        (Some("Activated"), None, "met"),
        (Some("Free"), Some(false), "met"),
        (Some("Trial"), Some(true), "failed"),
        (Some("Invalid"), Some(false), "failed"),
        (Some("Trial"), None, "unknown"),
        (Some("Odd"), Some(false), "unknown"),
        (None, None, "unknown"),
    ];
    for (mode, expired, expected) in table {
        let mut world = scale_out();
        world.see("backend").trial = Seen::Value(Trial { mode: mode.map(Into::into), expired, ..Trial::default() });
        let checks = world.judge();
        let seen = match find(&checks, "backend", Condition::Trial).verdict {
            Verdict::Met => "met",
            Verdict::Failed(_) => "failed",
            Verdict::Unknown(_) => "unknown",
            _ => "other",
        };
        assert_eq!(seen, expected, "{mode:?} {expired:?}");
    }
}

#[test]
fn a_look_that_saw_nothing_meets_nothing_of_a_gateway() {
    let mut world = scale_out();
    world.sightings.clear();
    let checks = world.judge();
    let met: Vec<_> = checks.iter().filter(|c| c.verdict == Verdict::Met).map(|c| c.condition).collect();
    assert!(met.iter().all(|c| matches!(c, Condition::Networks | Condition::ServiceHealthy)), "{met:?}");
}

/// Each essential fact, made worse.
fn worse() -> Vec<(&'static str, fn(&mut World, &str))> {
    fn is_node(gateway: &str) -> bool {
        gateway.starts_with("backend")
    }
    vec![
        ("paused", |w, g| w.member(g).state = ContainerState::Paused),
        ("no container", |w, g| w.members.retain(|m| m.member.as_str() != g)),
        ("one network less", |w, g| w.member(g).addresses.retain(|network, _| network != "demo_frontend")),
        ("not looked at", |w, g| drop(w.sightings.remove(&name(g)))),
        ("no ping", |w, g| w.see(g).ping = Seen::Failed(Fault::TimedOut)),
        ("starting", |w, g| w.see(g).ping = Seen::Value(Ping { state: ContextState::Starting, details: None })),
        ("remark", |w, g| value(&mut w.see(g).ping).details = Some("COMMISSIONING".into())),
        ("context", |w, g| w.gwinfo(g).context = Some(ContextState::NeedsCommissioning)),
        ("gwinfo version", |w, g| w.gwinfo(g).version = Some("8.3.8".into())),
        ("REST version", |w, g| value(&mut w.see(g).info).version = Some("8.3.8 (b1)".into())),
        ("gwinfo edition", |w, g| w.gwinfo(g).edition = Some("edge".into())),
        ("REST edition", |w, g| value(&mut w.see(g).info).edition = Some("edge".into())),
        ("gwinfo name", |w, g| w.gwinfo(g).platform_name = Some("other".into())),
        ("REST name", |w, g| value(&mut w.see(g).info).name = Some("other".into())),
        ("login", |w, g| w.see(g).login = Seen::Failed(Fault::Login(LoginFault::WrongPassword))),
        ("gwinfo role", |w, g| w.gwinfo(g).role = Some(NodeRole::Other("x".into()))),
        ("REST role", |w, g| w.redundancy(g).role = Some(NodeRole::Other("x".into()))),
        ("no REST at all", |w, g| w.without_rest(g, &Fault::TimedOut)),
        ("connections not seen", |w, g| w.see(g).connections = Seen::Failed(Fault::Status(500))),
        ("one connection less", |w, g| drop(w.connections(g).pop())),
        ("one connection faulted", |w, g| w.connections(g)[0].status = Some(LinkStatus::Faulted)),
        ("one connection without status", |w, g| w.connections(g)[0].status = None),
        ("one connection turned round", |w, g| {
            let connection = &mut w.connections(g)[0];
            connection.direction = match connection.direction {
                Some(Direction::Outgoing) => Some(Direction::Incoming),
                _ => Some(Direction::Outgoing),
            };
        }),
        ("one connection without direction", |w, g| w.connections(g)[0].direction = None),
        ("one connection to another", |w, g| w.connections(g)[0].remote = Some("another".into())),
        ("remotes", |w, g| {
            // At a listening end the list is not asked for anything: its connections are.
            if is_node(g) {
                w.see(g).connections = Seen::NotAsked;
            } else {
                for remote in value(&mut w.see(g).gateways) {
                    remote.connected = Some(false);
                }
            }
        }),
        ("running connections", |w, g| {
            if is_node(g) {
                w.connections(g).clear();
            } else {
                value(&mut w.see(g).gan).running = Some(1);
            }
        }),
        ("quarantine", |w, g| value(&mut w.see(g).quarantined).push(QuarantinedModule::default())),
        ("quarantine not seen", |w, g| w.see(g).quarantined = Seen::NotAsked),
        ("restart pending", |w, g| value(&mut w.see(g).restarts).push("x".into())),
        ("restarts not seen", |w, g| w.see(g).restarts = Seen::Failed(Fault::NotAvailable)),
        ("trial expired", |w, g| value(&mut w.see(g).trial).expired = Some(true)),
        ("trial not seen", |w, g| w.see(g).trial = Seen::Failed(Fault::NotAvailable)),
        ("identity of another", |w, g| {
            let other = if g == "frontend-1" { "frontend-2" } else { "frontend-1" };
            w.see(g).local_uuid = w.sightings[&name(other)].local_uuid.clone();
        }),
        ("gwinfo sync", |w, g| pair_only(w, g, |w, g| w.gwinfo(g).sync = Some(SyncState::OutOfDate))),
        ("REST sync", |w, g| pair_only(w, g, |w, g| w.redundancy(g).sync = Some(SyncState::Unknown))),
        ("gwinfo level", |w, g| pair_only(w, g, |w, g| w.gwinfo(g).activity = Some(ActivityLevel::Undecided))),
        ("REST level", |w, g| pair_only(w, g, |w, g| w.redundancy(g).activity = Some(ActivityLevel::Hot))),
        ("peer", |w, g| pair_only(w, g, |w, g| w.redundancy(g).peer_connected = Some(false))),
        ("peer not said", |w, g| pair_only(w, g, |w, g| w.redundancy(g).peer_connected = None)),
        ("redundancy not seen", |w, g| pair_only(w, g, |w, g| w.see(g).redundancy = Seen::Failed(Fault::TimedOut))),
    ]
}

/// Applies a change to a node of the pair; for a frontend, to the master.
fn pair_only(world: &mut World, gateway: &str, change: fn(&mut World, &str)) {
    change(world, if gateway.starts_with("backend") { gateway } else { "backend" });
}

const GATEWAYS: [&str; 4] = ["frontend-1", "frontend-2", "backend", "backend-backup"];

#[test]
fn any_single_fact_made_worse_is_noticed() {
    for (what, change) in worse() {
        for gateway in GATEWAYS {
            let mut world = scale_out();
            change(&mut world, gateway);
            let checks = world.judge();
            assert!(!unsettled(&checks).is_empty(), "{what} at {gateway} goes unnoticed");
            assert!(!summary(&world.stack, &checks).holds(), "{what} at {gateway}");
        }
    }
}

proptest! {
    #[test]
    fn no_set_of_worse_facts_looks_healthy_again(
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize), 1..6),
    ) {
        // Changes to what is already gone are left out; what remains must still be noticed.
        let all = worse();
        let mut world = scale_out();
        for (index, gateway) in picks {
            let (_, change) = *index.get(&all);
            let mut next = world.clone();
            let fits = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| change(&mut next, GATEWAYS[gateway])));
            if fits.is_ok() {
                world = next;
            }
        }
        prop_assert!(!unsettled(&world.judge()).is_empty());
    }

    #[test]
    fn foreign_texts_never_make_a_judgement_panic(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}", at in 0..4_usize) {
        let mut world = scale_out();
        let gateway = GATEWAYS[at];
        world.gwinfo(gateway).platform_name = Some(text.clone());
        world.gwinfo(gateway).version = Some(text.clone());
        world.redundancy(gateway).local_id = Some(text.clone());
        for connection in world.connections(gateway) {
            connection.address = Some(text.clone());
            connection.remote = Some(text.clone());
            connection.last_error = Some(text.clone());
        }
        let checks = world.judge();
        prop_assert!(!unsettled(&checks).is_empty());
        for check in &checks {
            if let Some(cause) = cause(check) {
                prop_assert!(!cause.advice(&check.names(&world.stack)).is_empty());
            }
        }
    }
}
