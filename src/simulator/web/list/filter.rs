//! Filters `field[operator]=value` of a list's query (fact sheet 2.1): parsing one, and judging an item by it.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::field::{at, compare_text, text};

/// Longest regular expression, in bytes.
const PATTERN_LIMIT: usize = 1024;
/// Most memory that a compiled one may take, in bytes.
const COMPILED_LIMIT: usize = 256 * 1024;

#[derive(Debug)]
enum Test {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Matches(Regex),
}

/// One filter.
#[derive(Debug)]
pub(super) struct Filter {
    field: String,
    test: Test,
    value: String,
}

impl Filter {
    pub(super) fn new(field: &str, operator: &str, value: &str) -> Result<Self, String> {
        let test = match operator {
            "eq" => Test::Equal,
            "ne" => Test::NotEqual,
            "cn" => Test::Contains,
            "sw" => Test::StartsWith,
            "ew" => Test::EndsWith,
            "gt" => Test::Greater,
            "gte" => Test::GreaterOrEqual,
            "lt" => Test::Less,
            "lte" => Test::LessOrEqual,
            "rgx" => Test::Matches(regex(value)?),
            _ => return Err(format!("'{operator}' is no filter: use eq ne cn sw ew gt gte lt lte rgx")),
        };
        Ok(Self { field: field.to_owned(), test, value: value.to_owned() })
    }

    /// An item without the field fits `ne` and nothing else.
    pub(super) fn fits(&self, item: &Value) -> bool {
        let Some(found) = at(item, &self.field) else { return matches!(self.test, Test::NotEqual) };
        let order = || compare_text(found, &self.value);
        match &self.test {
            Test::Equal => order() == Ordering::Equal,
            Test::NotEqual => order() != Ordering::Equal,
            Test::Contains => text(found).contains(&self.value),
            Test::StartsWith => text(found).starts_with(&self.value),
            Test::EndsWith => text(found).ends_with(&self.value),
            Test::Greater => order() == Ordering::Greater,
            Test::GreaterOrEqual => order() != Ordering::Less,
            Test::Less => order() == Ordering::Less,
            Test::LessOrEqual => order() != Ordering::Greater,
            Test::Matches(regex) => regex.is_match(&text(found)),
        }
    }
}

/// Foreign expressions are bounded; these engines need no more than linear time.
fn regex(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > PATTERN_LIMIT {
        return Err(format!("the expression is longer than {PATTERN_LIMIT} bytes"));
    }
    RegexBuilder::new(pattern)
        .size_limit(COMPILED_LIMIT)
        .dfa_size_limit(COMPILED_LIMIT)
        .build()
        .map_err(|e| format!("the expression cannot be used: {e}"))
}
