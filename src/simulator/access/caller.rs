//! Who calls a route: what the request shows, and whether that is good. What the caller may do then is the policy's business.

use super::levels::{Level, within};
use super::policy::{defined_levels, levels_of};
use super::token::{API_TOKEN, Token};
use super::users::Person;
use crate::simulator::config::store::Store;
use crate::simulator::config::tree::Kind;
use crate::simulator::unknown::{ONLY_DEFINED_LEVELS_COUNT, TOKENS_CAN_BE_ADMINISTRATOR};

/// How a caller showed who it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Caller {
    /// It did not.
    Nobody,
    /// A person in a browser session.
    Person {
        /// Who.
        person: Person,
        /// Value that changes must bring along.
        csrf: String,
    },
    /// The bearer of an API token.
    Token {
        /// Name of the token.
        name: String,
        /// What it is granted.
        levels: Vec<Level>,
    },
}

impl Caller {
    /// The name under which its changes are recorded.
    pub(crate) fn actor(&self) -> &str {
        match self {
            Self::Nobody => "anonymous",
            Self::Person { person, .. } => &person.name,
            Self::Token { name, .. } => name,
        }
    }

    /// The security levels that it holds.
    pub(crate) fn levels(&self) -> Vec<Level> {
        match self {
            Self::Nobody => Vec::new(),
            Self::Person { person, .. } => levels_of(&person.roles),
            Self::Token { levels, .. } => levels.clone(),
        }
    }
}

/// The bearer of the token in a header `<name>:<secret>`; `None` when it is refused: not known, disabled, wrong or without its
/// name. So is every one that needs a secure channel, because there is none: REST is on the HTTP port alone. The HTTPS port speaks only
/// once a certificate was installed for the web server, and how that is done is not on record.
pub(crate) fn bearer(store: &Store, header: &str) -> Option<Caller> {
    // A secret holds no colon; a name may.
    let (name, secret) = header.rsplit_once(':')?;
    let found = store.find(&Kind::new("ignition", API_TOKEN), Some(name), None).filter(|found| found.enabled)?;
    let token = Token::parse(&found.config).ok()?;
    if !token.accepts(secret) || token.secure_channel_required {
        return None;
    }
    let mut levels = token.levels;
    if ONLY_DEFINED_LEVELS_COUNT {
        levels = within(&levels, &defined_levels(store));
    }
    if !TOKENS_CAN_BE_ADMINISTRATOR {
        levels = without_administrator(&levels, &["Authenticated", "Roles", "Administrator"]);
    }
    Some(Caller::Token { name: name.to_owned(), levels })
}

/// The trees without the level at the end of the path and those below it.
fn without_administrator(levels: &[Level], path: &[&str]) -> Vec<Level> {
    let kept = levels.iter().filter_map(|level| match path {
        [last] if level.name == *last => None,
        [first, rest @ ..] if level.name == *first => {
            Some(Level { children: without_administrator(&level.children, rest), ..level.clone() })
        }
        _ => Some(level.clone()),
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_administrators_own_leaf_falls_away() {
        let levels = [
            Level::path(&["Authenticated", "Roles", "Administrator"]),
            Level::path(&["Authenticated", "Roles", "Operator"]),
            Level::path(&["Administrator"]),
        ]
        .concat();
        let kept = without_administrator(&levels, &["Authenticated", "Roles", "Administrator"]);
        let expected = [
            Level::path(&["Authenticated", "Roles"]),
            Level::path(&["Authenticated", "Roles", "Operator"]),
            Level::path(&["Administrator"]),
        ]
        .concat();
        assert_eq!(kept, expected);
    }
}
