//! JDBC URLs: which server they name. Connects to nothing.

use thiserror::Error;

/// A kind of server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Server {
    PostgreSql,
    MariaDb,
    MySql,
    MsSql,
}

/// What a URL names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct JdbcUrl {
    pub(super) server: Server,
    pub(super) host: String,
    pub(super) port: u16,
    /// Empty when none is named.
    pub(super) database: String,
    /// Keys in lower case.
    pub(super) parameters: Vec<(String, String)>,
}

/// Why a URL names nothing. Never repeats it: there may be a password in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub(super) enum UrlError {
    #[error("the connect URL does not begin with jdbc:")]
    NoJdbc,
    #[error("no driver accepts the connect URL: the simulated gateway knows postgresql, mariadb, mysql and sqlserver")]
    UnknownServer,
    #[error("the connect URL names no host")]
    NoHost,
    #[error("the connect URL has a port that is none")]
    Port,
}

impl JdbcUrl {
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        let rest = text.trim().strip_prefix("jdbc:").ok_or(UrlError::NoJdbc)?;
        let (scheme, rest) = rest.split_once(':').ok_or(UrlError::UnknownServer)?;
        let (server, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "postgresql" => (Server::PostgreSql, 5432),
            "mariadb" => (Server::MariaDb, 3306),
            "mysql" => (Server::MySql, 3306),
            "sqlserver" => (Server::MsSql, 1433),
            _ => return Err(UrlError::UnknownServer),
        };
        // SQL Server has everything after the host as properties; the others have a path and a query.
        let (body, parameters, path) = if server == Server::MsSql {
            let (authority, properties) = split(rest.strip_prefix("//").ok_or(UrlError::NoHost)?, ';');
            (authority, pairs(properties, ';'), String::new())
        } else {
            let (body, query) = split(rest, '?');
            match body.strip_prefix("//") {
                Some(body) => {
                    let (authority, path) = split(body, '/');
                    (authority, pairs(query, '&'), decode(path))
                }
                // `jdbc:postgresql:database` means this host.
                None if server == Server::PostgreSql => {
                    ("localhost", pairs(query, '&'), decode(body.trim_start_matches('/')))
                }
                None => return Err(UrlError::NoHost),
            }
        };
        let named = parameters.iter().find(|(k, _)| k == "databasename" || k == "database").map(|(_, v)| v.clone());
        // Of several hosts the first is tried; an instance name is looked up by nobody here.
        let first = body.split(',').next().unwrap_or_default();
        let (host, port) = authority(first, default_port)?;
        let host = host.split('\\').next().unwrap_or_default().to_owned();
        if host.is_empty() {
            return Err(UrlError::NoHost);
        }
        Ok(Self {
            server,
            host,
            port,
            database: if path.is_empty() { named.unwrap_or_default() } else { path },
            parameters,
        })
    }

    /// Value of a parameter.
    pub(super) fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

fn split(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

/// `key=value` pairs.
pub(super) fn pairs(text: &str, separator: char) -> Vec<(String, String)> {
    let pairs = text.split(separator).filter_map(|pair| pair.split_once('='));
    pairs.map(|(k, v)| (k.trim().to_ascii_lowercase(), decode(v.trim()))).collect()
}

fn authority(text: &str, default_port: u16) -> Result<(&str, u16), UrlError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(UrlError::NoHost)?;
            (host, rest.strip_prefix(':').unwrap_or_default())
        }
        None => split(text, ':'),
    };
    let port = if port.is_empty() { Ok(default_port) } else { port.parse().map_err(|_| UrlError::Port) }?;
    Ok((host, port))
}

/// `%20` and its like.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let coded =
            tail.get(..2).and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u8::from_str_radix(d, 16).ok());
        if let Some(byte) = coded.filter(|_| first == b'%') {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_driver_has_its_form_and_its_port() {
        for (text, server, host, port, database) in [
            ("jdbc:postgresql://db:5432/ignition", Server::PostgreSql, "db", 5432, "ignition"),
            ("jdbc:postgresql://db/my%20db?sslmode=disable", Server::PostgreSql, "db", 5432, "my db"),
            ("jdbc:postgresql://a:1,b:2/x", Server::PostgreSql, "a", 1, "x"),
            ("jdbc:postgresql:x", Server::PostgreSql, "localhost", 5432, "x"),
            ("jdbc:postgresql://[::1]:15432/x", Server::PostgreSql, "::1", 15432, "x"),
            ("jdbc:mariadb://db/x", Server::MariaDb, "db", 3306, "x"),
            ("jdbc:mysql://db:3307/x?useSSL=false", Server::MySql, "db", 3307, "x"),
            ("jdbc:sqlserver://db\\SQLEXPRESS;databaseName=x;encrypt=false", Server::MsSql, "db", 1433, "x"),
            ("jdbc:sqlserver://db:1434", Server::MsSql, "db", 1434, ""),
        ] {
            let url = JdbcUrl::parse(text).unwrap();
            let expected = (server, host, port, database);
            assert_eq!((url.server, url.host.as_str(), url.port, url.database.as_str()), expected, "{text}");
        }
        let url = JdbcUrl::parse("jdbc:postgresql://db/x?sslMode=require&a=b").unwrap();
        assert_eq!((url.parameter("sslmode"), url.parameter("none")), (Some("require"), None));
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for (text, error) in [
            ("", UrlError::NoJdbc),
            ("postgresql://db/x", UrlError::NoJdbc),
            ("jdbc:oracle:thin:@db:1521:x", UrlError::UnknownServer),
            ("jdbc:postgresql:///x", UrlError::NoHost),
            ("jdbc:postgresql://db:port/x", UrlError::Port),
            ("jdbc:postgresql://[::1/x", UrlError::NoHost),
            ("jdbc:mysql:db", UrlError::NoHost),
        ] {
            assert_eq!(JdbcUrl::parse(text), Err(error), "{text}");
        }
    }
}
