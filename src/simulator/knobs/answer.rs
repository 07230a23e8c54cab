//! Slow and wrong answers: for which requests, and what is done to them. Doing it is the interference's part.

use serde::{Deserialize, Serialize};

/// Largest body that one rule makes, in MiB.
const HUGE_LIMIT: u32 = 4096;
/// Most rules.
pub(super) const ANSWERS_LIMIT: usize = 100;

/// How an answer goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Wrong {
    /// Not at all: only what else the rule names.
    #[default]
    No,
    /// The connection is closed with no answer.
    Close,
    /// Half of the body comes, then the connection is closed.
    Truncated,
    /// Bytes that are no text.
    Garbage,
    /// More bytes than anybody wants.
    Huge,
    /// No answer, and the connection stays.
    Silent,
}

/// A rule: which requests, and what becomes of their answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// Path; each `*` stands for any text.
    pub(crate) route: String,
    /// Method; any when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// Only so many requests, then the rule is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u32>,
    /// Milliseconds before anything is done.
    #[serde(default)]
    pub(crate) delay_ms: u32,
    /// Status instead of the true one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// Body instead of the true one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// What else goes wrong.
    #[serde(default)]
    pub(crate) wrong: Wrong,
    /// Size of a huge body in MiB.
    #[serde(default = "default_huge")]
    pub(crate) huge_mib: u32,
}

const fn default_huge() -> u32 {
    64
}

impl Answer {
    /// Whether a request falls under this rule.
    pub(super) fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(method)) && fits(&self.route, path)
    }

    /// What no answer can be made of.
    pub(super) fn check(&self) -> Result<(), String> {
        if !self.route.starts_with('/') && !self.route.starts_with('*') {
            return Err(format!("answers: the route {:?} must begin with / or *", self.route));
        }
        // Below 200 a status is no end of an answer.
        if self.status.is_some_and(|s| !(200..=999).contains(&s)) {
            return Err("answers: a status must be from 200 to 999".to_owned());
        }
        if self.huge_mib > HUGE_LIMIT {
            return Err(format!("answers: huge_mib must not be more than {HUGE_LIMIT}"));
        }
        Ok(())
    }
}

/// Whether the text is what the pattern says, `*` standing for any text. Looks at each character of the text once per part.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_what_they_say() {
        for (pattern, text, expected) in [
            ("/StatusPing", "/StatusPing", true),
            ("/StatusPing", "/StatusPingX", false),
            ("/data/api/*", "/data/api/v1/redundancy", true),
            ("*", "/anything", true),
            ("*/redundancy", "/data/api/v1/redundancy", true),
            ("*/redundancy", "/data/api/v1/redundancy/config", false),
            ("/a*b*c", "/a--b--c", true),
            ("/a*b*c", "/a--c--b", false),
            ("/ab*ba", "/aba", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_method_narrows_a_rule() {
        let rule: Answer = serde_json::from_str(r#"{"route":"/x","method":"post"}"#).unwrap();
        assert!(rule.matches("POST", "/x") && !rule.matches("GET", "/x"));
    }
}
