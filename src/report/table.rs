//! Tables for people: columns without lines, nothing wrapped, every cell harmless. Pure.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use console::measure_text_width;

use super::foreign::harmless;

/// A table with a heading. Columns that are empty in every row are left out. Where it would be wider than `width` columns, each row becomes
/// a paragraph: its first cell, and below it the others with the heading of each.
pub(super) fn table(heading: &[&str], rows: &[Vec<String>], width: Option<usize>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let used: Vec<usize> =
        (0..heading.len()).filter(|c| rows.iter().any(|r| r.get(*c).is_some_and(|t| !t.is_empty()))).collect();
    let heading: Vec<&str> = used.iter().map(|c| heading[*c]).collect();
    let cell = |row: &Vec<String>, c: &usize| row.get(*c).map(|t| harmless(t).into_owned()).unwrap_or_default();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| used.iter().map(|c| cell(row, c)).collect()).collect();
    let text = columns(&heading, &rows);
    let widest = text.lines().map(measure_text_width).max().unwrap_or(0);
    if width.is_some_and(|width| widest > width) { paragraphs(&heading, &rows) } else { text }
}

fn columns(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heading);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|l| l.trim_end().to_owned() + "\n").collect()
}

fn paragraphs(heading: &[&str], rows: &[Vec<String>]) -> String {
    let heading: Vec<String> = heading.iter().map(|word| word.to_lowercase()).collect();
    let widest = heading.iter().skip(1).map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        text.push_str(row.first().map_or("", String::as_str));
        text.push('\n');
        for (word, cell) in heading.iter().zip(row).skip(1).filter(|(_, cell)| !cell.is_empty()) {
            let _ = writeln!(text, "  {word:<widest$}  {cell}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_beside_each_other_stands_below_each_other() {
        let rows = [["hub", "yes", "http://localhost:9088"], ["spoke-\u{1b}1", "", "http://localhost:9089"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let heading = ["MEMBER", "PEER", "ADDRESS"];
        let wide = table(&heading, &rows, Some(40));
        assert_eq!(wide, table(&heading, &rows, None));
        insta::assert_snapshot!(wide, @r"
        MEMBER       PEER  ADDRESS
        hub          yes   http://localhost:9088
        spoke-\x1b1        http://localhost:9089
        ");
        insta::assert_snapshot!(table(&heading, &rows, Some(39)), @r"
        hub
          peer     yes
          address  http://localhost:9088
        spoke-\x1b1
          address  http://localhost:9089
        ");
        assert_eq!(table(&heading, &[], Some(20)), "");
    }
}
