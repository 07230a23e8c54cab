//! Image references: the official one, and the reserved one of simulated gateways.

/// Repository of the official image (fact sheet 6.1).
pub const OFFICIAL_REPOSITORY: &str = "inductiveautomation/ignition";

/// The Ignition version used when none is named.
pub const DEFAULT_VERSION: &str = "8.3.9";

/// Repository of the simulated gateway's image. It is built by `up --simulate`, never pulled.
pub const SIMULATED_REPOSITORY: &str = "ignition-stack/simulated-gateway";

/// The official image of a version.
pub fn official(version: &str) -> String {
    format!("{OFFICIAL_REPOSITORY}:{version}")
}

/// The simulated gateway's image, tagged with the Ignition version that it plays.
pub fn simulated(version: &str) -> String {
    format!("{SIMULATED_REPOSITORY}:{version}")
}

/// Whether an image reference names the simulated gateway.
pub fn is_simulated(image: &str) -> bool {
    image.strip_prefix(SIMULATED_REPOSITORY).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']))
}

/// Whether simulated gateways play that version: 8.3 and its releases (`8.3`, `8.3.9`, `8.3.10-rc1`). 8.1 has another API, and what
/// comes after is not known.
pub fn is_simulated_version(version: &str) -> bool {
    let Some(rest) = version.strip_prefix("8.3") else { return false };
    rest.is_empty() || rest.strip_prefix('.').is_some_and(|release| release.starts_with(|c: char| c.is_ascii_digit()))
}

/// The Ignition version that a reference promises: its tag when that is a version (`8.3.9`, `8.3.9-rc1`).
pub fn version_of(image: &str) -> Option<&str> {
    let (_, tag) = image.split('@').next()?.rsplit_once(':')?;
    (!tag.contains('/') && tag.starts_with(|c: char| c.is_ascii_digit()) && tag.contains('.')).then_some(tag)
}

/// Whether a version is older than another, as far as both say it by number: `8.3` alone may be any release of that line.
pub fn is_older(version: &str, than: &str) -> bool {
    let numbers = |text: &str| text.split(['.', '-']).map_while(|part| part.parse::<u32>().ok()).collect::<Vec<_>>();
    let (version, than) = (numbers(version), numbers(than));
    let differs = version.iter().zip(&than).find(|(one, other)| one != other);
    differs.is_some_and(|(one, other)| one < other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number_as_far_as_both_say_it() {
        for (version, than) in [("8.3.1", "8.3.9"), ("8.3.9", "8.3.10"), ("8.1", "8.3.9"), ("8.3.9-rc1", "8.3.10")] {
            assert!(is_older(version, than), "{version} {than}");
            assert!(!is_older(than, version), "{than} {version}");
        }
        for (one, other) in
            [("8.3.9", "8.3.9"), ("8.3", "8.3.9"), ("8.3.9-rc1", "8.3.9"), ("", "8.3.9"), ("8.x", "8.3")]
        {
            assert!(!is_older(one, other) && !is_older(other, one), "{one} {other}");
        }
    }

    #[test]
    fn simulated_gateways_play_one_line() {
        for version in ["8.3", "8.3.0", "8.3.9", "8.3.10-rc1"] {
            assert!(is_simulated_version(version), "{version}");
        }
        for version in ["8.1.44", "8.30.1", "8.3.", "8.3.x", "8.4.0", "9.9", "abc", "", "18.3.9"] {
            assert!(!is_simulated_version(version), "{version}");
        }
    }

    #[test]
    fn references_are_told_apart() {
        assert!(is_simulated(&simulated("8.3.9")));
        assert!(is_simulated("ignition-stack/simulated-gateway@sha256:00"));
        assert!(!is_simulated("ignition-stack/simulated-gateway-2:1"));
        assert!(!is_simulated(&official(DEFAULT_VERSION)));
        assert_eq!(version_of("inductiveautomation/ignition:8.3.9"), Some("8.3.9"));
        assert_eq!(version_of("localhost:5000/ignition"), None);
        assert_eq!(version_of("localhost:5000/ignition:latest"), None);
        assert_eq!(version_of("a/b:8.1.44@sha256:00"), Some("8.1.44"));
    }
}
