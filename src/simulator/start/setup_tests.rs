//! Tests of what a start makes of arguments, variables and the data directory.

use super::*;

struct World {
    dir: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl World {
    fn new(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Self { dir: tempfile::tempdir().unwrap(), variables }
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    fn start(&self, line: &str) -> Result<Setup, SimulatorError> {
        let mut env: std::collections::BTreeMap<_, _> = self.variables.iter().cloned().collect();
        env.insert(knobs::DATA_DIR.to_owned(), self.dir.path().to_str().unwrap().to_owned());
        env.entry("HOSTNAME".to_owned()).or_insert_with(|| "box".to_owned());
        let args: Vec<_> = line.split_whitespace().map(OsString::from).collect();
        Setup::prepare(&args, &Environment::new(env), Log::new(std::io::sink()))
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
    assert_eq!((second.uuid, second.system_name.as_str()), (first.uuid, "Ignition-box"));
    assert!(world.dir.path().join("config/local/ignition/gateway-network/client/security/pki/trusted/certs").is_dir());
}

#[test]
fn a_missing_agreement_uses_the_password_up() {
    let mut world = World::new(&[("GATEWAY_ADMIN_PASSWORD", "pw")]);
    let first = world.start("").unwrap().record;
    assert!(!first.eula && !first.commissioned && first.admin.is_some());
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
    let seen: Vec<_> = setup.links.iter().map(|o| (o.host.as_str(), o.port, o.ssl)).collect();
    assert_eq!(seen, [("backend", 8060, true), ("other", 8088, false)]);
    let to_master = Outgoing::to_master(&setup.redundancy).unwrap();
    assert_eq!((to_master.host.as_str(), to_master.port, to_master.ssl), ("backend", 8088, false));
}

#[test]
fn resources_and_variables_shape_the_network() {
    let world = World::new(&[("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted")]);
    let base = "config/resources/core";
    world.put(&format!("{base}/config-mode.json"), "{}");
    world.put(
        &format!("{base}/ignition/gateway-network-settings/config.json"),
        r#"{"requireSSL":false,"whitelist":"a"}"#,
    );
    world.put(&format!("{base}/ignition/gateway-network-settings/resource.json"), "{}");
    let incoming = format!("{base}/ignition/gateway-network-incoming/edge1_u");
    world.put(&format!("{incoming}/config.json"), r#"{"connectionId":"Edge1|U","securityStatus":"Approved"}"#);
    world.put(&format!("{incoming}/resource.json"), "{}");
    let outgoing = format!("{base}/ignition/gateway-network-outgoing/x");
    world.put(&format!("{outgoing}/config.json"), r#"{"host":"x","port":8088,"useSSL":false}"#);
    world.put(&format!("{outgoing}/resource.json"), "{}");
    let setup = world.start("").unwrap();
    assert_eq!(setup.fault, None);
    assert!(!setup.network.require_ssl);
    assert_eq!(setup.network.security_policy, SecurityPolicy::Unrestricted);
    assert_eq!(setup.network.whitelist, "a");
    assert_eq!(setup.approvals.get("edge1|u"), Some(&Approval::Approved));
    assert_eq!(setup.links[0].ping_max_missed, 30);
}

#[test]
fn what_the_gateway_cannot_read_makes_it_faulted_not_absent() {
    for (path, text) in [
        ("redundancy.xml", "<properties>"),
        ("config/resources/core/ignition/x/config.json", "{}"),
        ("config/local/ignition/gateway-network/uuid.txt", "not a uuid"),
        ("config/resources/external/ignition/gateway-network-settings/resource.json", "{"),
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
    assert!(record.commissioned && record.admin.is_none());
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
