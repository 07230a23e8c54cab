//! The connection to an engine: made once, known by its endpoint in every message.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Mutex;
use std::time::Duration;

use bollard::API_DEFAULT_VERSION;

use super::Docker;
use super::endpoint::{Endpoint, EndpointSettings};
use super::fault;
use crate::engine::{EngineError, Progress};

/// Longest wait for the first answer. The client's own limit is two minutes, too long to learn that nobody is there.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// Longest wait for any other answer, in seconds: a stop takes its grace, which a user may set to minutes.
const ANSWER_S: u64 = 600;

impl Docker {
    /// Finds the engine and asks for its version: one read. A missing socket, a closed port, a lack of permission are told
    /// with the endpoint and how it was chosen.
    pub async fn connect(settings: &EndpointSettings) -> Result<Self, EngineError> {
        let endpoint = Endpoint::choose(settings)?;
        let unreachable = |reason: String| EngineError::Unreachable { endpoint: endpoint.to_string(), reason };
        let client = client(&endpoint).map_err(unreachable)?;
        let client = client.with_timeout(Duration::from_secs(ANSWER_S));
        let client = match tokio::time::timeout(FIRST_ANSWER, client.negotiate_version()).await {
            Ok(answer) => answer.map_err(|e| unreachable(fault::innermost(&e)))?,
            Err(_) => return Err(unreachable(format!("no answer within {} s", FIRST_ANSWER.as_secs()))),
        };
        Ok(Self {
            client,
            endpoint,
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

fn client(endpoint: &Endpoint) -> Result<bollard::Docker, String> {
    let host = endpoint.host.as_str();
    if host.starts_with("ssh://") {
        let advice = "ssh:// endpoints are not supported: forward its socket (ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST) and set DOCKER_HOST=unix:///tmp/docker.sock";
        return Err(advice.to_owned());
    }
    let made = match &endpoint.tls {
        Some(tls) => bollard::Docker::connect_with_ssl(
            host,
            &tls.join("key.pem"),
            &tls.join("cert.pem"),
            &tls.join("ca.pem"),
            ANSWER_S,
            API_DEFAULT_VERSION,
        ),
        None => bollard::Docker::connect_with_host(host),
    };
    made.map_err(|e| match e {
        bollard::errors::Error::SocketNotFoundError(path) => format!("there is no socket {path}; is Docker running?"),
        bollard::errors::Error::UnsupportedURISchemeError { .. } => {
            "this kind of address is not supported; use unix://, tcp:// or npipe://".to_owned()
        }
        other => match other.source() {
            Some(_) => fault::innermost(&other),
            None => other.to_string(),
        },
    })
}
