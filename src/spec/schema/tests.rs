//! The schema against dumps of every architecture and against a table of what the program refuses.

use serde_json::{Value, json};

use super::schema;
use crate::architecture::{Choice, build};
use crate::spec::{dump_json, load};
use crate::stack::{Architecture, resolve};

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn dump(choice: Choice) -> Value {
    let choice = Choice { stack_id: Some(uuid::Uuid::from_u128(7)), ..choice };
    serde_json::from_str(&dump_json(&resolve(&build(&choice).unwrap()).unwrap().dump())).unwrap()
}

fn pair() -> Value {
    dump(Choice { redundant: Some("backend".into()), ..Choice::of("demo", Architecture::ScaleOut) })
}

#[track_caller]
fn valid(validator: &jsonschema::Validator, file: &Value) {
    let found: Vec<_> = validator.iter_errors(file).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn dumps_of_every_architecture_are_valid() {
    let validator = validator();
    valid(&validator, &pair());
    for architecture in Architecture::ALL {
        for redundant in [None, Some(architecture.redundant_role().word().to_owned())] {
            let env = [("A".to_owned(), "b\nc".to_owned())].into();
            valid(&validator, &dump(Choice { redundant, env, ..Choice::of("demo", architecture) }));
        }
    }
    let redundant = Some("backend".to_owned());
    let mut tls = dump(Choice {
        gateway_network: Some(crate::stack::Transport::Tls),
        redundant,
        ..Choice::of("demo", Architecture::ScaleOut)
    });
    valid(&validator, &tls);
    tls["gateways"][1]["redundancy"]["gan_port"] = json!(8088);
    assert!(!validator.is_valid(&tls), "the port of another transport");
    for proxy in [
        json!(null),
        json!({"mode": "external"}),
        json!({"mode": "scaffold", "network": "web", "path": "a/b", "address": "[::1]:8080"}),
    ] {
        let mut file = pair();
        file["reverse_proxy"] = proxy;
        valid(&validator, &file);
        assert!(resolve(&load(&file.to_string()).unwrap().spec).is_ok());
    }
    let least = json!({"version": 1, "name": "a", "architecture": "basic",
        "gateways": [{"name": "b", "role": "gateway", "http_port": 1}]});
    valid(&validator, &least);
}

/// Each row breaks a good file; the schema and the program must both refuse it.
#[test]
fn what_the_program_refuses_the_schema_refuses() {
    type Break = fn(&mut Value);
    let table: &[(&str, Break)] = &[
        ("version", |f| f["version"] = json!(2)),
        ("unknown key", |f| f["colour"] = json!("red")),
        ("name", |f| f["name"] = json!("De mo")),
        ("long name", |f| f["name"] = json!("a".repeat(32))),
        ("missing name", |f| drop(f.as_object_mut().unwrap().remove("name"))),
        ("stack id", |f| f["stack_id"] = json!("x")),
        ("architecture", |f| f["architecture"] = json!("star")),
        ("image", |f| f["ignition_image"] = json!("a b")),
        ("image that is a flag", |f| f["ignition_image"] = json!("-rm")),
        ("time zone", |f| f["timezone"] = json!("Europe/Atlantis")),
        ("administrator", |f| f["admin_username"] = json!("  ")),
        ("administrator with a control character", |f| f["admin_username"] = json!("a\u{7}")),
        ("transport", |f| f["gateway_network"] = json!("smoke")),
        ("split", |f| f["network_split"] = json!("yes")),
        ("bind address", |f| f["bind_address"] = json!("localhost")),
        ("reverse proxy", |f| f["reverse_proxy"] = json!({"mode": "internal"})),
        ("reverse proxy without a mode", |f| f["reverse_proxy"] = json!({})),
        ("proxy's network", |f| f["reverse_proxy"] = json!({"mode": "external", "network": "host"})),
        ("proxy's path", |f| f["reverse_proxy"] = json!({"mode": "scaffold", "path": "../x"})),
        ("proxy's path within", |f| f["reverse_proxy"] = json!({"mode": "scaffold", "path": "a/../x"})),
        ("proxy's address", |f| f["reverse_proxy"] = json!({"mode": "external", "address": "localhost"})),
        ("proxy's port", |f| f["reverse_proxy"] = json!({"mode": "external", "address": "localhost:65536"})),
        ("no gateways", |f| f["gateways"] = json!([])),
        ("gateways no list", |f| f["gateways"] = json!({})),
        ("gateway name", |f| f["gateways"][0]["name"] = json!("b_1")),
        ("reserved name", |f| f["gateways"][0]["name"] = json!("seed-a")),
        ("role of another architecture", |f| f["gateways"][0]["role"] = json!("hub")),
        ("unknown role", |f| f["gateways"][0]["role"] = json!("king")),
        ("edition", |f| f["gateways"][0]["ignition_edition"] = json!("maker")),
        ("memory", |f| f["gateways"][0]["memory_mb"] = json!(12)),
        ("port 0", |f| f["gateways"][0]["http_port"] = json!(0)),
        ("port 70000", |f| f["gateways"][0]["http_port"] = json!(70_000)),
        ("port as text", |f| f["gateways"][0]["http_port"] = json!("9088")),
        ("modules", |f| f["gateways"][0]["modules"] = json!(["x"])),
        ("disabled module", |f| f["gateways"][0]["disable_builtins"] = json!(["opcua"])),
        ("networks twice", |f| f["gateways"][0]["networks"] = json!(["backend", "backend"])),
        ("no networks", |f| f["gateways"][0]["networks"] = json!([])),
        ("variable name", |f| f["gateways"][0]["env"] = json!({"A-B": "1"})),
        ("variable number", |f| f["gateways"][0]["env"] = json!({"A": 1})),
        ("secret variable", |f| f["gateways"][0]["env"] = json!({"GATEWAY_ADMIN_PASSWORD": "x"})),
        ("NUL", |f| f["gateways"][0]["env"] = json!({"A": "\u{0}"})),
        ("redundant frontend", |f| f["gateways"][0]["redundancy"] = json!({"mode": "master"})),
        ("mode", |f| f["gateways"][1]["redundancy"]["mode"] = json!("boss")),
        ("backup without peer", |f| f["gateways"][2]["redundancy"] = json!({"mode": "backup"})),
        ("port of the pair", |f| f["gateways"][1]["redundancy"]["gan_port"] = json!(8060)),
        ("unknown key in a gateway", |f| f["gateways"][0]["colour"] = json!("red")),
        ("attachment's role", |f| f["gateways"][0]["services"][0]["role"] = json!("owner")),
        ("attachment without instance", |f| f["gateways"][0]["services"][0] = json!({})),
        ("edge with a database", |f| f["gateways"][0]["ignition_edition"] = json!("edge")),
        ("service", |f| f["service_instances"][0]["service"] = json!("oracle")),
        ("service id", |f| f["service_instances"][0]["id"] = json!("admin")),
        ("service image", |f| f["service_instances"][0]["image"] = json!("")),
    ];
    let validator = validator();
    for (what, spoil) in table {
        let mut file = pair();
        spoil(&mut file);
        assert!(!validator.is_valid(&file), "the schema takes: {what}");
        let refused = load(&file.to_string()).map_or(true, |loaded| resolve(&loaded.spec).is_err());
        assert!(refused, "the program takes: {what}");
    }
}

#[test]
fn every_key_is_described() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let properties = |at: &str| schema.pointer(at).unwrap().as_object().unwrap().clone();
    for at in ["/properties", "/$defs/GatewaySpec/properties", "/$defs/ServiceSpec/properties"] {
        for (key, value) in properties(at) {
            assert!(value["description"].as_str().is_some_and(|text| text.len() > 5), "{at}/{key}");
        }
    }
}
