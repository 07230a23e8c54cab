//! Long sentences on a narrow terminal: broken behind a comma, else at a blank, never within a word or a command. Pure.

use console::measure_text_width;

/// What goes on in a further row stands this much further in.
const FURTHER: usize = 2;
/// Begins a command of ours.
const COMMAND: &str = "ignition-stack ";
/// What ends one within a row: a further sentence, or a remark.
const AFTER_COMMAND: [&str; 3] = ["; ", ", ", "  "];

/// The text with every row that is wider than `width` columns broken into several. Escapes have no width. A word that is wider by itself
/// stays whole, as does a command: it is a path, an address or something to type, and somebody may want to copy it.
pub(super) fn wrap(text: &str, width: usize) -> String {
    text.split('\n').map(|row| broken(row, width)).collect::<Vec<_>>().join("\n")
}

/// The text as it fits a terminal of so many columns, where there is one: in a pipe each sentence stays one line.
pub(super) fn fitting(text: String, width: Option<usize>) -> String {
    match width {
        Some(width) => wrap(&text, width),
        None => text,
    }
}

fn broken(row: &str, width: usize) -> String {
    if measure_text_width(row) <= width {
        return row.to_owned();
    }
    let body = row.trim_start_matches(' ');
    let indent = row.len() - body.len();
    let mut rows = Rows {
        width,
        further: " ".repeat(indent + FURTHER),
        done: String::new(),
        row: " ".repeat(indent),
        empty: true,
    };
    for (piece, is_command) in pieces(body) {
        if is_command {
            rows.add(piece);
            continue;
        }
        for phrase in phrases(piece) {
            if !rows.fits(phrase) && rows.would_fit_below(phrase) {
                rows.next();
            }
            phrase.split(' ').for_each(|word| rows.add(word));
        }
    }
    rows.done + &rows.row
}

/// What is said, and the commands in it, in turn.
fn pieces(body: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    let mut rest = body;
    // Within a word it is part of a path.
    let begins = |text: &str| {
        text.match_indices(COMMAND).map(|(at, _)| at).find(|at| text[..*at].is_empty() || text[..*at].ends_with(' '))
    };
    while let Some(at) = begins(rest) {
        let (before, from) = rest.split_at(at);
        let end = AFTER_COMMAND.iter().filter_map(|after| from.find(after)).min().unwrap_or(from.len());
        // A comma or semicolon stays with it.
        let end = end + usize::from(from[end..].starts_with([',', ';']));
        found.extend([(before.trim_end(), false), (&from[..end], true)]);
        rest = from[end..].trim_start_matches(' ');
    }
    found.push((rest, false));
    found.retain(|(piece, _)| !piece.is_empty());
    found
}

/// Pieces that end with a comma, and the first one with a colon.
fn phrases(body: &str) -> Vec<&str> {
    let (first, rest) = match body.find(": ") {
        Some(at) => (&body[..=at], &body[at + 2..]),
        None => (body, ""),
    };
    let pieces = |text| str::split_inclusive(text, ", ").map(str::trim_end).filter(|piece| !piece.is_empty());
    pieces(first).chain(pieces(rest)).collect()
}

/// Rows that are being filled.
struct Rows {
    width: usize,
    further: String,
    done: String,
    row: String,
    empty: bool,
}

impl Rows {
    fn fits(&self, text: &str) -> bool {
        measure_text_width(&self.row) + usize::from(!self.empty) + measure_text_width(text) <= self.width
    }

    fn would_fit_below(&self, text: &str) -> bool {
        !self.empty && self.further.len() + measure_text_width(text) <= self.width
    }

    fn next(&mut self) {
        let further = self.further.clone();
        self.done.push_str(std::mem::replace(&mut self.row, further).trim_end());
        self.done.push('\n');
        self.empty = true;
    }

    fn add(&mut self, word: &str) {
        if !self.empty && !self.fits(word) {
            self.next();
        }
        // Several blanks are no words at the beginning of a row.
        if self.empty && word.is_empty() {
            return;
        }
        if !self.empty {
            self.row.push(' ');
        }
        self.row.push_str(word);
        self.empty = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADING: &str =
        "demo   scale-out, 4 gateways, postgres, plain gateway network (demonstration only: --gateway-network tls)";
    const LAST: &str = "\u{1b}[32mverified\u{1b}[0m in 1 min 31 s: 4 gateways RUNNING, 1 pair PEER CONNECTED: Yes, Sync Status: Good, 4 of 4 links\n  http://localhost:9088   http://localhost:9089\n";

    #[test]
    fn a_wide_terminal_changes_nothing() {
        assert_eq!(wrap(HEADING, 120), HEADING);
        assert_eq!(wrap(LAST, 120), LAST);
    }

    #[test]
    fn rows_are_broken_behind_commas() {
        insta::assert_snapshot!(wrap(HEADING, 80), @r"
        demo   scale-out, 4 gateways, postgres,
          plain gateway network (demonstration only: --gateway-network tls)
        ");
        insta::assert_snapshot!(wrap(HEADING, 40), @r"
        demo   scale-out, 4 gateways, postgres,
          plain gateway network (demonstration
          only: --gateway-network tls)
        ");
        insta::assert_snapshot!(console::strip_ansi_codes(&wrap(LAST, 80)), @r"
        verified in 1 min 31 s: 4 gateways RUNNING, 1 pair PEER CONNECTED: Yes,
          Sync Status: Good, 4 of 4 links
          http://localhost:9088   http://localhost:9089
        ");
        insta::assert_snapshot!(console::strip_ansi_codes(&wrap(LAST, 40)), @r"
        verified in 1 min 31 s:
          4 gateways RUNNING,
          1 pair PEER CONNECTED: Yes,
          Sync Status: Good, 4 of 4 links
          http://localhost:9088
            http://localhost:9089
        ");
    }

    #[test]
    fn a_command_is_never_broken() {
        let text = "started, not verified (--no-wait); next: ignition-stack verify demo --wait 10m\n\
                    try ignition-stack down demo, then ignition-stack up demo; or mend it   (as said)";
        let path = "created /home/somebody/ignition-stack and more besides";
        assert_eq!(wrap(path, 30), "created\n  /home/somebody/ignition-stack\n  and more besides");
        insta::assert_snapshot!(wrap(text, 40), @r"
        started, not verified (--no-wait); next:
          ignition-stack verify demo --wait 10m
        try ignition-stack down demo, then
          ignition-stack up demo;
          or mend it   (as said)
        ");
    }

    proptest! {
        #[test]
        fn no_word_is_lost_or_broken(words in prop::collection::vec("[a-zä日]{1,12}[,:]?", 1..30), width in 20_usize..100) {
            let text = words.join(" ");
            let shown = wrap(&text, width);
            prop_assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), words);
            prop_assert!(shown.lines().all(|row| measure_text_width(row) <= width.max(28)), "{}", shown);
        }
    }
}
