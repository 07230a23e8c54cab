//! The proxy before an engine that is played here: what passes through it unchanged, and what each rule does.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Fault, Proxy, Rule, Then, Which};

/// An engine and the proxy before it.
struct Played {
    proxy: Proxy,
    /// First lines of the requests that reached the engine, and `end` for each connection that its client left.
    heard: Arc<Mutex<Vec<String>>>,
    _directory: TempDir,
}

impl Played {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("played.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let told = Arc::clone(&told);
                std::thread::spawn(move || answer(stream, &told));
            }
        });
        Self { proxy: Proxy::start(directory.path(), socket.to_str().unwrap()), heard, _directory: directory }
    }

    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.proxy.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// One request on a connection of its own; all that comes back.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.replace('\n', "\r\n").as_bytes()).unwrap();
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        text.replace("\r\n", "\n")
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn until_heard(&self, text: &str) {
        crate::wait::until(text, Duration::from_secs(10), || {
            if self.heard().iter().any(|line| line == text) { Ok(()) } else { Err(format!("{:?}", self.heard())) }
        });
    }
}

/// Answers request after request as an engine would.
fn answer(stream: UnixStream, heard: &Mutex<Vec<String>>) {
    let (mut from, mut to) = (BufReader::new(stream.try_clone().unwrap()), stream);
    loop {
        let (mut lines, mut length) = (Vec::new(), 0);
        loop {
            let mut line = String::new();
            if from.read_line(&mut line).unwrap_or(0) == 0 {
                return heard.lock().unwrap().push("end".to_owned());
            }
            if line.trim().is_empty() {
                break;
            }
            length = line.strip_prefix("Content-Length: ").map_or(length, |n| n.trim().parse().unwrap());
            lines.push(line.trim().to_owned());
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body).unwrap();
        heard.lock().unwrap().push(lines[0].clone());
        let sent = match lines[0].split(' ').nth(1).unwrap() {
            "/chunks" => {
                to.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
            }
            "/stream" => to.write_all(b"HTTP/1.1 200 OK\r\n\r\nfirst"),
            "/hijack" => to.write_all(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"),
            _ => to.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes()),
        };
        sent.and_then(|()| to.write_all(&body)).unwrap();
        if lines[0].contains("/hijack") {
            let mut word = String::new();
            from.read_line(&mut word).unwrap();
            to.write_all(word.to_uppercase().as_bytes()).unwrap();
            to.shutdown(Shutdown::Write).unwrap();
        }
    }
}

/// A mutating call.
const CREATE: &str = "POST /v1.41/containers/create?name=a HTTP/1.1\nContent-Length: 2\nConnection: close\n\nhi";
const CREATED: &str = "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi";

#[test]
fn several_requests_of_one_connection_are_told_apart() {
    let played = Played::new();
    let requests = [
        "GET /chunks HTTP/1.1\n\n",
        "POST /containers/a/start HTTP/1.1\nContent-Length: 3\n\nxyz",
        "PUT /a HTTP/1.1\nContent-Length: 0\nConnection: close\n\n",
    ];
    let text = played.ask(&requests.concat());
    let answers = [
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nab\n1\nc\n0\n\n",
        "HTTP/1.1 200 OK\nContent-Length: 3\n\nxyz",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    ];
    assert_eq!(text, answers.concat());
    assert_eq!(played.proxy.calls().len(), 3);
    assert_eq!(played.proxy.take().mutating().to_string(), "    1 POST /containers/*/start\n    1 PUT /a\n");
    assert!(played.proxy.take().is_empty());
}

#[test]
fn a_hijacked_connection_speaks_both_ways() {
    let played = Played::new();
    let request = "POST /hijack HTTP/1.1\nConnection: Upgrade\nUpgrade: tcp\n\nhello\n";
    let text = played.ask(request);
    assert!(text.starts_with("HTTP/1.1 101") && text.ends_with("\n\nHELLO\n"), "{text}");
}

#[test]
fn the_engine_sees_that_nobody_listens_to_a_stream_any_more() {
    let played = Played::new();
    let mut stream = played.connect();
    stream.write_all(b"GET /stream HTTP/1.1\r\n\r\n").unwrap();
    let mut text = vec![0; "HTTP/1.1 200 OK\r\n\r\nfirst".len()];
    stream.read_exact(&mut text).unwrap();
    assert!(text.ends_with(b"first"), "it comes as it is sent, not at its end");
    drop(stream);
    played.until_heard("end");
}

#[test]
fn each_fault_does_what_it_says() {
    let played = Played::new();
    let rule = |fault: Fault| {
        played.proxy.no_rules();
        played.heard.lock().unwrap().clear();
        played.proxy.rule(Rule::new(Which::Mutating, fault));
        let began = Instant::now();
        let text = played.ask(CREATE);
        (text, played.heard().iter().filter(|line| line.starts_with("POST")).count(), began.elapsed())
    };
    let (text, seen, took) = rule(Fault::Delay(Duration::from_millis(300)));
    assert_eq!((text.as_str(), seen), (CREATED, 1));
    assert!(took >= Duration::from_millis(300), "{took:?}");
    assert_eq!((String::new(), 0), {
        let (text, seen, _) = rule(Fault::DropBefore);
        (text, seen)
    });
    assert_eq!((String::new(), 1), {
        let (text, seen, _) = rule(Fault::DropAfter);
        (text, seen)
    });
    let (text, seen, _) = rule(Fault::Answer { status: 500, message: "no \"space\"".to_owned() });
    assert!(text.starts_with("HTTP/1.1 500 ") && text.ends_with("{\"message\":\"no \\\"space\\\"\"}"), "{text}");
    assert_eq!(seen, 0);
    let (text, seen, _) = rule(Fault::before(|_| Then::Drop));
    assert_eq!((text.as_str(), seen), ("", 0));
    let (text, seen, _) = rule(Fault::after(|_| Then::Go));
    assert_eq!((text.as_str(), seen), (CREATED, 1));
    assert_eq!(played.ask("GET /reads HTTP/1.1\nConnection: close\nContent-Length: 0\n\n").lines().count(), 3);
}

#[test]
fn a_failpoint_stops_its_call_and_no_other() {
    let played = Played::new();
    let (stopped, at) = mpsc::channel();
    let (go, going) = mpsc::channel();
    let going = Mutex::new(going);
    let block = move |call: &super::Call| {
        stopped.send(call.to_string()).unwrap();
        going.lock().unwrap().recv().unwrap();
        Then::Go
    };
    played.proxy.rule(Rule::new(Which::Mutating, Fault::before(block)).nth(2));
    assert_eq!(played.ask(CREATE), CREATED);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| played.ask(CREATE));
        assert_eq!(at.recv().unwrap(), "POST /containers/create (name=a)");
        assert_eq!(played.ask(CREATE), CREATED, "the third is not held up");
        assert!(!second.is_finished());
        go.send(()).unwrap();
        assert_eq!(second.join().unwrap(), CREATED);
    });
}

#[test]
fn an_engine_freezes_goes_away_and_comes_back() {
    let played = Played::new();
    played.proxy.freeze();
    std::thread::scope(|scope| {
        let frozen = scope.spawn(|| played.ask(CREATE));
        // It has come in, and goes no further.
        let mut waiting = played.connect();
        waiting.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        waiting.write_all(b"GET /a HTTP/1.1\r\n\r\n").unwrap();
        assert!(waiting.read(&mut [0]).is_err(), "nobody answers");
        assert!(played.heard().is_empty() && !frozen.is_finished());
        played.proxy.thaw();
        assert_eq!(frozen.join().unwrap(), CREATED);
    });
    let mut open = played.connect();
    played.proxy.go_away();
    assert_eq!(open.read(&mut [0]).unwrap_or(0), 0, "what was open is cut");
    let refused = UnixStream::connect(played.proxy.socket()).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    played.proxy.come_back();
    assert_eq!(played.ask(CREATE), CREATED);
}
