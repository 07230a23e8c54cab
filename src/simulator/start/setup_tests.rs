//! Tests of what a start makes of arguments, variables and the data directory.

use super::*;
use crate::simulator::network::incoming;
use crate::simulator::network::outgoing::Outgoing;
use crate::simulator::network::policy::Approval;
use crate::simulator::network::settings::{NetworkSettings, SecurityPolicy};

struct World {
    dir: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl World {
    fn new(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let dir = tempfile::tempdir().unwrap();
        volume::lay(dir.path()).unwrap();
        Self { dir, variables }
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// A resource of `core` with the smallest manifest on record (fact sheet 3.1).
    fn resource(&self, directory: &str, config: &str) {
        let base = format!("config/resources/core/ignition/{directory}");
        self.put(&format!("{base}/config.json"), config);
        self.put(
            &format!("{base}/resource.json"),
            r#"{"scope":"A","version":1,"restricted":false,"overridable":true,"files":["config.json"]}"#,
        );
    }

    fn start(&self, line: &str) -> Result<Setup, SimulatorError> {
        let mut env: std::collections::BTreeMap<_, _> = self.variables.iter().cloned().collect();
        env.insert(knobs::DATA_DIR.to_owned(), self.dir.path().to_str().unwrap().to_owned());
        env.entry("HOSTNAME".to_owned()).or_insert_with(|| "box".to_owned());
        let args: Vec<_> = line.split_whitespace().map(OsString::from).collect();
        let env = Environment::new(env);
        Setup::prepare(&args, &env, &Knobs::from_environment(&env)?, Log::new(std::io::sink()))
    }
}

const ACCEPTED: [(&str, &str); 2] = [("ACCEPT_IGNITION_EULA", "Y"), ("GATEWAY_ADMIN_PASSWORD", "pw")];

#[test]
fn a_first_start_with_everything_is_commissioned_and_keeps_its_identity() {
    let world = World::new(&ACCEPTED);
    let first = world.start("-n demo").unwrap();
    assert_eq!((first.system_name.as_str(), first.fault.as_deref()), ("demo", None));
    assert!(first.record.commissioned);
    assert_eq!(first.redundancy, RedundancySettings::default());
    let second = world.start("").unwrap();
    assert_eq!((second.uuid, second.system_name.as_str()), (first.uuid, "demo"), "the configuration keeps the name");
    assert_eq!(world.start("-n other").unwrap().system_name, "other");
    assert!(world.dir.path().join("config/local/ignition/gateway-network/client/security/pki/trusted/certs").is_dir());
}

#[test]
fn a_missing_agreement_uses_the_password_up() {
    let mut world = World::new(&[("GATEWAY_ADMIN_PASSWORD", "pw")]);
    let first = world.start("").unwrap().record;
    assert!(!first.eula && !first.commissioned && first.administrator);
    world.variables.push(("ACCEPT_IGNITION_EULA".to_owned(), "Y".to_owned()));
    assert_eq!(world.start("").unwrap().record, first);
}

#[test]
fn no_role_comes_from_the_environment() {
    let world = World::new(&[("IGNITION_REDUNDANCY_ROLE", "Backup"), ("REDUNDANCY_NODEROLE", "Master")]);
    assert_eq!(world.start("").unwrap().redundancy.role, Role::Independent);
}

#[test]
fn a_backup_opens_its_redundancy_connection_beside_its_links() {
    let world = World::new(&[
        ("GATEWAY_NETWORK_0_HOST", "backend"),
        ("GATEWAY_NETWORK_1_HOST", "other"),
        ("GATEWAY_NETWORK_1_PORT", "8088"),
        ("GATEWAY_NETWORK_1_ENABLESSL", "false"),
        ("GATEWAY_NETWORK_2_HOST", "off"),
        ("GATEWAY_NETWORK_2_ENABLED", "false"),
    ]);
    world.put(
        "redundancy.xml",
        r#"<properties><entry key="redundancy.noderole">Backup</entry><entry key="redundancy.gan.host">backend</entry>
           <entry key="redundancy.gan.port">8088</entry><entry key="redundancy.gan.enableSsl">false</entry></properties>"#,
    );
    let setup = world.start("").unwrap();
    let links = Outgoing::configured(&setup.store).0;
    let seen: Vec<_> = links.iter().map(|o| (o.host.as_str(), o.port, o.ssl)).collect();
    assert_eq!(seen, [("backend", 8060, true), ("other", 8088, false)]);
    let to_master = Outgoing::to_master(&setup.redundancy).unwrap();
    assert_eq!((to_master.host.as_str(), to_master.port, to_master.ssl), ("backend", 8088, false));
}

#[test]
fn resources_and_variables_shape_the_network() {
    let world = World::new(&[("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted")]);
    world.put("config/resources/core/config-mode.json", "{}");
    world.resource("gateway-network-settings", r#"{"requireSSL":false,"whitelist":"a"}"#);
    let id = "6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11";
    let incoming = format!(r#"{{"connectionId":"Edge1|{id}","securityStatus":"Approved"}}"#);
    world.resource(&format!("gateway-network-incoming/edge1_{id}"), &incoming);
    world.resource("gateway-network-outgoing/x", r#"{"host":"x","port":8088,"useSSL":false}"#);
    let setup = world.start("").unwrap();
    assert_eq!(setup.fault, None);
    let settings = NetworkSettings::read(&setup.store).0;
    assert!(!settings.require_ssl);
    assert_eq!(settings.security_policy, SecurityPolicy::Unrestricted);
    assert_eq!(settings.whitelist, "a");
    let known = incoming::find(&setup.store, &format!("edge1|{id}")).unwrap();
    assert_eq!(known.approval, Approval::Approved);
    assert_eq!(Outgoing::configured(&setup.store).0[0].ping_max_missed, 30);
}

#[test]
fn what_the_gateway_cannot_read_makes_it_faulted_not_absent() {
    for (path, text) in [
        ("redundancy.xml", "<properties>"),
        ("config/resources/core/ignition/x/config.json", "{}"),
        ("config/local/ignition/gateway-network/uuid.txt", "not a uuid"),
        ("config/resources/core/config-mode.json", "{"),
        (".simulated-gateway.json", "garbage"),
    ] {
        let world = World::new(&ACCEPTED);
        world.put(path, text);
        assert!(world.start("").unwrap().fault.is_some(), "{path}");
    }
}

#[test]
fn an_empty_commissioning_file_leaves_no_administrator() {
    let world = World::new(&ACCEPTED);
    world.put("commissioning.json", "{}");
    let record = world.start("").unwrap().record;
    assert!(record.commissioned && !record.administrator);
}

#[test]
fn nonsense_in_variables_names_the_variable() {
    for (name, value) in [
        ("GATEWAY_HTTP_PORT", "x"),
        ("IGNITION_EDITION", "huge"),
        ("GATEWAY_NETWORK_SECURITYPOLICY", "Open"),
        ("GATEWAY_NETWORK_0_PORT", "-1"),
        ("GATEWAY_ADMIN_PASSWORD_FILE", "/nonexistent/secret"),
    ] {
        let world = World::new(&[(name, value), ("GATEWAY_NETWORK_0_HOST", "a")]);
        assert!(world.start("").unwrap_err().to_string().contains(name), "{name}");
    }
}

#[test]
fn a_malformed_resource_is_left_out_and_the_gateway_runs() {
    let world = World::new(&ACCEPTED);
    world.put("config/resources/core/config-mode.json", "{}");
    world.resource("gateway-network-settings", "{");
    world.resource("system-properties", r#"{"systemName":"a|b"}"#);
    let setup = world.start("").unwrap();
    assert_eq!((setup.fault.as_deref(), setup.system_name.as_str()), (None, "Ignition-box"));
    assert!(NetworkSettings::read(&setup.store).0.require_ssl);
}

#[test]
fn the_configured_name_is_taken_and_a_given_one_is_written_into_it() {
    let world = World::new(&ACCEPTED);
    world.put("config/resources/core/config-mode.json", "{}");
    world.resource("system-properties", r#"{"systemName":"seeded","homepageUrl":"/x"}"#);
    assert_eq!(world.start("").unwrap().system_name, "seeded");
    let setup = world.start("-n given").unwrap();
    let kept = setup.store.singleton("ignition", "system-properties").unwrap().config;
    assert_eq!((&kept["systemName"], &kept["homepageUrl"]), (&"given".into(), &"/x".into()));
}

#[test]
fn a_volume_of_a_newer_version_is_refused_and_one_of_an_older_taken() {
    let mut world = World::new(&ACCEPTED);
    world.variables.push((knobs::VERSION.to_owned(), "8.3.9".to_owned()));
    assert_eq!(world.start("").unwrap().record.version, "8.3.9");
    let mut play = |version: &str| {
        world.variables.last_mut().unwrap().1 = version.to_owned();
        world.start("")
    };
    assert!(matches!(play("8.3.8"), Err(SimulatorError::Downgrade { .. })));
    assert!(play("8.3.10").unwrap().record.commissioned);
    assert!(matches!(play("8.3.9"), Err(SimulatorError::Downgrade { .. })));
    assert!(play("8.3.10").is_ok());
}

#[test]
fn the_wrong_name_of_the_agreement_accepts_nothing() {
    let world = World::new(&[("ACCEPT_EULA", "Y"), ("GATEWAY_ADMIN_PASSWORD", "pw")]);
    let record = world.start("").unwrap().record;
    assert!(!record.eula && !record.commissioned);
}

#[test]
fn the_public_address_comes_from_the_arguments_and_not_from_the_charts_variables() {
    let world = World::new(&[("GATEWAY_PUBLIC_ADDRESS", "chart"), ("GATEWAY_PUBLIC_HTTP_PORT", "1")]);
    assert_eq!(world.start("").unwrap().public.fixed, None);
    let fixed = world.start("-a gw.example -h 80 -s 443").unwrap().public.fixed.unwrap();
    assert_eq!((fixed.address.as_str(), fixed.http_port, fixed.https_port), ("gw.example", 80, 443));
    // Kept in gateway.xml, so that a new container without the arguments has it too.
    assert_eq!(world.start("").unwrap().public.fixed, Some(fixed));
}

#[test]
fn the_quick_start_is_written_once_and_finished_when_it_is_disabled() {
    for (value, finished) in [("true", true), ("false", false)] {
        let mut world = World::new(&ACCEPTED);
        world.variables.push(("DISABLE_QUICKSTART".to_owned(), value.to_owned()));
        let config = world.start("").unwrap().store.singleton("ignition", "quickstart").unwrap().config;
        assert_eq!(*config, serde_json::json!({"finished": finished, "steps": []}));
        // A later start does not look at the variable.
        world.variables.pop();
        assert_eq!(world.start("").unwrap().store.singleton("ignition", "quickstart").unwrap().config, config);
    }
    let seeded = World::new(&[("DISABLE_QUICKSTART", "true")]);
    seeded.put("config/resources/core/config-mode.json", "{}");
    seeded.resource("quickstart", r#"{"finished":false,"steps":[1]}"#);
    assert_eq!(seeded.start("").unwrap().store.singleton("ignition", "quickstart").unwrap().config["steps"][0], 1);
    assert!(World::new(&[("DISABLE_QUICKSTART", "yes")]).start("").is_err());
}

#[test]
fn the_trial_clock_comes_from_the_properties_unless_the_record_is_newer() {
    let world = World::new(&ACCEPTED);
    let first = world.start("").unwrap();
    assert_eq!((first.record.trial_used_s, local_properties::trial_left_s(&first.store)), (0, Some(7200)));
    let uid =
        |setup: &Setup| setup.store.singleton("ignition", local_properties::KIND).unwrap().config["systemUID"].clone();
    let made = uid(&first);
    assert!(made.as_str().is_some_and(|t| Uuid::parse_str(t).is_ok()));
    // As a shutdown leaves it.
    local_properties::keep(&first.store, 1200).unwrap();
    let second = world.start("").unwrap();
    assert_eq!((second.record.trial_used_s, uid(&second)), (6000, made));
    // As a kill leaves it: only the record has heard of the time since.
    let killed = Record { trial_used_s: 7000, trial_in_properties: false, ..second.record };
    second.data.save_record(&killed).unwrap();
    let third = world.start("").unwrap();
    assert_eq!((third.record.trial_used_s, local_properties::trial_left_s(&third.store)), (7000, Some(200)));
    // One that is seeded counts at the first start.
    let seeded = World::new(&ACCEPTED);
    seeded.put("config/resources/core/config-mode.json", "{}");
    seeded.resource("local-system-properties", r#"{"demoTimeRemaining":10}"#);
    assert_eq!(seeded.start("").unwrap().record.trial_used_s, 7190);
}
