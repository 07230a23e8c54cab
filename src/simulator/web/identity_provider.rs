//! The built-in identity provider's pages: the rungs of the login ladder over HTTP (fact sheet 2.1). Tokens are kept elsewhere.

use axum::body::{Body, to_bytes};
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::{Html, IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::answer::{bad_request, json_body, redirect};
use super::{page, session};
use crate::simulator::access::policy::Policy;
use crate::simulator::access::users;
use crate::simulator::node::Node;

/// Below this, and then below their names, identity providers live.
pub(crate) const PREFIX: &str = "/idp";
/// Largest request body, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

#[derive(Deserialize)]
struct TokenBody {
    token: String,
}

#[derive(Deserialize)]
struct SubmitBody {
    token: String,
    challenge: Credentials,
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

#[derive(Deserialize)]
struct Finish {
    token: String,
    state: String,
}

/// Answers what lies below the prefix, `None` where there is nothing. Only the system's identity provider is played. Refused
/// tokens get 400; the facts name no code for them.
pub(crate) async fn answer(node: &Node, parts: &Parts, path: &str, body: Body) -> Option<Response> {
    let now = node.uptime();
    let (name, rest) = path.strip_prefix('/').and_then(|p| p.split_at_checked(p.find('/')?))?;
    let policy = Policy::of(&node.store);
    if percent_decode_str(name).decode_utf8().ok()? != policy.identity_provider {
        return None;
    }
    Some(match (&parts.method, rest) {
        (&Method::GET, "/authn/login") => Html(page::frame("Log in", "<p>Login page.</p>")).into_response(),
        (&Method::POST, "/authn/next-challenge") => {
            let Some(request) = read::<TokenBody>(body).await else { return Some(bad_request()) };
            let challenge = node.state().logins.next_challenge(&request.token, now);
            match challenge {
                Some(c) if c.complete => json_body(&json!({"token": c.token, "complete": true})),
                Some(c) => json_body(&json!({"token": c.token})),
                None => bad_request(),
            }
        }
        (&Method::POST, "/authn/submit-challenge/basic") => {
            let Some(request) = read::<SubmitBody>(body).await else { return Some(bad_request()) };
            let given = &request.challenge;
            let check = || users::verify(&node.store, &policy.user_source, &given.username, &given.password);
            let answer = node.state().logins.submit(&request.token, check, now);
            answer.map_or_else(bad_request, |a| json_body(&json!({"token": a.token, "success": a.success})))
        }
        (&Method::GET, "/oidc/auth") => {
            let query = Query::<Finish>::try_from_uri(&parts.uri).ok();
            let id = query.and_then(|Query(q)| node.state().logins.finish(&q.token, &q.state, now));
            let Some(id) = id else { return Some(bad_request()) };
            let cookie = format!("{}={id}; Path=/; HttpOnly; SameSite=Lax", session::COOKIE);
            ([(header::SET_COOKIE, cookie)], redirect("/Start")).into_response()
        }
        _ => return None,
    })
}

async fn read<T: DeserializeOwned>(body: Body) -> Option<T> {
    let bytes = to_bytes(body, BODY_LIMIT).await.ok()?;
    serde_json::from_slice(&bytes).ok()
}
