//! One call of the engine's API: its kind, with names and versions taken out, and whether it changes anything.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

/// A call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// `POST /containers/*/start`: the same for every object.
    pub kind: String,
    /// `/v1.41/containers/demo-hub-1/start`, as it was sent, without the query.
    pub path: String,
    /// What follows the question mark.
    pub query: String,
    /// Whether the engine is another one afterwards.
    pub mutating: bool,
    /// When it came.
    pub at: Instant,
}

impl Call {
    /// Reads the first line of a request: `POST /v1.41/containers/create?name=x HTTP/1.1`.
    pub(super) fn read(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let kind = format!("{method} {}", normalised(path));
        let mutating = !matches!(method, "GET" | "HEAD") && !CHANGES_NOTHING.contains(&kind.as_str());
        Self { kind, path: path.to_owned(), query: query.to_owned(), mutating, at: Instant::now() }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if self.kind.contains('*') {
            write!(f, " ({})", self.path)?;
        }
        if self.kind.ends_with("/create") && !self.query.is_empty() {
            write!(f, " ({})", self.query)?;
        }
        Ok(())
    }
}

/// Sent as a POST, and yet nothing is another afterwards.
const CHANGES_NOTHING: [&str; 5] = [
    "POST /auth",
    "POST /containers/*/attach",
    "POST /containers/*/resize",
    "POST /containers/*/wait",
    "POST /session",
];

/// What may follow `/containers/` and its like in place of a name.
const WORDS: [&str; 8] = ["json", "create", "prune", "load", "get", "search", "init", "join"];

/// What may follow a name.
const VERBS: [&str; 24] = [
    "archive",
    "attach",
    "changes",
    "connect",
    "disconnect",
    "exec",
    "export",
    "get",
    "history",
    "json",
    "kill",
    "logs",
    "pause",
    "push",
    "rename",
    "resize",
    "restart",
    "start",
    "stats",
    "stop",
    "tag",
    "top",
    "unpause",
    "wait",
];

/// The path without the API's version and with a star in place of each name.
fn normalised(path: &str) -> String {
    let mut parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let is_version = |part: &str| part.strip_prefix('v').is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()));
    if parts.first().is_some_and(|part| is_version(part)) {
        parts.remove(0);
    }
    let collection = parts.first().copied().unwrap_or_default();
    let named = matches!(collection, "containers" | "images" | "networks" | "volumes" | "exec" | "distribution");
    if !named || parts.len() < 2 || (parts.len() == 2 && WORDS.contains(&parts[1])) {
        return format!("/{}", parts.join("/"));
    }
    // An image's name has slashes of its own.
    let verb = parts.last().filter(|last| parts.len() > 2 && VERBS.contains(last));
    match verb {
        Some(verb) => format!("/{collection}/*/{verb}"),
        None => format!("/{collection}/*"),
    }
}

/// Calls in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Calls(pub Vec<Call>);

impl Calls {
    /// Those that change something.
    pub fn mutating(&self) -> Self {
        self.filtered(|call| call.mutating)
    }

    /// Those that change nothing.
    pub fn reads(&self) -> Self {
        self.filtered(|call| !call.mutating)
    }

    /// Those of one kind: `GET /containers/json`.
    pub fn of(&self, kind: &str) -> Self {
        self.filtered(|call| call.kind == kind)
    }

    /// How many of each kind.
    pub fn by_kind(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for call in &self.0 {
            *kinds.entry(call.kind.clone()).or_insert(0) += 1;
        }
        kinds
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn filtered(&self, wanted: impl Fn(&Call) -> bool) -> Self {
        Self(self.0.iter().filter(|call| wanted(call)).cloned().collect())
    }
}

impl fmt::Display for Calls {
    /// One line for each kind, the number first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.by_kind().into_iter().try_for_each(|(kind, number)| writeln!(f, "{number:>5} {kind}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_taken_out() {
        for (line, kind, mutating) in [
            ("GET /version HTTP/1.1", "GET /version", false),
            ("GET /v1.41/containers/json?all=true HTTP/1.1", "GET /containers/json", false),
            ("POST /v1.41/containers/create?name=a HTTP/1.1", "POST /containers/create", true),
            ("POST /containers/a-1/start HTTP/1.1", "POST /containers/*/start", true),
            ("POST /containers/create/start HTTP/1.1", "POST /containers/*/start", true),
            ("HEAD /v1.41/containers/a/archive?path=/x HTTP/1.1", "HEAD /containers/*/archive", false),
            ("PUT /v1.41/containers/a/archive?path=/ HTTP/1.1", "PUT /containers/*/archive", true),
            ("POST /v1.41/containers/a/wait?condition=removed HTTP/1.1", "POST /containers/*/wait", false),
            ("GET /v1.41/images/r.io/a/b:1/json HTTP/1.1", "GET /images/*/json", false),
            ("DELETE /v1.41/images/sha256:ab HTTP/1.1", "DELETE /images/*", true),
            ("POST /v1.41/images/create?fromImage=x HTTP/1.1", "POST /images/create", true),
            ("POST /v1.41/build?t=x HTTP/1.1", "POST /build", true),
            ("DELETE /v1.41/volumes/v HTTP/1.1", "DELETE /volumes/*", true),
            ("POST /v1.41/networks/n/connect HTTP/1.1", "POST /networks/*/connect", true),
            ("GET /v1.41/networks HTTP/1.1", "GET /networks", false),
            ("POST /v1.41/exec/e/start HTTP/1.1", "POST /exec/*/start", true),
            ("", " /", true),
        ] {
            let call = Call::read(line);
            assert_eq!((call.kind.as_str(), call.mutating), (kind, mutating), "{line}");
        }
    }

    #[test]
    fn calls_are_sorted_and_told() {
        let lines = ["GET /volumes", "POST /containers/create?name=a", "GET /volumes"];
        let calls = Calls(lines.map(Call::read).to_vec());
        assert_eq!((calls.len(), calls.mutating().len(), calls.reads().of("GET /volumes").len()), (3, 1, 2));
        assert_eq!(calls.to_string(), "    2 GET /volumes\n    1 POST /containers/create\n");
        assert_eq!(calls.0[1].to_string(), "POST /containers/create (name=a)");
    }
}
