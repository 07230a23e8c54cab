//! Lists of the REST interface: filtering, searching, sorting and paging, the same for every list (fact sheet 2.1). Knows no item.

mod field;
mod filter;

use std::cmp::Ordering;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::Answer;
use field::{at, compare, text};
use filter::Filter;

/// Items per answer when the caller names no number; the fact sheet names none.
const DEFAULT_LIMIT: usize = 100;
/// Most filters of one query.
const FILTER_LIMIT: usize = 32;

/// What a query asks of a list.
#[derive(Debug, Default)]
struct Wish {
    limit: Option<usize>,
    offset: usize,
    sort: Option<(String, bool)>,
    search: Option<String>,
    filters: Vec<Filter>,
}

/// The answer to a list route: those of `items` that the query asks for, with the list's metadata. Keys that are no list's
/// business are passed over; a malformed wish is refused with 400 (the simulator's choice).
pub(crate) fn list(items: Vec<Value>, query: &[(String, String)]) -> Answer {
    match wish(query) {
        Ok(wish) => Answer::json(pick(items, &wish)),
        Err(reason) => Answer::problem(StatusCode::BAD_REQUEST, &reason),
    }
}

fn wish(query: &[(String, String)]) -> Result<Wish, String> {
    let mut wish = Wish::default();
    let number =
        |key: &str, value: &str| value.parse::<usize>().map_err(|_| format!("{key} must be a whole number from 0"));
    for (key, value) in query {
        match key.as_str() {
            "limit" => wish.limit = Some(number(key, value)?),
            "offset" => wish.offset = number(key, value)?,
            "sortBy" => wish.sort = Some(sort(value)?),
            "search" => wish.search = Some(value.to_lowercase()).filter(|s| !s.is_empty()),
            key => {
                let Some((field, operator)) = key.strip_suffix(']').and_then(|k| k.split_once('[')) else { continue };
                if wish.filters.len() == FILTER_LIMIT {
                    return Err(format!("there are more than {FILTER_LIMIT} filters"));
                }
                wish.filters.push(Filter::new(field, operator, value)?);
            }
        }
    }
    Ok(wish)
}

/// `asc(f)` or `desc(f)`.
fn sort(value: &str) -> Result<(String, bool), String> {
    let inner = |prefix: &str| value.strip_prefix(prefix)?.strip_suffix(')').filter(|f| !f.is_empty());
    let ascending = inner("asc(").map(|f| (f.to_owned(), true));
    ascending
        .or_else(|| inner("desc(").map(|f| (f.to_owned(), false)))
        .ok_or_else(|| "sortBy must be asc(field) or desc(field)".to_owned())
}

fn pick(items: Vec<Value>, wish: &Wish) -> Value {
    let total = items.len();
    let wanted = |item: &Value| {
        wish.search.as_ref().is_none_or(|s| contains(item, s)) && wish.filters.iter().all(|f| f.fits(item))
    };
    let mut found: Vec<Value> = items.into_iter().filter(wanted).collect();
    let matching = found.len();
    if let Some((field, ascending)) = &wish.sort {
        found.sort_by(|a, b| order(a, b, field, *ascending));
    }
    let limit = wish.limit.unwrap_or(DEFAULT_LIMIT);
    let page: Vec<Value> = found.into_iter().skip(wish.offset).take(limit).collect();
    json!({
        "items": page,
        "metadata": {"total": total, "matching": matching, "limit": limit, "offset": wish.offset},
    })
}

/// Items without the field come last, whichever the direction.
fn order(a: &Value, b: &Value, field: &str, ascending: bool) -> Ordering {
    match (at(a, field), at(b, field)) {
        (Some(a), Some(b)) if ascending => compare(a, b),
        (Some(a), Some(b)) => compare(b, a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// Whether any text or number in an item contains the words, letter case aside.
fn contains(item: &Value, words: &str) -> bool {
    match item {
        Value::Array(all) => all.iter().any(|v| contains(v, words)),
        Value::Object(map) => map.values().any(|v| contains(v, words)),
        Value::Null => false,
        plain => text(plain).to_lowercase().contains(words),
    }
}

#[cfg(test)]
#[path = "list/tests.rs"]
mod tests;
