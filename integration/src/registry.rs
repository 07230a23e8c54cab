//! A registry on this machine's loopback: serves one small image over plain HTTP, which every engine allows there, and misbehaves on
//! demand. The image's only program waits for the signal to stop.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::spawn;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest as _, Sha256};

/// Name of the image's repository.
const REPOSITORY: &str = "ist/gateway";
const PROGRAM: &str = "
#include <signal.h>
#include <unistd.h>
static void stop(int signal) { (void)signal; _exit(0); }
int main(void) { signal(SIGTERM, stop); for (;;) pause(); }
";
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Bytes that nothing compresses, so that a pull takes some time.
const BALLAST: usize = 3 << 20;

/// Who may pull from a registry that wants a login. The letters of the password are those that base64 writes with `+` and `/` or with `-` and
/// `_`, and that an engine reads in one way only.
pub const USER: &str = "puller";
/// The password.
pub const PASSWORD: &str = "canary~~~???>>>of-the-registry";
/// Both, as they stand in a configuration file: the base64 of `user:password`.
pub const LOGIN: &str = "cHVsbGVyOmNhbmFyeX5+fj8/Pz4+Pm9mLXRoZS1yZWdpc3RyeQ==";
/// What the registry's own service of tokens gives to who shows that.
const TOKEN: &str = "token-of-the-registry";

/// What the registry does to whoever asks for a manifest or a layer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mood {
    /// What it should.
    Fine,
    /// 404 for every manifest.
    NotFound,
    /// 401 for everything, with a question for a password.
    Denied,
    /// What it should, for who shows the login with each request.
    Basic,
    /// The same, for who shows a token that was given for the login.
    Bearer,
    /// 429 for every manifest.
    RateLimited,
    /// 500 for the first so many requests for a manifest.
    Failing(u32),
    /// Cuts the connection in the middle of a layer, the first so many times.
    Cut(u32),
    /// Sends layers slowly: in all that long.
    Slow(Duration),
    /// Has the image for another architecture alone.
    OtherPlatform,
}

/// A running registry; its threads end with the test process.
#[derive(Debug)]
pub struct Registry {
    port: u16,
    manifests: Arc<AtomicU32>,
}

struct Image {
    manifest: Vec<u8>,
    list: Vec<u8>,
    config: Vec<u8>,
    layer: Vec<u8>,
}

impl Registry {
    /// Starts one.
    pub fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback is free");
        let port = listener.local_addr().expect("a listener has an address").port();
        let manifests = Arc::new(AtomicU32::new(0));
        // Each one serves an image of its own, by which it is known again.
        let image = Arc::new(Image::new(&format!("registry of port {port}, process {}", std::process::id())));
        let (asked, cut) = (Arc::clone(&manifests), Arc::new(AtomicU32::new(0)));
        spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (image, asked, cut) = (Arc::clone(&image), Arc::clone(&asked), Arc::clone(&cut));
                spawn(move || serve(&client, mood, &image, &asked, &cut));
            }
        });
        Self { port, manifests }
    }

    /// The image's reference with a tag.
    pub fn reference(&self, tag: &str) -> String {
        format!("127.0.0.1:{}/{REPOSITORY}:{tag}", self.port)
    }

    /// Its name, by which a login is known.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// How often a manifest was asked for by its tag.
    pub fn manifests_asked(&self) -> u32 {
        self.manifests.load(Ordering::SeqCst)
    }
}

impl Image {
    fn new(words: &str) -> Self {
        let mut random = fastrand::Rng::with_seed(7);
        let ballast: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(BALLAST).collect();
        let mut tar = tar::Builder::new(Vec::new());
        for (path, bytes, mode) in
            [("program", program(), 0o755), ("words", words.as_bytes(), 0o644), ("ballast", &ballast, 0o644)]
        {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(mode);
            tar.append_data(&mut header, path, bytes).expect("a tar in memory can be written");
        }
        let layer = tar.into_inner().expect("a tar in memory can be written");
        let config = json!({
            "architecture": architecture(), "os": "linux",
            "config": {"Entrypoint": ["/program"], "User": "2003:0"},
            "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]},
        });
        let config = config.to_string().into_bytes();
        let part = |kind: &str, bytes: &[u8]| json!({"mediaType": kind, "size": bytes.len(), "digest": digest(bytes)});
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": part("application/vnd.docker.container.image.v1+json", &config),
            "layers": [part("application/vnd.docker.image.rootfs.diff.tar.gzip", &layer)],
        });
        let manifest = manifest.to_string().into_bytes();
        let mut entry = part(MANIFEST, &manifest);
        entry["platform"] = json!({"architecture": "s390x", "os": "linux"});
        let list = json!({"schemaVersion": 2, "mediaType": LIST, "manifests": [entry]}).to_string().into_bytes();
        Self { manifest, list, config, layer }
    }
}

fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The image's program, built once.
fn program() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let (source, target) = (directory.path().join("program.c"), directory.path().join("program"));
        std::fs::write(&source, PROGRAM).expect("a file can be written");
        let built = Command::new("cc").args(["-static", "-O1", "-o"]).arg(&target).arg(&source).status();
        assert!(built.is_ok_and(|status| status.success()), "cc with a static libc is needed");
        std::fs::read(target).expect("the program was built")
    })
}

fn serve(client: &TcpStream, mood: Mood, image: &Image, asked: &AtomicU32, cut: &AtomicU32) {
    let mut lines = BufReader::new(client).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    // The rest of the head; an engine asks by GET and HEAD, without a body.
    let headers: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let shown = headers.iter().filter_map(|line| line.split_once(": "));
    let mut shown = shown.filter(|(key, _)| key.eq_ignore_ascii_case("authorization")).map(|(_, value)| value);
    let shown = shown.next();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let body = method == "GET";
    if mood == Mood::Denied {
        let extra = "WWW-Authenticate: Basic realm=\"here\"\r\n";
        return refuse(client, "401 Unauthorized", "UNAUTHORIZED", "authentication required", extra);
    }
    let login = format!("Basic {LOGIN}");
    if path.starts_with("/token") && shown == Some(&login) {
        return answer(client, "application/json", json!({"token": TOKEN}).to_string().as_bytes(), body);
    }
    let wanted = match mood {
        Mood::Basic => Some((login, "Basic realm=\"here\"".to_owned())),
        Mood::Bearer => {
            let here = client.local_addr().expect("a connection has an address");
            Some((format!("Bearer {TOKEN}"), format!("Bearer realm=\"http://{here}/token\",service=\"here\"")))
        }
        _ => None,
    };
    if let Some((wanted, question)) = wanted
        && shown != Some(&wanted)
    {
        let extra = format!("WWW-Authenticate: {question}\r\n");
        return refuse(client, "401 Unauthorized", "UNAUTHORIZED", "authentication required", &extra);
    }
    if path == "/v2/" {
        return answer(client, "application/json", b"{}", body);
    }
    if let Some(reference) = path.split("/manifests/").nth(1) {
        // An engine resolves the tag, and then asks for what it found by its digest.
        let by_digest = reference.starts_with("sha256:");
        let number = if by_digest { u32::MAX } else { asked.fetch_add(1, Ordering::SeqCst) };
        let list = if by_digest { reference == digest(&image.list) } else { mood == Mood::OtherPlatform };
        return match mood {
            Mood::NotFound => refuse(client, "404 Not Found", "MANIFEST_UNKNOWN", "manifest unknown", ""),
            Mood::RateLimited => {
                refuse(client, "429 Too Many Requests", "TOOMANYREQUESTS", "You have reached your pull rate limit", "");
            }
            Mood::Failing(times) if number < times => {
                refuse(client, "500 Internal Server Error", "UNKNOWN", "ouch", "");
            }
            _ if list => answer(client, LIST, &image.list, body),
            _ => answer(client, MANIFEST, &image.manifest, body),
        };
    }
    if path.ends_with(&digest(&image.config)) {
        return answer(client, "application/octet-stream", &image.config, body);
    }
    if !path.ends_with(&digest(&image.layer)) {
        return refuse(client, "404 Not Found", "BLOB_UNKNOWN", "blob unknown", "");
    }
    match mood {
        Mood::Cut(times) if cut.fetch_add(1, Ordering::SeqCst) < times => {
            let half = &image.layer[..image.layer.len() / 2];
            send(client, &head("application/octet-stream", image.layer.len()));
            send(client, half);
        }
        Mood::Slow(whole) => {
            let parts = 30;
            send(client, &head("application/octet-stream", image.layer.len()));
            for part in image.layer.chunks(image.layer.len().div_ceil(parts)) {
                send(client, part);
                std::thread::sleep(whole / u32::try_from(parts).unwrap_or(1));
            }
        }
        _ => answer(client, "application/octet-stream", &image.layer, body),
    }
}

fn head(kind: &str, length: usize) -> Vec<u8> {
    let version = "Docker-Distribution-Api-Version: registry/2.0";
    format!(
        "HTTP/1.1 200 OK\r\n{version}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    .into_bytes()
}

fn answer(client: &TcpStream, kind: &str, content: &[u8], body: bool) {
    let mut head = head(kind, content.len());
    // Before the empty line at the end.
    head.truncate(head.len() - 2);
    head.extend(format!("Docker-Content-Digest: {}\r\n\r\n", digest(content)).into_bytes());
    send(client, &head);
    if body {
        send(client, content);
    }
}

fn refuse(client: &TcpStream, status: &str, code: &str, message: &str, extra: &str) {
    let content = json!({"errors": [{"code": code, "message": message}]}).to_string();
    let version = "Docker-Distribution-Api-Version: registry/2.0";
    let head = format!(
        "HTTP/1.1 {status}\r\n{version}\r\n{extra}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    );
    send(client, head.as_bytes());
    send(client, content.as_bytes());
}

/// Whoever went away needs no answer.
fn send(mut client: &TcpStream, bytes: &[u8]) {
    let _ = client.write_all(bytes);
}
