//! One attempt at a database: reach it, log in, ask the validation query. Leaves nothing open.

use std::io;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_postgres::{Config, NoTls};

use crate::simulator::database::settings::Settings;
use crate::simulator::database::url::Server;
use crate::simulator::log::printable;

/// Tries it, or says why it cannot be used, in words as the drivers have them.
pub(super) async fn attempt(settings: &Settings, password: Option<&str>) -> Result<(), String> {
    timeout(settings.limit, connect(settings, password)).await.unwrap_or_else(|_| {
        Err(format!("SocketTimeoutException: no answer from {}:{}", settings.url.host, settings.url.port))
    })
}

async fn connect(settings: &Settings, password: Option<&str>) -> Result<(), String> {
    let stream = reach(&settings.url.host, settings.url.port).await?;
    match settings.url.server {
        Server::PostgreSql => ask_postgresql(stream, settings, password).await,
        // That somebody listens is all that is looked for.
        Server::MariaDb | Server::MySql | Server::MsSql => Ok(()),
    }
}

async fn reach(host: &str, port: u16) -> Result<TcpStream, String> {
    let addresses: Vec<_> = match lookup_host((host, port)).await {
        Ok(addresses) => addresses.collect(),
        Err(_) => return Err(format!("UnknownHostException: {host}")),
    };
    TcpStream::connect(addresses.as_slice()).await.map_err(|e| match e.kind() {
        io::ErrorKind::ConnectionRefused => format!("ConnectException: Connection to {host}:{port} refused"),
        _ => format!("ConnectException: {e}"),
    })
}

async fn ask_postgresql(stream: TcpStream, settings: &Settings, password: Option<&str>) -> Result<(), String> {
    let url = &settings.url;
    if url.parameter("sslmode").is_some_and(|m| m == "require" || m.starts_with("verify")) {
        return Err("PSQLException: this sslmode needs TLS, which simulated connections do not speak".to_owned());
    }
    let mut config = Config::new();
    config.user(&settings.username).application_name("simulated gateway");
    // Without a name it is the user's own, as everywhere.
    config.dbname(if url.database.is_empty() { &settings.username } else { &url.database });
    if let Some(password) = password {
        config.password(password);
    }
    let (client, connection) = config.connect_raw(stream, NoTls).await.map_err(|e| words(&e))?;
    let mut connection = std::pin::pin!(connection);
    let mut query = std::pin::pin!(client.simple_query(&settings.validation_query));
    let ended = tokio::select! {
        biased;
        answer = &mut query => return answer.map(drop).map_err(|e| unvalidated(&e)),
        ended = &mut connection => ended,
    };
    // A server may answer and hang up at once: what it said counts.
    query.await.map(drop).map_err(|e| unvalidated(&ended.err().unwrap_or(e)))
}

fn unvalidated(error: &tokio_postgres::Error) -> String {
    format!("the validation query failed: {}", words(error))
}

/// What the server said, or else what went wrong. Servers are strangers: bounded and harmless.
fn words(error: &tokio_postgres::Error) -> String {
    let text = match error.as_db_error() {
        Some(said) => format!("{}: {}", said.severity(), said.message()),
        None => std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
    };
    format!("PSQLException: {}", printable(&text).chars().take(500).collect::<String>())
}
