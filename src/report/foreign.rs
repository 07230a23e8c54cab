//! Foreign text (logs, names, answers) made harmless for a terminal. Pure.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The longest piece of foreign text that is shown, in characters.
const MAX_SHOWN: usize = 2_000;

/// One line that cannot move the cursor, change colours, titles or the clipboard, or turn the reading direction.
///
/// Control characters (C0, DEL, C1) become `\x1b` style escapes, a tab becomes a blank, bidirectional controls,
/// zero-width and line separators become `\u{...}`. Over-long text is cut with a mark.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_SHOWN && !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(MAX_SHOWN) + 16);
    for (n, c) in text.chars().enumerate() {
        if n == MAX_SHOWN {
            out.push_str(" ... (cut)");
            break;
        }
        match c {
            '\t' => out.push(' '),
            c if is_harmful(c) && u32::from(c) < 0x100 => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if is_harmful(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal obeys nothing in it.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(is_harmful)
}

/// The same for a whole JSON document: what a terminal would obey becomes `\u` escapes, so that it reads back as it was. Only line
/// breaks stay: within strings they are escaped already.
pub fn harmless_json(document: &str) -> Cow<'_, str> {
    let raw = |c: char| is_harmful(c) && c != '\n';
    if !document.chars().any(raw) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 16);
    for c in document.chars() {
        if raw(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_shown_and_plain_text_is_untouched() {
        assert!(matches!(harmless("Ping to remote machine was successful: Zürich 日本"), Cow::Borrowed(_)));
        assert_eq!(harmless("\u{1b}]52;c;aGk=\u{7}x\r\n"), "\\x1b]52;c;aGk=\\x07x\\x0d\\x0a");
        assert_eq!(harmless("a\u{9b}31mb\u{202e}c\td"), "a\\x9b31mb\\u{202e}c d");
        assert!(harmless(&"x".repeat(1 << 20)).len() < 2_100);
    }

    proptest! {
        #[test]
        fn json_reads_back_as_it_was(text in any::<String>(), more in "[\u{0}-\u{20}\u{7f}-\u{9f}\u{202e}\u{e0041}]{0,20}") {
            let value = serde_json::json!({ "text": format!("{text}{more}"), "list": [more] });
            let shown = serde_json::to_string_pretty(&value).unwrap();
            let shown = harmless_json(&shown);
            prop_assert!(!shown.chars().any(|c| is_harmful(c) && c != '\n'));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }

        #[test]
        fn nothing_harmful_is_left(text in any::<String>()) {
            prop_assert!(!harmless(&text).chars().any(is_harmful));
        }
    }
}
