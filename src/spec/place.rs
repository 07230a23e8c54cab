//! Where something stands in a text: line, column, and the piece of the line that shows it. Draws nothing.

use serde::Serialize;

/// How much of a line is shown, in characters.
const MAX_SHOWN: usize = 100;

/// A stretch of a text as its reader counts it: line and column from 1, length in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Span {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) length: usize,
}

impl From<serde_yaml::Location> for Span {
    fn from(at: serde_yaml::Location) -> Self {
        let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Self { line: count(at.line()), column: count(at.column()), length: count(at.span().len()) }
    }
}

/// A place for people: where it is, and how it looks there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The piece of the line around it; none where that might show a secret.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
}

/// A piece of one line with a mark in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Excerpt {
    /// What stands before the mark.
    pub before: String,
    /// What is marked; may be empty.
    pub marked: String,
    /// What stands after it.
    pub after: String,
}

/// Words that announce a secret: a line with one of them is never shown, nor the line below it.
const SECRET_WORDS: [&str; 4] = ["passw", "secret", "token", "_key"];

/// A text that knows where its lines begin.
pub(super) struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let after_each = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text: text.to_owned(), starts: std::iter::once(0).chain(after_each).collect() }
    }

    /// A span for people.
    pub(super) fn place(&self, span: Span) -> Place {
        let line = self.line(span.line);
        let above = span.line.checked_sub(1).and_then(|number| self.line(number));
        let shown = line.filter(|line| !announces_secret(line) && !above.is_some_and(announces_secret));
        Place { line: span.line, column: span.column, excerpt: shown.map(|line| Excerpt::of(line, span)) }
    }

    /// A line by its number, from 1, without its end.
    fn line(&self, number: usize) -> Option<&str> {
        let from = *self.starts.get(number.checked_sub(1)?)?;
        let rest = &self.text[from..];
        let to = self.starts.get(number).map_or(rest.len(), |next| next - 1 - from);
        let line = &rest[..to];
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

fn announces_secret(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| line.contains(word))
}

impl Excerpt {
    /// Whether there is nothing to see in it.
    pub fn is_blank(&self) -> bool {
        [&self.before, &self.marked, &self.after].iter().all(|text| text.trim().is_empty())
    }

    fn of(line: &str, span: Span) -> Self {
        let skipped = span.column.saturating_sub(1);
        // A long line, as JSON often is, is shown around the mark only.
        let from = skipped.saturating_sub(MAX_SHOWN / 2);
        let length = span.length.min(MAX_SHOWN / 2);
        let mut rest = line.chars().skip(from);
        let before: String = rest.by_ref().take(skipped - from).collect();
        let marked: String = rest.by_ref().take(length).collect();
        let after: String = rest.take(MAX_SHOWN / 2).collect();
        // What ends a block (a mapping, a list) may be counted into it.
        let trimmed = marked.trim_end();
        let after = if trimmed.len() == marked.len() { after } else { String::new() };
        Self { before, marked: trimmed.to_owned(), after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, line: usize, column: usize, length: usize) -> Option<(String, String, String)> {
        Lines::of(text).place(Span { line, column, length }).excerpt.map(|e| (e.before, e.marked, e.after))
    }

    #[test]
    fn the_line_is_cut_around_the_mark() {
        let shown = excerpt("a: 1\r\nbä: [x, yy]\n", 2, 9, 2).unwrap();
        assert_eq!(shown, ("bä: [x, ".to_owned(), "yy".to_owned(), "]".to_owned()));
        let long = format!("{}MARK{}", "a".repeat(100_000), "b".repeat(100_000));
        let (before, marked, after) = excerpt(&long, 1, 100_001, 4).unwrap();
        assert_eq!((before.len(), marked.as_str(), after.len()), (50, "MARK", 50));
    }

    #[test]
    fn a_place_beyond_the_text_has_no_excerpt_and_does_not_fail() {
        assert_eq!(excerpt("a", 9, 9, 9), None);
        assert_eq!(excerpt("a", 1, 9, 9).unwrap().1, "");
        assert_eq!(excerpt("", 0, 0, 0), None);
        assert_eq!(excerpt("", 1, 1, 0).unwrap().0, "");
    }

    #[test]
    fn lines_that_may_show_a_secret_are_not_shown() {
        assert_eq!(excerpt("admin_password: canary\n", 1, 17, 6), None);
        assert_eq!(excerpt("admin_password: |\n  canary\n", 2, 3, 6), None);
        assert!(excerpt("name: demo\nport: 1\n", 2, 1, 4).is_some());
    }
}
