//! Settings of the kinds that say who may do what (fact sheet 3.1, 3.3, 7.3).

use serde_json::Value;

use crate::simulator::config::fields::{Field, Finding, Want, may, need};

/// Deepest tree of levels.
const LEVEL_DEPTH: usize = 32;

pub(super) const API_TOKEN: &[Field] = &[
    need("profile.type", Want::OneOf(&["basic-token"])),
    need("profile.secureChannelRequired", Want::Flag),
    need("profile.securityLevels", Want::Of(levels)),
    need("profile.timestamp", Want::Whole(0, i64::MAX)),
    need("settings.tokenHash", Want::Filled),
];

/// The key that holds the levels is not on record: every list in the settings is taken for one of level trees.
pub(super) const LEVELS: &[Field] = &[may("levels", Want::Of(levels)), may("securityLevels", Want::Of(levels))];

pub(super) const PROPERTIES: &[Field] = &[
    need("systemAuthProfile", Want::Text),
    need("systemIdentityProvider", Want::Text),
    may("accessPermissions", Want::Of(permissions)),
    may("readPermissions", Want::Of(permissions)),
    may("writePermissions", Want::Of(permissions)),
    may("designerPermissions", Want::Of(permissions)),
    may("createProjectPermissions", Want::Of(permissions)),
];

/// Of a user source only its `users.json` is on record.
pub(super) const USER_SOURCE: &[Field] = &[may("profile", Want::Object), may("settings", Want::Object)];

/// The types are on record, the place of the key is not: both forms of other resources are looked at.
pub(super) const IDENTITY_PROVIDER: &[Field] = &[
    may("type", Want::OneOf(&["internal", "oidc", "saml"])),
    may("profile.type", Want::OneOf(&["internal", "oidc", "saml"])),
];

fn permissions(value: &Value) -> Result<(), Finding> {
    if !matches!(value["type"].as_str(), Some("AnyOf" | "AllOf")) {
        return Err(Finding::new("type", "must be one of AnyOf, AllOf"));
    }
    levels(&value["securityLevels"]).map_err(|f| Finding::new(format!("securityLevels{}", f.field), f.message))
}

/// A list of trees `{"name","description","children":[..]}`.
fn levels(value: &Value) -> Result<(), Finding> {
    level_list(value, LEVEL_DEPTH)
}

fn level_list(value: &Value, depth: usize) -> Result<(), Finding> {
    let list = value.as_array().ok_or_else(|| Finding::new("", "must be a list of security levels"))?;
    if depth == 0 {
        return Err(Finding::new("", "is too deep"));
    }
    for (n, level) in list.iter().enumerate() {
        if level["name"].as_str().is_none_or(str::is_empty) {
            return Err(Finding::new(format!("[{n}].name"), "is required"));
        }
        if !level["children"].is_null() {
            level_list(&level["children"], depth - 1)
                .map_err(|f| Finding::new(format!("[{n}].children{}", f.field), f.message))?;
        }
    }
    Ok(())
}
