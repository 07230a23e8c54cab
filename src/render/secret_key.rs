//! Names of secrets as they stand in the compose file, in `.env` and below `secrets/`. Knows no values.

use std::collections::BTreeSet;

use super::error::{RenderError, shown};
use crate::blueprint::{Blueprint, EnvValue, KeyFile, SecretName, SeedContent};

/// Whether a name can be both a file below `secrets/` and, as [`SecretName::env_key`], a key of `.env` of its own.
/// Distinct names have distinct keys.
pub fn is_secret_name(name: &SecretName) -> bool {
    name.0 != "compose-project-name"
        && name.0.len() <= 100
        && name.0.starts_with(|c: char| c.is_ascii_lowercase())
        && name.0.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The key in `.env`, of a name that can have one.
pub(super) fn env_key(name: &SecretName) -> Result<String, RenderError> {
    if is_secret_name(name) { Ok(name.env_key()) } else { Err(RenderError::SecretName { shown: shown(&name.0) }) }
}

/// The reference by which a compose file takes a secret from `.env`. Both compose generations stop with the message
/// when the key is absent or empty, instead of starting a gateway with an empty password.
pub(super) fn reference(name: &SecretName) -> Result<String, RenderError> {
    let key = env_key(name)?;
    Ok(format!("${{{key}:?{key} is not set, see the .env file of this project}}"))
}

/// Every secret that a blueprint needs: in environments and in seeds.
pub fn secret_names(blueprint: &Blueprint) -> BTreeSet<SecretName> {
    let in_env = blueprint.containers.iter().flat_map(|c| c.env.values()).filter_map(|value| match value {
        EnvValue::Secret(name) => Some(name),
        EnvValue::Plain(_) => None,
    });
    let in_seeds = blueprint.containers.iter().flat_map(|c| &c.seeds).filter_map(|seed| match &seed.content {
        SeedContent::Secret(name) => Some(name),
        SeedContent::Text(_) | SeedContent::Key(_) => None,
    });
    in_env.chain(in_seeds).cloned().collect()
}

/// Every key file that a blueprint's containers get.
pub fn key_files(blueprint: &Blueprint) -> BTreeSet<KeyFile> {
    let seeds = blueprint.containers.iter().flat_map(|c| &c.seeds);
    let keys = seeds.filter_map(|seed| match &seed.content {
        SeedContent::Key(file) => Some(file.clone()),
        SeedContent::Text(_) | SeedContent::Secret(_) => None,
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    #[test]
    fn names_that_are_no_file_name_or_no_key_are_refused() {
        for bad in ["", "../x", "a/b", "A", "a b", "a}", "1a", "a.b", "a\n", "compose-project-name", &"a".repeat(101)] {
            let refused = reference(&SecretName(bad.to_owned()));
            assert!(matches!(refused, Err(RenderError::SecretName { .. })), "{bad:?}");
        }
        assert_eq!(env_key(&SecretName::admin()).unwrap(), "ADMIN_PASSWORD");
    }

    #[test]
    fn secrets_of_environments_and_of_seeds_are_found_once_each() {
        let names: Vec<_> = secret_names(&fixture::blueprint()).into_iter().map(|name| name.0).collect();
        assert_eq!(names, ["admin-password", "db-password"]);
    }
}
