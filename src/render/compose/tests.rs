//! The compose file read back: by a YAML reader that undoes `$$`, and by docker-compose where it is installed.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use crate::blueprint::{EnvValue, Mount, SecretName};
use crate::render::{dotenv, fixture};

fn parse(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).unwrap()
}

/// The text that compose hands to the engine.
fn literal(value: &Value) -> String {
    value.as_str().unwrap().replace("$$", "$")
}

#[test]
fn golden() {
    insta::assert_snapshot!(compose(&fixture::blueprint()).unwrap());
}

#[test]
fn a_gateway_starts_after_its_seeding_has_succeeded_and_its_database_is_healthy() {
    let file = parse(&compose(&fixture::blueprint()).unwrap());
    let after = &file["services"]["backend"]["depends_on"];
    assert_eq!(after["seed-backend"]["condition"], "service_completed_successfully");
    assert_eq!(after["db"]["condition"], "service_healthy");
    assert!(file["services"].get("seed-db").is_none(), "a service without seeds is not seeded");
}

#[test]
fn what_has_no_health_check_is_only_waited_for_to_start() {
    let mut blueprint = fixture::blueprint();
    blueprint.containers[0].health = None;
    blueprint.containers[1].after.extend(["backend", "backend-backup"].map(fixture::name));
    blueprint.containers[2].health =
        Some(HealthCheck { shell: "true".to_owned(), interval_s: 1, timeout_s: 1, retries: 1, start_period_s: 1 });
    let file = parse(&compose(&blueprint).unwrap());
    let after = &file["services"]["frontend"]["depends_on"];
    assert_eq!(after["db"]["condition"], "service_started");
    assert_eq!(after["backend"]["condition"], "service_healthy");
    assert_eq!(after["backend-backup"]["condition"], "service_started");
}

#[test]
fn simulated_gateways_are_not_seeded_by_compose_and_the_file_says_so() {
    let mut blueprint = fixture::blueprint();
    for container in blueprint.containers.iter_mut().filter(|c| !c.seeds.is_empty()) {
        container.image = crate::catalog::image::simulated("8.3.9");
    }
    let text = compose(&blueprint).unwrap();
    assert!(text.starts_with("# SIMULATED gateways. Start them the first time with `ignition-stack up`"));
    let file = parse(&text);
    let services: Vec<&String> = file["services"].as_object().unwrap().keys().collect();
    let mut members: Vec<&str> = blueprint.containers.iter().map(|c| c.member.as_str()).collect();
    members.sort_unstable();
    assert_eq!(services, members);
}

#[test]
fn a_member_may_bear_the_name_of_a_seeding_service() {
    let mut blueprint = fixture::blueprint();
    blueprint.containers[0].member = fixture::name("seed-backend");
    let file = parse(&compose(&blueprint).unwrap());
    assert_eq!(file["services"]["seed-backend"]["image"], "postgres:18.1");
    assert_eq!(file["services"]["seed_backend"]["user"], "root");
    assert_eq!(file["services"].as_object().unwrap().len(), 7);
}

#[test]
fn nothing_is_privileged_named_globally_or_reaches_the_engine() {
    let text = compose(&fixture::blueprint()).unwrap();
    for forbidden in ["privileged", "container_name", "cap_add", "docker.sock", "com.docker.compose."] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn an_ipv6_address_stands_in_brackets_and_sizes_in_exact_units() {
    let mut blueprint = fixture::blueprint();
    let gateway = &mut blueprint.containers[1];
    gateway.ports[0].host_ip = "::1".parse().unwrap();
    gateway.memory_limit = Some(1024 * 1024 + 1);
    let file = parse(&compose(&blueprint).unwrap());
    assert_eq!(file["services"]["frontend"]["ports"][0], "[::1]:9088:8088");
    assert_eq!(file["services"]["frontend"]["mem_limit"], "1048577b");
    assert_eq!(file["services"]["backend"]["mem_limit"], "2560m");
}

#[test]
fn a_secret_that_cannot_be_a_key_is_refused() {
    let mut blueprint = fixture::blueprint();
    let bad = EnvValue::Secret(SecretName("x}\nprivileged".to_owned()));
    blueprint.containers[1].env.insert("X".to_owned(), bad);
    assert!(matches!(compose(&blueprint), Err(RenderError::SecretName { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(fixture::CASES))]
    #[test]
    fn text_survives(value in awkward(), argument in awkward(), label in awkward(), key in "[A-Z_]{1,8}|\\PC{1,12}") {
        let mut blueprint = lone();
        let container = &mut blueprint.containers[0];
        container.env = IndexMap::from([(key.clone(), EnvValue::Plain(value.clone()))]);
        container.command = vec!["-n".to_owned(), argument.clone()];
        container.labels = IndexMap::from([(key.clone(), label.clone())]);
        container.health.as_mut().unwrap().shell.clone_from(&argument);
        let file = parse(&compose(&blueprint).unwrap());
        let service = &file["services"]["db"];
        prop_assert_eq!(literal(&service["environment"][key.as_str()]), value);
        prop_assert_eq!(literal(&service["command"][1]), argument.as_str());
        prop_assert_eq!(literal(&service["healthcheck"]["test"][1]), argument.as_str());
        prop_assert_eq!(literal(&service["labels"][key.as_str()]), label);
    }

    #[test]
    fn numbers_and_names_survive(
        ip: std::net::IpAddr, ports: [u16; 2], numbers: [u32; 5], memory in prop_oneof![any::<u64>(), (0..1_u64 << 44).prop_map(|n| n << 20)],
        volume in "[a-z][a-z0-9-]{0,30}", target in "/[a-z$]{1,8}", network in "[a-z]{1,8}", member in "[a-z][a-z0-9-]{0,30}",
    ) {
        let mut blueprint = lone();
        let container = &mut blueprint.containers[0];
        container.member = fixture::name(&member);
        container.ports = vec![PublishedPort { host_ip: ip, host_port: ports[0], container_port: ports[1] }];
        container.memory_limit = Some(memory);
        let [stop_grace_s, interval_s, timeout_s, retries, start_period_s] = numbers;
        container.stop_grace_s = stop_grace_s;
        container.health = Some(HealthCheck { shell: "true".to_owned(), interval_s, timeout_s, retries, start_period_s });
        container.mounts = vec![Mount { volume: volume.clone(), target: target.clone() }];
        container.networks = vec![network.clone()];
        let file = parse(&compose(&blueprint).unwrap());
        let service = &file["services"][&member];
        let (host, inside) = service["ports"][0].as_str().unwrap().rsplit_once(':').unwrap();
        prop_assert_eq!(inside.parse(), Ok(ports[1]));
        prop_assert_eq!(host.parse(), Ok(std::net::SocketAddr::new(ip, ports[0])));
        let limit = service["mem_limit"].as_str().unwrap();
        let bytes = match limit.strip_suffix('m') {
            Some(count) => count.parse::<u64>().unwrap() << 20,
            None => limit.strip_suffix('b').unwrap().parse().unwrap(),
        };
        prop_assert_eq!(bytes, memory);
        let seconds = |value: &Value| value.as_str().unwrap().strip_suffix('s').unwrap().parse::<u32>().unwrap();
        let check = &service["healthcheck"];
        prop_assert_eq!(
            [
                seconds(&service["stop_grace_period"]),
                seconds(&check["interval"]),
                seconds(&check["timeout"]),
                u32::try_from(check["retries"].as_u64().unwrap()).unwrap(),
                seconds(&check["start_period"]),
            ],
            numbers
        );
        prop_assert_eq!(literal(&service["volumes"][0]), format!("{volume}:{target}"));
        prop_assert_eq!(&service["networks"], &serde_json::json!([network]));
        prop_assert_eq!(&service["hostname"], &serde_json::json!(member));
    }
}

/// The sample's database alone, made once: the cases above are many.
fn lone() -> Blueprint {
    thread_local!(static LONE: Blueprint = {
        let mut blueprint = fixture::blueprint();
        blueprint.containers.truncate(1);
        blueprint.volumes.clear();
        blueprint.networks.clear();
        blueprint
    });
    LONE.with(Clone::clone)
}

/// Text that YAML, compose or a shell may take for something else.
fn awkward() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[ -~\n\r\t\u{0}\u{1b}\u{7f}\u{85}\u{feff}\u{2028}]{0,40}",
        "[$\\{}:\\-?#'\"\\\\|>&*!%@`,\\[\\] \n]{0,20}",
        "( {0,3}[a-z$]{1,60}\n?){0,4}",
        prop::sample::select(vec![
            "yes",
            "no",
            "on",
            "null",
            "~",
            "1e3",
            "0o17",
            "22:22",
            "1_000",
            "2001-12-14",
            "=",
            "<<",
            "---",
            "...",
            "",
            " ",
            "- a",
            "a: b",
            "a #b",
            "${HOME}",
            "$$",
            "$",
            "$$$",
            "true",
            "\n",
            ".inf",
            "0x1f",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Runs `docker-compose config` on a file in a world of its own; `None` where it is not installed.
fn config_by_compose<T: DeserializeOwned>(directory: &Path, yaml: &str, env: &str) -> Option<T> {
    fs_err::write(directory.join("docker-compose.yaml"), yaml).unwrap();
    fs_err::write(directory.join(".env"), env).unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let output = Command::new("docker-compose")
        .args(["-f", "docker-compose.yaml", "config"])
        .current_dir(directory)
        .env_clear()
        .envs([("PATH", path), ("HOME", directory.into()), ("LC_ALL", "C.UTF-8".into())])
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            println!("SKIPPED: docker-compose cannot be run ({error}); the file was only read back as YAML");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_yaml::from_slice(&output.stdout).unwrap())
}

#[test]
fn docker_compose_reads_the_same_file() {
    let directory = tempfile::tempdir().unwrap();
    let env = dotenv(&fixture::stack().name, &fixture::secrets()).unwrap();
    let yaml = compose(&fixture::blueprint()).unwrap();
    let Some(seen) = config_by_compose::<Value>(directory.path(), &yaml, &env) else { return };
    let services = &seen["services"];
    assert_eq!(services.as_object().unwrap().len(), 7);
    assert_eq!(literal(&services["backend"]["environment"]["NOTE"]), "$HOME is not ${expanded}");
    assert_eq!(literal(&services["backend"]["command"][3]), "-Dlabel=a$b");
    assert_eq!(services["backend"]["environment"]["GATEWAY_NETWORK_REQUIRESSL"], "false");
    assert_eq!(literal(&services["db"]["environment"]["POSTGRES_PASSWORD"]), "it costs $5 # \"net\"");
    assert_eq!(literal(&services["seed-backend"]["environment"]["DB_PASSWORD"]), "it costs $5 # \"net\"");
    assert_eq!(services["seed-backend"]["restart"], "no");
    let after = &services["backend"]["depends_on"]["seed-backend"];
    assert_eq!(after["condition"], "service_completed_successfully");
    assert_eq!(seen["volumes"]["backend-data"]["name"], "demo_backend-data");
}

#[test]
fn docker_compose_stops_when_a_secret_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let yaml = compose(&fixture::blueprint()).unwrap();
    fs_err::write(directory.path().join("docker-compose.yaml"), yaml).unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let run = Command::new("docker-compose")
        .args(["-f", "docker-compose.yaml", "config", "-q"])
        .current_dir(directory.path())
        .env_clear()
        .envs([("PATH", path), ("HOME", directory.path().into())])
        .output();
    match run {
        Ok(output) => {
            assert!(!output.status.success());
            assert!(String::from_utf8_lossy(&output.stderr).contains("_PASSWORD is not set, see the .env file"));
        }
        Err(error) => println!("SKIPPED: docker-compose cannot be run ({error})"),
    }
}

/// Many awkward values in one file, because each run of docker-compose costs a third of a second.
#[test]
fn docker_compose_reads_awkward_text_as_it_was() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let directory = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let mut values = Vec::new();
    while values.len() < 1_000 {
        let value = awkward().new_tree(&mut runner).unwrap().current();
        // In its answer (not in our file) compose folds lines at these, which is a line end in YAML 1.1 only.
        if !value.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
            values.push(value);
        }
    }
    let mut secrets = crate::engine::Secrets::new();
    let mut blueprint = fixture::blueprint();
    blueprint.containers.truncate(1);
    let container = &mut blueprint.containers[0];
    container.env = values.iter().enumerate().map(|(i, v)| (format!("K{i}"), EnvValue::Plain(v.clone()))).collect();
    for value in &values {
        let name = SecretName(format!("s{}", secrets.len()));
        if dotenv(&fixture::stack().name, &[(name.clone(), value.clone())].into()).is_ok() {
            container.env.insert(format!("S{}", secrets.len()), EnvValue::Secret(name.clone()));
            secrets.insert(name, value.clone());
        }
    }
    let env = dotenv(&fixture::stack().name, &secrets).unwrap();
    let Some(seen) = config_by_compose::<Environments>(directory.path(), &compose(&blueprint).unwrap(), &env) else {
        return;
    };
    let environment = &seen.services["db"].environment;
    for (i, value) in values.iter().enumerate() {
        assert_eq!(&environment[&format!("K{i}")].replace("$$", "$"), value);
    }
    assert!(secrets.len() > 200);
    for (name, value) in &secrets {
        assert_eq!(&environment[&name.env_key()].replace("$$", "$"), value, "{}", name.env_key());
    }
}

/// The part of compose's answer that the test above needs: as text, because compose quotes for readers of YAML 1.1 only.
#[derive(Deserialize)]
struct Environments {
    services: IndexMap<String, WithEnvironment>,
}

#[derive(Deserialize)]
struct WithEnvironment {
    environment: IndexMap<String, String>,
}
