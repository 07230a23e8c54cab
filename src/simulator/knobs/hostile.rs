//! Hostile text for the log: what a careless reader of logs obeys, breaks on or drowns in. Raw on purpose; used by knobs only.

use serde::{Deserialize, Serialize};

/// A kind of hostile text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Hostile {
    /// ESC sequences that clear the screen and colour it.
    Esc,
    /// The same with the C1 control instead of ESC [.
    C1,
    /// A link that shows another address than it has.
    Osc8,
    /// A write to the clipboard.
    Osc52,
    /// Text that reorders itself.
    Bidi,
    /// A line that overwrites itself.
    Cr,
    /// Bytes that are no UTF-8.
    InvalidUtf8,
    /// A line of four megabytes.
    MegabyteLine,
}

/// Length of a line of [`Hostile::MegabyteLine`].
const MEGABYTES: usize = 4 << 20;

impl Hostile {
    /// Every kind.
    pub(super) const ALL: [Self; 8] =
        [Self::Esc, Self::C1, Self::Osc8, Self::Osc52, Self::Bidi, Self::Cr, Self::InvalidUtf8, Self::MegabyteLine];

    /// One line of it, without its end.
    pub(super) fn line(self) -> Vec<u8> {
        match self {
            Self::Esc => b"\x1b[2J\x1b[1;1H\x1b[31mhostile log: ESC\x1b]0;hostile title\x07".to_vec(),
            Self::C1 => "\u{9b}2J\u{9b}31mhostile log: C1\u{9d}0;hostile title\u{9c}".as_bytes().to_vec(),
            Self::Osc8 => {
                b"\x1b]8;;http://hostile.invalid/\x1b\\http://localhost:8088\x1b]8;;\x1b\\ hostile log: OSC 8".to_vec()
            }
            Self::Osc52 => b"hostile log: OSC 52 \x1b]52;c;aG9zdGlsZQ==\x07".to_vec(),
            Self::Bidi => "hostile log: \u{202e}IDIB\u{2066} \u{200f}over".as_bytes().to_vec(),
            Self::Cr => {
                b"hostile log: CR, a fault that must not vanish\rall is well                                 ".to_vec()
            }
            Self::InvalidUtf8 => b"hostile log: \xff\xfe\xc3\x28 \xed\xa0\x80 invalid UTF-8".to_vec(),
            Self::MegabyteLine => {
                let mut line = b"hostile log: a long line ".to_vec();
                line.resize(MEGABYTES, b'x');
                line
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_as_hostile_as_it_says() {
        let has = |kind: Hostile, bytes: &[u8]| kind.line().windows(bytes.len()).any(|w| w == bytes);
        assert!(has(Hostile::Esc, b"\x1b[2J") && has(Hostile::C1, "\u{9b}".as_bytes()));
        assert!(has(Hostile::Osc8, b"\x1b]8;;") && has(Hostile::Osc52, b"\x1b]52;"));
        assert!(has(Hostile::Bidi, "\u{202e}".as_bytes()) && has(Hostile::Cr, b"\r"));
        assert!(String::from_utf8(Hostile::InvalidUtf8.line()).is_err());
        assert!(Hostile::MegabyteLine.line().len() > 1 << 20);
        assert!(Hostile::ALL.iter().all(|kind| !kind.line().contains(&b'\n')));
    }
}
