//! Links, and which connection belongs to which node.

use std::time::Duration;

use super::super::fixture::value;
use super::*;
use crate::gateway::*;

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
        (LinkStatus::Faulted, Some("Could not decode response header"), Cause::LinkStale),
        (LinkStatus::Faulted, Some("Received fatal alert: certificate_unknown"), Cause::LinkCertificateRefused),
        (LinkStatus::Faulted, Some("the trustAnchors parameter must be non-empty"), Cause::LinkTrustEmpty),
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
