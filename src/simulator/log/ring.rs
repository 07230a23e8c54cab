//! The latest lines of the log, kept for those who ask over REST (fact sheet 2.3). Bounded in number and in text.

use std::collections::VecDeque;

/// Most lines kept.
const LINES: usize = 1000;
/// Most text kept, in bytes.
const TEXT: usize = 256 * 1024;

/// How much a line matters, in rising order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    /// Epoch milliseconds.
    pub(crate) timestamp: u64,
    pub(crate) level: Level,
    pub(crate) logger: String,
    pub(crate) message: String,
}

impl Level {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// The level of a word, letter case aside.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];
        all.into_iter().find(|level| level.word().eq_ignore_ascii_case(word))
    }
}

impl Entry {
    fn size(&self) -> usize {
        self.logger.len() + self.message.len()
    }
}

/// The lines; the oldest give way.
#[derive(Debug, Default)]
pub(super) struct Ring {
    entries: VecDeque<Entry>,
    text: usize,
}

impl Ring {
    pub(super) fn push(&mut self, entry: Entry) {
        self.text += entry.size();
        self.entries.push_back(entry);
        while self.entries.len() > LINES || self.text > TEXT {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.text -= oldest.size();
        }
    }

    /// Those that fit, the oldest first.
    pub(super) fn select(&self, fits: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.entries.iter().filter(|e| fits(e)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(message: String) -> Entry {
        Entry { timestamp: 0, level: Level::Info, logger: "a".to_owned(), message }
    }

    #[test]
    fn many_lines_and_long_ones_push_the_oldest_out() {
        let mut ring = Ring::default();
        for n in 0..5000 {
            ring.push(entry(n.to_string()));
        }
        let kept = ring.select(|_| true);
        assert_eq!((kept.len(), kept[0].message.as_str()), (LINES, "4000"));
        for _ in 0..500 {
            ring.push(entry("x".repeat(2000)));
        }
        let kept = ring.select(|_| true);
        assert!(kept.iter().map(Entry::size).sum::<usize>() <= TEXT && kept.len() > 100);
        assert_eq!(ring.text, kept.iter().map(Entry::size).sum::<usize>());
        ring.push(entry("y".repeat(TEXT + 1)));
        assert_eq!((ring.select(|_| true).len(), ring.text), (0, 0));
    }

    #[test]
    fn levels_are_ordered_and_found_by_their_words() {
        assert!(Level::from_word("warn") > Level::from_word("INFO"));
        assert_eq!(Level::from_word("loud"), None);
    }
}
