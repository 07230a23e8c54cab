//! The variables of the image, seen from outside.

use serde_json::json;

use super::world::Sim;

#[test]
fn leased_activation_leaves_the_trial_and_tells_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let token = dir.path().join("token");
    fs_err::write(&token, "token-one,token-two\n").unwrap();
    let sim = Sim::new("box")
        .set("IGNITION_LICENSE_KEY", "KEY1-SECRET")
        .set("IGNITION_ACTIVATION_TOKEN_FILE", token.to_str().unwrap())
        .started();
    sim.wait_running();
    assert!(sim.logged("Leased activation of 1 licence(s) with 2 token(s)"));
    assert!(sim.logged("do not have one item for each other"));
    assert!(!sim.logged("KEY1-SECRET") && !sim.logged("token-one"));
    assert_eq!(sim.api("/licenses")["leased"], json!([]));
    assert_eq!(sim.api("/gateway-info")["license"]["mode"], "Trial");
    assert_eq!(sim.get("/data/api/v1/trial").json()["licenseMode"], "Trial");
}

#[test]
fn variables_without_an_effect_are_told_and_their_values_are_not() {
    let sim = Sim::new("box")
        .set("GATEWAY_ENCODING_KEY", "hidden-key")
        .set("IGNITION_ROOT_KEY_PASSWORD", "hidden-password")
        .set("EAM_SETUP_INSTALLSELECTION", "Agent")
        .set("EAM_AGENT_SENDSTATSINTERVAL", "")
        .started();
    sim.wait_running();
    for name in ["GATEWAY_ENCODING_KEY", "IGNITION_ROOT_KEY_PASSWORD", "EAM_SETUP_INSTALLSELECTION"] {
        assert!(sim.logged(&format!("{name} is set and has no effect")), "{name}");
    }
    assert!(!sim.logged("EAM_AGENT_SENDSTATSINTERVAL") && !sim.logged("hidden"));
    assert!(!sim.dir.path().join("config/ignition/keys").exists());
}

#[test]
fn the_time_zone_is_shown_and_may_come_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let zone = dir.path().join("zone");
    fs_err::write(&zone, "America/Los_Angeles\n").unwrap();
    for (sim, shown) in [
        (Sim::new("box"), "UTC"),
        (Sim::new("box").set("TZ", "Europe/Berlin"), "Europe/Berlin"),
        (Sim::new("box").set("TZ_FILE", zone.to_str().unwrap()), "America/Los_Angeles"),
    ] {
        let sim = sim.started();
        sim.wait_running();
        assert_eq!(sim.api("/gateway-info")["timeZoneId"], shown);
        assert_eq!(sim.api("/overview")["timezone"], shown);
    }
}

#[test]
fn the_administrators_name_and_the_ports_may_come_from_files() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs_err::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut sim = Sim::new("box");
    let port = sim.port.to_string();
    sim = sim
        .unset("GATEWAY_HTTP_PORT")
        .unset("GATEWAY_ADMIN_PASSWORD")
        .unset("ACCEPT_IGNITION_EULA")
        .set("GATEWAY_HTTP_PORT_FILE", &file("port", &port))
        .set("GATEWAY_ADMIN_PASSWORD_FILE", &file("password", super::world::PASSWORD))
        .set("ACCEPT_IGNITION_EULA_FILE", &file("eula", "Y"))
        .set("IGNITION_EDITION_FILE", &file("edition", "edge"))
        .set("DISABLE_QUICKSTART_FILE", &file("quickstart", "true"))
        .started();
    sim.wait_running();
    assert_eq!(sim.api("/gateway-info")["edition"], "edge");
    assert_eq!(sim.api("/resources/singleton/ignition/quickstart")["config"]["finished"], true);
}
