//! The simulated gateway's log: lines in the gateway's style to one sink, foreign text made harmless. Decides nothing.

pub(crate) mod ring;

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use crate::simulator::clock::{self, epoch_ms};
use ring::{Entry, Level, Ring};

/// Longest line written, in characters.
const LINE_LIMIT: usize = 2000;

/// A log that many parts of the gateway write to.
#[derive(Clone)]
pub(crate) struct Log {
    sink: Arc<Mutex<Box<dyn Write + Send>>>,
    ring: Arc<Mutex<Ring>>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

impl Log {
    /// A log into any writer.
    pub(crate) fn new(sink: impl Write + Send + 'static) -> Self {
        Self { sink: Arc::new(Mutex::new(Box::new(sink))), ring: Arc::default() }
    }

    /// The log of a container: standard output.
    pub(crate) fn stdout() -> Self {
        Self::new(std::io::stdout())
    }

    /// A line of the entrypoint, before the gateway itself runs (fact sheet 6.1).
    pub(crate) fn init(&self, text: &str) {
        self.line(&format!("init     | {} | {text}", stamp()));
    }

    /// A line of the service wrapper, between two starts of the gateway's process.
    pub(crate) fn wrapper(&self, text: &str) {
        self.line(&format!("wrapper  | {} | {text}", stamp()));
    }

    /// An information line of a logger.
    pub(crate) fn info(&self, logger: &str, text: &str) {
        self.entry(Level::Info, logger, text);
    }

    /// A warning line of a logger.
    pub(crate) fn warn(&self, logger: &str, text: &str) {
        self.entry(Level::Warn, logger, text);
    }

    /// An error line of a logger.
    pub(crate) fn error(&self, logger: &str, text: &str) {
        self.entry(Level::Error, logger, text);
    }

    /// The latest lines of loggers that fit, the oldest first.
    pub(crate) fn select(&self, fits: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).select(fits)
    }

    fn entry(&self, level: Level, logger: &str, text: &str) {
        let letter = &level.word()[..1];
        self.line(&format!("jvm 1    | {} | {letter} [{logger}] {text}", stamp()));
        self.keep(level, logger, text);
    }

    fn keep(&self, level: Level, logger: &str, text: &str) {
        let entry = Entry { timestamp: epoch_ms(), level, logger: printable(logger), message: printable(text) };
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// A line as it is, on purpose: only for the hostile text that a knob asks for.
    pub(crate) fn raw(&self, line: &[u8]) {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = sink.write_all(line).and_then(|()| sink.write_all(b"\n")).and_then(|()| sink.flush());
    }

    /// Many information lines of a logger, written together.
    pub(crate) fn flood(&self, logger: &str, lines: impl Iterator<Item = String>) {
        let stamp = stamp();
        let text = lines.fold(String::new(), |mut all, line| {
            let _ = writeln!(all, "jvm 1    | {stamp} | I [{logger}] {}", printable(&line));
            self.keep(Level::Info, logger, &line);
            all
        });
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = sink.write_all(text.as_bytes()).and_then(|()| sink.flush());
    }

    fn line(&self, text: &str) {
        let text = printable(text);
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // A gateway whose log cannot be written goes on; there is nobody left to tell.
        let _ = writeln!(sink, "{text}").and_then(|()| sink.flush());
    }
}

/// `2026/09/05 16:04:52`, UTC.
fn stamp() -> String {
    humantime::format_rfc3339_seconds(clock::now()).to_string().replace('-', "/").replace('T', " ").replace('Z', "")
}

/// The text on one line, without anything that a terminal acts on or that reorders it, bounded in length.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LINE_LIMIT));
    for c in text.chars().take(LINE_LIMIT) {
        let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
        if c.is_control() || reorders {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_harmless_and_bounded() {
        assert_eq!(printable("a\x1b[2Jb\r\nc\u{9b}\u{202e}d"), "a\\u{1b}[2Jb\\u{d}\\u{a}c\\u{9b}\\u{202e}d");
        assert!(printable(&"x".repeat(1_000_000)).len() <= LINE_LIMIT);
    }

    #[test]
    fn stamps_look_as_in_the_fact_sheet() {
        let stamp = stamp();
        assert_eq!(stamp.len(), "2026/09/05 16:04:52".len());
        assert_eq!(stamp.as_bytes()[4], b'/');
        assert_eq!(stamp.as_bytes()[10], b' ');
    }
}
