//! Backup and restore of a redundant pair.

use super::world::{PASSWORD, Sim, eventually, exchange};

fn pair() -> (Sim, Sim) {
    let master = Sim::new("m").open().args("-n plant").redundancy(&[("noderole", "Master"), ("joinwaittime", "300")]);
    let port = master.port.to_string();
    let backup = Sim::new("b").open().redundancy(&[
        ("noderole", "Backup"),
        ("joinwaittime", "5000"),
        ("gan.host", "127.0.0.1"),
        ("gan.port", &port),
        ("gan.enableSsl", "false"),
        ("gan.pingRate", "50"),
    ]);
    let (master, backup) = (master.started(), backup.started());
    eventually("the pair is good", || backup.info(&["RedundantState=Good", "RedundantNodeActiveStatus=Cold"]));
    (master, backup)
}

fn status(sim: &Sim, query: &str) -> u16 {
    let cookie = sim.login(PASSWORD).unwrap();
    let path = format!("/data/api/v1/backup{query}");
    let (head, _) = exchange(sim.port, "GET", &path, &[("Cookie", &cookie)], b"").unwrap();
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_master_makes_a_backup_only_with_its_peer_and_a_backup_node_takes_none() {
    let (master, mut backup) = pair();
    let archive = master.backup("?includePeerLocal=true");
    assert_eq!(status(&backup, ""), 200);
    let (refused, body) = backup.restore("", &archive);
    assert_eq!(refused, 403);
    assert!(body.contains("\"success\":false") && backup.running(), "{body}");
    backup.kill();
    eventually("the backup is missed", || status(&master, "?includePeerLocal=true") == 503);
    assert_eq!(status(&master, ""), 503);
}

#[test]
fn what_the_master_restores_reaches_the_backup_and_each_keeps_its_own_clock() {
    let one = Sim::new("one").args("-n one");
    one.put("projects/restored/project.json", "{}");
    one.seed("core/ignition/local-system-properties", &serde_json::json!({"demoTimeRemaining": 100}));
    let one = one.started();
    one.wait_running();
    let archive = one.backup("?includePeerLocal=true");
    let (master, backup) = pair();
    assert_eq!(master.restore("", &archive).0, 200);
    eventually("the restart", || master.logged("The gateway restarts: a backup was restored"));
    master.wait_running();
    let projects = |sim: &Sim| sim.dir.path().join("projects/restored/project.json").exists();
    eventually("the backup has it", || projects(&backup));
    eventually("the pair is good again", || {
        master.info(&["RedundancyStatus=Master", "RedundantNodeActiveStatus=Active", "RedundantState=Good"])
            && backup.info(&["RedundancyStatus=Backup", "RedundantNodeActiveStatus=Cold", "RedundantState=Good"])
    });
    let left = |sim: &Sim| sim.get("/data/api/v1/trial").json()["trialSecondsLeft"].as_u64().unwrap();
    assert!(left(&master) <= 100, "{}", left(&master));
    assert!(left(&backup) > 7000, "{}", left(&backup));
}
