//! Hostile texts, documents, requests and frames, drawn at random out of a dictionary and a few classics. Sends nothing.

use std::fmt::Write as _;
use std::io::Write as _;

use fastrand::Rng;

use super::dictionary::Dictionary;

/// What breaks careless programs.
const CLASSICS: [&str; 24] = [
    "",
    "..",
    "../../../../etc/passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%00",
    "%",
    "%zz",
    "%ff%fe",
    "%F0%9F%92%A9",
    "a|b",
    "demo|00000000-0000-4000-8000-000000000001",
    "-1",
    "0",
    "18446744073709551616",
    "1e999",
    "NaN",
    "true",
    "null",
    "' OR '1'='1",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "a;b=c;ContextStatus=FAULTED;",
    "\u{202e}\u{1b}[2J\u{0}",
    "_0:2:demo",
];
/// What stands for the length of a WebSocket frame when two or eight bytes of it follow.
const MEDIUM: u8 = 0x7e;
const LONG: u8 = 0x7f;
const METHODS: [&str; 9] = ["GET", "GET", "GET", "POST", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

/// Draws from a dictionary.
pub(crate) struct Hostile<'a> {
    pub(crate) random: Rng,
    pub(crate) dictionary: &'a Dictionary,
    /// Header lines of a session, sent with most requests.
    pub(crate) session: String,
}

impl Hostile<'_> {
    fn one<'t, T: AsRef<str>>(&mut self, of: &'t [T]) -> &'t str {
        of[self.random.usize(..of.len())].as_ref()
    }

    /// A word, a classic, or noise.
    pub(crate) fn text(&mut self) -> String {
        let dictionary = self.dictionary;
        match self.random.u8(..10) {
            0..=3 => self.one(&CLASSICS).to_owned(),
            4..=7 => self.one(&dictionary.words).to_owned(),
            8 => (0..self.random.usize(..40)).map(|_| self.random.char(..)).collect(),
            _ => "x".repeat(self.random.usize(..9000)),
        }
    }

    /// Any bytes.
    pub(crate) fn noise(&mut self, most: usize) -> Vec<u8> {
        (0..self.random.usize(..most)).map(|_| self.random.u8(..)).collect()
    }

    /// A JSON document, mostly well formed, of any shape.
    pub(crate) fn json(&mut self, depth: u8) -> String {
        match self.random.u8(..if depth == 0 { 6 } else { 12 }) {
            0 => "null".to_owned(),
            1 => self.random.bool().to_string(),
            2 => self.one(&["0", "-1", "1e308", "1e999", "18446744073709551616", "0.1", "300", "8088"]).to_owned(),
            3..=5 => serde_json::Value::String(self.text()).to_string(),
            6 | 7 => {
                let items: Vec<_> = (0..self.random.u8(..5)).map(|_| self.json(depth - 1)).collect();
                format!("[{}]", items.join(","))
            }
            _ => {
                let pairs: Vec<_> = (0..self.random.u8(..7))
                    .map(|_| format!("{}:{}", serde_json::Value::String(self.text()), self.json(depth - 1)))
                    .collect();
                format!("{{{}}}", pairs.join(","))
            }
        }
    }

    /// A body: JSON, broken JSON, deep JSON, XML, noise.
    pub(crate) fn body(&mut self) -> Vec<u8> {
        match self.random.u8(..10) {
            0..=5 => self.json(4).into_bytes(),
            6 => {
                let mut json = self.json(4).into_bytes();
                json.truncate(self.random.usize(..=json.len()));
                json
            }
            7 => "[".repeat(self.random.usize(..60_000)).into_bytes(),
            8 => "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>".into(),
            _ => self.noise(2000),
        }
    }

    /// An archive that looks like a backup for a while and cannot be one, because it has no `core`: whole, cut or changed.
    pub(crate) fn archive(&mut self) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        let info = r#"{"product":"simulated Ignition gateway","format":1,"version":"8.3.0","edition":"","name":"x","created":1,"peerLocal":true}"#;
        let mut add = |name: &str, content: &[u8]| {
            // A name twice is refused here as well.
            let added = zip.start_file(name, options).is_ok();
            assert!(!added || zip.write_all(content).is_ok());
        };
        add("backup-info.json", info.as_bytes());
        for _ in 0..self.random.u8(..8) {
            let root = self.one(&["", "projects/", "projects/a/", "config/resources/dev/", "config/local/", "../"]);
            let name: String = format!("{root}{}", self.text()).chars().take(1000).collect();
            let content = if self.random.u8(..20) == 0 { vec![0; 4 << 20] } else { self.body() };
            if !name.contains("core") {
                add(&name, &content);
            }
        }
        let mut bytes = zip.finish().unwrap().into_inner();
        match self.random.u8(..4) {
            0 => bytes.truncate(self.random.usize(..=bytes.len())),
            1 => {
                for _ in 0..self.random.u8(1..10) {
                    let at = self.random.usize(..bytes.len());
                    bytes[at] = self.random.u8(..);
                }
            }
            _ => {}
        }
        bytes
    }

    /// A restore.
    fn restore(&mut self) -> Vec<u8> {
        let archive = self.archive();
        let query = self.one(&["", "?restoreDisabled=true", "?restoreLocal=true", "?renameEnabled=true&newName=x"]);
        let mut head = format!("POST /data/api/v1/backup{query} HTTP/1.1\r\nHost: localhost\r\n{}", self.session);
        write!(head, "Content-Length: {}\r\n\r\n", archive.len()).unwrap();
        [head.as_bytes(), &archive].concat()
    }

    /// A path out of the table of routes, its parameters filled in, or another one; and a query.
    fn target(&mut self) -> String {
        let dictionary = self.dictionary;
        let pattern = self.one(&dictionary.paths).to_owned();
        let mut path = String::new();
        for segment in pattern.split('/').skip(1) {
            let filled =
                if segment.starts_with('{') || self.random.u8(..20) == 0 { self.encoded() } else { segment.into() };
            write!(path, "/{filled}").unwrap();
        }
        if self.random.u8(..15) == 0 {
            write!(path, "/{}", self.encoded()).unwrap();
        }
        if self.random.u8(..3) == 0 {
            let known =
                ["limit", "offset", "sortBy", "search", "name[eq]", "status[rgx]", "name[cn]", "confirm", "token"];
            let pairs: Vec<_> = (0..self.random.u8(1..5))
                .map(|_| {
                    let key = if self.random.bool() { self.one(&known).to_owned() } else { self.encoded() };
                    let hostile =
                        ["((((((((((a+)+)+)+)+)+)+)+)+)+)$", "asc(name)", "desc(", "99999999999999999999", "-5"];
                    let value = if self.random.bool() { self.one(&hostile).to_owned() } else { self.encoded() };
                    format!("{key}={value}")
                })
                .collect();
            write!(path, "?{}", pairs.join("&")).unwrap();
        }
        path
    }

    /// A text as a client may put it into a path: encoded, half encoded, or raw as far as a request line takes it.
    fn encoded(&mut self) -> String {
        let text = self.text();
        let raw = self.random.u8(..4) == 0;
        text.bytes().take(4000).fold(String::new(), |mut out, byte| {
            if byte.is_ascii_graphic() && (raw || byte.is_ascii_alphanumeric() || byte == b'%') {
                out.push(char::from(byte));
            } else {
                write!(out, "%{byte:02X}").unwrap();
            }
            out
        })
    }

    /// A request that a web server can read.
    pub(crate) fn request(&mut self) -> Vec<u8> {
        let method = self.one(&METHODS).to_owned();
        let body = if method == "GET" && self.random.bool() { Vec::new() } else { self.body() };
        let mut head = format!("{method} {} HTTP/1.1\r\nHost: localhost\r\n", self.target());
        if self.random.u8(..4) != 0 {
            head.push_str(&self.session);
        }
        if self.random.u8(..8) == 0 {
            write!(head, "X-Ignition-API-Token: {}\r\n", self.header()).unwrap();
        }
        if self.random.u8(..8) == 0 {
            write!(head, "Cookie: webui-sid={}\r\n", self.header()).unwrap();
        }
        let kinds = ["application/json", "multipart/form-data; boundary=x", "application/zip", "text/plain"];
        write!(head, "Content-Type: {}\r\n", self.one(&kinds)).unwrap();
        let length = match self.random.u8(..12) {
            0 => body.len() + 100,
            1 => body.len() / 2,
            _ => body.len(),
        };
        write!(head, "Content-Length: {length}\r\n\r\n").unwrap();
        [head.as_bytes(), &body].concat()
    }

    fn header(&mut self) -> String {
        self.text().chars().filter(char::is_ascii_graphic).take(3000).collect()
    }

    /// Anything that may arrive on the port.
    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        match self.random.u8(..20) {
            0 => self.noise(4000),
            1 => {
                let mut cut = self.request();
                cut.truncate(self.random.usize(..=cut.len()));
                cut
            }
            2 => (0..self.random.u8(2..12)).flat_map(|_| self.request()).collect(),
            3 => format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(self.random.usize(..200_000))).into_bytes(),
            4 => {
                let lines = "X-Another: x\r\n".repeat(self.random.usize(..2000));
                format!("GET /StatusPing HTTP/1.1\r\nHost: x\r\n{lines}\r\n").into_bytes()
            }
            5 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            10 => self.restore(),
            11 => format!("GET /data/api/v1/backup?includePeerLocal=true HTTP/1.1\r\nHost: x\r\n{}\r\n", self.session)
                .into_bytes(),
            6 => [b"\x16\x03\x01\x02\x00\x01\x00".as_slice(), &self.noise(500)].concat(),
            7 => {
                let body = format!("{:x}\r\n{}", self.random.u64(..), self.json(2));
                let path = self.target();
                format!("POST {path} HTTP/1.1\r\nHost: x\r\n{}Transfer-Encoding: chunked\r\n\r\n{body}", self.session)
                    .into_bytes()
            }
            8 => {
                let path = self.target();
                let size = self.random.usize(..3_000_000);
                let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n{}Content-Length: {size}\r\n\r\n", self.session);
                [head.into_bytes(), vec![b' '; size]].concat()
            }
            9 => b"GET /StatusPing HTTP/0.9\r\n\r\nGET\r\n\r\n \r\n".to_vec(),
            _ => self.request(),
        }
    }

    /// A frame of the gateway network as text: a true one with something changed, or any document.
    pub(crate) fn word(&mut self) -> String {
        if self.random.u8(..3) == 0 {
            return self.json(5);
        }
        let name = serde_json::Value::String(if self.random.bool() { "peer".to_owned() } else { self.text() });
        let role = self.one(&["Backup", "Master", "Independent", "Primary"]).to_owned();
        let purpose = self.one(&["Link", "Redundancy", "Other"]).to_owned();
        let hello = format!(
            r#"{{"type":"hello","protocol":{},"purpose":"{purpose}","identity":{{"name":{name},"uuid":"00000000-0000-4000-8000-000000000001","role":"{role}","version":"8.3.9","edition":"","module_hash":"","address":"x","recovery":"Automatic"}},"condition":{{"level":"Cold","sync":"Good"}}}}"#,
            self.random.u8(..3)
        );
        let kinds = ["ping", "pong", "approved", "status", "redundancy", "refuse", "pull", "content", "hello"];
        let kind = self.one(&kinds).to_owned();
        match self.random.u8(..3) {
            0 => hello,
            1 => format!(r#"{{"type":"{kind}","name":{name},"content":{},"reason":{name}}}"#, self.json(3)),
            _ => {
                let mut cut = hello;
                let at = (0..=self.random.usize(..=cut.len())).rev().find(|at| cut.is_char_boundary(*at)).unwrap_or(0);
                cut.truncate(at);
                cut
            }
        }
    }

    /// A WebSocket frame as bytes: of any kind and length, mostly masked as a client must.
    pub(crate) fn frame(&mut self) -> Vec<u8> {
        let payload = match self.random.u8(..6) {
            0 => self.noise(300),
            1 => vec![b'['; self.random.usize(..70_000)],
            _ => self.word().into_bytes(),
        };
        let opcode = if self.random.u8(..4) == 0 { self.random.u8(..) } else { 0x81 };
        let masked = if self.random.u8(..10) == 0 { 0 } else { 0x80 };
        let mut frame = vec![opcode];
        let length = if self.random.u8(..12) == 0 { self.random.u64(..) } else { payload.len() as u64 };
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short), _) if short < MEDIUM => frame.push(masked | short),
            (_, Ok(medium)) => {
                frame.push(masked | MEDIUM);
                frame.extend(medium.to_be_bytes());
            }
            _ => {
                frame.push(masked | LONG);
                frame.extend(length.to_be_bytes());
            }
        }
        if masked != 0 {
            // A mask of zeros leaves the payload as it is.
            frame.extend([0; 4]);
        }
        frame.extend(payload);
        frame
    }

    /// An upgrade that is let in, for a link or for redundancy.
    pub(crate) fn upgrade(&mut self) -> Vec<u8> {
        let purpose = if self.random.bool() { "Link" } else { "Redundancy" };
        let uuid = self.random.u8(..4);
        format!(
            "GET /system/ws-control-servlet?name=peer&uuid=00000000-0000-4000-8000-00000000000{uuid}&url=http://x&purpose={purpose} \
             HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .into_bytes()
    }
}
