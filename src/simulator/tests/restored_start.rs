//! First starts with `-r`, `-d` and `GATEWAY_RESTORE_DISABLED`.

use super::world::{PASSWORD, Sim, eventually};
use crate::simulator::error::SimulatorError;

/// A backup of a gateway with a link, in a file.
fn file() -> (tempfile::TempDir, String) {
    let one = Sim::new("one").args("-n one").link(0, 9).started();
    one.wait_running();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("one.gwbk");
    fs_err::write(&path, one.backup("?includePeerLocal=true")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (dir, path)
}

fn enabled(sim: &Sim) -> bool {
    sim.api("/resources/find/ignition/gateway-network-outgoing/127.0.0.1")["enabled"].as_bool().unwrap()
}

#[test]
fn a_first_start_restores_and_a_later_one_does_not() {
    let (_dir, path) = file();
    let mut sim = Sim::new("two").unset("GATEWAY_ADMIN_PASSWORD").args(&format!("-r {path}")).started();
    sim.wait_running();
    assert!(sim.info(&["PlatformName=one"]) && enabled(&sim));
    let uuid = sim.uuid();
    assert_eq!(
        sim.act(
            "POST",
            "/resources/ignition/secret-provider",
            r#"[{"name":"new","config":{"profile":{"type":"file"},"settings":{"files":{}}}}]"#
        )
        .status,
        200
    );
    sim.stop();
    sim.start();
    sim.wait_running();
    assert!(sim.logged("is not restored again"));
    assert_eq!(sim.uuid(), uuid);
    assert_eq!(sim.api("/resources/names/ignition/secret-provider")["items"][0]["name"], "new");
}

#[test]
fn connections_come_back_disabled_by_argument_or_variable() {
    let (_dir, path) = file();
    for sim in [
        Sim::new("two").args(&format!("-d -r {path}")),
        Sim::new("two").args(&format!("-r {path}")).set("GATEWAY_RESTORE_DISABLED", "true"),
    ] {
        let sim = sim.started();
        sim.wait_running();
        assert!(!enabled(&sim) && sim.logged("with connections disabled"));
    }
    // A variable that names the link says at every start that it is enabled.
    let sim = Sim::new("two").args(&format!("-d -r {path}")).link(0, 9).started();
    sim.wait_running();
    assert!(enabled(&sim));
}

#[test]
fn the_variables_make_no_administrator_beside_those_of_the_backup() {
    let (_dir, path) = file();
    let sim = Sim::new("two").set("GATEWAY_ADMIN_PASSWORD", "another").args(&format!("-n two -r {path}")).started();
    sim.wait_running();
    assert!(sim.login("another").is_none() && sim.login(PASSWORD).is_some());
    assert!(sim.info(&["PlatformName=two"]), "-n is applied at every start");
    // The agreement is still to be accepted.
    let sim = Sim::new("three").unset("ACCEPT_IGNITION_EULA").args(&format!("-r {path}")).started();
    eventually("commissioning", || sim.ping().is_some_and(|p| p.contains("COMMISSIONING")));
    assert_eq!(sim.get("/bootstrap").json()["steps"], serde_json::json!({"eula": "license"}));
}

#[test]
fn a_backup_that_brings_nobody_leaves_the_administrator_to_the_variables() {
    let one = Sim::new("one");
    one.put("commissioning.json", "{}");
    one.put("config/resources/core/config-mode.json", "{}");
    one.seed("core/ignition/security-levels", &serde_json::json!({"levels": []}));
    let open = serde_json::json!({"type": "AllOf", "securityLevels": []});
    one.seed(
        "core/ignition/security-properties",
        &serde_json::json!({"systemAuthProfile": "default", "systemIdentityProvider": "default",
            "accessPermissions": open, "readPermissions": open, "writePermissions": open}),
    );
    let one = one.started();
    one.wait_running();
    let (head, archive) = super::world::exchange(one.port, "GET", "/data/api/v1/backup", &[], b"").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("one.gwbk");
    fs_err::write(&path, archive).unwrap();
    let line = format!("-r {}", path.display());
    let two = Sim::new("two").args(&line).started();
    two.wait_running();
    assert!(two.login(PASSWORD).is_some());
    let three = Sim::new("three").unset("GATEWAY_ADMIN_PASSWORD").args(&line).started();
    eventually("commissioning", || three.ping().is_some_and(|p| p.contains("COMMISSIONING")));
}

#[test]
fn a_missing_or_broken_file_keeps_the_gateway_from_starting_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken.gwbk");
    fs_err::write(&broken, "no archive").unwrap();
    for (path, text) in [
        ("/nonexistent/x.gwbk", "/nonexistent/x.gwbk"),
        (dir.path().to_str().unwrap(), "no regular file"),
        (broken.to_str().unwrap(), "no backup"),
    ] {
        let mut sim = Sim::new("two").args(&format!("-r {path}"));
        sim.put("projects/own/project.json", "{}");
        sim.start();
        let error = sim.ended().unwrap_err();
        assert!(matches!(error, SimulatorError::Restore { .. }) && error.exit_code() == 1);
        assert!(error.to_string().contains(text), "{error}");
        assert!(sim.logged("Gateway start failed: restore of"));
        assert!(sim.dir.path().join("projects/own/project.json").exists());
        assert!(!sim.dir.path().join(".simulated-gateway.json").exists());
        // Without the argument it is a first start all the same.
        let mut sim = sim.args("");
        sim.start();
        sim.wait_running();
    }
}
