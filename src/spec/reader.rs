//! Reads a document key by key and collects every problem with its path and place. Which keys there are is said in `read` and
//! `predecessor`.

use std::cell::RefCell;
use std::cmp::Ordering;

use super::document::{Document, EMPTY, Entry, Node, Value};
use super::place::Span;
use super::problem::{MAX_PROBLEMS, Problem, Problems};

/// A document while it is read.
pub(super) struct Reader<'a> {
    document: &'a Document,
    /// Whether numbers and flags may stand in quotes, as the predecessor takes them.
    pub(super) lax: bool,
    problems: RefCell<Problems>,
}

/// A mapping while its keys are taken one by one.
pub(super) struct Fields<'a> {
    reader: &'a Reader<'a>,
    /// Path of the mapping; empty for the whole document.
    pub(super) path: String,
    at: Span,
    entries: &'a [Entry],
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a Document, lax: bool) -> Self {
        Self { document, lax, problems: RefCell::default() }
    }

    pub(super) fn problem(&self, path: &str, at: Span, message: impl Into<String>) {
        let mut problems = self.problems.borrow_mut();
        match problems.0.len().cmp(&MAX_PROBLEMS) {
            Ordering::Less => {
                let place = Some(self.document.place(at));
                problems.0.push(Problem { path: path.to_owned(), message: message.into(), place });
            }
            Ordering::Equal => problems.add("", format!("it has more than {MAX_PROBLEMS} problems")),
            Ordering::Greater => {}
        }
    }

    fn has_enough(&self) -> bool {
        self.problems.borrow().is_full()
    }

    pub(super) fn problems(self) -> Problems {
        self.problems.into_inner()
    }

    /// The node as a mapping.
    pub(super) fn fields(&'a self, path: &str, node: &'a Node) -> Option<Fields<'a>> {
        let Value::Map(entries) = &node.value else {
            let message = match &node.value {
                Value::Null if path.is_empty() => EMPTY.to_owned(),
                other => format!("is {}, and a mapping of keys is wanted", other.kind()),
            };
            self.problem(path, node.at, message);
            return None;
        };
        Some(Fields { reader: self, path: path.to_owned(), at: node.at, entries, known: RefCell::default() })
    }

    pub(super) fn text(&self, path: &str, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            Value::List(_) | Value::Map(_) => {
                self.problem(path, node.at, format!("is {}, and text is wanted", node.value.kind()));
                None
            }
            other => {
                self.problem(path, node.at, format!("is {}, and text is wanted: put it in quotes", other.kind()));
                None
            }
        }
    }

    pub(super) fn number(&self, path: &str, node: &Node) -> Option<u32> {
        let found = match &node.value {
            Value::Integer(number) => Some(*number),
            Value::Float(number) if self.lax => whole(*number),
            Value::Text(text) if self.lax => text.trim().parse().ok(),
            _ => None,
        };
        let in_range = found.and_then(|n| u32::try_from(n).ok());
        if in_range.is_none() {
            let is = match (&node.value, found) {
                (_, Some(number)) => number.to_string(),
                (other, None) => other.kind().to_owned(),
            };
            let wanted = "a whole number from 0 to 4294967295 is wanted";
            self.problem(path, node.at, format!("is {is}, and {wanted}"));
        }
        in_range
    }

    pub(super) fn flag(&self, path: &str, node: &Node) -> Option<bool> {
        match &node.value {
            Value::Flag(flag) => Some(*flag),
            Value::Text(word) if self.lax && is_word(word, &["true", "yes", "on", "y", "t", "1"]) => Some(true),
            Value::Text(word) if self.lax && is_word(word, &["false", "no", "off", "n", "f", "0"]) => Some(false),
            other => {
                self.problem(path, node.at, format!("is {}, and true or false is wanted", other.kind()));
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, path: &str, node: &Node, all: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(path, node)?;
        let found = all.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
            self.problem(path, node.at, unknown(&text, &words));
        }
        found
    }

    pub(super) fn items(&self, path: &str, node: &'a Node) -> impl Iterator<Item = (String, &'a Node)> + use<'a> {
        let items: &'a [Node] = if let Value::List(items) = &node.value {
            items
        } else {
            self.problem(path, node.at, format!("is {}, and a list is wanted", node.value.kind()));
            &[]
        };
        let path = path.to_owned();
        items.iter().enumerate().map(move |(i, item)| (format!("{path}[{i}]"), item))
    }
}

impl<'a> Fields<'a> {
    /// The path of a key in here.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key, `None` when it is not there or empty.
    pub(super) fn take(&self, key: &'static str) -> Option<&'a Node> {
        self.take_even_null(key).filter(|node| !matches!(node.value, Value::Null))
    }

    /// The value of a key that is there, even when it is empty.
    pub(super) fn take_even_null(&self, key: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(key);
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        self.take(key).and_then(|node| self.reader.text(&self.path_of(key), node))
    }

    pub(super) fn number(&self, key: &'static str) -> Option<u32> {
        self.take(key).and_then(|node| self.reader.number(&self.path_of(key), node))
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        self.take(key).and_then(|node| self.reader.flag(&self.path_of(key), node))
    }

    pub(super) fn word<T: Copy>(&self, key: &'static str, all: &[(&'static str, T)]) -> Option<T> {
        self.take(key).and_then(|node| self.reader.word(&self.path_of(key), node, all))
    }

    /// A mapping below a key.
    pub(super) fn fields(&self, key: &'static str) -> Option<Fields<'a>> {
        self.take(key).and_then(|node| self.reader.fields(&self.path_of(key), node))
    }

    /// The items of a list below a key, each with its path.
    pub(super) fn items(&self, key: &'static str) -> Vec<(String, &'a Node)> {
        self.take(key).map(|node| self.reader.items(&self.path_of(key), node).collect()).unwrap_or_default()
    }

    pub(super) fn texts(&self, key: &'static str) -> Vec<String> {
        self.items(key).into_iter().filter_map(|(path, node)| self.reader.text(&path, node)).collect()
    }

    /// A mapping of text to text below a key.
    pub(super) fn text_map(&self, key: &'static str) -> indexmap::IndexMap<String, String> {
        let Some(inner) = self.fields(key) else { return indexmap::IndexMap::new() };
        let pairs = inner.entries.iter().filter_map(|entry| {
            let path = inner.path_of(&shown(&entry.key));
            Some((entry.key.clone(), self.reader.text(&path, &entry.node)?))
        });
        pairs.collect()
    }

    /// Whether a key is there at all.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    pub(super) fn missing(&self, key: &'static str) {
        if !self.has(key) || self.is_null(key) {
            self.reader.problem(&self.path_of(key), self.at, "is missing");
        }
    }

    fn is_null(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key && matches!(entry.node.value, Value::Null))
    }

    pub(super) fn problem(&self, key: &'static str, message: impl Into<String>) {
        let at = self.entries.iter().find(|entry| entry.key == key).map_or(self.at, |entry| entry.node.at);
        self.reader.problem(&self.path_of(key), at, message);
    }

    pub(super) fn reader(&self) -> &'a Reader<'a> {
        self.reader
    }

    /// Names every key that nobody took.
    pub(super) fn finish(self) {
        let known = self.known.borrow();
        for entry in self.entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            if self.reader.has_enough() {
                return;
            }
            let path = self.path_of(&shown(&entry.key));
            self.reader.problem(&path, entry.key_at, format!("no such key here{}", nearest(&entry.key, &known)));
        }
    }
}

/// A word that is none of the known ones.
pub(crate) fn unknown(text: &str, known: &[&str]) -> String {
    format!("{:?} is not known{}; known: {}", shown(text), nearest(text, known), known.join(", "))
}

/// `; did you mean X?`, when something near is known.
fn nearest(text: &str, known: &[&str]) -> String {
    let text: String = text.chars().take(60).collect();
    let near = known.iter().map(|word| (strsim::jaro_winkler(&text, word), word)).filter(|(near, _)| *near > 0.8);
    let best = near.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, word)| format!("; did you mean {word}?")).unwrap_or_default()
}

/// Foreign text cut to what fits a line of an error.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() { format!("{cut}...") } else { cut }
}

fn is_word(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[expect(clippy::cast_possible_truncation, reason = "only whole numbers of a size that fits are taken")]
fn whole(number: f64) -> Option<i128> {
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i128)
}
