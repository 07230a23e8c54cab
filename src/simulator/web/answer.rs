//! What a handler answers, and the bodies of refusals that every route shares (fact sheet 2.1). Knows no route.

use std::io::{self, Read};

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};

use super::page;

/// Most bytes of a file that are in memory at a time.
const PIECE: usize = 64 * 1024;

/// An answer before it becomes HTTP.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A JSON value.
    Json(StatusCode, Value),
    /// No body.
    Empty(StatusCode),
    /// The gateway's error object.
    Problem(StatusCode, Problem),
    /// Bytes of some kind, as a file to keep when it has a name.
    File {
        /// Content type.
        kind: &'static str,
        /// File name.
        name: Option<String>,
        /// Content, from its beginning; sent piece by piece.
        file: std::fs::File,
        /// Bytes of it.
        length: u64,
    },
}

/// Why something was refused.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Problem {
    /// Messages about the whole request.
    pub(crate) messages: Vec<String>,
    /// Messages about one field each: its name and what is wrong with it.
    pub(crate) fields: Vec<(String, String)>,
}

impl Answer {
    /// 200 with a JSON value.
    pub(crate) fn json(value: Value) -> Self {
        Self::Json(StatusCode::OK, value)
    }

    /// 200 without a body.
    pub(crate) fn ok() -> Self {
        Self::Empty(StatusCode::OK)
    }

    /// A refusal with one message.
    pub(crate) fn problem(status: StatusCode, message: &str) -> Self {
        Self::Problem(status, Problem { messages: vec![message.to_owned()], fields: Vec::new() })
    }
}

impl Problem {
    fn body(self) -> Value {
        let first = self.messages.first().or(self.fields.first().map(|(_, text)| text)).cloned().unwrap_or_default();
        let fields: Vec<_> =
            self.fields.iter().map(|(name, text)| json!({"fieldName": name, "messages": [text]})).collect();
        json!({
            "success": false, "messages": self.messages, "fieldMessages": fields,
            "problem": {"message": first, "stacktrace": []},
        })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Json(status, value) => (status, json_body(&value)).into_response(),
            Self::Empty(status) => status.into_response(),
            Self::Problem(status, problem) => (status, json_body(&problem.body())).into_response(),
            Self::File { kind, name, file, length } => {
                let body = Body::from_stream(stream::iter(pieces(file, length)));
                let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
                response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
                let named = name.map(|n| HeaderValue::try_from(format!("attachment; filename=\"{}\"", quoted(&n))));
                if let Some(Ok(value)) = named {
                    response.headers_mut().insert(HeaderName::from_static("content-disposition"), value);
                }
                response
            }
        }
    }
}

/// The bytes of a file, read as they are sent; a file that is too short breaks the answer off.
fn pieces(file: std::fs::File, length: u64) -> impl Iterator<Item = io::Result<Bytes>> + Send {
    let mut rest = file.take(length);
    std::iter::from_fn(move || {
        let mut piece = vec![0; usize::try_from(rest.limit()).unwrap_or(PIECE).min(PIECE)];
        match rest.read(&mut piece) {
            Ok(_) if rest.limit() == 0 && piece.is_empty() => None,
            Ok(0) => Some(Err(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => {
                piece.truncate(count);
                Some(Ok(Bytes::from(piece)))
            }
            Err(e) => Some(Err(e)),
        }
    })
}

/// A file name that cannot end its quotes.
fn quoted(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() && c != '"' && c != '\\' || c == ' ' { c } else { '_' }).collect()
}

/// A JSON value as a body.
pub(crate) fn json_body(value: &Value) -> Response {
    text("application/json", value.to_string())
}

/// Text of some kind.
pub(crate) fn text(kind: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// 302.
pub(crate) fn redirect(to: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, to.to_owned())]).into_response()
}

/// 400 without a body.
pub(crate) fn bad_request() -> Response {
    StatusCode::BAD_REQUEST.into_response()
}

/// The web server's own page about an error, as the real one's is Jetty's.
pub(crate) fn error_page(status: StatusCode, uri: &str) -> Response {
    let reason = status.canonical_reason().unwrap_or_default();
    let title = format!("Error {} {reason}", status.as_u16());
    let rows = format!(
        "<h2>HTTP ERROR {code} {reason}</h2><table><tr><th>URI:</th><td>{uri}</td></tr><tr><th>STATUS:</th><td>{code}</td></tr>\
         <tr><th>MESSAGE:</th><td>{reason}</td></tr></table>",
        code = status.as_u16(),
        uri = page::escape(uri)
    );
    (status, Html(page::frame(&title, &rows))).into_response()
}

/// 404 of a REST path that does not exist. `route` begins with `/`, below `/v1`.
pub(crate) fn no_route(route: &str) -> Response {
    let text = format!("No route match for path: /v1{}", page::escape(route));
    (StatusCode::NOT_FOUND, Html(format!("<html><body>{text}</body></html>"))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_documented_keys() {
        let problem = Problem { messages: vec![], fields: vec![("host".to_owned(), "is empty".to_owned())] };
        assert_eq!(
            problem.body(),
            json!({"success": false, "messages": [], "fieldMessages": [{"fieldName": "host", "messages": ["is empty"]}],
                   "problem": {"message": "is empty", "stacktrace": []}})
        );
    }

    #[test]
    fn a_file_name_cannot_leave_its_quotes() {
        let name = Some("a\"; x=\r\n\u{e4}.gwbk".to_owned());
        let file = Answer::File { kind: "application/zip", name, file: tempfile::tempfile().unwrap(), length: 0 };
        let response = file.into_response();
        assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"a_; x=___.gwbk\"");
    }
}
