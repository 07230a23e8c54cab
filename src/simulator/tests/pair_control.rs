//! What is done to a pair while it runs: forced failover, broken channels, returning masters.

use serde_json::json;

use super::cable::Cable;
use super::pair::{BACKUP_ALONE, BACKUP_COLD, FAST, MASTER_ACTIVE, backup, healthy, master};
use super::world::{PASSWORD, Sim, eventually};
use crate::simulator::knobs;

const FAILOVER: &str = "/redundancy/gwaction/failover";
const MASTER_COLD: [&str; 3] = ["RedundancyStatus=Master", "RedundantState=Good", "RedundantNodeActiveStatus=Cold"];
const BACKUP_ACTIVE: [&str; 3] = ["RedundancyStatus=Backup", "RedundantState=Good", "RedundantNodeActiveStatus=Active"];

/// Asks for a failover; the documented answer must come.
fn ask(sim: &Sim) {
    let cookie = sim.login(PASSWORD).unwrap();
    let answer = sim.write_as(&cookie, "POST", FAILOVER, "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.json()["force_failover"].is_string());
}

fn swapped(m: &Sim, b: &Sim) -> bool {
    m.info(&MASTER_COLD) && b.info(&BACKUP_ACTIVE)
}

fn connected(sim: &Sim) -> bool {
    sim.api("/redundancy")["peerConnected"] == true
}

/// Lets that much of a gateway's own time pass.
fn pass(sim: &Sim, ms: u64) {
    let uptime = || sim.api("/redundancy")["uptime"].as_u64().unwrap();
    let until = uptime() + ms;
    eventually("time passes", || uptime() > until);
}

/// A backup whose way to its master can be cut.
fn cabled(m: &Sim, extra: &[(&str, &str)]) -> (Cable, Sim) {
    let cable = Cable::to(m.port);
    let port = cable.port.to_string();
    let own = [("noderole", "Backup"), ("gan.host", "127.0.0.1"), ("gan.port", port.as_str())];
    let entries = [&FAST[..], &own, extra].concat();
    (cable, Sim::new("backend-backup").open().redundancy(&entries).started())
}

#[test]
fn a_forced_failover_hands_over_and_lasts_until_the_next_one() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).started();
    healthy(&m, &b);
    let cookie = m.login(PASSWORD).unwrap();
    assert_eq!(m.write_as(&cookie, "POST", "/redundancy/failover", "").status, 404);
    ask(&b);
    pass(&b, 100);
    healthy(&m, &b);
    ask(&m);
    eventually("the backup is active", || swapped(&m, &b));
    assert!(m.logged("Peer activity level request initiated (force-failover)"));
    assert!(connected(&m) && connected(&b));
    ask(&m);
    // Longer than a returning master would need.
    pass(&m, 300);
    assert!(swapped(&m, &b));
    assert_eq!(m.api("/redundancy")["failoverPending"], false);
    ask(&b);
    healthy(&m, &b);
}

#[test]
fn a_failover_without_a_peer_is_accepted_and_does_nothing() {
    let m = master(&[]).started();
    eventually("active", || m.info(&MASTER_ACTIVE));
    ask(&m);
    pass(&m, 100);
    assert!(m.info(&MASTER_ACTIVE));
}

#[test]
fn in_manual_mode_a_forced_failover_brings_the_master_back() {
    let mut m = master(&[("masterrecoverymode", "Manual")]).started();
    let b = backup(&m, &[("masterrecoverymode", "Manual")]).started();
    healthy(&m, &b);
    m.kill();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
    m.start();
    eventually("the master stands by", || swapped(&m, &b));
    pass(&m, 300);
    assert!(swapped(&m, &b));
    ask(&b);
    healthy(&m, &b);
}

#[test]
fn when_only_the_channel_dies_both_are_active_until_it_heals() {
    let m = master(&[]).started();
    let (cable, b) = cabled(&m, &[]);
    healthy(&m, &b);
    cable.cut();
    eventually("both are active", || m.info(&MASTER_ACTIVE) && b.info(&BACKUP_ALONE));
    for sim in [&m, &b] {
        let seen = sim.api("/redundancy");
        assert_eq!((&seen["peerConnected"], &seen["activityLevel"]), (&json!(false), &json!("Active")));
        assert_eq!(seen.get("peerId"), None);
    }
    cable.mend();
    healthy(&m, &b);
}

#[test]
fn a_channel_that_falls_silent_is_given_up_after_the_ping_budget() {
    let m = master(&[]).started();
    let (cable, b) = cabled(&m, &[]);
    healthy(&m, &b);
    cable.silence();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
    assert!(m.info(&MASTER_ACTIVE));
    cable.mend();
    healthy(&m, &b);
}

#[test]
fn in_manual_mode_a_healed_channel_leaves_the_backup_active() {
    let m = master(&[("masterrecoverymode", "Manual")]).started();
    let (cable, b) = cabled(&m, &[("masterrecoverymode", "Manual")]);
    healthy(&m, &b);
    cable.cut();
    eventually("both are active", || m.info(&MASTER_ACTIVE) && b.info(&BACKUP_ALONE));
    cable.mend();
    eventually("the backup stays active", || swapped(&m, &b));
}

#[test]
fn by_active_uptime_the_younger_masters_data_gives_way() {
    let mut m = master(&[("useActiveUptimeToResolveConflict", "true")]);
    m.put("projects/a/project.json", "old");
    m.start();
    let (cable, b) = cabled(&m, &[("useActiveUptimeToResolveConflict", "true")]);
    healthy(&m, &b);
    m.kill();
    cable.cut();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
    b.put("projects/a/project.json", "new");
    m.start();
    eventually("both are active", || m.info(&MASTER_ACTIVE));
    cable.mend();
    let project = || fs_err::read_to_string(m.dir.path().join("projects/a/project.json")).unwrap();
    eventually("the master has the backup's data", || project() == "new");
    healthy(&m, &b);
    assert_eq!(project(), "new");
}

#[test]
fn both_are_active_for_a_while_when_the_master_takes_over_again() {
    let mut m = master(&[]).started();
    let b = backup(&m, &[]).set(knobs::OVERLAP_MS, "5000").started();
    healthy(&m, &b);
    m.kill();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
    m.start();
    eventually("both are active and connected", || {
        m.info(&MASTER_ACTIVE) && b.info(&["RedundantNodeActiveStatus=Active"]) && connected(&b)
    });
    eventually("the backup gives way", || m.info(&MASTER_ACTIVE) && b.info(&BACKUP_COLD));
}

#[test]
fn a_master_whose_name_does_not_resolve_is_never_met() {
    let entries = [&FAST[..], &[("noderole", "Backup"), ("gan.host", "master.invalid"), ("gan.port", "8088")]].concat();
    let b = Sim::new("backup").open().redundancy(&entries).started();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
    eventually("the log says why", || b.logged("Connection to master.invalid:8088 changed to Faulted"));
    assert!(b.info(&BACKUP_ALONE));
}
