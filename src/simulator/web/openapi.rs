//! The gateway's description of its own REST interface: `/openapi.json` and the page that shows it (fact sheet 1.1). It lists the
//! routes of the table that answer now, and so grows while modules start.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::answer::json_body;
use super::api::PREFIX;
use super::page;
use super::rest::full_version;
use super::routes::{self, Need, Route, Verb};
use crate::simulator::node::Node;

/// The document.
pub(crate) fn document(node: &Node) -> Response {
    json_body(&describe(node))
}

/// The page.
pub(crate) fn browse(node: &Node) -> Response {
    let rows = by_path(node).into_iter().fold(String::new(), |mut out, (path, operations)| {
        let words = operations.iter().map(|r| r.verb.word().to_uppercase()).collect::<Vec<_>>().join(" ");
        // Writing to a String cannot fail.
        let _ = write!(out, "<tr><td>{words}</td><td>{}</td></tr>", page::escape(&path));
        out
    });
    Html(page::frame(TITLE, &format!("<table>{rows}</table>"))).into_response()
}

const TITLE: &str = "Ignition HTTP API";

fn by_path(node: &Node) -> BTreeMap<String, Vec<&'static Route>> {
    let mut paths: BTreeMap<String, Vec<&'static Route>> = BTreeMap::new();
    for route in routes::awake(node) {
        paths.entry(format!("{PREFIX}{}", route.pattern)).or_default().push(route);
    }
    paths
}

fn describe(node: &Node) -> Value {
    let paths: Map<String, Value> = by_path(node)
        .into_iter()
        .map(|(path, operations)| {
            let parameters: Vec<Value> = path.split('/').filter_map(parameter).collect();
            let operations = operations.iter().map(|r| (r.verb.word().to_owned(), operation(r, &parameters)));
            (path.clone(), Value::Object(operations.collect()))
        })
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": full_version(node), "description": "SIMULATED: the routes that are modelled"},
        "components": {"securitySchemes": {"apiToken": {"type": "apiKey", "in": "header", "name": "X-Ignition-API-Token"}}},
        "paths": paths,
    })
}

fn parameter(segment: &str) -> Option<Value> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    Some(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
}

fn operation(route: &Route, parameters: &[Value]) -> Value {
    let security = if route.need == Need::Open { json!([]) } else { json!([{"apiToken": []}]) };
    let need = match route.need {
        Need::Open => "Open.",
        Need::Access => "Needs access permission.",
        Need::Read => "Needs read permission.",
        Need::Write => "Needs write permission.",
    };
    json!({
        "description": need, "parameters": parameters, "security": security,
        "responses": {"200": {"description": "OK"}},
    })
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}
