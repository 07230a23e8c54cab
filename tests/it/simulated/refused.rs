//! Starts that fail, and what they say: the command line and the variables as a container's engine hands them over.

use std::net::TcpListener;
use std::process::ExitStatus;

use fastrand::Rng;

use super::gateway::Plan;

/// How a start with these variables ends, with everything that it said.
fn ends(variables: &[(&str, &str)], arguments: &[&str]) -> (ExitStatus, String) {
    let mut plan = Plan::new(&mut Rng::new());
    for (name, value) in variables {
        plan = plan.set(name, value);
    }
    let mut gateway = plan.start(arguments);
    gateway.eventually("the end", |g| g.ended().is_some());
    (gateway.ended().unwrap(), gateway.log())
}

#[track_caller]
fn refused(variables: &[(&str, &str)], said: &str) {
    let (ended, log) = ends(variables, &[]);
    assert_eq!(ended.code(), Some(1), "{variables:?}\n{log}");
    assert!(log.contains("Gateway start failed: ") && log.contains(said), "{variables:?}: wanted {said:?}\n{log}");
}

#[test]
fn a_knob_that_cannot_be_read_is_named_with_what_is_wanted() {
    let whole = "expected a whole number from 0 to 4294967295";
    for (name, value, why) in [
        ("BOOT_MS", "abc", whole),
        ("BOOT_MS", "-1", whole),
        ("BOOT_MS", "1e3", whole),
        ("HANG_IN", "x", "PORT_CLOSED"),
        ("EXIT_CODE", "300", "expected a whole number from 0 to 255"),
        ("ANSWERS", "{", "expected a sequence"),
        ("CONTROL_ADDRESS", "zzz", "must be an address with a port, such as 127.0.0.1:8099, or off"),
    ] {
        let name = format!("SIMULATED_{name}");
        let (ended, log) = ends(&[(&name, value)], &[]);
        assert_eq!(ended.code(), Some(1), "{name}={value}\n{log}");
        let said = format!("Gateway start failed: variable {name}: ");
        assert!(log.contains(&said) && log.contains(why), "{name}={value}: wanted {why:?}\n{log}");
    }
}

#[test]
fn a_variable_that_no_gateway_can_use_is_said() {
    let version = "a simulated gateway plays Ignition 8.3 only";
    let number = "must be the number of a user or a group";
    for (name, value, why) in [
        ("SIMULATED_VERSION", "8.1.44", version),
        ("SIMULATED_VERSION", "9.9", version),
        ("SIMULATED_VERSION", "abc", version),
        ("SIMULATED_BIND_ADDRESS", "zzz", "must be an IP address, such as 127.0.0.1"),
        ("GATEWAY_HTTP_PORT", "0", "must be a port from 1 to 65535"),
        ("IGNITION_UID", "abc", number),
        ("IGNITION_GID", "4294967295", number),
    ] {
        refused(&[(name, value)], &format!("variable {name}: {why}"));
    }
}

#[test]
fn a_name_that_nobody_reads_is_warned_of() {
    let plan = Plan::new(&mut Rng::new()).set("SIMULATED_HANGIN", "STARTING").set("GATEWAY_NETWORK_0_PORT", "8088");
    let mut gateway = plan.start(&[]);
    gateway.wait_running();
    let log = gateway.log();
    assert!(
        log.contains(
            "SIMULATED_HANGIN is set and is no variable of a simulated gateway; the nearest is SIMULATED_HANG_IN"
        ),
        "{log}"
    );
    assert!(
        log.contains("GATEWAY_NETWORK_0_PORT is set and makes no connection: GATEWAY_NETWORK_0_HOST is not set"),
        "{log}"
    );
}

#[test]
fn everything_that_is_wrong_with_the_knobs_is_said_at_once() {
    let bad = [("SIMULATED_BOOT_MS", "abc"), ("SIMULATED_EXIT_CODE", "300"), ("SIMULATED_CONTROL_ADDRESS", "zzz")];
    for (name, _) in bad {
        refused(&bad, &format!("variable {name}: "));
    }
}

#[test]
fn a_control_port_that_is_named_and_taken_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(
        &[("SIMULATED_CONTROL_ADDRESS", &address), ("SIMULATED_BOOT_MS", "60000")],
        &format!("variable SIMULATED_CONTROL_ADDRESS: {address} cannot be opened"),
    );
}

#[test]
fn what_follows_two_dashes_reaches_the_gateway_wherever_they_stand() {
    for arguments in [
        ["--", "gateway.useProxyForwardedHeader=true", "lunch"].as_slice(),
        &["-n", "a", "--", "gateway.useProxyForwardedHeader=true", "lunch"],
        &["--", "-Dignition.config.mode=dev", "lunch"],
        &["--", "--", "lunch"],
    ] {
        let mut gateway = Plan::new(&mut Rng::new()).start(arguments);
        gateway.wait_running();
        let log = gateway.log();
        assert!(log.contains("no parameter of wrapper, gateway or JVM: lunch"), "{arguments:?}\n{log}");
    }
}

#[test]
fn words_that_are_the_programs_elsewhere_are_the_entrypoints_here() {
    for word in ["--help", "-q", "--version", "-x", "--output"] {
        let (ended, log) = ends(&[], &[word]);
        assert_eq!(ended.code(), Some(1), "{word}\n{log}");
        let said =
            format!("entrypoint argument {word}: is not an argument of the gateway's entrypoint (-n -a -h -s -m");
        assert!(log.contains(&said), "{word}\n{log}");
    }
}

#[test]
fn words_for_the_control_port_are_none_of_a_gateway() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (ended, log) = ends(&[("SIMULATED_CONTROL_ADDRESS", &address)], &["--control", "restart"]);
    assert_eq!(ended.code(), Some(1), "{log}");
    assert!(log.contains(&format!("no answer from {address}")) && !log.contains("Gateway start failed"), "{log}");
}
