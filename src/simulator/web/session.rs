//! The browser session behind `webui-sid`: how a request shows it, where it begins, what it tells (fact sheet 2.1).

use axum::http::{HeaderMap, header};
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::answer::{json_body, redirect};
use super::identity_provider;
use crate::simulator::access::caller::Caller;
use crate::simulator::access::policy::Policy;
use crate::simulator::node::Node;

/// Name of the session's cookie.
pub(crate) const COOKIE: &str = "webui-sid";

/// `GET /data/app/login`: off to the login page of the system's identity provider.
pub(crate) fn login(node: &Node) -> Response {
    let provider = Policy::of(&node.store).identity_provider;
    let provider = utf8_percent_encode(&provider, NON_ALPHANUMERIC).to_string().replace("%5F", "_").replace("%2D", "-");
    let (token, state) = node.state().logins.begin(node.uptime());
    let prefix = identity_provider::PREFIX;
    redirect(&format!(
        "{prefix}/{provider}/authn/login?token={token}&response_type=code&client_id=ignition&state={state}"
    ))
}

/// `GET /data/app/session`: the CSRF token, `None` without a session.
pub(crate) fn show(node: &Node, headers: &HeaderMap) -> Option<Response> {
    match caller(node, headers)? {
        Caller::Person { csrf, .. } => Some(json_body(&json!({"csrfToken": csrf}))),
        Caller::Nobody | Caller::Token { .. } => None,
    }
}

/// The person whose session the request's cookie names.
pub(crate) fn caller(node: &Node, headers: &HeaderMap) -> Option<Caller> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = values.flat_map(|v| v.split(';')).filter_map(|p| p.trim().split_once('='));
    let (_, id) = pairs.find(|(name, _)| *name == COOKIE)?;
    let (person, csrf) = node.state().logins.session(id, node.uptime())?;
    Some(Caller::Person { person, csrf })
}
