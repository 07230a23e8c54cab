//! The table of facts names files, items and tests that exist, and no row goes without a test or a reason.

use std::path::Path;

/// Where the table stands.
const TABLE: &str = "docs/simulated-gateway-facts.md";
/// What a last cell without a test begins with.
const REASON: &str = "reason:";
/// Parts of the fact sheet that the table must have a heading for.
const SECTIONS: [&str; 34] = [
    "1.1", "1.2", "1.3", "1.5", "2.1", "2.2", "2.3", "2.4", "2.5", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3",
    "4.4", "4.5", "4.6", "4.7", "5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "6.1", "6.2", "6.3", "6.4", "6.5", "6.6",
    "7.1", "7.2",
];

/// A row: fact, where modelled, test.
struct Row {
    line: usize,
    cells: [String; 3],
}

fn read(path: &str) -> Option<String> {
    fs_err::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// The rows of every table, without headings. A `|` inside a cell is written `\|`.
fn rows(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, l)| l.starts_with('|')) {
        let line = line.replace("\\|", "\u{0}");
        let cells: Vec<String> =
            line.trim().trim_matches('|').split('|').map(|c| c.trim().replace('\u{0}', "|")).collect();
        let cells: [String; 3] =
            cells.try_into().unwrap_or_else(|c| panic!("{TABLE}:{}: not three cells: {c:?}", number + 1));
        if cells[0] != "fact" && !cells[0].starts_with("---") {
            rows.push(Row { line: number + 1, cells });
        }
    }
    rows
}

/// What stands between backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Why a place `path` or `path::name` does not exist.
fn missing(place: &str, kinds: &[&str]) -> Option<String> {
    let (path, name) = place.split_once("::").map_or((place, None), |(path, name)| (path, Some(name)));
    let Some(text) = read(path) else { return Some(format!("no file {path}")) };
    let name = name?;
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let defined = kinds.iter().any(|kind| {
        let head = format!("{kind} {name}");
        text.match_indices(&head).any(|(at, _)| ends(&text[at + head.len()..]))
    });
    (!defined).then(|| format!("no {name} in {path}"))
}

/// Whether the function `path::name` is run by the test harness: `test` stands among its attributes.
fn is_test(place: &str) -> bool {
    let Some((path, name)) = place.split_once("::") else { return false };
    let Some(text) = read(path) else { return false };
    let before = text.split(&format!("fn {name}(")).next().unwrap_or_default();
    let mut attributes = before
        .lines()
        .rev()
        .skip_while(|l| matches!(l.trim(), "" | "async"))
        .take_while(|l| l.trim_start().starts_with("#["));
    attributes.any(|l| l.contains("test"))
}

/// Everything wrong with a row.
fn complaints(row: &Row) -> Vec<String> {
    let [fact, place, test] = &row.cells;
    let mut wrong = Vec::new();
    let mut complain = |text: String| wrong.push(format!("{TABLE}:{}: {text}: {fact}", row.line));
    let reason = test.strip_prefix(REASON).map(str::trim);
    if fact.is_empty() {
        complain("no fact".to_owned());
    }
    for place in quoted(place) {
        let kinds = ["fn", "struct", "enum", "const", "static", "type", "trait", "mod"];
        missing(place, &kinds).into_iter().for_each(&mut complain);
    }
    if quoted(place).is_empty() && reason.is_none() {
        complain("a test but no place".to_owned());
    }
    match reason {
        Some(reason) if reason.len() < 15 => complain("a reason that says nothing".to_owned()),
        Some(_) => {}
        None if quoted(test).is_empty() => complain(format!("neither a test nor `{REASON}`")),
        None => {
            for test in quoted(test) {
                match missing(test, &["fn"]) {
                    Some(why) => complain(why),
                    None if !is_test(test) => complain(format!("{test} is no test")),
                    None => {}
                }
            }
        }
    }
    wrong
}

#[test]
fn every_row_names_what_exists_and_a_test_or_a_reason() {
    let text = read(TABLE).unwrap();
    let rows = rows(&text);
    assert!(rows.len() > 50, "only {} rows", rows.len());
    let wrong: Vec<String> = rows.iter().flat_map(complaints).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_part_of_the_fact_sheet_has_its_table() {
    let text = read(TABLE).unwrap();
    for section in SECTIONS {
        assert!(text.lines().any(|l| l.starts_with(&format!("### {section} "))), "no heading for {section}");
    }
    assert!(
        read("docs/simulated-gateway.md").unwrap().contains("simulated-gateway-facts.md"),
        "the manual links to it"
    );
}

#[test]
fn a_row_that_is_wrong_is_complained_about() {
    let check = |row: &str| rows(row).iter().flat_map(complaints).count();
    let this = "tests/it/facts.rs::a_row_that_is_wrong_is_complained_about";
    assert_eq!(check(&format!("| f | `src/lib.rs` | `{this}` |")), 0);
    assert_eq!(check("| f | `src/lib.rs` | `tests/it/facts.rs::quoted` |"), 1);
    assert_eq!(check("| f with \\| | - | reason: it cannot be seen from outside |"), 0);
    assert_eq!(check("| f | `src/lib.rs` | `tests/it/facts.rs::quote` |"), 1);
    assert_eq!(check(&format!("| f | `src/lib.rs::nothing` | `{this}` |")), 1);
    assert_eq!(check("| f | `src/none.rs` | `tests/it/facts.rs` |"), 2);
    assert_eq!(check("| f | `src/lib.rs` | |"), 1);
    assert_eq!(check("| f | - | reason: no |"), 1);
}
