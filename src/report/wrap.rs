//! Long sentences on a narrow terminal: broken behind a comma, else at a blank, never within a word. Pure.

use console::measure_text_width;

/// What goes on in a further row stands this much further in.
const FURTHER: usize = 2;

/// The text with every row that is wider than `width` columns broken into several. Escapes have no width. A word that is wider by itself
/// stays whole: it is a path or an address that somebody may want to copy.
pub(super) fn wrap(text: &str, width: usize) -> String {
    text.split('\n').map(|row| broken(row, width)).collect::<Vec<_>>().join("\n")
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
    for phrase in phrases(body) {
        if !rows.fits(phrase) && rows.would_fit_below(phrase) {
            rows.next();
        }
        phrase.split(' ').for_each(|word| rows.add(word));
    }
    rows.done + &rows.row
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
