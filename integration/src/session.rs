//! The administrator's session at a gateway by plain HTTP, as a person's browser has it (fact sheet 2.1).

use serde_json::{Value, json};

use crate::http::{self, Answer};

/// A session that may write.
#[derive(Debug)]
pub struct Session {
    port: u16,
    cookie: String,
    csrf: String,
}

impl Session {
    /// Logs in at 127.0.0.1.
    pub fn open(port: u16, user: &str, password: &str) -> Self {
        let get = |path: &str, headers: &[(&str, &str)]| http::send(port, "GET", path, headers, "").expect("an answer");
        let page = get("/data/app/login", &[]).header("location").expect("a login page");
        get(&page, &[]);
        let (provider, query) =
            page.split_once("/authn/").and_then(|(p, q)| Some((p, q.split_once('?')?.1))).expect("a page");
        let first = query.split('&').find_map(|p| p.strip_prefix("token=")).expect("a token");
        let submit = |path: &str, body: Value| {
            let path = format!("{provider}/authn/{path}");
            http::send(port, "POST", &path, &[], &body.to_string()).expect("an answer").json()
        };
        let asked = submit("next-challenge", json!({ "token": first }));
        let challenge = json!({ "username": user, "password": password });
        let answered = submit(
            "submit-challenge/basic",
            json!({ "token": asked["token"], "rememberMe": false, "challenge": challenge }),
        );
        assert_eq!(answered["success"], true, "the login is accepted: {answered}");
        let last = submit("next-challenge", json!({ "token": answered["token"] }));
        let token = last["token"].as_str().expect("a token");
        let done = get(&format!("{provider}/oidc/auth?{}", query.replace(first, token)), &[]);
        let cookie = done.header("set-cookie").expect("a cookie").split(';').next().unwrap_or_default().to_owned();
        let session = get("/data/app/session", &[("Cookie", &cookie)]).json();
        let csrf = session["csrfToken"].as_str().expect("a token").to_owned();
        Self { port, cookie, csrf }
    }

    /// A request that may write.
    pub fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [("Cookie", self.cookie.as_str()), ("X-CSRF-Token", &self.csrf)];
        http::send(self.port, method, path, &headers, body).expect("an answer")
    }
}
