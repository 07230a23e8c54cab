//! Stands between the gateway's web server and its answers: makes them slow, wrong or none, as the knobs say.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::time::sleep;

use crate::simulator::knobs::answer::{Answer, Wrong};
use crate::simulator::network::dialer::CONTROL_PATH;
use crate::simulator::node::Node;

/// Most of a true answer that is kept to be cut in half.
const BODY_LIMIT: usize = 16 << 20;
const GARBAGE_LENGTH: u32 = 4096;
const CHUNK: usize = 64 << 10;
/// What was begun gets this long to leave before the connection is closed.
const FLUSH: Duration = Duration::from_millis(100);

/// Answers a request as the knobs say: as a rule by asking the gateway.
pub(crate) async fn around(State(node): State<Arc<Node>>, request: Request, next: Next) -> Response {
    let knobs = &node.setup.knobs;
    let path = request.uri().path().to_owned();
    if path == CONTROL_PATH {
        knobs.until(|v| !v.silent_gateway_network).await;
    } else {
        knobs.until(|v| !v.silent_http).await;
    }
    let Some(rule) = knobs.rule(request.method().as_str(), &path) else { return next.run(request).await };
    sleep(Duration::from_millis(u64::from(rule.delay_ms))).await;
    match rule.wrong {
        Wrong::Silent => {
            let changed = |v: &crate::simulator::knobs::Values| !v.answers.contains(&rule);
            knobs.until(changed).await;
            next.run(request).await
        }
        // Fails before the first byte has left.
        Wrong::Close => Response::new(Body::from_stream(stream::once(async { Err::<Bytes, _>(broken()) }))),
        Wrong::No => said(&rule, request, next).await,
        Wrong::Truncated => truncated(said(&rule, request, next).await).await,
        Wrong::Garbage => replaced(said(&rule, request, next).await, Body::from(garbage())),
        Wrong::Huge => replaced(said(&rule, request, next).await, huge(rule.huge_mib)),
    }
}

/// The answer with the rule's status and body, the true one where it has neither.
async fn said(rule: &Answer, request: Request, next: Next) -> Response {
    let status = rule.status.and_then(|s| StatusCode::from_u16(s).ok());
    match (status, &rule.body) {
        (None, None) => next.run(request).await,
        (status, body) => {
            let body = body.clone().unwrap_or_default();
            let kind = if body.starts_with(['{', '[']) { "application/json" } else { "text/html;charset=utf-8" };
            (status.unwrap_or(StatusCode::OK), [(header::CONTENT_TYPE, kind)], body).into_response()
        }
    }
}

fn replaced(response: Response, body: Body) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, body)
}

async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len().max(2)));
    let pieces = stream::unfold(Some(half), |half| async {
        match half {
            Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
            Some(_) => {
                sleep(FLUSH).await;
                Some((Err(broken()), None))
            }
            None => None,
        }
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}

fn broken() -> io::Error {
    io::Error::other("broken off, as a knob asked")
}

/// The same bytes each time, none of them text.
fn garbage() -> Vec<u8> {
    (0..GARBAGE_LENGTH).map(|n| 0x80 | n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
}

fn huge(mib: u32) -> Body {
    let chunk = Bytes::from(vec![b' '; CHUNK]);
    let chunks = u64::from(mib) * ((1 << 20) / CHUNK as u64);
    Body::from_stream(stream::iter((0..chunks).map(move |_| Ok::<_, io::Error>(chunk.clone()))))
}
