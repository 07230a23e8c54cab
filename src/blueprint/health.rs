//! The health check that the engine runs in a real gateway's container. Simulated gateways have none: their image has no shell.

use super::HealthCheck;

/// Asks `/StatusPing` (fact sheet 1.2) with nothing but bash, which the official image has (6.1): `RUNNING` alone is not enough,
/// because a gateway that waits for its commissioning says so too. The image's own `health-check.sh` passes then (6.1).
///
/// Version 1.0 of HTTP, so that the gateway closes the connection and sends no chunks. A pattern, not a parser: `RUNNING` in
/// quotes stands nowhere else in the answer.
const SHELL: &str = "bash -c 'exec 3<>/dev/tcp/127.0.0.1/8088 \
                     && printf \"GET /StatusPing HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n\" >&3 \
                     && answer=$(cat <&3) \
                     && [[ $answer == *\\\"RUNNING\\\"* && $answer != *COMMISSIONING* ]]'";

/// The check, with times that are in use for gateways and their slow first start (fact sheet 6.5).
pub(super) fn of_gateway() -> HealthCheck {
    HealthCheck { shell: SHELL.to_owned(), interval_s: 15, timeout_s: 10, retries: 20, start_period_s: 180 }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::process::Command;
    use std::thread;

    use super::*;
    use crate::blueprint::HTTP_PORT;

    /// Whether the check passes against a server that gives this answer to one connection and closes it.
    fn passes(answer: &'static str) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(request).unwrap()
        });
        let passed = run(port);
        assert_eq!(server.join().unwrap(), "GET /StatusPing HTTP/1.0\r\nHost: localhost\r\n\r\n");
        passed
    }

    /// Runs the check as the engine does for `CMD-SHELL`, against another port.
    fn run(port: u16) -> bool {
        let shell = of_gateway().shell.replace(&format!("/{HTTP_PORT} "), &format!("/{port} "));
        assert_ne!(shell, SHELL);
        let ran = Command::new("/bin/sh").args(["-c", &shell]).output().unwrap();
        assert!(ran.stdout.is_empty());
        ran.status.success()
    }

    #[test]
    fn only_a_commissioned_gateway_that_runs_is_healthy() {
        assert!(passes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"state\":\"RUNNING\"}"));
        assert!(!passes("HTTP/1.1 200 OK\r\n\r\n{\"state\":\"RUNNING\",\"details\":\"COMMISSIONING\"}"));
        assert!(!passes("HTTP/1.1 200 OK\r\n\r\n{\"state\":\"STARTING\"}"));
        assert!(!passes("HTTP/1.1 302 Found\r\nLocation: /welcome\r\n\r\n"));
        assert!(!passes(""));
    }

    #[test]
    fn a_port_that_nobody_listens_on_is_not_healthy() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert!(!run(free));
    }
}
