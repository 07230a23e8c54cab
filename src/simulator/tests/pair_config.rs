//! The configuration of redundancy over REST: applied while the gateways run, kept in the file, local to each.

use serde_json::{Value, json};

use super::pair::{MASTER_ACTIVE, backup, healthy, master};
use super::world::{Answer, PASSWORD, Sim, eventually};
use crate::simulator::knobs;

fn write(sim: &Sim, body: &Value) -> Answer {
    let cookie = sim.login(PASSWORD).unwrap();
    sim.write_as(&cookie, "PUT", "/redundancy/config", &body.to_string())
}

fn file(sim: &Sim, name: &str) -> Option<String> {
    fs_err::read_to_string(sim.dir.path().join(name)).ok()
}

fn connected(sim: &Sim) -> bool {
    sim.api("/redundancy")["peerConnected"] == true
}

#[test]
fn a_stand_alone_gateway_becomes_a_backup_and_a_master_and_stands_alone_again() {
    let m = master(&[]).started();
    let mut b = Sim::new("other").open().started();
    b.wait_running();
    assert_eq!(file(&b, "redundancy.xml"), None);
    let body = json!({
        "role": "Backup", "joinWaitTime": 300, "syncTimoutSecs": 45,
        "gatewayNetworkSetup": {"host": "127.0.0.1", "port": m.port, "enableSsl": false, "pingRate": 50, "pingMaxMissed": 6},
    });
    let answer = write(&b, &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(b.api("/redundancy")["role"], "Backup");
    assert_eq!(b.api("/gateway-info")["redundancyRole"], "Backup");
    healthy(&m, &b);
    let config = b.api("/redundancy/config");
    assert_eq!((&config["role"], &config["syncTimeoutSecs"]), (&json!("Backup"), &json!(45)));
    assert_eq!(m.api("/redundancy/config")["role"], "Master");
    assert!(file(&b, "redundancy.xml").unwrap().contains("<entry key=\"redundancy.noderole\">Backup</entry>"));
    b.stop();
    b.start();
    healthy(&m, &b);
    assert_eq!(write(&b, &json!({"role": "Master"})).status, 200);
    eventually("two masters", || m.info(&MASTER_ACTIVE) && b.info(&MASTER_ACTIVE));
    assert!(!connected(&m) && !connected(&b));
    assert!(file(&b, ".redundancy.xml.bak").unwrap().contains("<entry key=\"redundancy.noderole\">Backup</entry>"));
    assert_eq!(write(&b, &json!({"role": "Independent"})).status, 200);
    assert!(b.info(&["RedundancyStatus=Independent", "RedundantState=Good", "RedundantNodeActiveStatus=Active"]));
    assert_eq!(b.api("/redundancy")["projectState"], "Unknown");
}

#[test]
fn any_write_even_of_the_same_drops_the_link_for_a_while_and_keeps_what_is_unknown() {
    let m = master(&[]).set(knobs::LINK_HOLD_MS, "3000").started();
    let b = backup(&m, &[("systemstateuid", "7")]).set(knobs::LINK_HOLD_MS, "3000").started();
    let losses = |sim: &Sim| {
        let events = sim.api("/redundancy/events?limit=500")["items"].clone();
        let lost = |e: &&Value| e["message"] == "Connection to the peer node was lost";
        events.as_array().unwrap().iter().filter(lost).count()
    };
    healthy(&m, &b);
    for (written, other) in [(&b, &m), (&m, &b)] {
        let same = written.api("/redundancy/config");
        let before = losses(other);
        assert_eq!(write(written, &same).status, 200);
        assert!(!connected(written));
        eventually("the other node sees it", || losses(other) > before);
        healthy(&m, &b);
        assert_eq!(written.api("/redundancy/config"), same);
    }
    assert!(file(&b, "redundancy.xml").unwrap().contains("<entry key=\"redundancy.systemstateuid\">7</entry>"));
    assert!(file(&b, ".redundancy.xml.bak").unwrap().contains("redundancy.systemstateuid"));
}

#[test]
fn a_wrong_body_is_refused_field_by_field_and_changes_nothing() {
    let m = master(&[]).started();
    m.wait_running();
    let before = m.api("/redundancy/config");
    let answer = write(&m, &json!({"role": "Boss", "gatewayNetworkSetup": {"port": 0}}));
    assert_eq!(answer.status, 422);
    let fields = answer.json()["fieldMessages"].clone();
    let names: Vec<_> = fields.as_array().unwrap().iter().map(|f| f["fieldName"].as_str().unwrap()).collect();
    assert_eq!(names, ["role", "gatewayNetworkSetup.port"]);
    let cookie = m.login(PASSWORD).unwrap();
    for body in ["", "{", "[]", "\u{0}", "{\"role\":{}}"] {
        assert_eq!(m.write_as(&cookie, "PUT", "/redundancy/config", body).status, 422, "{body}");
    }
    assert_eq!(m.api("/redundancy/config"), before);
    assert_eq!(file(&m, ".redundancy.xml.bak"), None);
}
