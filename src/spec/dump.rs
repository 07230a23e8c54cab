//! Spec -> text: what `--dry-run` prints and the record keeps, byte for byte.

use super::Spec;

/// The record's text: JSON, two spaces, final newline.
pub fn dump_json(spec: &Spec) -> String {
    let mut text = serde_json::to_string_pretty(spec).unwrap_or_else(|e| unreachable(&e));
    text.push('\n');
    text
}

/// The same as YAML.
pub fn dump_yaml(spec: &Spec) -> String {
    // Block scalars off: folded text is the one form that readers of YAML disagree about.
    let options = serde_yaml::ser_options! { compact_list_indent: false, prefer_block_scalars: false };
    serde_yaml::to_string_with_options(spec, options).unwrap_or_else(|e| unreachable(&e))
}

/// Serialising plain structs with string keys has no way to fail.
fn unreachable(error: &dyn std::fmt::Display) -> String {
    unreachable!("a spec always serialises: {error}")
}
