//! Bounded HTTP to one origin: time, size and target of every request are limited here. Knows no route and no meaning.

use std::time::Duration;

use reqwest::header::HOST;
use reqwest::{Client, Method, Response, Url};
use serde_json::Value;

use super::error::{Fault, GatewayError};

/// Limit for the connection to be accepted.
const CONNECT: Duration = Duration::from_secs(1);
/// Limit for a whole request, the body included.
const TOTAL: Duration = Duration::from_secs(3);
/// Largest body that is read.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// Longest request target: a hostile answer must not make us build endless ones.
const MAX_TARGET: usize = 32 * 1024;
/// Redirects followed in a row.
const MAX_REDIRECTS: usize = 10;
/// Largest body that nobody needs and that is read all the same, so that its connection can be used again.
const MAX_DRAINED: usize = 256 * 1024;

/// One origin, with its cookies.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: Client,
    base: Url,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// HTTP status.
    pub(super) status: u16,
    /// Body, at most 4 MiB.
    pub(super) body: Vec<u8>,
}

/// Where a chain of redirects ended.
#[derive(Debug)]
pub(super) struct Landing {
    /// Address of the last request, at our origin.
    pub(super) url: Url,
    /// HTTP status of the last answer.
    pub(super) status: u16,
    /// How many redirects led there.
    pub(super) redirects: usize,
}

impl Http {
    /// A client for the origin of `base_url`. Proxies of the environment are not used, redirects not followed.
    pub(super) fn new(base_url: &str) -> Result<Self, GatewayError> {
        Self::build(base_url, true)
    }

    /// The same without a memory: cookies are not kept.
    pub(super) fn forgetful(base_url: &str) -> Result<Self, GatewayError> {
        Self::build(base_url, false)
    }

    fn build(base_url: &str, cookies: bool) -> Result<Self, GatewayError> {
        let bad = |reason: String| GatewayError::BadAddress { url: base_url.to_owned(), reason };
        let mut base = Url::parse(base_url).map_err(|e| bad(e.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(bad("only http and https are spoken".to_owned()));
        }
        if base.host_str().is_none() {
            return Err(bad("it names no host".to_owned()));
        }
        base.set_path("/");
        base.set_query(None);
        base.set_fragment(None);
        // Without a provider building a client panics; the program installs one, other callers may not have.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only(std::iter::empty())
            .redirect(reqwest::redirect::Policy::none())
            .cookie_store(cookies)
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .build()
            .map_err(|e| GatewayError::Client { url: base_url.to_owned(), reason: deepest(&e) })?;
        Ok(Self { client, base })
    }

    /// Its base at another port.
    pub(super) fn with_port(&self, port: u16) -> String {
        let mut url = self.base.clone();
        // A base with a host always takes a port.
        let _ = url.set_port(Some(port));
        url.to_string()
    }

    /// Whether this is that origin.
    pub(super) fn is_at(&self, base_url: &str) -> bool {
        Url::parse(base_url).is_ok_and(|url| url.origin() == self.base.origin())
    }

    /// Address of a path below our origin. Parts are escaped.
    pub(super) fn below(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(parts);
        }
        url
    }

    /// Address of a path and query written by us.
    pub(super) fn at(&self, path: &str, query: Option<&str>) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url.set_query(query);
        url
    }

    /// `GET`, the whole answer.
    pub(super) async fn get(&self, url: Url) -> Result<Answer, Fault> {
        read(self.send(Method::GET, url, None).await?).await
    }

    /// `GET` as a client that knows the origin by another name.
    pub(super) async fn get_as(&self, url: Url, host: &str) -> Result<Answer, Fault> {
        tracing::trace!(host, port = url.port(), path = url.path(), "request through a proxy");
        let request = self.client.get(url).header(HOST, host);
        read(request.send().await.map_err(|e| fault(&e))?).await
    }

    /// `POST` of a JSON value, the whole answer.
    pub(super) async fn post(&self, url: Url, body: &Value) -> Result<Answer, Fault> {
        read(self.send(Method::POST, url, Some(body)).await?).await
    }

    /// `POST` with no body, with the token that a session needs to change anything (fact sheet 2.1).
    pub(super) async fn command(&self, url: Url, csrf: &str) -> Result<Answer, Fault> {
        tracing::debug!(host = url.host_str(), port = url.port(), path = url.path(), "command");
        let sent = self.client.post(url).header("X-CSRF-Token", csrf).send().await;
        read(sent.map_err(|e| fault(&e))?).await
    }

    /// `GET`, following redirects by hand. Only path and query of a redirect are used, so that no request leaves our
    /// origin: a gateway names its public address, which need not be the one it is reached by.
    pub(super) async fn follow(&self, start: Url) -> Result<Landing, Fault> {
        let mut url = start;
        for redirects in 0..=MAX_REDIRECTS {
            let response = self.send(Method::GET, url.clone(), None).await?;
            let status = response.status().as_u16();
            let target = response
                .headers()
                .get("location")
                .and_then(|v| std::str::from_utf8(v.as_bytes()).ok())
                .and_then(|text| url.join(text).ok())
                .filter(|target| matches!(target.scheme(), "http" | "https"));
            drain(response).await;
            if !(300..400).contains(&status) {
                return Ok(Landing { url, status, redirects });
            }
            let target =
                target.ok_or_else(|| Fault::Malformed(format!("HTTP status {status} without a usable Location")))?;
            url = self.at(target.path(), target.query());
        }
        Err(Fault::Malformed(format!("more than {MAX_REDIRECTS} redirects in a row")))
    }

    async fn send(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Response, Fault> {
        if url.as_str().len() > MAX_TARGET {
            return Err(Fault::Malformed("an address longer than 32 KiB".to_owned()));
        }
        // Without the query: in a login it holds tokens.
        tracing::trace!(%method, host = url.host_str(), port = url.port(), path = url.path(), "request");
        let request = self.client.request(method, url);
        let request = match body {
            Some(value) => request.json(value),
            None => request,
        };
        request.send().await.map_err(|e| fault(&e))
    }
}

/// Reads a body chunk by chunk, so that an endless one ends at the limit and not in memory.
async fn read(mut response: Response) -> Result<Answer, Fault> {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| fault(&e))? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Fault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

/// Reads a body that nobody needs to its end: a connection whose answer was not read whole is closed. One that is too long, or
/// breaks off, is left.
async fn drain(mut response: Response) {
    let mut left = MAX_DRAINED;
    while let Ok(Some(chunk)) = response.chunk().await {
        let Some(less) = left.checked_sub(chunk.len()) else { return };
        left = less;
    }
}

fn fault(error: &reqwest::Error) -> Fault {
    if error.is_timeout() {
        Fault::TimedOut
    } else if error.is_connect() {
        Fault::Refused(deepest(error))
    } else {
        Fault::Broken(deepest(error))
    }
}

/// The innermost reason: the outer ones only repeat the address.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    super::capped(&inner.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_addresses_are_taken() {
        for good in ["http://127.0.0.1:9088", "http://localhost:9088/app?x", "http://[::1]:9088", "https://h"] {
            assert!(Http::new(good).is_ok(), "{good}");
        }
        for bad in ["", "localhost", "ftp://h", "file:///etc/passwd", "http://", "unix:/x", "http://a b"] {
            assert!(matches!(Http::new(bad), Err(GatewayError::BadAddress { .. })), "{bad}");
        }
    }

    #[test]
    fn parts_of_a_path_cannot_leave_it() {
        let http = Http::new("http://h:1").unwrap();
        assert_eq!(http.below(&["a", "../b?c#d/e"]).as_str(), "http://h:1/a/..%2Fb%3Fc%23d%2Fe");
        assert_eq!(http.at("//evil/x", None).host_str(), Some("h"));
    }
}
