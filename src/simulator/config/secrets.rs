//! Secrets that settings refer to instead of holding them (fact sheet 7.3, 7.4): looked up anew at every use. Knows no databases.

use std::fs::Metadata;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

use crate::simulator::config::store::Store;
use crate::simulator::node::Node;
use crate::simulator::start::environment::Environment;

/// Largest secret, in bytes.
const LIMIT: u64 = 64 * 1024;
/// The provider's name in fact sheet 7.3's sample that no resource of that name needs to stand for (the simulator's choice): the
/// variables of the container.
const ENVIRONMENT: &str = "environment";

/// Why a secret cannot be had. No text holds one.
#[derive(Debug, Error)]
pub(crate) enum SecretError {
    #[error("Unable to read required property 'type'")]
    NotASecret,
    #[error("a secret of type {0} is not simulated")]
    Kind(String),
    #[error("the secret is embedded, and the key that opens it is not public")]
    Embedded,
    #[error("the reference to a secret has no {0}")]
    Incomplete(&'static str),
    #[error("there is no secret provider '{0}'")]
    NoProvider(String),
    #[error("secret provider '{0}' is disabled")]
    Disabled(String),
    #[error("secret provider '{provider}' is of type {kind}, which is not simulated")]
    Provider { provider: String, kind: String },
    #[error("secret provider '{provider}' has no secret '{secret}'")]
    NoSecret { provider: String, secret: String },
    #[error("secret '{secret}' is in a file of type {kind}, which is not simulated")]
    FileType { secret: String, kind: String },
    #[error("secret file {path}: {source}", path = .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
}

/// The secret that a value of some settings stands for: `{"type":"Referenced","data":{"providerName","secretName"}}`.
pub(crate) fn resolve(store: &Store, environment: &Environment, value: &Value) -> Result<String, SecretError> {
    match value["type"].as_str() {
        Some("Referenced") => {}
        Some("Embedded") => return Err(SecretError::Embedded),
        Some(other) => return Err(SecretError::Kind(other.to_owned())),
        None => return Err(SecretError::NotASecret),
    }
    let part = |key| value["data"][key].as_str().ok_or(SecretError::Incomplete(key));
    let (name, secret) = (part("providerName")?, part("secretName")?);
    let Some(provider) = store.named("ignition", "secret-provider").remove(name) else {
        return if name == ENVIRONMENT {
            variable(environment, secret)
        } else {
            Err(SecretError::NoProvider(name.to_owned()))
        };
    };
    if !provider.enabled {
        return Err(SecretError::Disabled(name.to_owned()));
    }
    let kind = provider.config["profile"]["type"].as_str().unwrap_or_default();
    if kind != "file" {
        return Err(SecretError::Provider { provider: name.to_owned(), kind: kind.to_owned() });
    }
    let missing = || SecretError::NoSecret { provider: name.to_owned(), secret: secret.to_owned() };
    let file = provider.config["settings"]["files"].get(secret).ok_or_else(missing)?;
    match file["fileType"].as_str().unwrap_or_default() {
        "CLEARTEXT" => read(Path::new(file["filePath"].as_str().unwrap_or_default())),
        kind => Err(SecretError::FileType { secret: secret.to_owned(), kind: kind.to_owned() }),
    }
}

impl Node {
    /// The secret that a value of some settings stands for, as it is now.
    pub(crate) fn secret(&self, value: &Value) -> Result<String, SecretError> {
        resolve(&self.store, &self.setup.environment, value)
    }
}

fn variable(environment: &Environment, name: &str) -> Result<String, SecretError> {
    match environment.text(name) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(SecretError::NoSecret { provider: ENVIRONMENT.to_owned(), secret: name.to_owned() }),
        Err(e) => {
            Err(SecretError::Unreadable { path: PathBuf::from(format!("{name}_FILE")), source: io::Error::other(e) })
        }
    }
}

/// One line end at the end of the file is not part of the secret, as it is with variables' files.
fn read(path: &Path) -> Result<String, SecretError> {
    let text = || {
        // A pipe would keep us waiting.
        if !path.metadata().as_ref().is_ok_and(Metadata::is_file) && path.exists() {
            return Err(io::Error::other("is no file"));
        }
        let mut text = String::new();
        std::fs::File::open(path)?.take(LIMIT + 1).read_to_string(&mut text)?;
        if text.len() as u64 > LIMIT {
            Err(io::Error::other(format!("is larger than {LIMIT} bytes")))
        } else {
            Ok(text)
        }
    };
    let text = text().map_err(|source| SecretError::Unreadable { path: path.to_owned(), source })?;
    let line = text.strip_suffix('\n').map(|t| t.strip_suffix('\r').unwrap_or(t));
    Ok(line.unwrap_or(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::config::tests::fixture::World;
    use serde_json::json;

    fn reference(provider: &str, secret: &str) -> Value {
        json!({"type": "Referenced", "data": {"providerName": provider, "secretName": secret}})
    }

    fn error(store: &Store, value: &Value) -> String {
        resolve(store, &Environment::default(), value).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_read_at_every_use() {
        let world = World::new();
        let path = world.dir.path().join("secret");
        let files = json!({"db": {"description": "", "filePath": path, "fileType": "CLEARTEXT"},
            "jwe": {"filePath": path, "fileType": "JWE"}, "gone": {"filePath": "/nonexistent", "fileType": "CLEARTEXT"},
            "dir": {"filePath": world.dir.path(), "fileType": "CLEARTEXT"}});
        world.resource(
            "core/ignition/secret-provider/files",
            &json!({"profile": {"type": "file"}, "settings": {"files": files}}),
        );
        let store = world.store();
        let get = || resolve(&store, &Environment::default(), &reference("files", "db"));
        assert!(get().is_err());
        for (text, secret) in [("first\n", "first"), ("second\r\n", "second"), ("third\n\n", "third\n"), ("", "")] {
            fs_err::write(&path, text).unwrap();
            assert_eq!(get().unwrap(), secret);
        }
        fs_err::write(&path, vec![b'x'; 70_000]).unwrap();
        assert!(get().unwrap_err().to_string().contains("is larger than"));
        fs_err::write(&path, [0xff]).unwrap();
        assert!(get().is_err());
        assert!(error(&store, &reference("files", "gone")).contains("/nonexistent"));
        assert!(error(&store, &reference("files", "dir")).contains("is no file"));
        assert!(error(&store, &reference("files", "none")).contains("has no secret 'none'"));
        assert!(error(&store, &reference("files", "jwe")).contains("type JWE"));
        assert!(error(&store, &reference("others", "x")).contains("no secret provider 'others'"));
    }

    #[test]
    fn what_cannot_be_resolved_says_why() {
        let world = World::new();
        world.resource("core/ignition/secret-provider/inner", &json!({"profile": {"type": "internal"}}));
        world.odd(
            "core/ignition/secret-provider/off",
            &json!({"profile": {"type": "file"}}),
            "attributes",
            json!({"enabled": false}),
        );
        let store = world.store();
        assert!(error(&store, &reference("inner", "x")).contains("internal"));
        assert!(error(&store, &reference("off", "x")).contains("disabled"));
        assert!(error(&store, &json!("plain")).contains("Unable to read required property 'type'"));
        assert!(error(&store, &json!({"type": "Embedded", "data": {}})).contains("embedded"));
        assert!(error(&store, &json!({"type": "Other"})).contains("Other"));
        assert!(error(&store, &json!({"type": "Referenced", "data": {"providerName": "x"}})).contains("secretName"));
    }

    #[test]
    fn the_environment_answers_unless_a_resource_has_its_name() {
        let world = World::new();
        let environment = Environment::new([("PW".to_owned(), "canary".to_owned())].into());
        let get = |secret: &str| resolve(&world.store(), &environment, &reference("environment", secret));
        assert_eq!(get("PW").unwrap(), "canary");
        assert!(get("NONE").unwrap_err().to_string().contains("'NONE'"));
        assert!(!format!("{environment:?}").contains("canary"), "values are not shown");
        world.resource("core/ignition/secret-provider/environment", &json!({"profile": {"type": "file"}}));
        assert!(get("PW").is_err());
    }
}
