//! The control port: knobs and orders over plain HTTP, inside the container only. Knows nothing of what they bend.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::simulator::error::SimulatorError;
use crate::simulator::knobs::hostile::Hostile;
use crate::simulator::knobs::{CONTROL_ADDRESS, Knobs, follow};
use crate::simulator::log::Log;
use crate::simulator::start::environment::Environment;

/// Where it is unless a variable says otherwise: nobody outside the container gets there.
pub(super) const DEFAULT: &str = "127.0.0.1:8099";
/// Largest request body.
const BODY_LIMIT: usize = 1 << 20;
const HELP: &str = "SIMULATED gateway, control port\n\
    GET /knobs             all knobs\n\
    PATCH /knobs           changes those that the JSON object names; null takes one back\n\
    PUT /knobs             the same, and takes back all others\n\
    DELETE /knobs          back to what the variables say\n\
    POST /exit             ends the gateway now: {\"code\": 137}\n\
    POST /restart          restarts the gateway's process\n\
    POST /hostile-log      hostile text in the log, raw: {\"kinds\": [\"ESC\"]}, or all kinds\n";

/// Where a control port is to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Address {
    pub(super) socket: SocketAddr,
    /// A variable says so; otherwise it is the usual one.
    named: bool,
}

/// The address of the control port, `None` when there is to be none.
pub(crate) fn address(env: &Environment) -> Result<Option<Address>, SimulatorError> {
    let named = env.text(CONTROL_ADDRESS)?.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let text = named.as_deref().unwrap_or(DEFAULT);
    if text.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    let socket =
        text.parse().map_err(|_| refused(&format!("must be an address with a port, such as {DEFAULT}, or off")))?;
    Ok(Some(Address { socket, named: named.is_some() }))
}

fn refused(reason: &str) -> SimulatorError {
    SimulatorError::Variable { name: CONTROL_ADDRESS.to_owned(), reason: reason.to_owned() }
}

/// Serves the control port for as long as it is polled; ends only with an error. A port that is taken is an error only when a
/// variable names it: two gateways on one host need no control port each.
pub(crate) async fn serve(knobs: Knobs, env: &Environment, log: &Log) -> SimulatorError {
    match open(knobs, env, log).await {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

async fn open(knobs: Knobs, env: &Environment, log: &Log) -> Result<std::convert::Infallible, SimulatorError> {
    let Some(address) = address(env)? else { return std::future::pending().await };
    let Address { socket, named } = address;
    let listener = match TcpListener::bind(socket).await {
        Ok(listener) => listener,
        Err(source) if named => return Err(refused(&format!("{socket} cannot be opened: {source}"))),
        Err(source) => {
            log.init(&format!("No control port: {socket}: {source}"));
            return std::future::pending().await;
        }
    };
    let router = Router::new().fallback(answer).with_state((knobs, log.clone()));
    let ended = axum::serve(listener, router).await;
    Err(SimulatorError::System {
        what: "control port",
        source: ended.err().unwrap_or_else(|| std::io::Error::other("ended by itself")),
    })
}

async fn answer(State((knobs, log)): State<(Knobs, Log)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // A page in somebody's browser is none of those that may turn knobs.
    if parts.headers.contains_key(header::ORIGIN) {
        return refusal(StatusCode::FORBIDDEN, &["requests of web pages are refused".to_owned()]);
    }
    match (&parts.method, parts.uri.path()) {
        (&Method::GET, "/") => HELP.into_response(),
        (&Method::GET, "/knobs") => shown(&knobs),
        (&Method::DELETE, "/knobs") => {
            knobs.reset();
            shown(&knobs)
        }
        (method @ (&Method::PATCH | &Method::PUT), "/knobs") => match read::<Map<String, Value>>(body).await {
            Ok(change) => match knobs.change(&change, method == Method::PUT) {
                Ok(()) => shown(&knobs),
                Err(problems) => refusal(StatusCode::UNPROCESSABLE_ENTITY, &problems),
            },
            Err(refused) => refused,
        },
        (&Method::POST, "/exit") => match read::<ExitOrder>(body).await {
            Ok(order) => {
                knobs.exit_now(order.code);
                done()
            }
            Err(refused) => refused,
        },
        (&Method::POST, "/restart") => {
            knobs.0.restarts.send_modify(|n| *n += 1);
            done()
        }
        (&Method::POST, "/hostile-log") => match read::<HostileOrder>(body).await {
            Ok(order) => {
                follow::write(&log, order.kinds.as_deref().unwrap_or(&Hostile::ALL));
                done()
            }
            Err(refused) => refused,
        },
        (_, "/knobs" | "/exit" | "/restart" | "/hostile-log") => {
            refusal(StatusCode::METHOD_NOT_ALLOWED, &["another method is needed; GET / tells which".to_owned()])
        }
        _ => refusal(StatusCode::NOT_FOUND, &["there is no such path; GET / tells which there are".to_owned()]),
    }
}

/// `{"code": 137}`; 1 when there is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExitOrder {
    #[serde(default = "default_code")]
    code: u8,
}

const fn default_code() -> u8 {
    1
}

/// `{"kinds": ["ESC"]}`; all kinds when there are none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostileOrder {
    kinds: Option<Vec<Hostile>>,
}

/// An empty body is an empty object.
async fn read<T: serde::de::DeserializeOwned>(body: Body) -> Result<T, Response> {
    let too_large = |_| refusal(StatusCode::PAYLOAD_TOO_LARGE, &[format!("more than {BODY_LIMIT} bytes")]);
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(too_large)?;
    let text: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes };
    serde_json::from_slice(text).map_err(|e| refusal(StatusCode::BAD_REQUEST, &[e.to_string()]))
}

fn shown(knobs: &Knobs) -> Response {
    axum::Json(knobs.shown()).into_response()
}

fn done() -> Response {
    axum::Json(json!({"done": true})).into_response()
}

fn refusal(status: StatusCode, problems: &[String]) -> Response {
    (status, axum::Json(json!({"problems": problems}))).into_response()
}
