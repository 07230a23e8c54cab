//! The frame of every page, its style, and foreign text made harmless.

use std::fmt::Write as _;

const STYLE: &str = include_str!("style.css");
/// Longest foreign text that a page shows, in characters.
const TEXT_LIMIT: usize = 500;

/// How good or bad a word is, for its colour. The word itself says it too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    Good,
    Wait,
    Bad,
    Plain,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Good => "tag good",
            Self::Wait => "tag wait",
            Self::Bad => "tag bad",
            Self::Plain => "tag",
        }
    }
}

/// A word in its colour.
pub(super) fn tag(word: &str, tone: Tone) -> String {
    format!("<span class=\"{}\">{}</span>", tone.class(), escape(word))
}

/// Names and values side by side; a value is markup already.
pub(super) fn grid(cells: &[(&str, String)]) -> String {
    let cells = cells.iter().fold(String::new(), |mut out, (name, value)| {
        // Writing to a String cannot fail.
        let _ = write!(out, "<div><dt>{}</dt><dd>{value}</dd></div>", escape(name));
        out
    });
    format!("<dl class=\"grid\">{cells}</dl>")
}

/// A page that stays as it is.
pub(crate) fn frame(title: &str, body: &str) -> String {
    whole(title, body, "")
}

/// A page that asks for itself again, so that it is always about now.
pub(super) fn live(title: &str, body: &str) -> String {
    whole(title, body, "<meta http-equiv=\"refresh\" content=\"5\">")
}

fn whole(title: &str, body: &str, head: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\">{head}<title>SIMULATED {title}</title><style>{STYLE}</style></head>\
         <body><div class=\"sim\" role=\"note\"><b>SIMULATED</b> gateway: no Ignition runs here</div>\
         <main><h1>{title}</h1>{body}</main></body></html>"
    )
}

/// Text as HTML, in elements and attributes: bounded, and without what reorders the text around it.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4 * TEXT_LIMIT));
    for c in text.chars().take(TEXT_LIMIT) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        let page = frame("<script>alert(1)</script>", "");
        assert!(!page.contains("<script"));
        assert!(page.contains("SIMULATED"));
        assert_eq!(escape("\"'&"), "&quot;&#39;&amp;");
        assert_eq!(escape("a\u{202e}b\u{1b}c"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(escape(&"x".repeat(10_000)).len(), TEXT_LIMIT);
    }

    #[test]
    fn only_a_live_page_asks_for_itself_again() {
        assert!(live("x", "").contains("http-equiv=\"refresh\"") && !frame("x", "").contains("refresh"));
    }
}
