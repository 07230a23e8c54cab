//! What one field of a resource's settings must be. Knows no kind of resource.

use std::fmt;

use serde_json::Value;

/// Something wrong with one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Finding {
    /// The field's path in the settings, `profile.type`.
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Finding {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// A check of one value: what is wrong with it and where below it.
pub(crate) type Check = fn(&Value) -> Result<(), Finding>;

/// What a value must be.
#[derive(Clone, Copy)]
pub(crate) enum Want {
    Text,
    /// A text that is not empty.
    Filled,
    Flag,
    /// A whole number in a range, both ends included.
    Whole(i64, i64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    List,
    Object,
    Of(Check),
}

/// A field of which something is known. Fields that no table names are left alone.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    path: &'static str,
    want: Want,
    required: bool,
}

/// A field without which the settings are invalid.
pub(crate) const fn need(path: &'static str, want: Want) -> Field {
    Field { path, want, required: true }
}

/// A field that may be missing or `null`.
pub(crate) const fn may(path: &'static str, want: Want) -> Field {
    Field { path, want, required: false }
}

/// Everything wrong with some settings.
pub(crate) fn check(fields: &[Field], config: &Value) -> Vec<Finding> {
    if config.is_object() {
        fields.iter().filter_map(|f| f.finding(config)).collect()
    } else {
        vec![Finding::new("", "must be an object")]
    }
}

impl Field {
    fn finding(&self, config: &Value) -> Option<Finding> {
        let found = self.path.split('.').try_fold(config, |value, key| value.get(key));
        match found.filter(|v| !v.is_null()) {
            Some(value) => self.want.check(value).err().map(|inner| {
                let dot = if inner.field.is_empty() || inner.field.starts_with('[') { "" } else { "." };
                Finding::new(format!("{}{dot}{}", self.path, inner.field), inner.message)
            }),
            None if self.required => Some(Finding::new(self.path, "is required")),
            None => None,
        }
    }
}

impl Want {
    fn check(self, value: &Value) -> Result<(), Finding> {
        let must =
            |fits: bool, what: &str| if fits { Ok(()) } else { Err(Finding::new("", format!("must be {what}"))) };
        match self {
            Self::Text => must(value.is_string(), "a text"),
            Self::Filled => must(value.as_str().is_some_and(|t| !t.trim().is_empty()), "a text that is not empty"),
            Self::Flag => must(value.is_boolean(), "true or false"),
            Self::Whole(low, high) => {
                let fits = value.as_i64().is_some_and(|n| (low..=high).contains(&n));
                must(fits, &format!("a whole number from {low} to {high}"))
            }
            Self::OneOf(words) => {
                let fits = value.as_str().is_some_and(|t| words.contains(&t));
                must(fits, &format!("one of {}", words.join(", ")))
            }
            Self::List => must(value.is_array(), "a list"),
            Self::Object => must(value.is_object(), "an object"),
            Self::Of(check) => check(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: &[Field] = &[
        need("host", Want::Filled),
        may("port", Want::Whole(1, 65_535)),
        may("ssl", Want::Flag),
        need("profile.type", Want::OneOf(&["a", "b"])),
        may("list", Want::Of(|v| if v[0] == 1 { Ok(()) } else { Err(Finding::new("[0]", "must be 1")) })),
        may("inner", Want::Of(|_| Err(Finding::new("x", "is wrong")))),
    ];

    fn shown(config: &Value) -> Vec<String> {
        check(FIELDS, config).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn findings_name_the_field() {
        let none: [&str; 0] = [];
        assert_eq!(shown(&json!({"host": "h", "profile": {"type": "a"}, "ssl": null, "unknown": [1]})), none);
        assert_eq!(shown(&json!({})), ["host: is required", "profile.type: is required"]);
        assert_eq!(
            shown(&json!({"host": " ", "port": 0, "ssl": "true", "profile": {"type": "c"}, "list": [2], "inner": 1})),
            [
                "host: must be a text that is not empty",
                "port: must be a whole number from 1 to 65535",
                "ssl: must be true or false",
                "profile.type: must be one of a, b",
                "list[0]: must be 1",
                "inner.x: is wrong",
            ]
        );
        assert_eq!(shown(&json!({"host": "h", "profile": "text"})), ["profile.type: is required"]);
        assert_eq!(shown(&json!({"host": "h", "profile": {"type": "a"}, "port": 1.5})).len(), 1);
        assert_eq!(shown(&json!([])), [": must be an object"]);
    }
}
