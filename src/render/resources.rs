//! Configuration resources seeded into a gateway's data directory (fact sheet 7): paths and JSON. Which gateway gets
//! which is decided by the blueprint.

use serde_json::{Value, json};
use uuid::Uuid;

/// Path of the core collection's manifest below the data directory. A `core` folder without it is `FAULTED` (fact
/// sheet 3.4, 7.1).
pub const CORE_CONFIG_MODE_PATH: &str = "config/resources/core/config-mode.json";

/// Path of the gateway's identity in the gateway network below the data directory (fact sheet 4.2).
pub const UUID_PATH: &str = "config/local/ignition/gateway-network/uuid.txt";

/// Path of the gateway network's keystore below the data directory (fact sheet 4.5).
pub const KEYSTORE_PATH: &str = "config/local/ignition/gateway-network/keystore/metro-keystore.pfx";

/// Path of an authority that a gateway trusts in gateways that it dials (fact sheet 4.5).
pub const TRUSTED_BY_CLIENT_PATH: &str =
    "config/local/ignition/gateway-network/client/security/pki/trusted/certs/ignition-stack-ca.crt";

/// Path of an authority that a gateway trusts in gateways that dial it (fact sheet 4.5).
pub const TRUSTED_BY_SERVER_PATH: &str =
    "config/local/ignition/gateway-network/server/security/pki/trusted/certs/ignition-stack-ca.crt";

/// The files of one named resource, as paths below the data directory (fact sheet 7.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResourcePaths {
    /// Its settings.
    pub config: String,
    /// Its description to the gateway: [`resource_json`].
    pub resource: String,
}

/// Where a resource of the core collection lives. `kind` is the resource type: `database-connection`,
/// `secret-provider`.
pub fn core_resource(kind: &str, name: &str) -> ResourcePaths {
    let folder = format!("config/resources/core/ignition/{kind}/{name}");
    ResourcePaths { config: format!("{folder}/config.json"), resource: format!("{folder}/resource.json") }
}

/// `core/config-mode.json` as the gateway writes it (fact sheet 7.1).
pub fn core_config_mode() -> String {
    text(&json!({
        "title": "Core",
        "description": "Core collection of locally managed Gateway configuration resources",
        "enabled": true,
        "inheritable": true,
        "parent": "external",
    }))
}

/// `uuid.txt`: the text alone, no line end needed (fact sheet 4.2).
pub fn uuid_txt(uuid: Uuid) -> String {
    uuid.hyphenated().to_string()
}

/// `resource.json` beside the `config.json` of a named resource (fact sheet 7.2). Without a signature: unsigned
/// resources load.
pub fn resource_json(uuid: Uuid, description: &str) -> String {
    text(&json!({
        "scope": "A",
        "description": description,
        "version": 1,
        "restricted": false,
        "overridable": true,
        "files": ["config.json"],
        "attributes": { "enabled": true, "uuid": uuid.hyphenated().to_string() },
    }))
}

/// Where a connection finds its password: a secret of a secret provider of the same gateway.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecretReference<'a> {
    /// Name of the secret provider's resource.
    pub provider: &'a str,
    /// Name of the secret in it.
    pub secret: &'a str,
}

/// A connection to a `PostgreSQL` database on its standard port (fact sheet 7.3; numbers are those of the sample).
pub fn postgres_connection(host: &str, database: &str, username: &str, password: SecretReference<'_>) -> String {
    text(&json!({
        "driver": "PostgreSQL",
        "translator": "POSTGRES",
        "connectURL": format!("jdbc:postgresql://{host}:5432/{database}"),
        "username": username,
        "password": {
            "type": "Referenced",
            "data": { "providerName": password.provider, "secretName": password.secret },
        },
        "connectionProps": "",
        "connectionResetParams": "",
        "defaultTransactionLevel": "DEFAULT",
        "evictionRate": -1,
        "evictionTests": 3,
        "evictionTime": 1_800_000,
        "failoverMode": "STANDARD",
        "includeSchemaInTableName": false,
        "poolInitSize": 0,
        "poolMaxActive": 8,
        "poolMaxIdle": 8,
        "poolMaxWait": 5000,
        "poolMinIdle": 0,
        "slowQueryLogThreshold": 60000,
        "testOnBorrow": true,
        "testOnReturn": false,
        "testWhileIdle": false,
        "validationQuery": "SELECT 1",
        "validationSleepTime": 10000,
    }))
}

/// A secret provider that reads plain text files in the container: (secret, absolute path) pairs (fact sheet 7.3).
pub fn file_secret_provider<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let files: serde_json::Map<String, Value> = files
        .into_iter()
        .map(|(secret, path)| {
            (secret.to_owned(), json!({ "description": "", "filePath": path, "fileType": "CLEARTEXT" }))
        })
        .collect();
    text(&json!({ "profile": { "type": "file" }, "settings": { "files": files } }))
}

/// Indented, with a final line end. Displaying a JSON value cannot fail.
fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::render::fixture;

    fn parse(text: &str) -> Value {
        assert!(text.ends_with("}\n"));
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_connection_equals_the_sample_of_the_fact_sheet() {
        let sample = r#"{"driver":"PostgreSQL","translator":"POSTGRES","connectURL":"jdbc:postgresql://db:5432/ignition",
         "username":"ignition","password":{"type":"Referenced","data":{"providerName":"environment",
         "secretName":"POSTGRES_PASSWORD"}},"connectionProps":"","connectionResetParams":"",
         "defaultTransactionLevel":"DEFAULT","evictionRate":-1,"evictionTests":3,"evictionTime":1800000,
         "failoverMode":"STANDARD","includeSchemaInTableName":false,"poolInitSize":0,"poolMaxActive":8,
         "poolMaxIdle":8,"poolMaxWait":5000,"poolMinIdle":0,"slowQueryLogThreshold":60000,"testOnBorrow":true,
         "testOnReturn":false,"testWhileIdle":false,"validationQuery":"SELECT 1","validationSleepTime":10000}"#;
        let password = SecretReference { provider: "environment", secret: "POSTGRES_PASSWORD" };
        let ours = postgres_connection("db", "ignition", "ignition", password);
        assert_eq!(parse(&ours), serde_json::from_str::<Value>(sample).unwrap());
    }

    #[test]
    fn the_secret_provider_equals_the_sample_of_the_fact_sheet() {
        let sample = r#"{"profile":{"type":"file"},"settings":{"files":{"POSTGRES_PASSWORD":{"description":"",
         "filePath":"/run/secrets/POSTGRES_PASSWORD","fileType":"CLEARTEXT"}}}}"#;
        let ours = file_secret_provider([("POSTGRES_PASSWORD", "/run/secrets/POSTGRES_PASSWORD")]);
        assert_eq!(parse(&ours), serde_json::from_str::<Value>(sample).unwrap());
    }

    #[test]
    fn the_core_manifest_inherits_from_external() {
        let manifest = parse(&core_config_mode());
        assert_eq!(manifest["parent"], "external");
        assert_eq!(manifest["inheritable"], true);
    }

    #[test]
    fn a_resource_has_the_required_keys() {
        let resource = parse(&resource_json(Uuid::nil(), "a \"quoted\"\nline"));
        for key in ["scope", "version", "restricted", "overridable", "files"] {
            assert!(!resource[key].is_null(), "{key}");
        }
        assert_eq!(resource["description"], "a \"quoted\"\nline");
        assert_eq!(resource["attributes"]["uuid"], "00000000-0000-0000-0000-000000000000");
    }

    #[test]
    fn an_identity_is_the_text_alone() {
        assert_eq!(uuid_txt(Uuid::nil()), "00000000-0000-0000-0000-000000000000");
        assert_eq!(
            core_resource("database-connection", "db").config,
            "config/resources/core/ignition/database-connection/db/config.json"
        );
    }

    /// The texts of a connection, by a reader that knows the names of its keys from here alone.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Connection {
        #[serde(rename = "connectURL")]
        connect_url: String,
        username: String,
        password: Password,
    }

    #[derive(Deserialize)]
    struct Password {
        data: Referenced,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Referenced {
        provider_name: String,
        secret_name: String,
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(fixture::CASES))]
        #[test]
        fn a_connection_is_read_back(
            host in "[a-z][a-z0-9-]{0,30}", database in awkward(), username in awkward(), provider in awkward(), secret in awkward(),
        ) {
            let reference = SecretReference { provider: &provider, secret: &secret };
            let text = postgres_connection(&host, &database, &username, reference);
            let read: Connection = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read.connect_url.strip_prefix(&format!("jdbc:postgresql://{host}:5432/")), Some(database.as_str()));
            prop_assert_eq!(read.username, username);
            prop_assert_eq!((read.password.data.provider_name, read.password.data.secret_name), (provider, secret));
        }

        #[test]
        fn a_secret_provider_is_read_back(files in proptest::collection::btree_map(awkward(), awkward(), 0..4)) {
            let text = file_secret_provider(files.iter().map(|(secret, path)| (secret.as_str(), path.as_str())));
            let read = parse(&text);
            let read = read["settings"]["files"].as_object().unwrap().iter();
            let read: std::collections::BTreeMap<_, _> =
                read.map(|(secret, file)| (secret.clone(), file["filePath"].as_str().unwrap().to_owned())).collect();
            prop_assert_eq!(read, files);
        }

        #[test]
        fn a_resource_is_read_back(uuid: u128, description in awkward()) {
            let read = parse(&resource_json(Uuid::from_u128(uuid), &description));
            prop_assert_eq!(read["description"].as_str(), Some(description.as_str()));
            let digits = read["attributes"]["uuid"].as_str().unwrap().replace('-', "");
            prop_assert_eq!(u128::from_str_radix(&digits, 16), Ok(uuid));
            let digits = uuid_txt(Uuid::from_u128(uuid)).replace('-', "");
            prop_assert_eq!(u128::from_str_radix(&digits, 16), Ok(uuid));
        }
    }

    fn awkward() -> impl Strategy<Value = String> {
        "[ -~\n\t\u{0}\u{1b}\u{7f}\u{2028}ä€\u{1F600}\"\\\\/${}]{0,16}"
    }
}
