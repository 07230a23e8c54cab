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

/// The Ignition version that a reference promises: its tag when that is a version (`8.3.9`, `8.3.9-rc1`).
pub fn version_of(image: &str) -> Option<&str> {
    let (_, tag) = image.split('@').next()?.rsplit_once(':')?;
    (!tag.contains('/') && tag.starts_with(|c: char| c.is_ascii_digit()) && tag.contains('.')).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

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
