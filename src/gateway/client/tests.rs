//! The client against a small gateway on 127.0.0.1: the ladder, the session, and hostile answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::stream;
use serde_json::{Value, json};

use super::*;
use crate::gateway::{ContextState, LinkStatus, NodeRole};

/// What the gateway under test does, and what it was asked.
#[derive(Default)]
struct Fake {
    /// Status and body by path; wins over everything else.
    fixed: BTreeMap<&'static str, (u16, Vec<u8>)>,
    password: &'static str,
    /// The session cookie's value that is accepted now.
    session: u32,
    /// Paths in order.
    asked: Vec<String>,
    /// Whether the ladder exists.
    no_login: bool,
    /// Whether sessions are refused although the ladder ends well.
    reject_sessions: bool,
}

impl Fake {
    fn times(&self, path: &str) -> usize {
        self.asked.iter().filter(|p| *p == path).count()
    }
}

type Shared = Arc<Mutex<Fake>>;

const GWINFO: &str = "ContextStatus=RUNNING;PlatformName=backend;Version=8.3.9;PlatformEdition=;OS=Linux;\
    RuntimeVersion=17.0.17;RedundancyStatus=Master;RedundantState=Good;RedundantNodeActiveStatus=Active;";

fn answer(status: u16, body: impl Into<Body>) -> Response {
    Response::builder().status(status).body(body.into()).unwrap()
}

fn redirect(to: &str) -> Response {
    Response::builder().status(302).header("location", to).body(Body::empty()).unwrap()
}

async fn serve(State(shared): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 100_000).await.unwrap();
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let cookie = head.headers.get("cookie").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let mut fake = shared.lock().unwrap();
    fake.asked.push(path.clone());
    if let Some((status, body)) = fake.fixed.get(path.as_str()) {
        return answer(*status, body.clone());
    }
    if path == "/StatusPing" {
        return answer(200, r#"{"state":"RUNNING"}"#);
    }
    if path == "/system/gwinfo" {
        return answer(200, GWINFO);
    }
    if let Some(response) = ladder(&mut fake, &path, &query, &body) {
        return response;
    }
    if path == "/data/api/v1/trial" {
        return answer(200, r#"{"licenseMode":"Trial","trialSecondsLeft":6823,"expired":false}"#);
    }
    let inside = !fake.reject_sessions && fake.session > 0 && cookie.contains(&format!("webui-sid=s{}", fake.session));
    if path == "/data/app/session" && inside {
        return answer(200, r#"{"csrfToken":"C7"}"#);
    }
    match path.strip_prefix("/data/api/v1/") {
        Some("redundancy/gwaction/failover") => {
            let token = head.headers.get("x-csrf-token").is_some_and(|v| v.as_bytes() == b"C7");
            let allowed = inside && token && head.method == "POST";
            answer(if allowed { 200 } else { 403 }, r#"{"force_failover":""}"#)
        }
        Some(_) if !inside => answer(401, "<html>Unauthorized</html>"),
        Some(route) => rest(route),
        None => answer(404, "<html>No route match</html>"),
    }
}

fn ladder(fake: &mut Fake, path: &str, query: &str, body: &Bytes) -> Option<Response> {
    if fake.no_login {
        return None;
    }
    let sent: Value = serde_json::from_slice(body).unwrap_or_default();
    let ok = |value: Value| Some(answer(200, value.to_string()));
    match path {
        // The host of the redirect is the gateway's public address, which is not reachable from here.
        "/data/app/login" => Some(redirect("http://public.invalid:8088/idp/default/oidc/start?x=1")),
        "/idp/default/oidc/start" => Some(redirect("/idp/default/authn/login?app_id=a%26b&token=T0%2B&scope=openid")),
        "/idp/default/authn/login" => Some(answer(200, "<html>")),
        "/idp/default/authn/next-challenge" => match sent["token"].as_str() {
            Some("T0+") => ok(json!({"token": "T1"})),
            Some("T2") => ok(json!({"token": "T3=/", "complete": true})),
            _ => Some(answer(400, "")),
        },
        "/idp/default/authn/submit-challenge/basic" => {
            let right = sent["token"] == "T1"
                && sent["rememberMe"] == false
                && sent["challenge"]["username"] == "admin"
                && sent["challenge"]["password"] == fake.password;
            ok(json!({"token": "T2", "success": right}))
        }
        "/idp/default/oidc/auth" if query == "app_id=a%26b&token=T3%3D%2F&scope=openid" => {
            fake.session += 1;
            let cookie = format!("webui-sid=s{}; Path=/; HttpOnly", fake.session);
            let response = Response::builder().status(302).header("location", "/app").header("set-cookie", cookie);
            Some(response.body(Body::empty()).unwrap())
        }
        _ => None,
    }
}

fn rest(route: &str) -> Response {
    let body = match route {
        "redundancy" => {
            r#"{"role":"Master","projectState":"Good","activityLevel":"Active","localId":"10.0.0.2","peerConnected":true}"#
        }
        "gateway-network/connections" => {
            r#"{"items":[{"remoteGateway":"frontend 1","internalId":"a/b","direction":"Incoming","status":"Running"}]}"#
        }
        "gateway-network/connectionDetails/a%2Fb/frontend%201" => r#"{"localUUID":"11-22"}"#,
        "gateway-network/gateways" => r#"{"items":[{"name":"frontend 1","status":"Connected"}]}"#,
        "overview/gan" => r#"{"totalConnections":1,"runningConnections":1}"#,
        "gateway-info" => r#"{"name":"backend","edition":"","ignitionVersion":"8.3.9 (b2026082511)"}"#,
        "modules/quarantined" => r#"{"items":[]}"#,
        "restart-tasks/pending" => r#"{"pending":[]}"#,
        _ => return answer(404, "<html>No route match for path: /v1/x</html>"),
    };
    answer(200, body)
}

/// Serves on a free port of 127.0.0.1; ends with the test's runtime.
async fn listen(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn fake(change: impl FnOnce(&mut Fake)) -> (Shared, String) {
    let mut fake = Fake { password: "right", ..Fake::default() };
    change(&mut fake);
    let shared = Arc::new(Mutex::new(fake));
    let base = listen(Router::new().fallback(serve).with_state(shared.clone())).await;
    (shared, base)
}

fn client(base: &str) -> GatewayClient {
    let credentials = Credentials { username: "admin".into(), password: "right".into() };
    GatewayClient::new(base, Some(credentials)).unwrap()
}

#[tokio::test]
async fn a_full_look_climbs_the_ladder_once_and_sees_everything() {
    let (shared, base) = fake(|_| {}).await;
    let mut client = client(&base);
    for _ in 0..3 {
        let seen = client.look(Depth::Full).await;
        assert!(seen.is_running());
        assert_eq!(seen.gwinfo.value().unwrap().role, Some(NodeRole::Master));
        assert_eq!(seen.login, Seen::Value(()));
        assert_eq!(seen.redundancy.value().unwrap().peer_connected, Some(true));
        assert_eq!(seen.connections.value().unwrap()[0].status, Some(LinkStatus::Running));
        assert_eq!(seen.gateways.value().unwrap()[0].connected, Some(true));
        assert_eq!(seen.gan.value().unwrap().running, Some(1));
        assert_eq!(seen.info.value().unwrap().name.as_deref(), Some("backend"));
        assert_eq!(seen.trial.value().unwrap().seconds_left, Some(6823));
        assert!(seen.quarantined.value().unwrap().is_empty());
        assert!(seen.restarts.value().unwrap().is_empty());
        assert_eq!(seen.local_uuid, Seen::Value("11-22".into()));
    }
    let fake = shared.lock().unwrap();
    assert_eq!(fake.times("/data/app/login"), 1, "the session is reused");
    assert_eq!(fake.times("/data/api/v1/gateway-network/connectionDetails/a%2Fb/frontend%201"), 1);
}

#[tokio::test]
async fn a_look_asks_no_more_than_its_depth() {
    let (shared, base) = fake(|_| {}).await;
    let seen = client(&base).look(Depth::Ping).await;
    assert_eq!((seen.is_running(), &seen.gwinfo), (true, &Seen::NotAsked));
    assert_eq!(shared.lock().unwrap().asked, ["/StatusPing"]);
    let seen = client(&base).look(Depth::Public).await;
    assert_eq!((seen.gwinfo.value().is_some(), &seen.redundancy), (true, &Seen::NotAsked));
    assert_eq!(shared.lock().unwrap().asked.len(), 3);
}

#[tokio::test]
async fn a_gateway_that_commissions_or_starts_is_not_logged_in_to() {
    for body in [r#"{"state":"RUNNING","details":"COMMISSIONING"}"#, r#"{"state":"STARTING"}"#] {
        let (shared, base) = fake(|f| {
            f.fixed.insert("/StatusPing", (200, body.into()));
            f.fixed.insert("/bootstrap", (200, br#"{"steps":{"eula":"license"}}"#.to_vec()));
        })
        .await;
        let seen = client(&base).look(Depth::Full).await;
        assert!(!seen.is_running());
        assert_eq!(seen.redundancy, Seen::NotAsked);
        let commissioning = body.contains("COMM");
        assert_eq!(seen.commissioning_steps.value().is_some_and(|s| s == &["eula"]), commissioning);
        assert_eq!(shared.lock().unwrap().times("/data/app/login"), 0);
    }
}

#[tokio::test]
async fn a_lost_session_is_renewed_but_not_within_two_seconds() {
    let (shared, base) = fake(|_| {}).await;
    let mut client = client(&base);
    assert_eq!(client.look(Depth::Full).await.login, Seen::Value(()));
    shared.lock().unwrap().session = 77;
    let seen = client.look(Depth::Full).await;
    assert_eq!(seen.login, Seen::Failed(Fault::Login(LoginFault::SessionRejected)));
    assert!(seen.redundancy.value().is_none());
    assert_eq!(shared.lock().unwrap().times("/data/app/login"), 1);
    client.session.last_try = client.session.last_try.map(|at| at - LOGIN_PAUSE);
    assert_eq!(client.look(Depth::Full).await.login, Seen::Value(()));
    assert_eq!(shared.lock().unwrap().times("/data/app/login"), 2);
}

#[tokio::test]
async fn a_session_lost_long_after_the_login_is_renewed_in_the_same_look() {
    let (shared, base) = fake(|_| {}).await;
    let mut client = client(&base);
    client.look(Depth::Full).await;
    shared.lock().unwrap().session = 77;
    client.session.last_try = client.session.last_try.map(|at| at - LOGIN_PAUSE);
    let seen = client.look(Depth::Full).await;
    assert_eq!(seen.login, Seen::Value(()));
    assert_eq!(seen.redundancy.value().unwrap().peer_connected, Some(true));
}

#[tokio::test]
async fn a_wrong_password_is_remembered_and_tried_three_times_at_most() {
    let (shared, base) = fake(|f| f.password = "other").await;
    let mut client = client(&base);
    let wrong = Seen::Failed(Fault::Login(LoginFault::WrongPassword));
    for round in 0..6 {
        let seen = client.look(Depth::Full).await;
        assert_eq!(seen.login, wrong);
        assert_eq!(seen.redundancy, Seen::Failed(Fault::Login(LoginFault::WrongPassword)));
        assert_eq!(seen.trial.value().unwrap().expired, Some(false), "the trial needs no login");
        let tries = shared.lock().unwrap().times("/idp/default/authn/submit-challenge/basic");
        assert_eq!(tries, (round / 2 + 1).min(3), "round {round}");
        if round % 2 == 1 {
            client.session.last_try = client.session.last_try.map(|at| at - LOGIN_PAUSE);
        }
    }
    client.session.last_try = client.session.last_try.map(|at| at - LOGIN_PAUSE);
    client.look(Depth::Full).await;
    assert_eq!(shared.lock().unwrap().times("/data/app/login"), 3);
}

#[tokio::test]
async fn a_session_that_never_counts_is_said_so() {
    let (shared, base) = fake(|f| f.reject_sessions = true).await;
    let seen = client(&base).look(Depth::Full).await;
    assert_eq!(seen.login, Seen::Failed(Fault::Login(LoginFault::SessionRejected)));
    assert!(seen.redundancy.value().is_none());
    assert_eq!(shared.lock().unwrap().times("/data/app/login"), 1);
}

#[tokio::test]
async fn without_a_password_only_open_routes_are_asked() {
    let (shared, base) = fake(|_| {}).await;
    let seen = GatewayClient::new(&base, None).unwrap().look(Depth::Full).await;
    assert_eq!(seen.redundancy, Seen::Failed(Fault::Login(LoginFault::NoPassword)));
    assert_eq!(seen.trial.value().unwrap().expired, Some(false));
    assert_eq!(shared.lock().unwrap().asked.len(), 3);
}

#[tokio::test]
async fn a_version_without_a_rest_api_is_not_asked_for_it() {
    let (shared, base) = fake(|f| {
        let body = b"ContextStatus=RUNNING;Version=8.1.44;RedundancyStatus=Independent;".to_vec();
        f.fixed.insert("/system/gwinfo", (200, body));
    })
    .await;
    let seen = client(&base).look(Depth::Full).await;
    assert_eq!(seen.redundancy, Seen::Failed(Fault::NotAvailable));
    assert_eq!(seen.login, Seen::Failed(Fault::NotAvailable));
    assert_eq!(shared.lock().unwrap().asked.len(), 2);

    let (_, base) = fake(|f| {
        f.no_login = true;
        f.fixed.insert("/system/gwinfo", (200, b"ContextStatus=RUNNING;".to_vec()));
        f.fixed.insert("/data/api/v1/trial", (404, Vec::new()));
    })
    .await;
    let seen = client(&base).look(Depth::Full).await;
    assert_eq!(seen.connections, Seen::Failed(Fault::NotAvailable));
}

#[tokio::test]
async fn a_single_missing_route_does_not_hide_the_others() {
    let (_, base) = fake(|f| {
        f.fixed.insert("/data/api/v1/overview/gan", (404, Vec::new()));
        f.fixed.insert("/data/api/v1/redundancy", (503, Vec::new()));
        f.fixed.insert("/data/api/v1/gateway-info", (200, b"\xff\xfe\x00".to_vec()));
    })
    .await;
    let seen = client(&base).look(Depth::Full).await;
    assert_eq!(seen.gan, Seen::Failed(Fault::NotAvailable));
    assert_eq!(seen.redundancy, Seen::Failed(Fault::Status(503)));
    assert!(matches!(seen.info, Seen::Failed(Fault::Malformed(_))));
    assert_eq!(seen.connections.value().unwrap().len(), 1);
}

#[tokio::test]
async fn broken_ladders_name_their_step() {
    type Break = (&'static str, (u16, &'static str), u8);
    let table: [Break; 7] = [
        ("/data/app/login", (200, "<html>"), 1),
        ("/data/app/login", (500, ""), 1),
        ("/idp/default/authn/login", (403, ""), 1),
        ("/idp/default/authn/next-challenge", (200, "{}"), 2),
        ("/idp/default/authn/next-challenge", (200, "{\"token\":"), 2),
        ("/idp/default/authn/submit-challenge/basic", (500, ""), 3),
        ("/idp/default/oidc/auth", (403, ""), 5),
    ];
    for (path, (status, body), expected) in table {
        let (_, base) = fake(|f| {
            f.fixed.insert(path, (status, body.into()));
        })
        .await;
        let seen = client(&base).look(Depth::Full).await;
        match seen.login {
            Seen::Failed(Fault::Login(LoginFault::Step { step, .. })) => assert_eq!(step, expected, "{path} {status}"),
            other => panic!("{path} {status}: {other:?}"),
        }
    }
    let (_, base) = fake(|f| {
        f.fixed.insert("/idp/default/authn/submit-challenge/basic", (401, Vec::new()));
    })
    .await;
    assert_eq!(client(&base).look(Depth::Full).await.login, Seen::Failed(Fault::Login(LoginFault::WrongPassword)));
}

#[tokio::test]
async fn nobody_listening_is_refused() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let seen = client(&base).look(Depth::Full).await;
    assert!(matches!(seen.ping, Seen::Failed(Fault::Refused(_))), "{:?}", seen.ping);
    assert_eq!(seen.gwinfo, Seen::NotAsked, "nobody is there to be asked more");
}

#[tokio::test]
async fn something_that_is_not_http_is_broken_or_refused() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::AsyncWriteExt;
            let _ = stream.write_all(b"220 smtp \x1b[31m\r\n").await;
        }
    });
    let seen = client(&base).look(Depth::Ping).await;
    assert!(matches!(seen.ping, Seen::Failed(Fault::Broken(_) | Fault::Refused(_))), "{:?}", seen.ping);
}

#[tokio::test]
async fn hostile_bodies_end_at_the_limits() {
    let huge = listen(Router::new().fallback(|| async {
        answer(200, Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 65536])))))
    }))
    .await;
    let seen = client(&huge).look(Depth::Ping).await;
    assert_eq!(seen.ping, Seen::Failed(Fault::TooLarge));

    let never = listen(
        Router::new()
            .fallback(|| async { answer(200, Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>())) }),
    )
    .await;
    let silent = listen(Router::new().fallback(|| async {
        std::future::pending::<()>().await;
        answer(200, "")
    }))
    .await;
    let (mut first, mut second) = (client(&never), client(&silent));
    let start = Instant::now();
    let (a, b) = tokio::join!(first.look(Depth::Public), second.look(Depth::Public));
    assert_eq!(a.ping, Seen::Failed(Fault::TimedOut));
    assert_eq!(b.ping, Seen::Failed(Fault::TimedOut));
    assert_eq!(b.gwinfo, Seen::NotAsked);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn endless_redirects_end_and_never_leave_the_gateway() {
    let base = listen(Router::new().fallback(|request: Request| async move {
        match request.uri().path() {
            "/StatusPing" => answer(200, r#"{"state":"RUNNING"}"#),
            "/system/gwinfo" => answer(200, "ContextStatus=RUNNING;"),
            _ => redirect("https://elsewhere.invalid/again"),
        }
    }))
    .await;
    match client(&base).look(Depth::Full).await.login {
        Seen::Failed(Fault::Login(LoginFault::Step { step: 1, reason })) => {
            assert!(reason.contains("redirects"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn invalid_utf8_and_escapes_are_kept_as_text_and_long_fields_cut() {
    let (_, base) = fake(|f| {
        let mut body = b"ContextStatus=RUNNING;PlatformName=\xff\x1b[31m".to_vec();
        body.extend(std::iter::repeat_n(b'x', 100_000));
        f.fixed.insert("/system/gwinfo", (200, body));
        f.fixed.insert("/StatusPing", (200, b"{\"state\":\"R\xffUNNING\"}".to_vec()));
    })
    .await;
    let seen = client(&base).look(Depth::Public).await;
    assert!(matches!(&seen.ping.value().unwrap().state, ContextState::Other(_)));
    let name = seen.gwinfo.value().unwrap().platform_name.clone().unwrap();
    assert!(name.starts_with("\u{fffd}\u{1b}[31m") && name.len() <= crate::gateway::MAX_FIELD);
}

#[test]
fn a_password_is_never_shown() {
    let shown = format!("{:?}", client("http://127.0.0.1:1"));
    assert!(!shown.contains("right"), "{shown}");
}

#[test]
fn versions_without_rest_are_known() {
    let info = |version: &str| GwInfo { version: Some(version.into()), ..GwInfo::default() };
    for (version, lacks) in [("8.1.44", true), ("7.9.20", true), ("8.3.0", false), ("9.0.0", false), ("x", false)] {
        assert_eq!(lacks_rest(&info(version)), lacks, "{version}");
    }
    assert!(!lacks_rest(&GwInfo::default()));
}

#[tokio::test]
async fn a_failover_is_asked_for_with_the_token_of_the_session() {
    let (shared, base) = fake(|_| {}).await;
    let mut client = client(&base);
    client.force_failover().await.unwrap();
    assert_eq!(shared.lock().unwrap().times("/data/api/v1/redundancy/gwaction/failover"), 1);
    let (_, old) = fake(|f| f.no_login = true).await;
    let refused = super::GatewayClient::new(&old, None).unwrap().force_failover().await;
    assert_eq!(refused, Err(Fault::Login(LoginFault::NoPassword)));
}
