//! Who may read and write: the permissions in `security-properties`, and the levels that `security-levels` defines (fact sheet
//! 3.3). Both are looked up anew for every request, so that a change has effect at once.

use std::sync::Arc;

use serde_json::{Value, json};

use super::levels::{self, Level};
use crate::simulator::config::store::Store;

/// Type of the resource with the permissions.
pub(crate) const SECURITY_PROPERTIES: &str = "security-properties";
/// Type of the resource with the levels.
pub(crate) const SECURITY_LEVELS: &str = "security-levels";
/// Name of the user source and identity provider of a gateway that was never told another.
pub(crate) const DEFAULT_NAME: &str = "default";
/// One permission: the levels that whoever has it must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Permission {
    all: bool,
    levels: Vec<Level>,
}

/// What a caller may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Rights {
    /// See the home pages.
    pub(crate) access: bool,
    /// Use the routes that read.
    pub(crate) read: bool,
    /// Use the routes that change something.
    pub(crate) write: bool,
}

/// The permissions of a gateway.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Policy {
    // A permission that cannot be understood is nobody's.
    access: Option<Permission>,
    read: Option<Permission>,
    write: Option<Permission>,
    /// The user source that people are looked up in.
    pub(crate) user_source: String,
    /// The identity provider that people log in at.
    pub(crate) identity_provider: String,
}

impl Permission {
    fn parse(value: &Value) -> Result<Self, String> {
        let all = match value.get("type").and_then(Value::as_str) {
            Some("AllOf") => true,
            Some("AnyOf") => false,
            _ => return Err("type must be AnyOf or AllOf".to_owned()),
        };
        let levels = value.get("securityLevels").ok_or("securityLevels is missing")?;
        Ok(Self { all, levels: levels::parse(levels).map_err(|e| format!("securityLevels: {e}"))? })
    }

    /// No levels: everybody.
    fn admits(&self, granted: &[Level]) -> bool {
        self.levels.is_empty() || levels::covers(&self.levels, granted, self.all)
    }
}

impl Policy {
    /// The policy that counts now.
    pub(crate) fn of(store: &Store) -> Self {
        let found = store.singleton("ignition", SECURITY_PROPERTIES);
        Self::parse(&found.map_or_else(|| Arc::new(json!({})), |f| f.config))
    }

    /// A key that is missing has its default.
    fn parse(config: &Value) -> Self {
        let defaults = default_properties();
        let value = |key: &str| config.get(key).filter(|v| !v.is_null()).unwrap_or(&defaults[key]);
        let permission = |key: &str| Permission::parse(value(key)).ok();
        let name = |key: &str| value(key).as_str().unwrap_or(DEFAULT_NAME).to_owned();
        Self {
            access: permission("accessPermissions"),
            read: permission("readPermissions"),
            write: permission("writePermissions"),
            user_source: name("systemAuthProfile"),
            identity_provider: name("systemIdentityProvider"),
        }
    }

    /// What somebody with these levels may do. Write implies read, read implies access (fact sheet 2.1).
    pub(crate) fn rights(&self, granted: &[Level]) -> Rights {
        let admits = |permission: &Option<Permission>| permission.as_ref().is_some_and(|p| p.admits(granted));
        let write = admits(&self.write);
        let read = write || admits(&self.read);
        Rights { access: read || admits(&self.access), read, write }
    }
}

/// The properties of a gateway that was never told others.
pub(crate) fn default_properties() -> Value {
    properties(DEFAULT_NAME, DEFAULT_NAME)
}

/// The properties that commissioning writes, with the defaults of fact sheet 3.3.
pub(crate) fn properties(user_source: &str, identity_provider: &str) -> Value {
    let administrator = json!({
        "type": "AnyOf",
        "securityLevels": Level::path(&["Authenticated", "Roles", "Administrator"]),
    });
    let everybody = json!({"type": "AllOf", "securityLevels": []});
    json!({
        "systemAuthProfile": user_source,
        "systemIdentityProvider": identity_provider,
        "accessPermissions": everybody,
        "readPermissions": administrator,
        "writePermissions": administrator,
        "designerPermissions": administrator,
        "createProjectPermissions": everybody,
    })
}

/// The levels that exist. Which key of `security-levels` holds them is not on record: any list of level trees is taken.
pub(crate) fn defined_levels(store: &Store) -> Vec<Level> {
    let found = store.singleton("ignition", SECURITY_LEVELS);
    let config = found.map_or_else(|| Arc::new(default_levels()), |f| f.config);
    let lists = config.as_object().into_iter().flat_map(|map| map.values()).filter(|v| v.is_array());
    lists.filter_map(|list| levels::parse(list).ok()).flatten().collect()
}

/// The levels of a gateway that was never told others.
pub(crate) fn default_levels() -> Value {
    json!({"levels": Level::path(&["Authenticated", "Roles", "Administrator"])})
}

/// The levels of a person with these roles.
pub(crate) fn levels_of(roles: &[String]) -> Vec<Level> {
    let mut levels = Level::path(&["Authenticated"]);
    levels.extend(roles.iter().flat_map(|role| Level::path(&["Authenticated", "Roles", role])));
    levels
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
