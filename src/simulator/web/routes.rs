//! The table of REST routes: method, pattern, what the caller needs, and who answers. The rules of fact sheet 2.1 about credentials,
//! unknown paths and wrong methods follow from it; what a route answers lives with its area below `rest`.

use std::pin::Pin;

use axum::body::Body;
use axum::http::Method;
use percent_encoding::percent_decode_str;

use super::answer::Answer;
use super::call::Call;
use super::rest;
use crate::simulator::node::Node;

/// How the names of modules begin, which their routes hold.
const MODULE_PREFIX: &str = "com.inductiveautomation.";
/// Largest request body of a route that does not say otherwise, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// What a caller must be allowed to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// Nothing: no credentials are looked at.
    Open,
    /// To be allowed to see the home pages.
    Access,
    /// Read permission.
    Read,
    /// Write permission, and with a browser session the CSRF token.
    Write,
}

/// The methods that routes have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

/// What an answer that takes its time becomes.
pub(crate) type Later = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Who answers.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Answers at once.
    Now(fn(&Call) -> Answer),
    /// Waits for something first.
    Later(fn(Call) -> Later),
    /// Takes the body as it comes, and bounds it.
    Streaming(fn(Call, Body) -> Later),
}

/// One route. `{name}` in the pattern stands for one segment, which the handler gets percent-decoded.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    /// The method that it is for.
    pub(crate) verb: Verb,
    /// The path below `/data/api/v1`.
    pub(crate) pattern: &'static str,
    /// What the caller needs.
    pub(crate) need: Need,
    /// Largest request body, in bytes.
    pub(crate) body_limit: usize,
    /// Who answers.
    pub(crate) handler: Handler,
}

impl Route {
    /// A route that answers at once.
    pub(crate) const fn new(verb: Verb, pattern: &'static str, need: Need, handler: fn(&Call) -> Answer) -> Self {
        Self { verb, pattern, need, body_limit: BODY_LIMIT, handler: Handler::Now(handler) }
    }

    /// A `GET` that needs read permission.
    pub(crate) const fn read(pattern: &'static str, handler: fn(&Call) -> Answer) -> Self {
        Self::new(Verb::Get, pattern, Need::Read, handler)
    }

    /// A route that waits for something.
    pub(crate) const fn later(verb: Verb, pattern: &'static str, need: Need, handler: fn(Call) -> Later) -> Self {
        Self { verb, pattern, need, body_limit: BODY_LIMIT, handler: Handler::Later(handler) }
    }

    /// A route whose body is too large for memory.
    pub(crate) const fn streaming(
        verb: Verb,
        pattern: &'static str,
        need: Need,
        handler: fn(Call, Body) -> Later,
    ) -> Self {
        Self { verb, pattern, need, body_limit: 0, handler: Handler::Streaming(handler) }
    }

    /// The same route with another limit for the body.
    pub(crate) const fn body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// The path's parameters when the pattern fits.
    fn fit(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let mut parameters = Vec::new();
        let mut segments = path.split('/');
        for wanted in self.pattern.split('/') {
            let segment = segments.next()?;
            let decoded = percent_decode_str(segment).decode_utf8().ok()?;
            match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(name) if !decoded.is_empty() => parameters.push((name, decoded.into_owned())),
                None if decoded == wanted => {}
                _ => return None,
            }
        }
        segments.next().is_none().then_some(parameters)
    }

    /// How many segments are given as they are: of two patterns that fit, the one with more is meant.
    fn literals(&self) -> usize {
        self.pattern.split('/').filter(|s| !s.starts_with('{')).count()
    }
}

impl Verb {
    fn of(method: &Method) -> Option<Self> {
        match *method {
            Method::GET => Some(Self::Get),
            Method::POST => Some(Self::Post),
            Method::PUT => Some(Self::Put),
            Method::DELETE => Some(Self::Delete),
            _ => None,
        }
    }
}

/// The routes that answer now: those of a module are there once it is up (fact sheet 2.1).
pub(crate) fn awake(node: &Node) -> impl Iterator<Item = &'static Route> {
    all().filter(move |route| !is_asleep(node, route))
}

/// Whether a route waits for its module.
pub(crate) fn is_asleep(node: &Node, route: &Route) -> bool {
    route.pattern.split('/').any(|segment| segment.starts_with(MODULE_PREFIX) && !node.module_started(segment))
}

/// What the table says about a request.
pub(crate) enum Match {
    /// A route and its path's parameters.
    Route(&'static Route, Vec<(&'static str, String)>),
    /// The path exists, but not with this method.
    WrongMethod,
    /// No such path.
    Unknown,
}

/// Every route.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    rest::AREAS.iter().copied().flatten()
}

/// Looks a request up. `path` is what follows `/data/api/v1`, still percent-encoded.
pub(crate) fn find(method: &Method, path: &str) -> Match {
    let fitting: Vec<_> = all().filter_map(|route| Some((route, route.fit(path)?))).collect();
    if fitting.is_empty() {
        return Match::Unknown;
    }
    let verb = Verb::of(method);
    let meant = fitting.into_iter().filter(|(route, _)| Some(route.verb) == verb);
    meant.max_by_key(|(route, _)| route.literals()).map_or(Match::WrongMethod, |(route, p)| Match::Route(route, p))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(method: &Method, path: &str) -> Option<(&'static str, Vec<String>)> {
        match find(method, path) {
            Match::Route(route, p) => Some((route.pattern, p.into_iter().map(|(_, v)| v).collect())),
            _ => None,
        }
    }

    #[test]
    fn parameters_are_segments_and_decoded() {
        let wanted = "/gateway-network/connectionDetails/{internalId}/{remoteGateway}";
        assert_eq!(
            pattern(&Method::GET, "/gateway-network/connectionDetails/out-link-1/a%7Cb%2F%C3%A4"),
            Some((wanted, vec!["out-link-1".to_owned(), "a|b/\u{e4}".to_owned()]))
        );
        for path in ["/gateway-network/connectionDetails/x", "/gateway-network/connectionDetails//y", "/overview/", ""]
        {
            assert!(matches!(find(&Method::GET, path), Match::Unknown), "{path}");
        }
        assert!(matches!(find(&Method::GET, "/gateway-network/connectionDetails/x/%ff"), Match::Unknown));
    }

    #[test]
    fn a_known_path_with_another_method_is_told_apart_from_an_unknown_one() {
        assert!(matches!(find(&Method::DELETE, "/overview"), Match::WrongMethod));
        assert!(matches!(find(&Method::OPTIONS, "/overview"), Match::WrongMethod));
        assert!(matches!(find(&Method::GET, "/overviewx"), Match::Unknown));
    }

    #[test]
    fn no_two_routes_say_the_same() {
        let mut seen = std::collections::HashSet::new();
        for route in all() {
            assert!(route.pattern.starts_with('/') && !route.pattern.ends_with('/'), "{}", route.pattern);
            let shape: Vec<_> = route.pattern.split('/').map(|s| if s.starts_with('{') { "{}" } else { s }).collect();
            assert!(seen.insert((format!("{:?}", route.verb), shape)), "{} twice", route.pattern);
        }
    }
}
