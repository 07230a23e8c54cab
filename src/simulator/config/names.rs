//! Which texts can name a collection, a module, a type or a resource. Each is one directory, so none may lead elsewhere.

/// Longest name, in bytes: what a file system takes.
const NAME_LIMIT: usize = 255;

/// Whether a text can be one directory's name in the tree. Names that begin with a dot are the gateway's caches (fact sheet 6.6).
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_LIMIT
        && !name.starts_with('.')
        && name.trim() == name
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_directory() {
        for name in ["a", "edge1_6b1f6d0e", "com.inductiveautomation.opcua", "a b", "naïve", &"x".repeat(255)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", ".x", " a", "a ", "a/b", "a\\b", "a\0b", "a\nb", &"x".repeat(256)] {
            assert!(!is_name(name), "{name:?}");
        }
    }
}
