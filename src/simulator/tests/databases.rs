//! Database connections of whole gateways.

use std::net::TcpListener;

use serde_json::json;

use super::world::{Sim, eventually, free_port};
use crate::simulator::knobs;

const MANIFEST: &str = r#"{"scope":"A","description":"","version":1,"restricted":false,"overridable":true,"files":["config.json"],"attributes":{"enabled":true}}"#;

/// Seeds a connection as a stack does.
fn connection(sim: &Sim, name: &str, url: &str, enabled: bool) {
    let below = format!("config/resources/core/ignition/database-connection/{name}");
    let core = r#"{"title":"Core","enabled":true,"inheritable":true,"parent":"external"}"#;
    sim.put("config/resources/core/config-mode.json", core);
    let config = json!({"driver": "MariaDB", "connectURL": url, "username": "me", "validationQuery": "SELECT 1"});
    sim.put(&format!("{below}/config.json"), &config.to_string());
    sim.put(&format!("{below}/resource.json"), &MANIFEST.replace(":true}}", &format!(":{enabled}}}}}")));
}

fn lines(sim: &Sim) -> Vec<(String, bool)> {
    let items = sim.api("/overview/connections");
    let databases = items["items"].as_array().unwrap().iter().find(|i| i["title"] == "Databases").unwrap();
    let line = |l: &serde_json::Value| (l["text"].as_str().unwrap().to_owned(), l["error"].as_bool().unwrap());
    databases["lines"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn a_connection_is_tried_again_until_its_server_is_there_and_shown_everywhere() {
    let port = free_port();
    let sim = Sim::new("box").set(knobs::DATABASE_CHECK_MS, "200");
    connection(&sim, "plant", &format!("jdbc:mariadb://127.0.0.1:{port}/x"), true);
    connection(&sim, "spare", "jdbc:mariadb://127.0.0.1:1/x", false);
    let sim = sim.started();
    sim.wait_running();
    let faulted = format!("plant: Faulted: ConnectException: Connection to 127.0.0.1:{port} refused");
    eventually("faulted", || lines(&sim) == [(faulted.clone(), true), ("spare: Disabled".to_owned(), false)]);
    assert!(sim.get("/Start").body.contains("ConnectException"));
    let server = TcpListener::bind(("127.0.0.1", port)).unwrap();
    eventually("valid", || lines(&sim)[0] == ("plant: Valid".to_owned(), false));
    let found =
        || sim.api("/resources/find/ignition/database-connection/plant")["healthchecks"]["status"]["result"].clone();
    eventually("healthy", || found()["healthy"] == true && found()["message"] == "Valid");
    eventually("valid on the page", || sim.get("/Start").body.contains(">Valid<"));
    assert!(sim.logged("Database connection 'plant' is Valid"));
    drop(server);
    eventually("faulted again", || lines(&sim)[0].1);
}

#[test]
fn a_driver_whose_module_does_not_run_serves_no_connection() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let sim = Sim::new("box").set("GATEWAY_MODULES_ENABLED", "com.inductiveautomation.opcua");
    connection(&sim, "plant", &format!("jdbc:mariadb://127.0.0.1:{port}/x"), true);
    let sim = sim.started();
    sim.wait_running();
    eventually("faulted", || lines(&sim)[0].0.contains("com.inductiveautomation.jdbc.mariadb does not run"));
}
