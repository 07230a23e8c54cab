//! The heads of HTTP/1.1 messages, as far as one must know them to find where each message ends.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// Longest head.
const LONGEST: usize = 256 * 1024;

/// How a message's body ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Body {
    None,
    Length(u64),
    Chunked,
    /// With the connection.
    UntilClose,
}

/// A head as it came, and what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Head {
    pub(super) bytes: Vec<u8>,
    length: Option<u64>,
    chunked: bool,
    /// Both ends are to speak something else after this.
    pub(super) upgrade: bool,
    /// No further message follows on this connection.
    pub(super) last: bool,
}

impl Head {
    /// Reads a head; nothing when the connection ends before one begins.
    pub(super) async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        loop {
            let begin = bytes.len();
            if from.read_until(b'\n', &mut bytes).await? == 0 {
                return if bytes.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
            if matches!(&bytes[begin..], b"\r\n" | b"\n") {
                return Ok(Some(Self::parse(bytes)));
            }
            if bytes.len() > LONGEST {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    fn parse(bytes: Vec<u8>) -> Self {
        let mut head = Self { bytes: Vec::new(), length: None, chunked: false, upgrade: false, last: false };
        for line in String::from_utf8_lossy(&bytes).lines().skip(1) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim().to_ascii_lowercase();
            match name.trim().to_ascii_lowercase().as_str() {
                "content-length" => head.length = value.parse().ok(),
                "transfer-encoding" => head.chunked = value.contains("chunked"),
                "upgrade" => head.upgrade = true,
                "connection" => head.last = value.contains("close"),
                _ => {}
            }
        }
        head.bytes = bytes;
        head
    }

    /// The first line.
    pub(super) fn line(&self) -> String {
        String::from_utf8_lossy(&self.bytes).lines().next().unwrap_or_default().to_owned()
    }

    /// A response's status.
    pub(super) fn status(&self) -> u16 {
        self.line().split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    /// How a request's body ends.
    pub(super) fn request_body(&self) -> Body {
        match (self.chunked, self.length) {
            (true, _) => Body::Chunked,
            (false, Some(length)) => Body::Length(length),
            (false, None) => Body::None,
        }
    }

    /// How the body of the response to a request ends.
    pub(super) fn response_body(&self, request: &Self) -> Body {
        let none = request.line().starts_with("HEAD ") || matches!(self.status(), 100..=199 | 204 | 304);
        match self.request_body() {
            _ if none => Body::None,
            Body::None => Body::UntilClose,
            known => known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        Head::parse(text.replace('\n', "\r\n").into_bytes())
    }

    #[test]
    fn where_a_message_ends() {
        let get = head("GET /a HTTP/1.1\nHost: x\n\n");
        let put = head("PUT /a HTTP/1.1\nTransfer-Encoding: chunked\n\n");
        let post = head("POST /a HTTP/1.1\ncontent-LENGTH: 7\nConnection: close\n\n");
        assert_eq!([&get, &put, &post].map(Head::request_body), [Body::None, Body::Chunked, Body::Length(7)]);
        assert!(post.last && !get.last);
        let asked = head("HEAD /a HTTP/1.1\n\n");
        for (text, request, body) in [
            ("HTTP/1.1 200 OK\nContent-Length: 3\n\n", &get, Body::Length(3)),
            ("HTTP/1.1 200 OK\nContent-Length: 3\n\n", &asked, Body::None),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n", &get, Body::Chunked),
            ("HTTP/1.1 200 OK\n\n", &get, Body::UntilClose),
            ("HTTP/1.1 204 No Content\n\n", &post, Body::None),
            ("HTTP/1.1 304 Not Modified\n\n", &post, Body::None),
        ] {
            assert_eq!(head(text).response_body(request), body, "{text}");
        }
        let upgrade = head("HTTP/1.1 101 UPGRADED\nConnection: Upgrade\nUpgrade: tcp\n\n");
        assert!(upgrade.upgrade && upgrade.status() == 101);
    }
}
