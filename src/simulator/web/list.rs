//! Lists of the REST interface: paging, sorting, searching and filtering, the same for every list (fact sheet 2.1). Knows no item.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::Answer;

/// Items per answer when the caller names no number; the fact sheet names none.
const DEFAULT_LIMIT: usize = 100;

/// The answer to a list route: those of `items` that the query asks for, with the list's metadata.
pub(crate) fn list(items: Vec<Value>, query: &[(String, String)]) -> Answer {
    let number = |key: &str, default: usize| match query.iter().find(|(k, _)| k == key) {
        Some((_, value)) => value.parse::<usize>().map_err(|_| format!("{key}: '{value}' is not a number")),
        None => Ok(default),
    };
    let (limit, offset) = match (number("limit", DEFAULT_LIMIT), number("offset", 0)) {
        (Ok(limit), Ok(offset)) => (limit, offset),
        (Err(e), _) | (_, Err(e)) => return Answer::problem(StatusCode::BAD_REQUEST, &e),
    };
    let total = items.len();
    let matching = total;
    let page: Vec<Value> = items.into_iter().skip(offset).take(limit).collect();
    Answer::json(json!({
        "items": page,
        "metadata": {"total": total, "matching": matching, "limit": limit, "offset": offset},
    }))
}
