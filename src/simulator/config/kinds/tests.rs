//! What settings of each kind may be: the samples of the fact sheet are fine, each broken field is found by name.

use serde_json::{Value, json};

use super::{RULES, Rules};

fn rules(name: &str) -> &'static Rules {
    RULES.iter().find(|r| r.name == name).unwrap()
}

fn fields(name: &str, config: &Value) -> Vec<String> {
    rules(name).check(config).into_iter().map(|f| f.field).collect()
}

fn token() -> Value {
    json!({"profile": {"type": "basic-token", "secureChannelRequired": false, "timestamp": 1_754_429_526_000_u64,
        "securityLevels": [{"name": "Authenticated", "children": [{"name": "APIKEY", "children": []}]}]},
        "settings": {"tokenHash": "c4cNxcsHexJ5mlGPoinRgppto_nEj8mSnacF-ppNCjM"}})
}

fn database() -> Value {
    json!({"driver": "PostgreSQL", "translator": "POSTGRES", "connectURL": "jdbc:postgresql://db:5432/ignition",
        "username": "ignition", "password": {"type": "Referenced", "data": {"providerName": "environment", "secretName": "POSTGRES_PASSWORD"}},
        "connectionProps": "", "connectionResetParams": "", "defaultTransactionLevel": "DEFAULT", "evictionRate": -1,
        "evictionTests": 3, "evictionTime": 1_800_000, "failoverMode": "STANDARD", "includeSchemaInTableName": false,
        "poolInitSize": 0, "poolMaxActive": 8, "poolMaxIdle": 8, "poolMaxWait": 5000, "poolMinIdle": 0,
        "slowQueryLogThreshold": 60000, "testOnBorrow": true, "testOnReturn": false, "testWhileIdle": false,
        "validationQuery": "SELECT 1", "validationSleepTime": 10000})
}

fn samples() -> Vec<(&'static str, Value)> {
    let administrator = json!({"type": "AnyOf", "securityLevels": [{"name": "Authenticated", "children": [
        {"name": "Roles", "children": [{"name": "Administrator", "children": []}]}]}]});
    vec![
        ("gateway-network-outgoing", json!({"host": "h", "port": 8060, "useSSL": true})),
        (
            "gateway-network-incoming",
            json!({"connectionId": "edge1|6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11", "securityStatus": "Approved"}),
        ),
        ("api-token", token()),
        ("security-levels", json!({"levels": [{"name": "Authenticated", "description": "", "children": []}]})),
        (
            "security-properties",
            json!({"systemAuthProfile": "default", "systemIdentityProvider": "default",
            "accessPermissions": {"type": "AllOf", "securityLevels": []}, "readPermissions": administrator}),
        ),
        ("database-connection", database()),
        (
            "secret-provider",
            json!({"profile": {"type": "file"}, "settings": {"files": {"POSTGRES_PASSWORD":
            {"description": "", "filePath": "/run/secrets/POSTGRES_PASSWORD", "fileType": "CLEARTEXT"}}}}),
        ),
        (
            "secret-provider",
            json!({"profile": {"type": "internal"}, "settings": {"secrets": {"db": {"description": "", "ciphertext": {}}}}}),
        ),
        ("system-properties", json!({"systemName": "demo", "homepageUrl": "/app", "secondsBeforeFailover": 60})),
        ("local-system-properties", json!({"systemUID": "x", "demoTimeRemaining": 7200})),
        ("quickstart", json!({"finished": true, "steps": []})),
        ("user-source", json!({"profile": {"type": "INTERNAL"}})),
        ("identity-provider", json!({"type": "internal"})),
    ]
}

#[test]
fn the_samples_on_record_and_the_defaults_are_fine() {
    let defaults = RULES.iter().filter_map(|r| Some((r.name, r.default?())));
    let all: Vec<_> = samples().into_iter().chain(defaults).collect();
    for rule in RULES {
        assert!(all.iter().any(|(name, _)| *name == rule.name), "no sample of {}", rule.name);
    }
    for (name, config) in all {
        assert_eq!(rules(name).check(&config), [], "{name}");
        let mut more = config;
        more["keyOfALaterVersion"] = json!({"x": [1]});
        assert_eq!(rules(name).check(&more), [], "{name} with an unknown key");
    }
}

#[test]
fn required_keys_are_required() {
    for (name, key) in [
        ("gateway-network-outgoing", "host"),
        ("gateway-network-outgoing", "port"),
        ("gateway-network-outgoing", "useSSL"),
        ("gateway-network-incoming", "connectionId"),
        ("gateway-network-incoming", "securityStatus"),
        ("api-token", "profile.type"),
        ("api-token", "profile.secureChannelRequired"),
        ("api-token", "profile.securityLevels"),
        ("api-token", "profile.timestamp"),
        ("api-token", "settings.tokenHash"),
        ("security-properties", "systemAuthProfile"),
        ("security-properties", "systemIdentityProvider"),
        ("database-connection", "driver"),
        ("database-connection", "connectURL"),
        ("secret-provider", "profile.type"),
        ("system-properties", "systemName"),
    ] {
        let (_, mut config) = samples().into_iter().find(|(n, _)| *n == name).unwrap();
        let (parents, last) = key.rsplit_once('.').unwrap_or(("", key));
        let parent = parents.split('.').filter(|p| !p.is_empty()).fold(&mut config, |v, k| &mut v[k]);
        parent.as_object_mut().unwrap().remove(last).unwrap();
        assert_eq!(fields(name, &config), [key], "{name}");
    }
}

#[test]
fn words_and_forms_are_checked() {
    for (name, key, value, field) in [
        ("gateway-network-outgoing", "port", json!(70000), "port"),
        ("gateway-network-outgoing", "pingMaxMissed", json!(0), "pingMaxMissed"),
        ("gateway-network-incoming", "connectionId", json!("edge1"), "connectionId"),
        ("gateway-network-incoming", "securityStatus", json!("approved"), "securityStatus"),
        (
            "security-properties",
            "readPermissions",
            json!({"type": "Any", "securityLevels": []}),
            "readPermissions.type",
        ),
        ("security-properties", "readPermissions", json!({"type": "AnyOf"}), "readPermissions.securityLevels"),
        ("security-levels", "levels", json!([{"name": "a", "children": [{"name": ""}]}]), "levels[0].children[0].name"),
        ("database-connection", "password", json!("plain"), "password"),
        ("database-connection", "password", json!({"type": "Plain"}), "password.type"),
        (
            "database-connection",
            "password",
            json!({"type": "Referenced", "data": {"providerName": "x"}}),
            "password.data.secretName",
        ),
        ("database-connection", "password", json!({"type": "Embedded", "data": {}}), "password.data.protected"),
        ("database-connection", "testOnBorrow", json!("yes"), "testOnBorrow"),
        ("secret-provider", "profile", json!({"type": "vault"}), "profile.type"),
        ("secret-provider", "settings", json!({"files": {"x": {"filePath": "/x"}}}), "settings.files.x.fileType"),
        ("system-properties", "systemName", json!("a|b"), "systemName"),
        ("local-system-properties", "demoTimeRemaining", json!(-1), "demoTimeRemaining"),
        ("identity-provider", "type", json!("ldap"), "type"),
        ("user-source", "profile", json!(7), "profile"),
    ] {
        let (_, mut config) = samples().into_iter().find(|(n, _)| *n == name).unwrap();
        config[key] = value;
        assert_eq!(fields(name, &config), [field], "{name}");
    }
    let settings = |key: &str, value: Value| fields("gateway-network-settings", &json!({key: value}));
    assert_eq!(settings("securityPolicy", json!("Open")), ["securityPolicy"]);
    assert_eq!(settings("requireSSL", json!(1)), ["requireSSL"]);
    assert_eq!(
        fields("gateway-network-queue-settings", &json!({"queueSettings": [{"maxActive": 1}]})),
        ["queueSettings[0].queueId"]
    );
    assert_eq!(fields("gateway-network-proxy-rules", &json!({})), ["proxyRules"]);
}

#[test]
fn plain_text_in_the_place_of_a_secret_is_told_in_the_gateways_words() {
    let mut config = database();
    config["password"] = json!("plain");
    let found = rules("database-connection").check(&config);
    assert_eq!(found[0].message, "Unable to read required property 'type'");
}

#[test]
fn a_tree_of_levels_has_an_end() {
    let deep = (0..100).fold(json!([]), |inner, _| json!([{"name": "x", "children": inner}]));
    assert_eq!(rules("security-levels").check(&json!({"levels": deep})).len(), 1);
}
