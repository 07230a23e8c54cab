//! What the engine's refusals mean: from client errors to ours, each with object and reason on one line.

use std::net::SocketAddr;

use bollard::errors::Error;

use super::Docker;
use crate::engine::EngineError;

impl Docker {
    /// The error of a failed call. `action`: what was tried, with the object's name.
    pub(super) fn fault(&self, action: &str, error: &Error) -> EngineError {
        if is_connection(error) {
            let reason = format!("{action}: {}", innermost(error));
            return EngineError::Unreachable { endpoint: self.endpoint.to_string(), reason, denied: is_denied(error) };
        }
        EngineError::Refused { action: action.to_owned(), reason: innermost(error), absent: is_absent(error) }
    }

    /// The error of a failed start: a taken port has its own kind.
    pub(super) fn start_fault(&self, action: &str, container: &str, error: &Error) -> EngineError {
        match port_taken(&innermost(error)) {
            Some(address) => EngineError::PortTaken { container: container.to_owned(), address },
            None => self.fault(action, error),
        }
    }
}

/// The engine's status code, when it answered at all.
pub(super) fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// Whether the object is not there.
pub(super) fn is_absent(error: &Error) -> bool {
    status(error) == Some(404)
}

/// The reason itself, without the wrapping of each layer of the client.
pub(super) fn innermost(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, status_code } if message.trim().is_empty() => {
            return format!("status {status_code}");
        }
        Error::DockerResponseServerError { message, .. } => return one_line(message),
        Error::DockerStreamError { error } => return one_line(error),
        Error::RequestTimeoutError => return "no answer in time".to_owned(),
        _ => {}
    }
    let mut inner: &dyn std::error::Error = error;
    while let Some(deeper) = inner.source() {
        inner = deeper;
    }
    one_line(&inner.to_string())
}

/// Whether the system did not let this user talk to the engine.
pub(super) fn is_denied(error: &Error) -> bool {
    let mut inner: Option<&dyn std::error::Error> = match error {
        Error::IOError { err } => Some(err),
        other => Some(other),
    };
    while let Some(error) = inner {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|e| e.kind() == std::io::ErrorKind::PermissionDenied) {
            return true;
        }
        // What such an error holds is not its source: its source is that one's source.
        inner = match io.and_then(std::io::Error::get_ref) {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    false
}

fn is_connection(error: &Error) -> bool {
    matches!(
        error,
        Error::SocketNotFoundError(_)
            | Error::RequestTimeoutError
            | Error::HyperLegacyError { .. }
            | Error::HyperResponseError { .. }
            | Error::IOError { .. }
    )
}

/// The address that a failed start asked for, out of the words of several engines.
fn port_taken(message: &str) -> Option<String> {
    let signs = ["port is already allocated", "address already in use", "Ports are not available"];
    if !signs.iter().any(|sign| message.contains(sign)) {
        return None;
    }
    let address = message.split_whitespace().find_map(address);
    Some(address.unwrap_or_else(|| "on the host".to_owned()))
}

/// `127.0.0.1:80`, also with `/tcp`, a colon or the container's address after it.
fn address(word: &str) -> Option<String> {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '[' && c != ']');
    let word = word.split('/').next()?;
    if let Ok(address) = word.parse::<SocketAddr>() {
        return Some(address.to_string());
    }
    let end = word.match_indices(':').nth(1)?.0;
    word[..end].parse::<SocketAddr>().ok().map(|a| a.to_string())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_found_in_the_words_of_every_engine() {
        let words = [
            "driver failed programming external connectivity on endpoint p2 (594e): Bind for 127.0.0.1:9088 failed: port is already allocated",
            "driver failed programming external connectivity on endpoint p2 (594e): Error starting userland proxy: listen tcp4 127.0.0.1:9088: bind: address already in use",
            "failed to set up container networking: driver failed: failed to bind host port for 127.0.0.1:9088:172.17.0.2:80/tcp: address already in use",
            "failed to bind host port 127.0.0.1:9088/tcp: address already in use",
            "Ports are not available: exposing port TCP 127.0.0.1:9088 -> 127.0.0.1:0: listen tcp 127.0.0.1:9088: bind: address already in use",
        ];
        for text in words {
            assert_eq!(port_taken(text).as_deref(), Some("127.0.0.1:9088"), "{text}");
        }
        let six = "listen tcp6 [::1]:9088: bind: address already in use";
        assert_eq!(port_taken(six).as_deref(), Some("[::1]:9088"));
        assert_eq!(port_taken("address already in use").as_deref(), Some("on the host"));
        assert_eq!(port_taken("no space left on device"), None);
    }

    #[test]
    fn a_lack_of_permission_is_found_below_other_errors() {
        let wrapped = std::io::Error::other(std::io::Error::from_raw_os_error(13));
        assert!(is_denied(&Error::from(wrapped)));
        assert!(is_denied(&Error::from(std::io::Error::from(std::io::ErrorKind::PermissionDenied))));
        assert!(is_denied(&Error::from(std::io::Error::from_raw_os_error(13))));
        assert!(!is_denied(&Error::from(std::io::Error::from(std::io::ErrorKind::ConnectionRefused))));
        assert!(!is_denied(&Error::RequestTimeoutError));
    }

    #[test]
    fn a_reason_is_one_line() {
        let error = Error::DockerResponseServerError { status_code: 500, message: "a\n  b\r\n".to_owned() };
        assert_eq!(innermost(&error), "a b");
        assert_eq!(status(&error), Some(500));
        let empty = Error::DockerResponseServerError { status_code: 404, message: String::new() };
        assert_eq!(innermost(&empty), "status 404");
        assert!(is_absent(&empty));
    }
}
