//! The web page in each state of a gateway.

use super::world::{Sim, eventually};
use crate::simulator::knobs;

/// What holds of every page.
#[track_caller]
fn proper(page: &str) {
    assert!(page.contains("<b>SIMULATED</b>") && page.contains("<title>SIMULATED "), "{page}");
    assert!(!page.contains("<script") && page.contains("http-equiv=\"refresh\""), "{page}");
    assert!(page.contains("name=\"viewport\""), "{page}");
}

#[test]
fn the_page_of_a_pair_and_its_frontend_has_the_gateways_own_words() {
    let master = Sim::new("m").args("-n plant").open().redundancy(&[("noderole", "Master")]).started();
    let port = master.port.to_string();
    let backup =
        [("noderole", "Backup"), ("gan.host", "127.0.0.1"), ("gan.port", port.as_str()), ("gan.enableSsl", "false")];
    let backup = Sim::new("b").open().redundancy(&backup).started();
    let lost = Sim::new("lost").args("-n lost").link(0, 1).started();
    for sim in [&master, &backup, &lost] {
        sim.wait_running();
    }
    let says = |sim: &Sim, words: &[&str]| {
        let page = sim.get("/Start").body;
        proper(&page);
        words.iter().all(|w| page.contains(w))
    };
    let peer = "<dt>PEER CONNECTED</dt><dd><span class=\"tag good\">Yes";
    eventually("a pair", || {
        says(
            &master,
            &[
                peer,
                "Gateway Role",
                "Peer Address",
                "Activity Level",
                ">Active<",
                ">Good<",
                ">Master<",
                "plant-Backup, Cold",
            ],
        )
    });
    eventually("its backup", || says(&backup, &[peer, "Sync Status", ">Good<", ">Backup<", "Outgoing, redundancy"]));
    eventually("a lost link", || says(&lost, &[">Independent<", ">Faulted<", "refused", "0 of 1 running"]));
}

#[test]
fn a_gateway_that_does_not_run_says_so_on_its_page() {
    let sim = Sim::new("box").set(knobs::HANG_IN, "STARTING").started();
    eventually("STARTING", || sim.ping().is_some_and(|p| p.contains("STARTING")));
    let page = sim.get("/");
    proper(&page.body);
    assert_eq!((page.status, page.body.contains("STARTING")), (503, true));
    let sim = Sim::new("box").unset("ACCEPT_IGNITION_EULA").started();
    eventually("COMMISSIONING", || sim.ping().is_some_and(|p| p.contains("COMMISSIONING")));
    let page = sim.get("/welcome").body;
    proper(&page);
    assert!(page.contains("needs commissioning") && page.contains("eula"));
    let sim = Sim::new("box");
    sim.put("config/resources/core/ignition/x/config.json", "{}");
    let sim = sim.started();
    eventually("FAULTED", || sim.ping().is_some_and(|p| p.contains("FAULTED")));
    let page = sim.get("/Start");
    proper(&page.body);
    assert_eq!((page.status, page.body.contains("exists but is not empty")), (503, true));
}
