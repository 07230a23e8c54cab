//! The isolated world of the simulator's tests: gateways on loopback, each on a thread and runtime of its own, so that one can be
//! killed or frozen as a container can.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};

use crate::simulator::error::SimulatorError;
use crate::simulator::knobs;
use crate::simulator::log::Log;
use crate::simulator::start::environment::Environment;
use crate::simulator::wrapper;

/// Longest time that any condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const PASSWORD: &str = "s3cret";

/// Waits until the condition holds.
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "never came true: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A port that nothing listens on: below the range from which the system takes its own, and never given twice by this process.
pub(crate) fn free_port() -> u16 {
    static NEXT: OnceLock<AtomicU16> = OnceLock::new();
    // Test processes that run side by side start at different places.
    let next = NEXT.get_or_init(|| AtomicU16::new(u16::from(uuid::Uuid::new_v4().as_bytes()[0]) * 80));
    loop {
        let port = 10_000 + next.fetch_add(1, Ordering::Relaxed) % 22_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Running {
    thread: JoinHandle<Option<Result<(), SimulatorError>>>,
    stop: oneshot::Sender<()>,
    kill: oneshot::Sender<()>,
    freeze: mpsc::UnboundedSender<Receiver<()>>,
}

/// One simulated gateway with its volume.
pub(crate) struct Sim {
    pub(crate) dir: TempDir,
    pub(crate) port: u16,
    /// Port of the gateway network's TLS connections.
    pub(crate) gan_port: u16,
    variables: BTreeMap<String, String>,
    args: Vec<String>,
    log: Shared,
    running: Option<Running>,
}

/// An answer of a gateway.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().filter_map(|l| l.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// One request to a port on loopback, on a connection of its own; `None` when nobody answers.
pub(crate) fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
    let (head, body) = exchange(port, method, path, headers, body.as_bytes())?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head, body: String::from_utf8(body).ok()? })
}

/// The same with any bytes: head and body of the answer.
pub(crate) fn exchange(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<(String, Vec<u8>)> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (key, value) in headers {
        write!(head, "{key}: {value}\r\n").unwrap();
    }
    write!(head, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
    socket.write_all(head.as_bytes()).ok()?;
    socket.write_all(body).ok()?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    Some((String::from_utf8(answer[..end].to_vec()).ok()?, answer.split_off(end + 4)))
}

impl Sim {
    /// A gateway with short times, a password and an accepted licence agreement.
    pub(crate) fn new(name: &str) -> Self {
        let mut sim = Self {
            dir: tempfile::tempdir().unwrap(),
            port: free_port(),
            gan_port: free_port(),
            variables: BTreeMap::new(),
            args: Vec::new(),
            log: Shared::default(),
            running: None,
        };
        let data = sim.dir.path().to_str().unwrap().to_owned();
        let (port, gan_port) = (sim.port.to_string(), sim.gan_port.to_string());
        for (key, value) in [
            (knobs::DATA_DIR, data.as_str()),
            (knobs::BIND_ADDRESS, "127.0.0.1"),
            (knobs::CONTROL_ADDRESS, "off"),
            (knobs::BOOT_MS, "20"),
            (knobs::COMMISSION_MS, "10"),
            (knobs::LINK_APPROVAL_MS, "20"),
            (knobs::LINK_RETRY_MS, "20"),
            (knobs::CERTIFICATE_RETRY_MS, "50"),
            (knobs::RECOVERY_MS, "50"),
            (knobs::TAKEOVER_MS, "20"),
            (knobs::OVERLAP_MS, "40"),
            (knobs::LINK_HOLD_MS, "200"),
            (knobs::SYNC_MS, "10"),
            ("HOSTNAME", name),
            ("GATEWAY_HTTP_PORT", port.as_str()),
            ("GATEWAY_GAN_PORT", gan_port.as_str()),
            ("ACCEPT_IGNITION_EULA", "Y"),
            ("GATEWAY_ADMIN_PASSWORD", PASSWORD),
        ] {
            sim.variables.insert(key.to_owned(), value.to_owned());
        }
        sim
    }

    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        self.variables.insert(key.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn unset(mut self, key: &str) -> Self {
        self.variables.remove(key);
        self
    }

    pub(crate) fn args(mut self, line: &str) -> Self {
        self.args = line.split_whitespace().map(str::to_owned).collect();
        self
    }

    /// Lets everybody in over plain connections, as the stacks' plain transport does.
    pub(crate) fn open(self) -> Self {
        self.set("GATEWAY_NETWORK_REQUIRESSL", "false").set("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted")
    }

    /// Opens link `n` to a port on loopback.
    pub(crate) fn link(self, n: u32, port: u16) -> Self {
        let key = |k: &str| format!("GATEWAY_NETWORK_{n}_{k}");
        self.set(&key("HOST"), "127.0.0.1")
            .set(&key("PORT"), &port.to_string())
            .set(&key("ENABLESSL"), "false")
            .set(&key("PINGRATE"), "50")
            .set(&key("PINGMAXMISSED"), "10")
    }

    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    pub(crate) fn put_bytes(&self, path: &str, bytes: &[u8]) {
        let path = self.dir.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }

    /// The UUID that it goes by.
    pub(crate) fn uuid(&self) -> String {
        let path = self.dir.path().join("config/local/ignition/gateway-network/uuid.txt");
        eventually("it has its UUID", || path.exists());
        fs_err::read_to_string(path).unwrap().trim().to_owned()
    }

    /// A changing route of the REST interface after a fresh login.
    pub(crate) fn act(&self, method: &str, route: &str, body: &str) -> Answer {
        let cookie = self.login(PASSWORD).unwrap();
        let session = self.request("GET", "/data/app/session", &[("Cookie", &cookie)], "").unwrap().json();
        let csrf = session["csrfToken"].as_str().unwrap().to_owned();
        self.request(method, &format!("/data/api/v1{route}"), &[("Cookie", &cookie), ("X-CSRF-Token", &csrf)], body)
            .unwrap()
    }

    /// Seeds a resource with the smallest manifest on record (fact sheet 3.1). `directory` is below `config/resources`.
    pub(crate) fn seed(&self, directory: &str, config: &Value) {
        let base = format!("config/resources/{directory}");
        if directory.starts_with("core/") && !self.dir.path().join("config/resources/core/config-mode.json").exists() {
            self.put("config/resources/core/config-mode.json", "{}");
        }
        self.put(&format!("{base}/config.json"), &config.to_string());
        let manifest = r#"{"scope":"A","version":1,"restricted":false,"overridable":true,"files":["config.json"],
            "attributes":{"enabled":true}}"#;
        self.put(&format!("{base}/resource.json"), manifest);
    }

    /// Seeds `redundancy.xml`.
    pub(crate) fn redundancy(self, entries: &[(&str, &str)]) -> Self {
        let entries = entries.iter().fold(String::new(), |mut out, (key, value)| {
            write!(out, "<entry key=\"redundancy.{key}\">{value}</entry>").unwrap();
            out
        });
        self.put("redundancy.xml", &format!("<properties><comment>x</comment>{entries}</properties>"));
        self
    }

    /// What a start gets: arguments, variables, log.
    pub(crate) fn beginning(&self) -> (Vec<OsString>, Environment, Log) {
        let args = self.args.iter().map(OsString::from).collect();
        (args, Environment::new(self.variables.clone()), Log::new(self.log.clone()))
    }

    pub(crate) fn start(&mut self) {
        assert!(self.running.is_none());
        let (args, env, log) = self.beginning();
        let (stop, stopped) = oneshot::channel::<()>();
        let (kill, killed) = oneshot::channel::<()>();
        let (freeze, mut frozen) = mpsc::unbounded_channel::<Receiver<()>>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            // Leaving drops the runtime with every task and socket in it, as a kill does.
            runtime.block_on(async {
                tokio::spawn(async move {
                    while let Some(thaw) = frozen.recv().await {
                        let _ = thaw.recv();
                    }
                });
                let stop = async {
                    let _ = stopped.await;
                };
                let play = wrapper::run(&args, &env, &log, stop);
                tokio::select! {
                    ended = play => Some(ended),
                    _ = killed => None,
                }
            })
        });
        self.running = Some(Running { thread, stop, kill, freeze });
    }

    pub(crate) fn started(mut self) -> Self {
        self.start();
        self
    }

    /// Ends it without a word, as SIGKILL does.
    pub(crate) fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            let _ = running.kill.send(());
            assert!(running.thread.join().unwrap().is_none());
        }
    }

    /// Ends it as SIGTERM does.
    pub(crate) fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.stop.send(()).unwrap();
        running.thread.join().unwrap().unwrap().unwrap();
    }

    /// Tells it to end, as SIGTERM does, and leaves it to that.
    pub(crate) fn tell_to_stop(&mut self) {
        let running = self.running.as_mut().unwrap();
        let (no_more, _) = oneshot::channel();
        std::mem::replace(&mut running.stop, no_more).send(()).unwrap();
    }

    /// Waits until it ends by itself.
    pub(crate) fn ended(&mut self) -> Result<(), SimulatorError> {
        let running = self.running.take().unwrap();
        eventually("the gateway ends by itself", || running.thread.is_finished());
        running.thread.join().unwrap().unwrap()
    }

    /// Stops its time, sockets left open, as `pause` does, until what is returned is dropped.
    pub(crate) fn freeze(&self) -> Sender<()> {
        let (thaw, receiver) = channel();
        self.running.as_ref().unwrap().freeze.send(receiver).unwrap();
        thaw
    }

    pub(crate) fn logged(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.log.0.lock().unwrap()).contains(text)
    }

    /// One request on a connection of its own; `None` when nobody answers.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
        request(self.port, method, path, headers, body)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], "").unwrap()
    }

    pub(crate) fn ping(&self) -> Option<String> {
        Some(self.request("GET", "/StatusPing", &[], "")?.body)
    }

    pub(crate) fn running(&self) -> bool {
        self.ping().as_deref() == Some(r#"{"state":"RUNNING"}"#)
    }

    pub(crate) fn wait_running(&self) {
        eventually("RUNNING", || self.running());
    }

    /// Whether gwinfo holds every one of these pairs.
    pub(crate) fn info(&self, pairs: &[&str]) -> bool {
        let Some(answer) = self.request("GET", "/system/gwinfo", &[], "") else { return false };
        pairs.iter().all(|p| answer.body.contains(&format!("{p};")))
    }

    /// Climbs the login ladder; the session's cookie, or `None` when the password is wrong.
    pub(crate) fn login(&self, password: &str) -> Option<String> {
        let first = self.get("/data/app/login");
        assert_eq!(first.status, 302);
        let page = first.header("location").unwrap().to_owned();
        assert_eq!(self.get(&page).status, 200);
        let query = page.split_once('?').unwrap().1;
        let provider = page.split_once("/authn/").unwrap().0;
        let t0 = query.split('&').find_map(|p| p.strip_prefix("token=")).unwrap();
        let post = |path: &str, body: String| {
            self.request("POST", &format!("{provider}/authn/{path}"), &[], &body).unwrap().json()
        };
        let token = |v: &Value| v["token"].as_str().unwrap().to_owned();
        let t1 = token(&post("next-challenge", format!("{{\"token\":\"{t0}\"}}")));
        let challenge = serde_json::json!({"token": t1, "rememberMe": false, "challenge": {"username": "admin", "password": password}});
        let answer = post("submit-challenge/basic", challenge.to_string());
        if answer["success"] != true {
            return None;
        }
        let last = post("next-challenge", format!("{{\"token\":\"{}\"}}", token(&answer)));
        assert_eq!(last["complete"], true);
        let done = self.get(&format!("{provider}/oidc/auth?{}", query.replace(t0, &token(&last))));
        assert_eq!(done.status, 302);
        Some(done.header("set-cookie").unwrap().split(';').next().unwrap().to_owned())
    }

    /// The headers by which a session may write.
    pub(crate) fn csrf(&self, cookie: &str) -> [(String, String); 2] {
        let session = self.request("GET", "/data/app/session", &[("Cookie", cookie)], "").unwrap().json();
        let token = session["csrfToken"].as_str().unwrap().to_owned();
        [("Cookie".to_owned(), cookie.to_owned()), ("X-CSRF-Token".to_owned(), token)]
    }

    /// A request by a session that may write.
    pub(crate) fn write_as(&self, cookie: &str, method: &str, route: &str, body: &str) -> Answer {
        let headers = self.csrf(cookie);
        let headers: Vec<_> = headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.request(method, &format!("/data/api/v1{route}"), &headers, body).unwrap()
    }

    /// Downloads its backup.
    pub(crate) fn backup(&self, query: &str) -> Vec<u8> {
        let cookie = self.login(PASSWORD).unwrap();
        let path = format!("/data/api/v1/backup{query}");
        let (head, body) = exchange(self.port, "GET", &path, &[("Cookie", &cookie)], b"").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        body
    }

    /// Restores a backup: status and body of the answer.
    pub(crate) fn restore(&self, query: &str, backup: &[u8]) -> (u16, String) {
        let headers = self.csrf(&self.login(PASSWORD).unwrap());
        let headers: Vec<_> = headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let path = format!("/data/api/v1/backup{query}");
        let (head, body) = exchange(self.port, "POST", &path, &headers, backup).unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), String::from_utf8(body).unwrap())
    }

    /// A read route of the REST interface after a fresh login.
    pub(crate) fn api(&self, route: &str) -> Value {
        let cookie = self.login(PASSWORD).unwrap();
        self.api_as(&cookie, route)
    }

    pub(crate) fn api_as(&self, cookie: &str, route: &str) -> Value {
        let answer = self.request("GET", &format!("/data/api/v1{route}"), &[("Cookie", cookie)], "").unwrap();
        assert_eq!(answer.status, 200, "{route}: {}", answer.body);
        answer.json()
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            let _ = running.kill.send(());
            let _ = running.thread.join();
        }
    }
}
