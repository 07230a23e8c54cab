//! The connection to an engine: made once, known by its endpoint in every message.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Mutex;
use std::time::Duration;

use bollard::API_DEFAULT_VERSION;

use super::Docker;
use super::endpoint::{Endpoint, EndpointSettings};
use super::{fault, login};
use crate::engine::{EngineError, Progress};

/// Longest wait for the first answer. The client's own limit is two minutes, too long to learn that nobody is there.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// Longest wait for any other answer, in seconds: a stop takes its grace, which a user may set to minutes.
const ANSWER_S: u64 = 600;

/// The header with a login for a registry.
const LOGIN: &str = "X-Registry-Auth";

impl Docker {
    /// Finds the engine and asks for its version: one read. A missing socket, a closed port, a lack of permission are told
    /// with the endpoint and how it was chosen.
    pub async fn connect(settings: &EndpointSettings) -> Result<Self, EngineError> {
        let endpoint = Endpoint::choose(settings)?;
        let failed =
            |reason: String, denied| EngineError::Unreachable { endpoint: endpoint.to_string(), reason, denied };
        let unreachable = |reason| failed(reason, false);
        let client = client(&endpoint, settings).map_err(|reason| failed(reason, endpoint.is_denied()))?;
        let client = client.with_timeout(Duration::from_secs(ANSWER_S)).with_request_modifier(|mut request| {
            if let Some(login) = request.headers_mut().get_mut(LOGIN) {
                // Engines read the letters of URLs, the client writes the others, and an engine takes what it cannot read for no login.
                let text = login.to_str().unwrap_or_default().replace('+', "-").replace('/', "_");
                if let Ok(value) = text.parse() {
                    *login = value;
                }
                login.set_sensitive(true);
            }
            request
        });
        let client = match tokio::time::timeout(FIRST_ANSWER, client.negotiate_version()).await {
            Ok(answer) => answer.map_err(|e| failed(fault::innermost(&e), fault::is_denied(&e)))?,
            Err(_) => return Err(unreachable(format!("no answer within {} s", FIRST_ANSWER.as_secs()))),
        };
        Ok(Self {
            client,
            endpoint,
            config: login::directory(settings.docker_config.as_ref(), settings.home.as_ref()),
            created_networks: Mutex::new(BTreeMap::new()),
            owners: Mutex::new(BTreeMap::new()),
            known: Mutex::new(BTreeMap::new()),
            progress: None,
        })
    }

    /// Tells the progress of pulls and builds.
    #[must_use]
    pub fn with_progress(mut self, sink: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Box::new(sink));
        self
    }

    /// Where this engine is, and how that was chosen.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) fn report(&self, progress: Progress) {
        if let Some(sink) = &self.progress {
            sink(progress);
        }
    }
}

fn client(endpoint: &Endpoint, settings: &EndpointSettings) -> Result<bollard::Docker, String> {
    let host = endpoint.host.as_str();
    let scheme = host.split_once("://").map_or("", |(scheme, _)| scheme);
    let made = match (scheme, &endpoint.tls) {
        ("ssh", _) => return Err("ssh:// endpoints are not supported".to_owned()),
        ("tcp" | "http" | "https", Some(tls)) => bollard::Docker::connect_with_ssl(
            host,
            &tls.join("key.pem"),
            &tls.join("cert.pem"),
            &tls.join("ca.pem"),
            ANSWER_S,
            API_DEFAULT_VERSION,
        ),
        ("https", None) => {
            return Err("https:// needs certificates: DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH".to_owned());
        }
        // Not by the client's own choice, which reads the environment once more.
        ("tcp" | "http", None) => bollard::Docker::connect_with_http(host, ANSWER_S, API_DEFAULT_VERSION),
        _ => bollard::Docker::connect_with_host(host),
    };
    made.map_err(|e| match e {
        bollard::errors::Error::SocketNotFoundError(path) if endpoint.is_denied() => {
            format!("the directory of the socket {path} may not be entered")
        }
        bollard::errors::Error::SocketNotFoundError(path) => no_socket(&path, endpoint, settings),
        bollard::errors::Error::UnsupportedURISchemeError { .. } => {
            "this kind of address is not supported; use unix://, tcp:// or npipe://".to_owned()
        }
        other => match other.source() {
            Some(_) => fault::innermost(&other),
            None => other.to_string(),
        },
    })
}

/// As Docker's own tools do, no other engine is taken than the one that is named; but it is told that there is one.
fn no_socket(path: &str, endpoint: &Endpoint, settings: &EndpointSettings) -> String {
    let others = if endpoint.is_default() { settings.other_sockets() } else { Vec::new() };
    match others.first() {
        Some(other) => {
            format!("there is no socket {path}; another engine's is there: DOCKER_HOST=unix://{}", other.display())
        }
        None => format!("there is no socket {path}; is Docker running?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn another_engines_socket_is_told_and_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let podman = dir.path().join("podman/podman.sock");
        std::fs::create_dir_all(podman.parent().unwrap()).unwrap();
        std::fs::write(&podman, "").unwrap();
        let settings = EndpointSettings { runtime_dir: Some(dir.path().to_owned()), ..EndpointSettings::default() };
        let default = Endpoint::choose(&EndpointSettings::default()).unwrap();
        let told = no_socket("/var/run/docker.sock", &default, &settings);
        assert_eq!(
            told,
            format!(
                "there is no socket /var/run/docker.sock; another engine's is there: DOCKER_HOST=unix://{}",
                podman.display()
            )
        );
        let named = EndpointSettings { docker_host: Some("unix:///no/such.sock".to_owned()), ..settings };
        let error = Docker::connect(&named).await.unwrap_err().to_string();
        assert!(
            error.contains("/no/such.sock") && error.contains("DOCKER_HOST") && !error.contains("podman"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn what_cannot_be_spoken_is_said() {
        let error = |host: &str| {
            let settings = EndpointSettings { docker_host: Some(host.to_owned()), ..EndpointSettings::default() };
            async move { Docker::connect(&settings).await.unwrap_err().to_string() }
        };
        assert!(error("ssh://me@there").await.contains("ssh:// endpoints are not supported"));
        assert!(error("https://there:2376").await.contains("DOCKER_CERT_PATH"));
        assert!(error("fd://").await.contains("this kind of address is not supported"));
        // Port 9 of this machine: nobody discards any more.
        assert!(error("tcp://127.0.0.1:9").await.contains("tcp://127.0.0.1:9 (from DOCKER_HOST)"));
    }
}
