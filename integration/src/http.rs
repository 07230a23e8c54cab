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
