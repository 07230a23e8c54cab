//! Whole plans for pairs: which node is made anew when, and what makes it otherwise.

use super::observed::Observed;
use super::plan::plan;
use super::plan_fixture::{complete, demo, name};
use crate::blueprint::Blueprint;
use crate::engine::{ContainerState, PairSeen, Policy};
use crate::stack::Pair;

/// The small stack with a backup of its gateway.
fn paired() -> Blueprint {
    let mut want = demo();
    let mut backup = want.containers[1].clone();
    backup.member = name("gateway-backup");
    "demo-gateway-backup-1".clone_into(&mut backup.name);
    "hash-backup".clone_into(&mut backup.config_hash);
    backup.mounts.clear();
    backup.seeds.clear();
    backup.env.clear();
    backup.ports[0].host_port = 9089;
    want.containers.push(backup);
    want
}

/// An engine that has it, every port published.
fn running(want: &Blueprint) -> Observed {
    let mut have = complete(want);
    for (container, seen) in want.containers.iter().zip(&mut have.containers) {
        seen.published = container.ports.iter().map(|p| (p.container_port, (p.host_ip, p.host_port))).collect();
    }
    have
}

/// The stack with another configuration of these members.
fn changed(members: &[&str]) -> Blueprint {
    let mut want = paired();
    for container in want.containers.iter_mut().filter(|c| members.contains(&c.member.as_str())) {
        container.config_hash.push_str("-other");
    }
    want
}

fn text(want: &Blueprint, have: &Observed, active: Result<&str, &str>) -> String {
    planned(want, have, active, active.ok())
}

/// The plan while the pair is not redundant, and this node works.
fn lonely(want: &Blueprint, have: &Observed, working: &str) -> String {
    planned(want, have, Err("gateway: peer not connected"), Some(working))
}

fn planned(want: &Blueprint, have: &Observed, active: Result<&str, &str>, only_active: Option<&str>) -> String {
    let pair = Pair { master: name("gateway"), backup: name("gateway-backup") };
    let active = active.map(name).map_err(str::to_owned);
    let seen = PairSeen { pair, active, only_active: only_active.map(name) };
    let policy = Policy { pairs: vec![seen], ..Policy::default() };
    let plan = plan(want, have, &policy).unwrap();
    let stages = plan.stages.iter().enumerate();
    let lines =
        stages.flat_map(|(i, s)| s.sequences.iter().flatten().map(move |step| format!("{} {}", i + 1, step.op)));
    let notes = plan.notes.iter().map(|note| format!("note: {note}"));
    lines.chain(notes).collect::<Vec<_>>().join("\n")
}

/// The stack whose pair is known by its label and whose nodes have volumes.
fn with_data() -> Blueprint {
    let mut want = paired();
    want.containers[2].labels.insert(crate::blueprint::labels::BACKUP_OF.to_owned(), "gateway".to_owned());
    want.containers[2].mounts = want.containers[1].mounts.clone();
    "backup-data".clone_into(&mut want.containers[2].mounts[0].volume);
    let mut volume = want.volumes[1].clone();
    volume.member = name("gateway-backup");
    "backup-data".clone_into(&mut volume.key);
    "demo_backup-data".clone_into(&mut volume.name);
    want.volumes.push(volume);
    want
}

fn lines(want: &Blueprint, have: &Observed) -> String {
    planned(want, have, Err("neither runs"), None).replace(" from inductiveautomation/ignition:8.3.9", "")
}

#[test]
fn no_backup_gets_a_volume_before_its_master_has_one() {
    let want = with_data();
    let mut have = running(&want);
    have.containers.truncate(1);
    have.volumes.truncate(1);
    insta::assert_snapshot!(lines(&want, &have), @r"
    1 create container demo-gateway-1
    2 connect container demo-gateway-1 to network demo_backend
    2 seed container demo-gateway-1
    2 start container demo-gateway-1
    2 create container demo-gateway-backup-1
    2 connect container demo-gateway-backup-1 to network demo_backend
    2 start container demo-gateway-backup-1
    ");
    // One that has a volume is made in its turn.
    have.volumes = running(&want).volumes;
    have.volumes.truncate(2);
    let plan = lines(&want, &have);
    assert!(plan.starts_with("1 create container demo-gateway-1\n1 connect"), "{plan}");
}

const BOTH: [&str; 2] = ["gateway", "gateway-backup"];

#[test]
fn the_backup_is_first_then_it_takes_over_then_the_master() {
    insta::assert_snapshot!(text(&changed(&BOTH), &running(&paired()), Ok("gateway")), @r"
    1 stop container demo-gateway-backup-1
    1 remove container demo-gateway-backup-1
    2 create container demo-gateway-backup-1 from inductiveautomation/ignition:8.3.9
    2 connect container demo-gateway-backup-1 to network demo_backend
    2 start container demo-gateway-backup-1
    3 wait until gateway-backup is connected to gateway and in sync
    3 fail over from gateway to gateway-backup
    3 stop container demo-gateway-1
    3 remove container demo-gateway-1
    3 create container demo-gateway-1 from inductiveautomation/ignition:8.3.9
    3 connect container demo-gateway-1 to network demo_backend
    3 seed container demo-gateway-1
    3 start container demo-gateway-1
    3 wait until gateway is connected to gateway-backup and in sync
    ");
}

#[test]
fn after_a_failover_the_master_is_first() {
    insta::assert_snapshot!(text(&changed(&BOTH), &running(&paired()), Ok("gateway-backup")), @r"
    1 stop container demo-gateway-1
    1 remove container demo-gateway-1
    2 create container demo-gateway-1 from inductiveautomation/ignition:8.3.9
    2 connect container demo-gateway-1 to network demo_backend
    2 seed container demo-gateway-1
    2 start container demo-gateway-1
    3 wait until gateway is connected to gateway-backup and in sync
    3 fail over from gateway-backup to gateway
    3 stop container demo-gateway-backup-1
    3 remove container demo-gateway-backup-1
    3 create container demo-gateway-backup-1 from inductiveautomation/ignition:8.3.9
    3 connect container demo-gateway-backup-1 to network demo_backend
    3 start container demo-gateway-backup-1
    3 wait until gateway-backup is connected to gateway and in sync
    ");
}

#[test]
fn of_one_node_alone_only_the_active_one_hands_over() {
    insta::assert_snapshot!(text(&changed(&["gateway"]), &running(&paired()), Ok("gateway")), @r"
    1 fail over from gateway to gateway-backup
    1 stop container demo-gateway-1
    1 remove container demo-gateway-1
    1 create container demo-gateway-1 from inductiveautomation/ignition:8.3.9
    1 connect container demo-gateway-1 to network demo_backend
    1 seed container demo-gateway-1
    1 start container demo-gateway-1
    1 wait until gateway is connected to gateway-backup and in sync
    ");
    insta::assert_snapshot!(text(&changed(&["gateway-backup"]), &running(&paired()), Ok("gateway")), @r"
    1 stop container demo-gateway-backup-1
    1 remove container demo-gateway-backup-1
    2 create container demo-gateway-backup-1 from inductiveautomation/ignition:8.3.9
    2 connect container demo-gateway-backup-1 to network demo_backend
    2 start container demo-gateway-backup-1
    ");
}

#[test]
fn a_pair_that_is_not_redundant_is_made_anew_at_once_and_that_is_said() {
    let plain = text(&changed(&BOTH), &running(&paired()), Err("gateway: peer not connected"));
    insta::assert_snapshot!(plain, @r"
    1 stop container demo-gateway-1
    1 remove container demo-gateway-1
    1 stop container demo-gateway-backup-1
    1 remove container demo-gateway-backup-1
    2 create container demo-gateway-1 from inductiveautomation/ignition:8.3.9
    2 connect container demo-gateway-1 to network demo_backend
    2 seed container demo-gateway-1
    2 start container demo-gateway-1
    2 create container demo-gateway-backup-1 from inductiveautomation/ignition:8.3.9
    2 connect container demo-gateway-backup-1 to network demo_backend
    2 start container demo-gateway-backup-1
    note: gateway and gateway-backup are made anew at the same time, so for a while no node is active: gateway: peer not connected
    ");
    let one = text(&changed(&["gateway"]), &running(&paired()), Err("gateway: peer not connected"));
    assert!(!one.contains("note") && !one.contains("fail over"), "{one}");
}

#[test]
fn the_only_node_that_works_waits_for_the_other_one_whatever_that_does() {
    let want = changed(&["gateway"]);
    let waits = "wait until gateway-backup is connected to gateway and in sync";
    let order = |text: &str, steps: &[&str]| {
        let places: Vec<_> =
            steps.iter().map(|step| text.find(step).unwrap_or_else(|| panic!("{step}: {text}"))).collect();
        assert!(places.is_sorted(), "{text}");
    };
    let hands_over = ["fail over from gateway to gateway-backup", "stop container demo-gateway-1"];
    order(&lonely(&want, &running(&paired()), "gateway"), &[&[waits][..], &hands_over].concat());
    let mut have = running(&paired());
    have.containers[2].state = ContainerState::Exited { code: Some(0) };
    let starts = "start container demo-gateway-backup-1";
    order(&lonely(&want, &have, "gateway"), &[&[starts, waits][..], &hands_over].concat());
    have.containers[2].state = ContainerState::Restarting;
    order(&lonely(&want, &have, "gateway"), &[&[waits][..], &hands_over].concat());
    have.containers.remove(2);
    let both = changed(&BOTH);
    order(&lonely(&both, &have, "gateway"), &[&[starts, waits][..], &hands_over].concat());

    let standby = lonely(&changed(&["gateway-backup"]), &running(&paired()), "gateway");
    assert!(!standby.contains("fail over") && !standby.contains("note"), "{standby}");
    let mut shifted = want;
    shifted.containers[2].ports[0].host_port = 9088;
    let note = "note: gateway is made anew while it is the only active node, so for a while none is: gateway-backup gets a port";
    let text = lonely(&shifted, &running(&paired()), "gateway");
    assert!(text.contains(note) && !text.contains("fail over"), "{text}");
}

#[test]
fn what_is_in_the_way_of_two_turns_is_named() {
    let want = changed(&BOTH);
    let reason = |want: &Blueprint, have: &Observed| {
        let text = text(want, have, Ok("gateway"));
        assert!(!text.contains("fail over"), "{text}");
        text.lines().last().unwrap().rsplit_once("active: ").unwrap().1.to_owned()
    };
    let mut have = running(&paired());
    have.containers[1].state = ContainerState::Exited { code: Some(0) };
    assert_eq!(reason(&want, &have), "gateway does not run");
    let mut have = running(&paired());
    have.networks.remove(0);
    assert_eq!(reason(&want, &have), "their networks change");
    let mut shifted = want;
    shifted.containers[1].ports[0].host_port = 9089;
    shifted.containers[2].ports[0].host_port = 9088;
    assert_eq!(reason(&shifted, &running(&paired())), "gateway-backup gets a port that gateway still has");
}

#[test]
fn a_backup_that_leaves_is_gone_before_its_master_stops() {
    let mut want = changed(&["gateway"]);
    want.containers.pop();
    let pair = Pair { master: name("gateway"), backup: name("gateway-backup") };
    let policy = Policy { parting: vec![pair], ..Policy::default() };
    let plan = plan(&want, &running(&paired()), &policy).unwrap();
    let removals: Vec<String> = plan.stages[0].sequences.concat().iter().map(|step| step.op.to_string()).collect();
    assert_eq!(plan.stages[0].sequences.len(), 1, "one after the other");
    let expected = ["demo-gateway-backup-1", "demo-gateway-1"];
    let expected: Vec<_> =
        expected.iter().flat_map(|c| ["stop", "remove"].map(|v| format!("{v} container {c}"))).collect();
    assert_eq!(removals, expected);
}
