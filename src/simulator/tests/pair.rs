//! Redundant pairs: forming, failing over, giving back, and what keeps two nodes apart.

use super::world::{Sim, eventually};

pub(super) const FAST: [(&str, &str); 4] =
    [("joinwaittime", "300"), ("gan.enableSsl", "false"), ("gan.pingRate", "50"), ("gan.pingMaxMissed", "6")];

pub(super) fn master(extra: &[(&str, &str)]) -> Sim {
    let entries = [&FAST[..], &[("noderole", "Master")], extra].concat();
    Sim::new("backend").args("-n backend").open().redundancy(&entries)
}

pub(super) fn backup(master: &Sim, extra: &[(&str, &str)]) -> Sim {
    let port = master.port.to_string();
    let own = [("noderole", "Backup"), ("gan.host", "127.0.0.1"), ("gan.port", port.as_str())];
    let entries = [&FAST[..], &own, extra].concat();
    Sim::new("backend-backup").open().redundancy(&entries)
}

pub(super) const MASTER_ACTIVE: [&str; 3] =
    ["RedundancyStatus=Master", "RedundantState=Good", "RedundantNodeActiveStatus=Active"];
pub(super) const BACKUP_COLD: [&str; 3] =
    ["RedundancyStatus=Backup", "RedundantState=Good", "RedundantNodeActiveStatus=Cold"];
pub(super) const BACKUP_ALONE: [&str; 3] =
    ["RedundancyStatus=Backup", "RedundantState=Unknown", "RedundantNodeActiveStatus=Active"];

pub(super) fn healthy(master: &Sim, backup: &Sim) {
    eventually("the pair is healthy", || master.info(&MASTER_ACTIVE) && backup.info(&BACKUP_COLD));
    eventually("the master sees its peer", || master.api("/redundancy")["peerConnected"] == true);
}

fn redundancy_xml(sim: &Sim) -> String {
    fs_err::read_to_string(sim.dir.path().join("redundancy.xml")).unwrap()
}

#[test]
fn a_master_ignores_whom_its_file_names_as_master() {
    let m = master(&[("gan.host", "127.0.0.1"), ("gan.port", "1")]).started();
    let b = backup(&m, &[]).started();
    healthy(&m, &b);
    let connections = m.api("/gateway-network/connections")["items"].clone();
    let directions: Vec<_> = connections.as_array().unwrap().iter().map(|c| c["direction"].clone()).collect();
    assert_eq!(directions, ["Incoming"]);
}

#[test]
fn a_pair_forms_and_the_backup_takes_its_masters_name_and_users() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).set("GATEWAY_ADMIN_PASSWORD", "its own");
    let seeded = [&m, &b].map(redundancy_xml);
    let b = b.started();
    healthy(&m, &b);
    assert!(b.running(), "StatusPing tells nothing of who is active");
    assert_eq!([&m, &b].map(redundancy_xml), seeded, "what was seeded stays as it is");
    assert!(b.info(&["PlatformName=backend"]));
    assert_eq!(b.login("its own"), None);
    let seen = b.api("/redundancy");
    assert_eq!((&seen["peerConnected"], &seen["projectState"]), (&true.into(), &"Good".into()));
    assert_eq!(seen["hasConfigAccess"], false);
    assert!(seen["lastSyncTimestamp"].as_i64().is_some_and(|t| t > 0));
    let seen = m.api("/redundancy");
    assert_eq!((&seen["role"], &seen["activityLevel"]), (&"Master".into(), &"Active".into()));
    assert_eq!(seen["peerId"], "127.0.0.1");
    eventually("the master's overview knows the level", || {
        m.api("/overview")["redundancy"]["peerStatus"]["info"]["level"] == "Cold"
    });
    assert!(b.logged("Full sync complete...") && m.logged("activityLevel=Cold"));
    assert!(m.info(&["RedundantBackupAddresses=127.0.0.1"]));
}

#[test]
fn a_warm_standby_says_warm() {
    let m = master(&[]).started();
    let b = backup(&m, &[("standbyactivitylevel", "Warm")]).started();
    eventually("warm", || b.info(&["RedundantState=Good", "RedundantNodeActiveStatus=Warm"]));
}

#[test]
fn a_frontend_sees_both_nodes_under_one_name() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).link(0, m.port).started();
    healthy(&m, &b);
    let f = Sim::new("frontend").args("-n frontend").link(0, m.port).link(1, b.port).started();
    f.wait_running();
    eventually("both are connected", || f.api("/overview/gan")["runningConnections"] == 2);
    let items = f.api("/gateway-network/gateways")["items"].clone();
    let seen: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|i| (i["serverId"].as_str().unwrap(), i["name"].as_str().unwrap()))
        .collect();
    assert_eq!(seen, [("_0:1:backend", "backend-Backup"), ("_0:2:backend", "backend")]);
    let roles = f.api("/gateway-network/connections")["items"].clone();
    let roles: Vec<_> = roles.as_array().unwrap().iter().map(|i| i["redundantRole"].as_str().unwrap()).collect();
    assert_eq!(roles, ["Master", "Backup"]);
    eventually("link 0 and the redundancy connection stand side by side", || {
        b.api("/overview/gan")["runningConnections"] == 3
    });
}

#[test]
fn the_backup_takes_over_from_a_killed_master_and_gives_back() {
    let mut m = master(&[]).started();
    let b = backup(&m, &[]).started();
    healthy(&m, &b);
    m.kill();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
    assert_eq!(b.api("/redundancy")["peerConnected"], false);
    m.start();
    healthy(&m, &b);
}

#[test]
fn a_stopped_master_is_missed_at_once() {
    let mut m = master(&[]).started();
    let b = backup(&m, &[("gan.pingRate", "60000")]).started();
    healthy(&m, &b);
    m.stop();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
}

#[test]
fn in_manual_mode_the_backup_keeps_what_it_took() {
    let mut m = master(&[("masterrecoverymode", "Manual")]).started();
    let b = backup(&m, &[("masterrecoverymode", "Manual")]).started();
    healthy(&m, &b);
    m.kill();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
    m.start();
    eventually("the master stands by", || {
        m.info(&["RedundancyStatus=Master", "RedundantNodeActiveStatus=Cold"])
            && b.info(&["RedundantState=Good", "RedundantNodeActiveStatus=Active"])
    });
}

#[test]
fn a_frozen_master_is_replaced_and_wins_when_it_thaws() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).started();
    healthy(&m, &b);
    let thaw = m.freeze();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
    drop(thaw);
    healthy(&m, &b);
}

#[test]
fn lonely_nodes_become_active_and_tell_the_truth_about_their_peer() {
    let m = master(&[]).started();
    eventually("the master is active", || m.info(&MASTER_ACTIVE));
    let seen = m.api("/redundancy");
    assert_eq!((&seen["peerConnected"], &seen["projectState"]), (&false.into(), &"Good".into()));
    let mut gone = master(&[]);
    let b = backup(&gone, &[]).started();
    eventually("the backup is active", || b.info(&BACKUP_ALONE));
    gone.start();
    healthy(&gone, &b);
}

#[test]
fn a_closed_master_keeps_its_backup_out() {
    let m = master(&[]).set("GATEWAY_NETWORK_REQUIRESSL", "true").started();
    let b = backup(&m, &[]).started();
    eventually("403 is seen", || b.logged("UpgradeException: 403 Forbidden"));
    eventually("both are active", || m.info(&MASTER_ACTIVE) && b.info(&BACKUP_ALONE));
}

#[test]
fn another_version_is_incompatible() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).set(crate::simulator::knobs::VERSION, "8.3.8").started();
    eventually("incompatible", || b.info(&["RedundantState=Incompatible", "RedundantNodeActiveStatus=Cold"]));
    assert_eq!(b.api("/redundancy")["projectState"], "Incompatible");
}

#[test]
fn other_modules_are_named_as_the_reason_and_taken_over_with_a_restart() {
    let m = master(&[]).started();
    let b = backup(&m, &[]).set("GATEWAY_MODULES_ENABLED", "com.inductiveautomation.opcua");
    let b = b.set(crate::simulator::knobs::SYNC_MS, "6000").started();
    eventually("incompatible", || b.info(&["RedundantState=Incompatible"]));
    assert_eq!(b.api("/redundancy")["projectState"], "Incompatible (Modules)");
    assert_eq!(b.api("/overview")["redundancy"]["projectState"], "Modules_Incompatible");
    assert_eq!(b.api("/modules/healthy")["metadata"]["total"], 1);
    healthy(&m, &b);
    assert_eq!(b.api("/modules/healthy")["metadata"]["total"], m.api("/modules/healthy")["metadata"]["total"]);
}

#[test]
fn a_second_backup_and_a_wrong_role_are_refused() {
    let m = master(&[]).started();
    let first = backup(&m, &[]).started();
    healthy(&m, &first);
    let second = backup(&m, &[]).started();
    eventually("the second is refused", || second.logged("already paired with"));
    eventually("and stands alone", || second.info(&BACKUP_ALONE));
    healthy(&m, &first);
    let alone = Sim::new("alone").open().started();
    alone.wait_running();
    let lost = backup(&alone, &[]).started();
    eventually("an independent gateway is no master", || lost.logged("cannot pair with a"));
}

#[test]
fn a_name_given_to_a_backup_is_applied_again_at_each_start() {
    let m = master(&[]).started();
    let mut b = backup(&m, &[]).args("-n other").started();
    healthy(&m, &b);
    assert!(b.info(&["PlatformName=backend"]));
    b.stop();
    b.start();
    b.wait_running();
    healthy(&m, &b);
    assert!(b.logged("Playing Ignition 8.3.9 as 'other'"));
}
