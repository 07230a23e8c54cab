//! The web server on the gateway's HTTP port: which request gets which answer in which phase. Bodies are made elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::simulator::access::login::Admin;
use crate::simulator::network::acceptor;
use crate::simulator::network::dialer::CONTROL_PATH;
use crate::simulator::node::{Node, Phase};
use crate::simulator::web::page;
use crate::simulator::web::rest;
use crate::simulator::web::status::{GatewayFacts, gwinfo, status_ping};

/// Largest request body, in bytes.
const BODY_LIMIT: usize = 64 * 1024;
const API: &str = "/data/api/v1";
const IDP: &str = "/idp/default";
const SESSION_COOKIE: &str = "webui-sid";

/// The gateway's routes.
pub(crate) fn router(node: Arc<Node>) -> Router {
    Router::new().fallback(answer).with_state(node)
}

async fn answer(
    State(node): State<Arc<Node>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let phase = node.phase();
    match path.as_str() {
        "/StatusPing" | "/system/StatusPing" => return text("application/json", status_ping(phase)),
        "/system/gwinfo" => return text("text/plain", info(&node)),
        _ => {}
    }
    match phase {
        Phase::Running => running(node, parts, &path, body, from).await,
        Phase::Commissioning => commissioning(&node, &parts, &path, body).await,
        Phase::Starting | Phase::Faulted | Phase::Stopping => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn info(node: &Node) -> String {
    let state = node.state();
    gwinfo(&GatewayFacts {
        phase: state.phase,
        name: &state.name,
        version: &node.setup.version,
        edition: &node.setup.edition,
        role: state.machine.role(),
        level: state.machine.level(),
        sync: state.machine.sync(),
        peer_address: state.peer.as_ref().map(|p| p.identity.address.as_str()),
    })
}

async fn running(node: Arc<Node>, parts: Parts, path: &str, body: Body, from: SocketAddr) -> Response {
    if path == CONTROL_PATH && parts.method == Method::GET {
        return acceptor::upgrade(node, parts, from).await;
    }
    if let Some(route) = path.strip_prefix(API).filter(|r| r.starts_with('/')) {
        return api(&node, &parts, route);
    }
    if let Some(rest) = path.strip_prefix(IDP).filter(|r| r.starts_with('/')) {
        return identity_provider(&node, &parts, rest, body).await;
    }
    match (&parts.method, path) {
        (&Method::GET, "/") => redirect("/Start"),
        (&Method::GET, "/Start") => Html(page::start(&node)).into_response(),
        (&Method::GET, "/welcome") => Html(page::welcome(&node)).into_response(),
        (&Method::GET, "/data/app/login") => {
            let (token, state) = node.state().logins.begin(node.uptime());
            redirect(&format!("{IDP}/authn/login?token={token}&response_type=code&client_id=ignition&state={state}"))
        }
        (&Method::GET, "/data/app/session") => match session(&node, &parts.headers) {
            Some(csrf) => json_body(&json!({"csrfToken": csrf})),
            None => unauthorized(),
        },
        _ => not_found(path),
    }
}

fn api(node: &Node, parts: &Parts, route: &str) -> Response {
    let open = rest::is_open(route) && parts.method == Method::GET;
    let csrf = session(node, &parts.headers);
    if !open && csrf.is_none() {
        return unauthorized();
    }
    if parts.method == Method::GET {
        return rest::get(node, route).map_or_else(|| no_route(route), |body| json_body(&body));
    }
    let given = parts.headers.get("X-CSRF-Token").and_then(|v| v.to_str().ok());
    match (&parts.method, route) {
        (&Method::POST, "/trial" | "/restart-tasks/restart") if given.is_none() || given != csrf.as_deref() => {
            StatusCode::FORBIDDEN.into_response()
        }
        (&Method::POST, "/restart-tasks/restart") => {
            if !Query::<Confirm>::try_from_uri(&parts.uri).is_ok_and(|Query(q)| q.confirm) {
                return bad_request();
            }
            node.request_restart("asked for over REST");
            StatusCode::OK.into_response()
        }
        (&Method::POST, "/trial") if node.reset_trial() => StatusCode::OK.into_response(),
        (&Method::POST, "/trial") => {
            let error = json!({"success": false, "messages": ["Trial has not expired yet."]});
            (StatusCode::FORBIDDEN, json_body(&error)).into_response()
        }
        // A wrong method on a known path is 404 without a body, not 405 (fact sheet 2.1).
        _ if rest::get(node, route).is_some() => StatusCode::NOT_FOUND.into_response(),
        _ => no_route(route),
    }
}

#[derive(Deserialize)]
struct Confirm {
    confirm: bool,
}

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

/// The login ladder (fact sheet 2.1). Refused tokens get 400; the facts name no code for them.
async fn identity_provider(node: &Node, parts: &Parts, rest: &str, body: Body) -> Response {
    let now = node.uptime();
    match (&parts.method, rest) {
        (&Method::GET, "/authn/login") => Html(page::frame("Log in", "<p>Login page.</p>")).into_response(),
        (&Method::POST, "/authn/next-challenge") => {
            let Some(request) = read::<TokenBody>(body).await else { return bad_request() };
            let challenge = node.state().logins.next_challenge(&request.token, now);
            match challenge {
                Some(c) if c.complete => json_body(&json!({"token": c.token, "complete": true})),
                Some(c) => json_body(&json!({"token": c.token})),
                None => bad_request(),
            }
        }
        (&Method::POST, "/authn/submit-challenge/basic") => {
            let Some(request) = read::<SubmitBody>(body).await else { return bad_request() };
            let given = &request.challenge;
            let mut state = node.state();
            let admin = state.record.admin.clone();
            let answer = state.logins.submit(&request.token, &given.username, &given.password, admin.as_ref(), now);
            drop(state);
            answer.map_or_else(bad_request, |a| json_body(&json!({"token": a.token, "success": a.success})))
        }
        (&Method::GET, "/oidc/auth") => {
            let query = Query::<Finish>::try_from_uri(&parts.uri).ok();
            let id = query.and_then(|Query(q)| node.state().logins.finish(&q.token, &q.state, now));
            let Some(id) = id else { return bad_request() };
            let cookie = format!("{SESSION_COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax");
            ([(header::SET_COOKIE, cookie)], redirect("/Start")).into_response()
        }
        _ => not_found(parts.uri.path()),
    }
}

#[derive(Deserialize)]
struct PostStep {
    step: String,
    #[serde(default)]
    data: Value,
}

/// The wizard in front of a gateway that needs commissioning (fact sheet 1.5).
async fn commissioning(node: &Node, parts: &Parts, path: &str, body: Body) -> Response {
    match (&parts.method, path) {
        (&Method::GET, "/welcome") => Html(page::welcome(node)).into_response(),
        (&Method::GET, "/bootstrap") => {
            let steps: serde_json::Map<_, _> =
                page::missing_steps(node).into_iter().map(|(step, id)| (step.to_owned(), json!(id))).collect();
            json_body(&json!({"steps": steps, "edition": node.setup.edition, "canReachIA": false}))
        }
        (&Method::GET, "/get-step") => json_body(&json!({"license": "No licence text: this gateway is SIMULATED."})),
        (&Method::POST, "/post-step") => {
            let Some(request) = read::<PostStep>(body).await else { return bad_request() };
            post_step(node, &parts.uri, &parts.headers, &request)
        }
        _ if path.starts_with("/data/api/") => StatusCode::BAD_REQUEST.into_response(),
        _ => redirect("/welcome"),
    }
}

fn post_step(node: &Node, uri: &Uri, headers: &HeaderMap, request: &PostStep) -> Response {
    let mut state = node.state();
    let word = |key: &str| request.data.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    match request.step.as_str() {
        "eula" if request.data.get("accept") == Some(&Value::Bool(true)) => state.record.eula = true,
        "authSetup" => match (word("username"), word("password")) {
            (Some(username), Some(password)) => state.record.admin = Some(Admin::new(username, password)),
            _ => return bad_request(),
        },
        "finished" if state.record.eula && state.record.admin.is_some() => {
            state.record.commissioned = true;
            node.save(&state.record);
            drop(state);
            node.commissioned.notify_one();
            let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).or(uri.host()).unwrap_or("localhost");
            return json_body(&json!({"gatewayAddress": format!("http://{host}")}));
        }
        _ => return bad_request(),
    }
    node.save(&state.record);
    StatusCode::CREATED.into_response()
}

/// The CSRF token of the session that the request's cookie names.
fn session(node: &Node, headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = values.flat_map(|v| v.split(';')).filter_map(|p| p.trim().split_once('='));
    let (_, id) = pairs.find(|(name, _)| *name == SESSION_COOKIE)?;
    node.state().logins.session(id, node.uptime()).map(str::to_owned)
}

async fn read<T: DeserializeOwned>(body: Body) -> Option<T> {
    let bytes = to_bytes(body, BODY_LIMIT).await.ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn json_body(value: &Value) -> Response {
    text("application/json", value.to_string())
}

fn text(kind: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

fn redirect(to: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, to.to_owned())]).into_response()
}

fn bad_request() -> Response {
    StatusCode::BAD_REQUEST.into_response()
}

fn unauthorized() -> Response {
    (StatusCode::UNAUTHORIZED, Html(page::frame("Error 401 Unauthorized", "<p>HTTP ERROR 401 Unauthorized</p>")))
        .into_response()
}

fn no_route(route: &str) -> Response {
    let text = format!("No route match for path: /v1{}", page::escape(route));
    (StatusCode::NOT_FOUND, Html(format!("<html><body>{text}</body></html>"))).into_response()
}

fn not_found(path: &str) -> Response {
    let text = format!("<p>HTTP ERROR 404 {}</p>", page::escape(path));
    (StatusCode::NOT_FOUND, Html(page::frame("Error 404 Not Found", &text))).into_response()
}
