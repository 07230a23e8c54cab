//! Tables for people: columns without lines, nothing wrapped, every cell harmless.

use comfy_table::{ContentArrangement, Table, presets};

use super::foreign::harmless;

/// A table with a heading. Columns that are empty in every row are left out.
pub(super) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let used: Vec<usize> =
        (0..heading.len()).filter(|c| rows.iter().any(|r| r.get(*c).is_some_and(|t| !t.is_empty()))).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(used.iter().map(|c| heading[*c]));
    for row in rows {
        table.add_row(used.iter().map(|c| row.get(*c).map(|t| harmless(t).into_owned()).unwrap_or_default()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text: String = table.lines().map(|l| l.trim_end().to_owned() + "\n").collect();
    if rows.is_empty() {
        text.clear();
    }
    text
}
