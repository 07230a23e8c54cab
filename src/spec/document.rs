//! Text -> a tree of values that know where they stand: the one YAML dialect and its limits. JSON is read by the same reader,
//! because every JSON text is YAML. What the values mean is decided in `read`. No files here.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DuplicateKeyPolicy, MergeKeyPolicy, Options, Spanned};

use super::place::{Lines, Place, Span};
use super::problem::{Problem, Problems};

/// The largest configuration, in bytes: 1 MiB (product reference, section 6).
pub(super) const MAX_BYTES: usize = 1 << 20;

/// How deep lists and mappings may stand in each other.
const MAX_DEPTH: usize = 64;

/// How many values a configuration may hold, aliases counted as often as they are used.
const MAX_NODES: usize = 50_000;

/// A parsed text.
pub(super) struct Document {
    lines: Lines,
    pub(super) root: Node,
}

/// A value and where it stands.
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: Span,
}

/// What stands there.
pub(super) enum Value {
    Null,
    Flag(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a mapping with its value.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: Span,
    pub(super) node: Node,
}

impl Value {
    /// What it is, in the words of an error.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "empty",
            Self::Flag(_) => "true or false",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl Document {
    /// Parses a text, or says why it is none: its size, its syntax, a limit.
    pub(super) fn parse(text: &str) -> Result<Self, Problems> {
        if text.len() > MAX_BYTES {
            return Err(Problems::one("", format!("it has {} bytes; at most 1 MiB is read", text.len())));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match on_a_large_stack(|| read(text)) {
            Some(Ok(root)) => Ok(Self { lines: Lines::of(text), root }),
            Some(Err(problem)) => Err(Problems(vec![problem])),
            None => Err(Problems::one("", "the system gave no memory to read it with")),
        }
    }

    /// Where a span stands, with the line that shows it.
    pub(super) fn place(&self, span: Span) -> Place {
        self.lines.place(span)
    }

    /// Where the value of a path such as `gateways[2].http_port` stands; the nearest one above it when it is not there.
    pub(super) fn find(&self, path: &str) -> Option<Span> {
        let mut node = &self.root;
        let mut found = None;
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let next = match (&node.value, step.strip_suffix(']')) {
                (Value::List(items), Some(index)) => index.parse::<usize>().ok().and_then(|i| items.get(i)),
                (Value::Map(entries), None) => entries.iter().find(|e| e.key == step).map(|e| &e.node),
                _ => None,
            };
            let Some(next) = next else { break };
            node = next;
            found = Some(node.at);
        }
        found
    }
}

/// Stack of the reader, in bytes: it calls itself for each level of nesting.
const STACK: usize = 16 << 20;

/// Runs the reader where even the deepest text that is read fits; `None` when the system gives no such place.
fn on_a_large_stack<T: Send>(read: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let started = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read);
        started.ok().and_then(|reading| reading.join().ok())
    })
}

fn read(text: &str) -> Result<Node, Problem> {
    serde_yaml::from_str_with_options::<Positioned>(text, dialect()).map(|Positioned(root)| root).map_err(|error| {
        let error = error.without_snippet();
        let place = error.location().map(|at| Lines::of(text).place(Span::from(at)));
        Problem { path: String::new(), message: said(error), place }
    })
}

fn dialect() -> Options {
    serde_yaml::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
        reject_unsupported_tags: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Merge,
        budget: serde_yaml::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: 2 * MAX_DEPTH,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            max_recorded_anchor_events: MAX_NODES,
            max_recorded_anchor_bytes: 4 * MAX_BYTES,
            max_total_scalar_bytes: 4 * MAX_BYTES,
        },
    }
}

/// What is said of a text without a value.
pub(super) const EMPTY: &str = "it is empty";

const TOO_MUCH: &str = "it holds more anchors, aliases or values behind them than are read";

/// What the reader says, in words for a person where it speaks of itself.
fn said(error: &serde_yaml::Error) -> String {
    use serde_yaml::Error;
    use serde_yaml::budget::BudgetBreach;
    match error {
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => {
            format!("lists and mappings stand deeper in each other than {MAX_DEPTH} levels")
        }
        Error::Budget { breach: BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. }, .. } => {
            format!("it holds more than {MAX_NODES} values, aliases counted as often as they are used")
        }
        Error::Budget { .. } => TOO_MUCH.to_owned(),
        Error::MultipleDocuments { .. } => "it holds several documents (---), and one is read".to_owned(),
        Error::Eof { .. } => EMPTY.to_owned(),
        other => {
            let told = other.to_string();
            if told.contains("budget breached") {
                return TOO_MUCH.to_owned();
            }
            // The scanner, which runs ahead of the budget, has a limit of its own for brackets.
            if told.contains("recursion limit") {
                return format!("lists and mappings stand deeper in each other than {MAX_DEPTH} levels");
            }
            if let Some(words) = in_our_words(&told) {
                return words;
            }
            // The place stands beside the message already.
            let told = told.split(" at line ").next().unwrap_or(&told);
            told.chars().take(200).collect()
        }
    }
}

/// What the library says in words for those who program with it.
fn in_our_words(told: &str) -> Option<String> {
    if let Some(rest) = told.split_once("duplicate mapping key: ").map(|(_, rest)| rest) {
        let key = rest.split(", set DuplicateKeyPolicy").next().unwrap_or(rest);
        return Some(format!(
            "the key {:?} stands twice, and once is allowed",
            key.chars().take(40).collect::<String>()
        ));
    }
    let known = [
        ("expected string scalar", "a list or a mapping stands where a key must, and a key is text"),
        ("cannot deserialize null into string", "a key is empty: put it in quotes, if that is meant"),
        ("weak recursion types", "an alias stands in the very value that it names, so that it would never end"),
        ("invalid !!binary base64", "what is marked !!binary is not base64"),
        ("unsupported tag", "a tag (!name) stands before a value, and none is known here: take it away"),
    ];
    known.iter().find(|(words, _)| told.contains(words)).map(|(_, ours)| (*ours).to_owned())
}

/// A node as the reader hands it over.
struct Positioned(Node);

impl<'de> Deserialize<'de> for Positioned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Bare>::deserialize(deserializer)?;
        Ok(Self(Node { value: spanned.value.0, at: Span::from(spanned.referenced) }))
    }
}

/// A value without its place.
struct Bare(Value);

impl<'de> Deserialize<'de> for Bare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Bare;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Bare, E> {
        Ok(Bare(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Bare, E> {
        Ok(Bare(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Bare, D::Error> {
        Bare::deserialize(deserializer)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Bare, E> {
        Ok(Bare(Value::Flag(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Bare, E> {
        Ok(Bare(Value::Integer(number.into())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Bare, E> {
        Ok(Bare(Value::Integer(number.into())))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Bare, E> {
        Ok(Bare(Value::Integer(number)))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Bare, E> {
        Ok(Bare(i128::try_from(number).map_or(Value::Float(f64::INFINITY), Value::Integer)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Bare, E> {
        Ok(Bare(Value::Float(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Bare, E> {
        Ok(Bare(Value::Text(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Bare, E> {
        Ok(Bare(Value::Text(text)))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bare, E> {
        Ok(Bare(Value::Text(String::from_utf8_lossy(bytes).into_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Bare, A::Error> {
        let mut list = Vec::new();
        while let Some(Positioned(node)) = items.next_element()? {
            list.push(node);
        }
        Ok(Bare(Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Bare, A::Error> {
        let mut map = Vec::new();
        while let Some((key, Positioned(node))) = entries.next_entry::<Spanned<String>, Positioned>()? {
            map.push(Entry { key: key.value, key_at: Span::from(key.referenced), node });
        }
        Ok(Bare(Value::Map(map)))
    }
}

#[cfg(test)]
mod tests;
