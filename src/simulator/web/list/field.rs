//! Values inside a list's items: how a field is named, and how two values compare. Knows no query.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

/// The value that a field's name means: a key as it stands, else a way into inner objects (`result.healthy`). `null` is none.
pub(super) fn at<'a>(item: &'a Value, field: &str) -> Option<&'a Value> {
    let found = item.get(field).or_else(|| field.split('.').try_fold(item, |value, key| value.get(key)));
    found.filter(|v| !v.is_null())
}

/// A plain value as text.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(s) => Cow::Borrowed(s),
        other => Cow::Owned(other.to_string()),
    }
}

/// Numbers by size, and before everything else, which goes by its text: a mixture must have one order.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (None, None) => text(a).cmp(&text(b)),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// The same with a value that came as text: by size when both are numbers.
pub(super) fn compare_text(a: &Value, b: &str) -> Ordering {
    match (a.as_f64(), b.parse::<f64>()) {
        (Some(a), Ok(b)) => a.total_cmp(&b),
        _ => text(a).as_ref().cmp(b),
    }
}
