//! Reading single values out of a JSON answer without trusting their types. Knows no particular answer.

use serde_json::Value;

use crate::gateway::{Fault, capped};

/// More items than any gateway of ours can have; beyond that an answer is taken for broken.
const MAX_ITEMS: usize = 10_000;

/// The body as JSON. Bytes that are not UTF-8 become replacement characters.
pub(super) fn document(body: &[u8]) -> Result<Value, Fault> {
    serde_json::from_str(&String::from_utf8_lossy(body)).map_err(|e| Fault::Malformed(e.to_string()))
}

/// The body as a JSON object.
pub(super) fn object(body: &[u8]) -> Result<Value, Fault> {
    let value = document(body)?;
    if value.is_object() { Ok(value) } else { Err(Fault::Malformed("not a JSON object".to_owned())) }
}

/// The items of a list answer, bare or below `items` (fact sheet 2.1). A list that says it is not whole is not taken:
/// what is missing in it would look as if it did not exist.
pub(super) fn items(body: &[u8]) -> Result<Vec<Value>, Fault> {
    let mut value = document(body)?;
    let whole =
        value.pointer("/metadata/matching").or_else(|| value.pointer("/metadata/total")).and_then(Value::as_u64);
    let list = match &mut value {
        Value::Array(list) => std::mem::take(list),
        Value::Object(map) => match map.get_mut("items") {
            Some(Value::Array(list)) => std::mem::take(list),
            _ => return Err(Fault::Malformed("no list of items".to_owned())),
        },
        _ => return Err(Fault::Malformed("not a list".to_owned())),
    };
    if list.len() > MAX_ITEMS {
        return Err(Fault::Malformed(format!("a list of {} items", list.len())));
    }
    if list.iter().any(|item| !item.is_object()) {
        return Err(Fault::Malformed("a list with items that are no objects".to_owned()));
    }
    match whole {
        Some(all) if all > list.len() as u64 => {
            Err(Fault::Malformed(format!("a list of {} items of which it shows {}", all, list.len())))
        }
        _ => Ok(list),
    }
}

/// A text, capped.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(capped)
}

/// A text that says something.
pub(super) fn filled(value: &Value, key: &str) -> Option<String> {
    text(value, key).filter(|t| !t.trim().is_empty())
}

/// A truth value.
pub(super) fn flag(value: &Value, key: &str) -> Option<bool> {
    value.get(key)?.as_bool()
}

/// A count. Negative numbers and fractions are none.
pub(super) fn count(value: &Value, key: &str) -> Option<u64> {
    value.get(key)?.as_u64()
}
