//! Asking a gateway by plain HTTP what it says of itself.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(3);

/// Status and body of a GET at 127.0.0.1.
pub fn get(port: u16, path: &str) -> Result<(u16, String), String> {
    get_at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), path, LIMIT)
}

/// Status and body of a GET. HTTP/1.0, so that the body ends with the connection and is never chunked.
pub fn get_at(address: SocketAddr, path: &str, limit: Duration) -> Result<(u16, String), String> {
    let told = |e: std::io::Error| format!("GET {address}{path}: {e}");
    let mut stream = TcpStream::connect_timeout(&address, limit).map_err(told)?;
    stream.set_read_timeout(Some(limit)).map_err(told)?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).map_err(told)?;
    let mut answer = Vec::new();
    stream.take(1 << 20).read_to_end(&mut answer).map_err(told)?;
    let answer = String::from_utf8_lossy(&answer);
    let malformed = || format!("GET {address}{path}: no HTTP answer: {answer:?}");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(malformed)?;
    Ok((status, body.to_owned()))
}

/// `/system/gwinfo` of a gateway, by key (fact sheet 1.3).
pub fn gwinfo(port: u16) -> Result<BTreeMap<String, String>, String> {
    gwinfo_at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), LIMIT)
}

/// The same at any address.
pub fn gwinfo_at(address: SocketAddr, limit: Duration) -> Result<BTreeMap<String, String>, String> {
    let (status, body) = get_at(address, "/system/gwinfo", limit)?;
    if status != 200 {
        return Err(format!("gwinfo answered {status}: {body}"));
    }
    let pairs = body.trim().split(';').filter_map(|pair| pair.split_once('='));
    Ok(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

/// Role, sync state and activity level out of gwinfo, as `Master/Good/Active`.
pub fn redundancy(port: u16) -> Result<String, String> {
    redundancy_at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), LIMIT)
}

/// The same at any address.
pub fn redundancy_at(address: SocketAddr, limit: Duration) -> Result<String, String> {
    let info = gwinfo_at(address, limit)?;
    let keys = ["RedundancyStatus", "RedundantState", "RedundantNodeActiveStatus"];
    Ok(keys.map(|key| info.get(key).map_or("-", String::as_str)).join("/"))
}

/// An answer with its head.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    head: String,
    /// Body.
    pub body: String,
}

impl Answer {
    /// The value of a header; its name in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("no JSON: {e}: {} {}", self.status, self.body))
    }
}

/// Any request at 127.0.0.1, with JSON for a body when there is one.
pub fn send(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer, String> {
    let told = |e: std::io::Error| format!("{method} {path}: {e}");
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), LIMIT).map_err(told)?;
    stream.set_read_timeout(Some(LIMIT)).map_err(told)?;
    let more: Vec<String> = headers.iter().map(|(key, value)| format!("{key}: {value}\r\n")).collect();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n",
        body.len(),
        more.concat()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).map_err(told)?;
    let mut answer = Vec::new();
    stream.take(1 << 20).read_to_end(&mut answer).map_err(told)?;
    let answer = String::from_utf8_lossy(&answer);
    let malformed = || format!("{method} {path}: no HTTP answer: {answer:?}");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(malformed)?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}
