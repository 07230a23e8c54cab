//! One request through the proxy: its head is read, completed as a proxy does, and passed on; the answer comes back as it is.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::routes::Found;

/// The cookie by which a client is kept at one server.
const COOKIE: &str = "_label_proxy";
/// Longest head of a request.
const HEAD: usize = 64 * 1024;
/// Limit for a server's part.
const LIMIT: Duration = Duration::from_secs(10);

/// Reads a request, finds its server and passes it on.
pub(super) fn serve(client: &mut TcpStream, find: impl FnOnce(&str, Option<&str>) -> Found) -> io::Result<()> {
    client.set_read_timeout(Some(LIMIT))?;
    let Some((head, body)) = read_head(client)? else { return Ok(()) };
    let host = header(&head, "host").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let cookie = header(&head, "cookie").and_then(|all| {
        all.split(';').find_map(|one| one.trim().strip_prefix(COOKIE)?.strip_prefix('=')).map(str::to_owned)
    });
    let (server, cookie) = match find(&host, cookie.as_deref()) {
        Found::Server(server, cookie) => (server, cookie),
        Found::NoRoute => return answer(client, "404 Not Found", "404 page not found\n"),
        Found::NoServer => return answer(client, "503 Service Unavailable", "no available server\n"),
    };
    match pass_on(client, server, &head, body) {
        Ok(answered) => client.write_all(&with_cookie(answered, cookie.as_deref())),
        Err(_) => answer(client, "502 Bad Gateway", "Bad Gateway"),
    }
}

/// The head of a request, and what of its body came with it.
fn read_head(client: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut read = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            return Ok(Some((String::from_utf8_lossy(&read).trim_end().to_owned(), body)));
        }
        let count = client.read(&mut chunk)?;
        if count == 0 || read.len() > HEAD {
            return Ok(None);
        }
        read.extend_from_slice(&chunk[..count]);
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The server's whole answer. The `Host` of the request stays, as Traefik leaves it.
fn pass_on(client: &mut TcpStream, server: SocketAddr, head: &str, mut body: Vec<u8>) -> io::Result<Vec<u8>> {
    let length: usize = header(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let missing = length.saturating_sub(body.len());
    io::Read::by_ref(client).take(missing as u64).read_to_end(&mut body)?;
    let kept = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let kept = kept.collect::<Vec<_>>().join("\r\n");
    let (from, host) = (client.peer_addr()?.ip(), header(head, "host").unwrap_or_default());
    let request = format!(
        "{kept}\r\nX-Forwarded-For: {from}\r\nX-Forwarded-Host: {host}\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect_timeout(&server, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(request.as_bytes())?;
    stream.write_all(&body)?;
    let mut answered = Vec::new();
    stream.read_to_end(&mut answered)?;
    if answered.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(answered) }
}

fn with_cookie(answer: Vec<u8>, cookie: Option<&str>) -> Vec<u8> {
    let end = answer.windows(2).position(|two| two == b"\r\n");
    let (Some(cookie), Some(end)) = (cookie, end) else { return answer };
    let line = format!("\r\nSet-Cookie: {COOKIE}={cookie}; Path=/");
    [&answer[..end], line.as_bytes(), &answer[end..]].concat()
}

fn answer(client: &mut TcpStream, status: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}
