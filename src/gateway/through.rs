//! Asking gateways through a reverse proxy, by the names of their routes. Every question is one of a fresh client: no cookie is kept.

use super::error::{Fault, GatewayError};
use super::http::Http;
use super::parse;
use super::sighting::{GwInfo, Seen};

/// The way through one proxy.
#[derive(Clone, Debug)]
pub struct ProxyClient {
    http: Http,
    address: String,
}

impl ProxyClient {
    /// A client for the proxy that listens at `address` (`127.0.0.1:80`).
    pub fn new(address: &str) -> Result<Self, GatewayError> {
        Ok(Self { http: Http::forgetful(&format!("http://{address}"))?, address: address.to_owned() })
    }

    /// Where the proxy listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `GET /system/gwinfo` (fact sheet 1.3) of whoever stands behind a route: all that a gateway says of itself without a login.
    pub async fn ask(&self, host: &str) -> Seen<GwInfo> {
        let answer = self.http.get_as(self.http.at("/system/gwinfo", None), host).await;
        let read = answer.and_then(|answer| match answer.status {
            200 => parse::gwinfo(&answer.body),
            status => Err(Fault::Status(status)),
        });
        read.into()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::Request;
    use axum::http::header::{COOKIE, HOST, SET_COOKIE};

    use super::*;

    /// Notes host and cookie of every request, and gives each caller a cookie.
    async fn proxy(answer: (u16, &'static str)) -> (ProxyClient, Arc<Mutex<Vec<(String, bool)>>>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let serve = move |request: Request| {
            let host = request.headers()[HOST].to_str().unwrap().to_owned();
            noted.lock().unwrap().push((host + request.uri().path(), request.headers().contains_key(COOKIE)));
            let status = axum::http::StatusCode::from_u16(answer.0).unwrap();
            async move { (status, [(SET_COOKIE, "kept=there; Path=/")], answer.1) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(serve)).await });
        (ProxyClient::new(&address).unwrap(), asked)
    }

    #[tokio::test]
    async fn a_route_is_asked_by_its_name_and_every_question_is_a_fresh_clients() {
        let (client, asked) = proxy((200, "ContextStatus=RUNNING;PlatformName=frontend;")).await;
        for _ in 0..2 {
            let seen = client.ask("demo-frontend.localtest.me").await;
            assert_eq!(seen.value().unwrap().platform_name.as_deref(), Some("frontend"));
        }
        let fresh = ("demo-frontend.localtest.me/system/gwinfo".to_owned(), false);
        assert_eq!(*asked.lock().unwrap(), [fresh.clone(), fresh]);
    }

    #[tokio::test]
    async fn what_is_no_gateways_answer_is_a_fault() {
        for status in [204, 302, 404, 503] {
            let (client, _) = proxy((status, "")).await;
            assert_eq!(client.ask("a.localtest.me").await.fault(), Some(&Fault::Status(status)));
        }
        let (client, _) = proxy((200, "<html>welcome</html>")).await;
        assert!(matches!(client.ask("a.localtest.me").await.fault(), Some(Fault::Malformed(_))));
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let gone = ProxyClient::new(&free.to_string()).unwrap();
        assert!(matches!(gone.ask("a.localtest.me").await.fault(), Some(Fault::Refused(_))));
    }
}
