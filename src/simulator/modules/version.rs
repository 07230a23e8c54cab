//! Version numbers of platforms and modules, as far as they are compared.

/// Whether the first version is older than the second; an empty one is older than none.
pub(crate) fn is_older(version: &str, than: &str) -> bool {
    numbers(version) < numbers(than)
}

/// The numbers that a version begins with, up to the first part that is none.
pub(super) fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-']).map_while(|part| part.parse().ok()).collect()
}

/// Every number in a version, in order: module versions are of many forms, such as `1.2.3.20240101` and `7.3.9 (b2026082511)`.
pub(super) fn all_numbers(version: &str) -> Vec<u128> {
    // Longer than any build number; what does not fit is the largest.
    let number = |digits: &str| digits.parse().unwrap_or(u128::MAX);
    version.split(|c: char| !c.is_ascii_digit()).filter(|d| !d.is_empty()).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(is_older("8.3.9", "8.3.10") && !is_older("8.3.10", "8.3.9") && !is_older("8.3.9", "8.3.9"));
        assert!(is_older("", "8.3.9"));
        assert!(all_numbers("1.10.0") > all_numbers("1.9.9 (b2024)"));
        assert!(all_numbers("1.0.0-b2") > all_numbers("1.0.0-b1"));
        assert_eq!(all_numbers("none"), Vec::<u128>::new());
        assert_eq!(all_numbers(&"9".repeat(60)), [u128::MAX]);
    }
}
