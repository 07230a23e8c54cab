//! Attempts at servers that play databases: each answers the start-up handshake as PostgreSQL does, as far as a test needs it.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::attempt::attempt;
use super::settings::Settings;

/// What a server does after the start-up message, and what it makes of the password.
#[derive(Clone, Copy)]
enum Play {
    Password(&'static str),
    NoDatabase,
    Mute,
    Nonsense,
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind][..], &length, body].concat()
}

fn refusal(code: &str, text: &str) -> Vec<u8> {
    message(b'E', format!("SFATAL\0VFATAL\0C{code}\0M{text}\0\0").as_bytes())
}

async fn body(socket: &mut TcpStream) -> Vec<u8> {
    let length = socket.read_u32().await.unwrap();
    let mut body = vec![0; usize::try_from(length).unwrap() - 4];
    socket.read_exact(&mut body).await.unwrap();
    body
}

async fn play(mut socket: TcpStream, play: Play) {
    let started = String::from_utf8_lossy(&body(&mut socket).await).into_owned();
    let refused = match play {
        Play::Mute => return std::future::pending().await,
        Play::Nonsense => b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        Play::NoDatabase => refusal("3D000", "database \"nope\" does not exist"),
        Play::Password(wanted) => {
            assert!(started.contains("user\0me\0") && started.contains("database\0plant\0"), "{started:?}");
            socket.write_all(&message(b'R', &3_u32.to_be_bytes())).await.unwrap();
            assert_eq!(socket.read_u8().await.unwrap(), b'p');
            if body(&mut socket).await == format!("{wanted}\0").as_bytes() {
                let ready = [message(b'R', &0_u32.to_be_bytes()), message(b'Z', b"I")].concat();
                socket.write_all(&ready).await.unwrap();
                assert_eq!(socket.read_u8().await.unwrap(), b'Q');
                assert_eq!(body(&mut socket).await, b"SELECT 1\0");
                let answer = [message(b'I', b""), message(b'Z', b"I")].concat();
                socket.write_all(&answer).await.unwrap();
                return;
            }
            refusal("28P01", "password authentication failed for user \"me\"")
        }
    };
    socket.write_all(&refused).await.unwrap();
}

async fn outcome(server: Play, password: &str) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let playing = tokio::spawn(async move { play(listener.accept().await.unwrap().0, server).await });
    let outcome =
        attempt(&settings(&format!("jdbc:postgresql://127.0.0.1:{port}/plant?connectTimeout=1")), Some(password)).await;
    playing.abort();
    outcome
}

fn settings(url: &str) -> Settings {
    Settings::read(&json!({"connectURL": url, "username": "me", "validationQuery": "SELECT 1"})).unwrap()
}

#[tokio::test]
async fn a_login_that_is_accepted_counts_and_one_that_is_not_says_why() {
    assert_eq!(outcome(Play::Password("right"), "right").await, Ok(()));
    let wrong = outcome(Play::Password("right"), "wrong").await.unwrap_err();
    assert!(wrong.contains("FATAL: password authentication failed for user \"me\""), "{wrong}");
    let unknown = outcome(Play::NoDatabase, "x").await.unwrap_err();
    assert!(unknown.contains("database \"nope\" does not exist"), "{unknown}");
}

#[tokio::test]
async fn what_is_no_database_is_named() {
    let silent = outcome(Play::Mute, "x").await.unwrap_err();
    assert!(silent.starts_with("SocketTimeoutException"), "{silent}");
    let nonsense = outcome(Play::Nonsense, "x").await.unwrap_err();
    assert!(nonsense.starts_with("PSQLException"), "{nonsense}");
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let refused = attempt(&settings(&format!("jdbc:postgresql://127.0.0.1:{nobody}/x")), None).await.unwrap_err();
    assert!(refused.starts_with("ConnectException") && refused.ends_with("refused"), "{refused}");
    let unknown = attempt(&settings("jdbc:postgresql://no-such-host.invalid/x"), None).await.unwrap_err();
    assert_eq!(unknown, "UnknownHostException: no-such-host.invalid");
}

#[tokio::test]
async fn other_drivers_are_content_with_a_listener() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for url in
        [format!("jdbc:mariadb://127.0.0.1:{port}/x"), format!("jdbc:sqlserver://127.0.0.1:{port};encrypt=false")]
    {
        assert_eq!(attempt(&settings(&url), None).await, Ok(()));
    }
    drop(listener);
    assert!(attempt(&settings(&format!("jdbc:mysql://127.0.0.1:{port}/x")), None).await.is_err());
}

#[tokio::test]
async fn tls_is_not_pretended() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("jdbc:postgresql://127.0.0.1:{port}/x?sslmode=verify-full");
    assert!(attempt(&settings(&url), None).await.unwrap_err().contains("TLS"));
}
