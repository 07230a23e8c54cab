//! One simulated gateway in a child process on loopback: started, asked, measured. What is expected of it stands elsewhere.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};

/// Longest time that anything may take to become true.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Longest time that one answer may take.
const ANSWER: Duration = Duration::from_secs(10);
pub(crate) const PASSWORD: &str = "s3cret";
/// Everything that the gateway says, both streams.
const LOG: &str = "log";

/// A port that nothing listens on, below the range from which the system takes its own.
pub(crate) fn free_port(random: &mut fastrand::Rng) -> u16 {
    loop {
        let port = random.u16(10_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A gateway about to be started, with its data directory.
pub(crate) struct Plan {
    directory: tempfile::TempDir,
    env: Vec<(String, String)>,
    pub(crate) port: u16,
}

impl Plan {
    /// One with short times that needs no wizard and lets everybody in.
    pub(crate) fn new(random: &mut fastrand::Rng) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port(random);
        let mut plan = Self { directory, env: Vec::new(), port };
        fs_err::create_dir(plan.data()).unwrap();
        let data = plan.data().to_str().unwrap().to_owned();
        let ports = [port, free_port(random), free_port(random)].map(|p| p.to_string());
        for (key, value) in [
            ("SIMULATED_DATA_DIR", data.as_str()),
            ("SIMULATED_BIND_ADDRESS", "127.0.0.1"),
            ("SIMULATED_BOOT_MS", "20"),
            ("SIMULATED_CONTROL_ADDRESS", "off"),
            ("GATEWAY_HTTP_PORT", &ports[0]),
            ("GATEWAY_HTTPS_PORT", &ports[1]),
            ("GATEWAY_GAN_PORT", &ports[2]),
            ("GATEWAY_NETWORK_REQUIRESSL", "false"),
            ("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted"),
            ("ACCEPT_IGNITION_EULA", "Y"),
            ("GATEWAY_ADMIN_PASSWORD", PASSWORD),
            ("HOSTNAME", "box"),
        ] {
            plan.env.push((key.to_owned(), value.to_owned()));
        }
        plan
    }

    /// With one more variable.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        self.env.push((key.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Starts it with the entrypoint's arguments.
    pub(crate) fn start(self, arguments: &[&str]) -> Gateway {
        let log = fs_err::File::create(self.directory.path().join(LOG)).unwrap().into_parts().0;
        let program = assert_cmd::cargo::cargo_bin("ignition-stack");
        let child = Command::new(program)
            .arg("simulate-gateway")
            .args(arguments)
            .env_clear()
            .envs(self.env)
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Gateway { child, directory: self.directory, port: self.port }
    }
}

/// An answer.
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

    fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }
}

/// A running one. Ends with its value.
pub(crate) struct Gateway {
    child: Child,
    directory: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Gateway {
    /// A connection to its web server, with a limit for reading and writing.
    pub(crate) fn connect(&self, limit: Duration) -> Option<TcpStream> {
        let socket = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        socket.set_read_timeout(Some(limit)).unwrap();
        socket.set_write_timeout(Some(limit)).unwrap();
        socket.set_nodelay(true).unwrap();
        Some(socket)
    }

    /// One request on a connection of its own; nothing when nobody answers.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
        let mut socket = self.connect(ANSWER)?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (key, value) in headers {
            write!(head, "{key}: {value}\r\n").unwrap();
        }
        write!(head, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        socket.write_all(head.as_bytes()).ok()?;
        let mut bytes = Vec::new();
        socket.take(16 << 20).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// The state word of `StatusPing`.
    pub(crate) fn state(&self) -> Option<String> {
        let answer = self.request("GET", "/StatusPing", &[], "").filter(|a| a.status == 200)?;
        Some(answer.json()?["state"].as_str()?.to_owned())
    }

    /// Waits until something holds; shows the log when it never does.
    #[track_caller]
    pub(crate) fn eventually(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < deadline, "never came true: {what}\n{}", self.tail());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    pub(crate) fn wait_running(&mut self) {
        self.eventually("RUNNING", |g| g.state().as_deref() == Some("RUNNING"));
    }

    /// Climbs the login ladder (fact sheet 2.1): the session's cookie and its CSRF token.
    pub(crate) fn login(&self) -> Option<(String, String)> {
        let page = self.request("GET", "/data/app/login", &[], "")?.header("location")?.to_owned();
        let (path, query) = page.split_once('?')?;
        let provider = path.strip_suffix("/authn/login")?;
        let first = query.split('&').find_map(|p| p.strip_prefix("token="))?;
        let post = |step: &str, body: Value| {
            self.request("POST", &format!("{provider}/authn/{step}"), &[], &body.to_string())?.json()
        };
        let token = |v: &Value| Some(v["token"].as_str()?.to_owned());
        let second = token(&post("next-challenge", json!({"token": first}))?)?;
        let challenge = json!({"username": "admin", "password": PASSWORD});
        let third =
            post("submit-challenge/basic", json!({"token": second, "rememberMe": false, "challenge": challenge}))?;
        let last = token(&post("next-challenge", json!({"token": token(&third)?}))?)?;
        let done = self.request("GET", &format!("{provider}/oidc/auth?{}", query.replace(first, &last)), &[], "")?;
        let cookie = done.header("set-cookie")?.split(';').next()?.to_owned();
        let session = self.request("GET", "/data/app/session", &[("Cookie", &cookie)], "")?.json()?;
        Some((cookie, session["csrfToken"].as_str()?.to_owned()))
    }

    /// A number out of the kernel's books, in KiB: `VmRSS`, or `VmHWM` for the largest so far.
    pub(crate) fn memory_kib(&self, key: &str) -> u64 {
        let status = fs_err::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':')).unwrap_or_default();
        line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    /// Tells it to stop, as an engine does.
    pub(crate) fn terminate(&self) {
        let id = Pid::from_child(&self.child);
        rustix::process::kill_process(id, Signal::TERM).unwrap();
    }

    /// How it ended, when it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs_err::read(self.directory.path().join(LOG)).unwrap()).into_owned()
    }

    fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// No task of it has panicked, whatever became of the task.
    #[track_caller]
    pub(crate) fn has_not_panicked(&self, during: &str) {
        let log = self.log();
        let at = log.lines().position(|l| l.contains("panicked at"));
        if let Some(at) = at {
            let shown: Vec<&str> = log.lines().skip(at.saturating_sub(3)).take(40).collect();
            panic!("a panic during {during}:\n{}", shown.join("\n"));
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts a file into a data directory.
pub(crate) fn put(data: &Path, below: &str, content: impl AsRef<[u8]>) {
    let path = data.join(below);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, content).unwrap();
}
