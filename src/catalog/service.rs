//! Companion services: each is a manifest below `templates/services/`. Adding one changes data, not code.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

/// What a service is and needs.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name in the catalogue.
    pub slug: String,
    /// Default image.
    pub image: String,
    /// Environment with fixed values.
    #[serde(default)]
    pub env: IndexMap<String, String>,
    /// Variable that takes the generated password; its `_FILE` form is used on the engine.
    #[serde(default)]
    pub password_variable: Option<String>,
    /// Where its data lives in the container.
    pub data: String,
    /// How the engine sees that it works.
    pub health: Health,
    /// Set when gateways use it as their database.
    #[serde(default)]
    pub database: Option<Database>,
}

/// Health check of a service.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Shell command.
    pub shell: String,
    /// Seconds between checks.
    pub interval_s: u32,
    /// Seconds until one check counts as failed.
    pub timeout_s: u32,
    /// Failures in a row until unhealthy.
    pub retries: u32,
    /// Seconds in which failures do not count.
    pub start_period_s: u32,
}

/// How a gateway connects to a database (fact sheet 7.3).
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Name of the database.
    pub name: String,
    /// Account.
    pub user: String,
}

static CATALOGUE: LazyLock<Vec<Manifest>> = LazyLock::new(|| {
    [include_str!("../../templates/services/postgres/manifest.yaml")]
        .iter()
        .map(|text| match serde_yaml::from_str(text) {
            Ok(manifest) => manifest,
            Err(error) => unreachable!("a bundled manifest is tested to parse: {error}"),
        })
        .collect()
});

/// The manifest of a slug.
pub fn find(slug: &str) -> Option<&'static Manifest> {
    CATALOGUE.iter().find(|m| m.slug == slug)
}

/// Every known slug.
pub fn slugs() -> Vec<&'static str> {
    CATALOGUE.iter().map(|m| m.slug.as_str()).collect()
}

/// Services of the first catalogue (product reference, section 8) that this version does not have yet; `true` for a database.
const NOT_YET: [(&str, bool); 12] = [
    ("mysql", true),
    ("mariadb", true),
    ("mongo", true),
    ("keycloak", false),
    ("chariot", false),
    ("emqx", false),
    ("hivemq", false),
    ("rabbitmq", false),
    ("kafka", false),
    ("opcua-sim", false),
    ("modbus-sim", false),
    ("n8n", false),
];

/// Whether a slug is a database, also one that this version does not have yet.
pub fn kind_of_database(slug: &str) -> bool {
    find(slug).is_some_and(|m| m.database.is_some()) || NOT_YET.contains(&(slug, true))
}

/// Why a slug is not to be had.
pub fn unavailable(slug: &str) -> String {
    let known = slugs().join(", ");
    if NOT_YET.iter().any(|(there, _)| *there == slug) {
        return format!("{slug} is not supported yet; known: {known}");
    }
    let shown: String = slug.chars().take(40).collect();
    format!("{shown:?} is not in the catalogue; known: {known}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_manifest_parses_and_is_found_by_its_slug() {
        for slug in slugs() {
            assert_eq!(find(slug).unwrap().slug, slug);
        }
        assert!(find("postgres").unwrap().database.is_some());
        assert!(find("nothing").is_none());
    }
}
