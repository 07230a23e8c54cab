//! Which gateways the suite runs with: simulated ones, or a real image named in the environment. Scenarios do not ask.

use std::time::Duration;

/// Image of real gateways to run with instead of simulated ones.
const IMAGE: &str = "IGNITION_STACK_TEST_IMAGE";
/// Version of simulated gateways, and with it the tag of their image: two checkouts that run side by side each need their own.
const VERSION: &str = "IGNITION_STACK_TEST_VERSION";
/// How long a stack may take, such as `15m` or `90s`.
const TIMEOUT: &str = "IGNITION_STACK_TEST_TIMEOUT";

/// The image of real gateways, when the suite runs with them.
pub fn real_image() -> Option<String> {
    std::env::var(IMAGE).ok().filter(|text| !text.is_empty())
}

/// The words of `create` and `up` that choose the gateways.
pub fn words() -> Vec<String> {
    if let Some(image) = real_image() {
        return vec!["--image".to_owned(), image];
    }
    let version = std::env::var(VERSION).ok().filter(|text| !text.is_empty());
    let version = version.into_iter().flat_map(|version| ["--ignition-version".to_owned(), version]);
    std::iter::once("--simulate".to_owned()).chain(version).collect()
}

/// How long a whole stack may take until it is proven.
pub fn patience() -> Duration {
    let default = if real_image().is_some() { 15 * 60 } else { 120 };
    std::env::var(TIMEOUT).ok().and_then(|text| duration(&text)).unwrap_or(Duration::from_secs(default))
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(duration("15m"), Some(Duration::from_mins(15)));
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("90"), Some(Duration::from_secs(90)));
        assert_eq!(duration("m"), None);
        assert_eq!(duration("9x"), None);
        assert_eq!(duration(""), None);
    }
}
