//! Files of the Python tool as its users have them: what they become, and what is refused by name.

use crate::spec::{Loaded, Problems, dump_yaml, load};
use crate::stack::{Stack, resolve};

/// Reads and resolves a file under a fixed identity.
fn resolved(text: &str) -> Result<(Stack, Loaded), Problems> {
    let mut loaded = load(text)?;
    loaded.spec.stack_id = Some(uuid::Uuid::from_u128(7));
    match resolve(&loaded.spec) {
        Ok(stack) => Ok((stack, loaded)),
        Err(problems) => Err(loaded.locate(problems)),
    }
}

/// The dump of a file, what is told of it, and whose passwords were taken out of it.
#[track_caller]
fn becomes(text: &str) -> String {
    let (stack, loaded) = resolved(text).unwrap_or_else(|problems| panic!("{problems}"));
    let dump = dump_yaml(&stack.dump());
    for password in &loaded.passwords {
        assert!(!dump.contains(password.value.as_str()), "a password is in the dump");
        assert!(!format!("{password:?}").contains(password.value.as_str()), "a password is shown");
    }
    assert_eq!(resolve(&load(&dump).unwrap().spec).unwrap(), stack, "the dump is no fixed point");
    let passwords: Vec<_> = loaded.passwords.iter().map(|p| format!("{} is {:?}'s", p.path, p.of)).collect();
    format!("{}---\nnotices: {:#?}\npasswords: {passwords:#?}\n", dump, loaded.notices)
}

#[test]
fn golden_record_of_a_basic_stack() {
    insta::assert_snapshot!(becomes(include_str!("files/basic-record.yaml")));
}

#[test]
fn golden_scale_out_with_shorthand_and_redundancy() {
    insta::assert_snapshot!(becomes(include_str!("files/scale-out-shorthand.yaml")));
}

#[test]
fn golden_hub_and_spoke_record_in_json() {
    insta::assert_snapshot!(becomes(include_str!("files/hub-and-spoke-record.json")));
}

#[test]
fn golden_redundant_record_with_both_nodes() {
    insta::assert_snapshot!(becomes(include_str!("files/redundant-record.yaml")));
}

#[test]
fn golden_hand_written_without_roles() {
    insta::assert_snapshot!(becomes(include_str!("files/without-roles.yaml")));
}

#[test]
fn golden_the_least_file() {
    insta::assert_snapshot!(becomes("name: plant\n"));
}

#[test]
fn golden_registry_and_lax_scalars() {
    insta::assert_snapshot!(becomes(include_str!("files/registry-lax.yaml")));
}

const GATEWAY: &str = "name: plant\narchitecture: basic\ngateways:\n  - name: gateway\n";

/// Each row: a line to add, the path that must be named, and what must be said of it.
#[test]
fn what_cannot_be_done_yet_is_refused_by_name() {
    for (added, path, message) in [
        ("database: {kind: mysql}\n", "database.kind", "mysql is not supported yet; known: postgres"),
        ("database: {kind: mariadb}\n", "database.kind", "mariadb is not supported yet"),
        ("database: {kind: mongo}\n", "database.kind", "mongo is not supported yet"),
        ("database: {kind: oracle}\n", "database.kind", "\"oracle\" is not in the catalogue"),
        ("database: {user: plant}\n", "database.user", "is not supported yet"),
        ("database: {extra_databases: [a]}\n", "database.extra_databases", "is not supported yet"),
        ("database: {colour: red}\n", "database.colour", "no such key here"),
        ("database: {name: A_b}\n", "database.name", "must begin with a lower-case letter"),
        ("database: {name: gateway}\n", "database.name", "gateway is used twice"),
        ("database: postgres\n", "database", "is text, and a mapping"),
        ("services: [keycloak]\n", "services[0]", "keycloak is not supported yet"),
        ("services: [n8n, kafka]\n", "services[1]", "kafka is not supported yet"),
        ("services: [postgres]\n", "services[0]", "is a database: name it under database"),
        ("services: [nonsense]\n", "services[0]", "is not in the catalogue"),
        (
            "service_instances: [{id: b, service: chariot}]\n",
            "service_instances[0].service",
            "chariot is not supported yet",
        ),
        (
            "service_instances: [{id: b, service: postgres, user: x}]\n",
            "service_instances[0].user",
            "is not supported yet",
        ),
        ("reverse_proxy: {kind: nginx, mode: external}\n", "reverse_proxy.kind", "the proxy is traefik"),
        ("reverse_proxy: {mode: scaffold, path: ../x}\n", "reverse_proxy.path", "stays in this one"),
        ("reverse_proxy: {mode: external, network: host}\n", "reverse_proxy.network", "of the engine itself"),
        ("mcp_dropin: true\n", "mcp_dropin", "is not supported yet"),
        ("extra_modules: [{name: x}]\n", "extra_modules", "not supported yet"),
        ("    modules: [mqtt-engine]\n", "gateways[0].modules", "not supported yet"),
        ("    ignition_edition: maker\n", "gateways[0].ignition_edition", "known: standard, edge"),
        ("    redundancy: {mode: master, gan_port: 8060}\n", "gateways[0].redundancy.gan_port", "is 8088 on a plain"),
        (
            "    redundancy: {mode: master, seed_redundancy_xml: false}\n",
            "gateways[0].redundancy.seed_redundancy_xml",
            "not supported yet",
        ),
        (
            "    services: [{instance: db, role: mqtt-engine}]\ndatabase: {}\n",
            "gateways[0].services[0].role",
            "is not supported yet",
        ),
        ("    services: [{instance: ghost}]\n", "gateways[0].services[0].instance", "there is no service instance"),
        ("    env: {GATEWAY_ADMIN_PASSWORD: x}\n", "gateways[0].env", "is a secret"),
        ("admin_password: 12345\n", "admin_password", "put it in quotes"),
        ("colour: red\n", "colour", "no such key here"),
    ] {
        let Err(problems) = resolved(&format!("{GATEWAY}{added}")) else { panic!("taken: {added}") };
        let hit = problems.0.iter().any(|p| p.path == path && p.message.contains(message) && p.place.is_some());
        assert!(hit, "wanted {path:?}: {message:?} in {:#?}", problems.0);
    }
}

#[test]
fn the_reverse_proxy_means_what_it_meant() {
    let text = format!("{GATEWAY}reverse_proxy: {{kind: traefik, mode: scaffold, network: web, path: ./front/door}}\n");
    let (stack, _) = resolved(&text).unwrap();
    let proxy = stack.proxy.as_ref().unwrap();
    assert_eq!((proxy.network.as_str(), proxy.scaffold.as_deref()), ("web", Some("front/door")));
    // There an external proxy has a path, which says nothing.
    let (stack, _) = resolved(&format!("{GATEWAY}reverse_proxy: {{mode: external, path: reverse-proxy}}\n")).unwrap();
    assert_eq!(stack.proxy.unwrap().scaffold, None);
}

#[test]
fn switched_off_is_taken() {
    let off = "reverse_proxy: null\nmcp_dropin: false\nextra_modules: []\nservices: []\ndatabase: null\nservice_instances: []\n";
    let (stack, loaded) = resolved(&format!("{GATEWAY}{off}    \n")).unwrap();
    assert!(stack.services.is_empty() && loaded.notices.is_empty() && loaded.passwords.is_empty());
}

#[test]
fn a_file_with_a_version_has_none_of_it() {
    let text =
        "version: 1\nname: plant\narchitecture: basic\nadmin_password: x\ndatabase: null\nservices: []\ngateways: []\n";
    let Err(problems) = load(text) else { panic!("taken") };
    let paths: Vec<_> = problems.0.iter().map(|p| p.path.as_str()).collect();
    assert_eq!(paths, ["admin_password", "database", "services"]);
}
