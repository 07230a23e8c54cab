//! Settings of database connections and secret providers (fact sheet 7.3, 7.4).

use serde_json::Value;

use crate::simulator::config::fields::{Field, Finding, Want, may, need};

const NUMBER: Want = Want::Whole(i32::MIN as i64, i32::MAX as i64);

/// Which keys are required is not on record: those without which nothing can connect are.
pub(super) const DATABASE_CONNECTION: &[Field] = &[
    need("driver", Want::Filled),
    need("connectURL", Want::Filled),
    may("translator", Want::Text),
    may("username", Want::Text),
    may("password", Want::Of(secret)),
    may("connectionProps", Want::Text),
    may("connectionResetParams", Want::Text),
    may("defaultTransactionLevel", Want::Text),
    may("evictionRate", NUMBER),
    may("evictionTests", NUMBER),
    may("evictionTime", NUMBER),
    may("failoverMode", Want::Text),
    may("includeSchemaInTableName", Want::Flag),
    may("poolInitSize", NUMBER),
    may("poolMaxActive", NUMBER),
    may("poolMaxIdle", NUMBER),
    may("poolMaxWait", NUMBER),
    may("poolMinIdle", NUMBER),
    may("slowQueryLogThreshold", NUMBER),
    may("testOnBorrow", Want::Flag),
    may("testOnReturn", Want::Flag),
    may("testWhileIdle", Want::Flag),
    may("validationQuery", Want::Text),
    may("validationSleepTime", NUMBER),
];

pub(super) const SECRET_PROVIDER: &[Field] = &[
    need("profile.type", Want::OneOf(&["internal", "file", "remote"])),
    may("settings.files", Want::Of(secret_files)),
    may("settings.secrets", Want::Object),
];

/// Plain text is refused with these words (fact sheet 7.4); a secret is embedded as a JWE, or refers to a provider.
fn secret(value: &Value) -> Result<(), Finding> {
    let Some(kind) = value.get("type").and_then(Value::as_str) else {
        return Err(Finding::new("", "Unable to read required property 'type'"));
    };
    let keys: &[&str] = match kind {
        "Referenced" => &["providerName", "secretName"],
        "Embedded" => &["protected", "encrypted_key", "iv", "ciphertext", "tag"],
        _ => return Err(Finding::new("type", "must be one of Embedded, Referenced")),
    };
    match keys.iter().find(|key| !value["data"][**key].is_string()) {
        Some(key) => Err(Finding::new(format!("data.{key}"), "is required")),
        None => Ok(()),
    }
}

fn secret_files(value: &Value) -> Result<(), Finding> {
    let files = value.as_object().ok_or_else(|| Finding::new("", "must be an object"))?;
    for (name, file) in files {
        for key in ["filePath", "fileType"] {
            if file[key].as_str().is_none_or(str::is_empty) {
                return Err(Finding::new(format!("{name}.{key}"), "is required"));
            }
        }
    }
    Ok(())
}
