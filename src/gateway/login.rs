//! The login ladder of the built-in identity provider (fact sheet 2.1). Its last step (the CSRF token) is
//! left to what changes a gateway.

use reqwest::Url;
use serde_json::{Value, json};

use super::client::Credentials;
use super::error::{Fault, LoginFault};
use super::http::Http;

/// Longest token that is passed on, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// Climbs the ladder once. Afterwards the cookies of `http` are those of a session.
pub(super) async fn login(http: &Http, credentials: &Credentials) -> Result<(), LoginFault> {
    let landing = http.follow(http.at("/data/app/login", None)).await.map_err(|e| step(1, &e))?;
    match landing.status {
        200 => {}
        404 if landing.redirects == 0 => return Err(LoginFault::NotAvailable),
        status => return Err(step(1, &Fault::Status(status))),
    }
    let page = LoginPage::read(&landing.url)
        .ok_or_else(|| LoginFault::Step { step: 1, reason: "it does not lead to a login page".to_owned() })?;

    let challenge = page.post(http, 2, "next-challenge", &json!({ "token": page.token })).await?;
    let password = json!({
        "token": token(&challenge, 2)?,
        "rememberMe": false,
        "challenge": { "username": credentials.username, "password": credentials.password },
    });
    let submitted = page.post(http, 3, "submit-challenge/basic", &password).await?;
    if submitted.get("success").and_then(Value::as_bool) != Some(true) {
        return Err(LoginFault::WrongPassword);
    }
    let last = page.post(http, 4, "next-challenge", &json!({ "token": token(&submitted, 3)? })).await?;
    if last.get("complete").and_then(Value::as_bool) != Some(true) {
        return Err(LoginFault::Step { step: 4, reason: "the gateway asks for more than a password".to_owned() });
    }
    let landing = http.follow(page.finish(http, &token(&last, 4)?)).await.map_err(|e| step(5, &e))?;
    // The page after the callback is of no interest: it may as well be missing.
    match landing.status {
        200..300 => Ok(()),
        404 if landing.redirects > 0 => Ok(()),
        status => Err(step(5, &Fault::Status(status))),
    }
}

/// Where step 1 ended: `/idp/<provider>/authn/login?token=T0&...`.
struct LoginPage {
    /// Name of the identity provider: `default`, or `temp` when commissioning made one.
    provider: String,
    /// The query, decoded, in order.
    query: Vec<(String, String)>,
    /// T0.
    token: String,
}

impl LoginPage {
    fn read(url: &Url) -> Option<Self> {
        let segments: Vec<&str> = url.path_segments()?.collect();
        let ["idp", provider, "authn", "login"] = segments.as_slice() else { return None };
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let (_, token) = query.iter().find(|(key, value)| key == "token" && !value.is_empty())?.clone();
        (token.len() <= MAX_TOKEN).then(|| Self { provider: (*provider).to_owned(), query, token })
    }

    async fn post(&self, http: &Http, number: u8, rest: &str, body: &Value) -> Result<Value, LoginFault> {
        let url = http.at(&format!("/idp/{}/authn/{rest}", self.provider), None);
        let answer = http.post(url, body).await.map_err(|e| step(number, &e))?;
        match answer.status {
            200..300 => {}
            401 | 403 if number == 3 => return Err(LoginFault::WrongPassword),
            status => return Err(step(number, &Fault::Status(status))),
        }
        serde_json::from_slice(&answer.body).map_err(|e| step(number, &Fault::Malformed(e.to_string())))
    }

    /// Step 5: the query of step 1 with the token replaced.
    fn finish(&self, http: &Http, last: &str) -> Url {
        let mut url = http.at(&format!("/idp/{}/oidc/auth", self.provider), None);
        let replaced = self.query.iter().map(|(k, v)| (k.as_str(), if k == "token" { last } else { v.as_str() }));
        url.query_pairs_mut().extend_pairs(replaced);
        url
    }
}

fn token(answer: &Value, number: u8) -> Result<String, LoginFault> {
    answer
        .get("token")
        .and_then(Value::as_str)
        .filter(|t| !t.is_empty() && t.len() <= MAX_TOKEN)
        .map(str::to_owned)
        .ok_or_else(|| LoginFault::Step { step: number, reason: "no usable token in the answer".to_owned() })
}

fn step(number: u8, fault: &Fault) -> LoginFault {
    LoginFault::Step { step: number, reason: fault.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_page_is_known_by_its_path_and_token() {
        let read = |text: &str| LoginPage::read(&Url::parse(text).unwrap());
        let page = read("http://h/idp/temp/authn/login?app_id=x&token=a%2Bb%26&scope=openid").unwrap();
        assert_eq!(page.provider, "temp");
        assert_eq!(page.token, "a+b&");
        let http = Http::new("http://127.0.0.1:1").unwrap();
        assert_eq!(
            page.finish(&http, "n&w").as_str(),
            "http://127.0.0.1:1/idp/temp/oidc/auth?app_id=x&token=n%26w&scope=openid"
        );
        for other in ["http://h/welcome", "http://h/idp/default/authn/login", "http://h/idp/default/authn/login?token="]
        {
            assert!(read(other).is_none(), "{other}");
        }
    }
}
