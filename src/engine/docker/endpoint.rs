//! Which engine is meant: the order that the docker command line follows too. Reads its configuration files; connects to nothing.

use std::fmt::{self, Write as _};
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::login;
use crate::engine::EngineError;

/// Where the engine listens when nobody says otherwise.
const DEFAULT_HOST: &str = if cfg!(windows) { "npipe:////./pipe/docker_engine" } else { "unix:///var/run/docker.sock" };

/// The context that stands for the default socket.
const DEFAULT_CONTEXT: &str = "default";

/// What says which engine is meant; read from the environment elsewhere. Empty texts count as absent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndpointSettings {
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub docker_context: Option<String>,
    /// `DOCKER_CONFIG`: directory of the command line's configuration.
    pub docker_config: Option<PathBuf>,
    /// Home directory; `.docker` in it is used when `docker_config` is absent.
    pub home: Option<PathBuf>,
    /// `DOCKER_TLS_VERIFY` is set: the engine of `docker_host` speaks TLS, and both ends show certificates.
    pub tls_verify: bool,
    /// `DOCKER_CERT_PATH`: directory with `ca.pem`, `cert.pem` and `key.pem` for that; else the command line's configuration.
    pub cert_path: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, in which engines without the rights of root have their sockets.
    pub runtime_dir: Option<PathBuf>,
}

/// An engine's address, and how it was chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// `unix:///...`, `tcp://...`, `npipe://...`.
    pub host: String,
    /// `from DOCKER_HOST`, `context desktop`, `default`.
    pub chosen: String,
    /// Directory with `ca.pem`, `cert.pem`, `key.pem` of the context, where it has one.
    pub tls: Option<PathBuf>,
}

impl Endpoint {
    /// Whether the engine is reached without a network, so that its published ports are ports of this machine.
    pub fn is_local(&self) -> bool {
        self.host.starts_with("unix://") || self.host.starts_with("npipe://")
    }

    /// Whether nobody named an engine.
    pub(super) fn is_default(&self) -> bool {
        self.chosen == "default"
    }

    /// The machine that the engine is on, where it is reached over a network: its published ports are there. Nothing for a
    /// socket, and for an address of this machine's own loopback.
    pub fn remote_host(&self) -> Option<String> {
        let rest = ["tcp://", "http://", "https://"].into_iter().find_map(|scheme| self.host.strip_prefix(scheme))?;
        let authority = rest.split('/').next()?;
        let host = match authority.strip_prefix('[') {
            Some(six) => six.split(']').next()?,
            None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
        };
        let loopback =
            host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        (!loopback && !host.is_empty()).then(|| host.to_owned())
    }

    /// Whether this user may not even look for its socket.
    pub(super) fn is_denied(&self) -> bool {
        let found = self.host.strip_prefix("unix://").map(std::fs::metadata);
        found.is_some_and(|found| found.is_err_and(|e| e.kind() == ErrorKind::PermissionDenied))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.host, self.chosen)
    }
}

#[derive(Deserialize, Default)]
struct ConfigFile {
    #[serde(rename = "currentContext")]
    current_context: Option<String>,
}

#[derive(Deserialize)]
struct ContextFile {
    #[serde(rename = "Endpoints")]
    endpoints: ContextEndpoints,
}

#[derive(Deserialize)]
struct ContextEndpoints {
    docker: Option<ContextEndpoint>,
}

#[derive(Deserialize)]
struct ContextEndpoint {
    #[serde(rename = "Host")]
    host: Option<String>,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_tls_verify: bool,
}

fn is_tcp(host: &str) -> bool {
    ["tcp://", "http://", "https://"].iter().any(|scheme| host.starts_with(scheme))
}

/// The directory, when everything that TLS with certificates at both ends needs is in it.
fn certificates(directory: PathBuf, endpoint: &str) -> Result<PathBuf, EngineError> {
    let missing: Vec<&str> =
        ["ca.pem", "cert.pem", "key.pem"].into_iter().filter(|file| !directory.join(file).is_file()).collect();
    if missing.is_empty() {
        return Ok(directory);
    }
    Err(unknown(endpoint, &format!("{} is not in {}", missing.join(", "), directory.display())))
}

impl EndpointSettings {
    /// Sockets of other engines on this machine that nobody named: of podman, and of Docker without the rights of root.
    pub(super) fn other_sockets(&self) -> Vec<PathBuf> {
        let own = self.runtime_dir.iter().flat_map(|dir| [dir.join("docker.sock"), dir.join("podman/podman.sock")]);
        let desktop = self.home.iter().map(|home| home.join(".docker/desktop/docker.sock"));
        own.chain(desktop).chain([PathBuf::from("/run/podman/podman.sock")]).filter(|path| path.exists()).collect()
    }
}

impl Endpoint {
    /// `DOCKER_HOST`, else `DOCKER_CONTEXT`, else the current context, else the default socket.
    pub fn choose(settings: &EndpointSettings) -> Result<Self, EngineError> {
        let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
        let directory = login::directory(settings.docker_config.as_ref(), settings.home.as_ref());
        if let Some(host) = given(&settings.docker_host) {
            let tls = if settings.tls_verify && is_tcp(&host) {
                let path = settings.cert_path.clone().or(directory);
                let why = "from DOCKER_HOST, with DOCKER_TLS_VERIFY";
                let path =
                    path.ok_or_else(|| unknown(&host, "no DOCKER_CERT_PATH, and no home directory to look in"))?;
                Some(certificates(path, &format!("{host} ({why})"))?)
            } else {
                None
            };
            return Ok(Self { host, chosen: "from DOCKER_HOST".to_owned(), tls });
        }
        if let Some(context) = given(&settings.docker_context) {
            return Self::of_context(&context, "from DOCKER_CONTEXT", directory.as_deref());
        }
        let Some(directory) = directory else { return Ok(Self::default_socket()) };
        let file: ConfigFile = read(&directory.join("config.json"), "current context")?.unwrap_or_default();
        match given(&file.current_context) {
            Some(context) => Self::of_context(&context, "current", Some(&directory)),
            None => Ok(Self::default_socket()),
        }
    }

    fn default_socket() -> Self {
        Self { host: DEFAULT_HOST.to_owned(), chosen: "default".to_owned(), tls: None }
    }

    fn of_context(context: &str, how: &str, directory: Option<&Path>) -> Result<Self, EngineError> {
        if context == DEFAULT_CONTEXT {
            return Ok(Self::default_socket());
        }
        let fail = |reason: &str| unknown(&format!("context {context:?} ({how})"), reason);
        let directory = directory.ok_or_else(|| fail("no home directory to look for its definition in"))?;
        let digest = directory_name(context);
        let path = directory.join("contexts").join("meta").join(&digest).join("meta.json");
        let file: Option<ContextFile> = read(&path, &format!("context {context:?}"))?;
        let file = file.ok_or_else(|| fail("there is no such context (docker context ls lists them)"))?;
        let endpoint = file.endpoints.docker.ok_or_else(|| fail("it names no Docker endpoint"))?;
        let host = endpoint.host.filter(|h| !h.is_empty()).ok_or_else(|| fail("it names no Docker endpoint"))?;
        let tls = directory.join("contexts").join("tls").join(&digest).join("docker");
        let tls = if is_tcp(&host) && tls.is_dir() {
            if endpoint.skip_tls_verify {
                return Err(fail("it does not check the engine's certificate, which this program always does"));
            }
            Some(certificates(tls, &format!("{host} (context {context})"))?)
        } else {
            None
        };
        Ok(Self { host, chosen: format!("context {context}"), tls })
    }
}

/// The directory of a context: the hexadecimal SHA-256 of its name, so that any name is harmless.
fn directory_name(context: &str) -> String {
    Sha256::digest(context).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads a JSON file; nothing when it is not there.
fn read<T: for<'a> Deserialize<'a>>(path: &Path, what: &str) -> Result<Option<T>, EngineError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unknown(what, &format!("{} cannot be read: {e}", path.display()))),
    };
    let parsed = serde_json::from_slice(&text);
    parsed.map(Some).map_err(|e| unknown(what, &format!("{} is not understood: {e}", path.display())))
}

fn unknown(endpoint: &str, reason: &str) -> EngineError {
    EngineError::Unreachable { endpoint: endpoint.to_owned(), reason: reason.to_owned(), denied: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(dir: &Path) -> EndpointSettings {
        EndpointSettings { home: Some(dir.to_owned()), ..EndpointSettings::default() }
    }

    /// A home with the context `desktop`, as the docker command line writes it.
    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        // printf desktop | sha256sum
        let digest = "68693d02ab4fbb2331b8cc39915322e48e61f06d4d1b31e7d19913202857bc8a";
        let meta = home.path().join(".docker/contexts/meta").join(digest);
        std::fs::create_dir_all(&meta).unwrap();
        let text = r#"{"Name":"desktop","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///d.sock","SkipTLSVerify":false}}}"#;
        std::fs::write(meta.join("meta.json"), text).unwrap();
        home
    }

    #[test]
    fn host_then_context_then_current_then_default() {
        let home = home();
        let mut s = settings(home.path());
        assert_eq!(Endpoint::choose(&s).unwrap().to_string(), format!("{DEFAULT_HOST} (default)"));
        std::fs::write(home.path().join(".docker/config.json"), r#"{"auths":{},"currentContext":"desktop"}"#).unwrap();
        assert_eq!(Endpoint::choose(&s).unwrap().to_string(), "unix:///d.sock (context desktop)");
        s.docker_context = Some("default".to_owned());
        assert_eq!(Endpoint::choose(&s).unwrap().chosen, "default");
        s.docker_context = Some(String::new());
        s.docker_host = Some(String::new());
        assert_eq!(Endpoint::choose(&s).unwrap().chosen, "context desktop");
        s.docker_host = Some("tcp://10.0.0.1:2375".to_owned());
        assert_eq!(Endpoint::choose(&s).unwrap().to_string(), "tcp://10.0.0.1:2375 (from DOCKER_HOST)");
        assert_eq!(Endpoint::choose(&EndpointSettings::default()).unwrap().chosen, "default");
    }

    #[test]
    fn tls_needs_its_three_files_and_a_socket_has_none() {
        let certificates = tempfile::tempdir().unwrap();
        let mut s = EndpointSettings {
            docker_host: Some("tcp://10.0.0.7:2376".to_owned()),
            tls_verify: true,
            cert_path: Some(certificates.path().to_owned()),
            ..EndpointSettings::default()
        };
        std::fs::write(certificates.path().join("ca.pem"), "").unwrap();
        let text = Endpoint::choose(&s).unwrap_err().to_string();
        assert!(text.contains("cert.pem, key.pem is not in") && text.contains("DOCKER_TLS_VERIFY"), "{text}");
        for file in ["cert.pem", "key.pem"] {
            std::fs::write(certificates.path().join(file), "").unwrap();
        }
        assert_eq!(Endpoint::choose(&s).unwrap().tls.as_deref(), Some(certificates.path()));
        s.docker_host = Some("unix:///d.sock".to_owned());
        assert_eq!(Endpoint::choose(&s).unwrap().tls, None);
        s.docker_host = Some("tcp://10.0.0.7:2375".to_owned());
        s.tls_verify = false;
        assert_eq!(Endpoint::choose(&s).unwrap().tls, None);
    }

    #[test]
    fn a_context_that_checks_no_certificate_is_refused() {
        let home = home();
        let digest = "68693d02ab4fbb2331b8cc39915322e48e61f06d4d1b31e7d19913202857bc8a";
        let meta = home.path().join(".docker/contexts/meta").join(digest).join("meta.json");
        let text = r#"{"Name":"desktop","Endpoints":{"docker":{"Host":"tcp://10.0.0.7:2376","SkipTLSVerify":true}}}"#;
        std::fs::write(meta, text).unwrap();
        std::fs::create_dir_all(home.path().join(".docker/contexts/tls").join(digest).join("docker")).unwrap();
        let s = EndpointSettings { docker_context: Some("desktop".to_owned()), ..settings(home.path()) };
        let text = Endpoint::choose(&s).unwrap_err().to_string();
        assert!(text.contains("desktop") && text.contains("does not check"), "{text}");
    }

    #[test]
    fn sockets_of_other_engines_are_found_where_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let s = EndpointSettings { runtime_dir: Some(dir.path().to_owned()), ..EndpointSettings::default() };
        let podman = dir.path().join("podman/podman.sock");
        assert!(!s.other_sockets().contains(&podman));
        std::fs::create_dir_all(podman.parent().unwrap()).unwrap();
        std::fs::write(&podman, "").unwrap();
        assert!(s.other_sockets().contains(&podman));
    }

    #[test]
    fn an_engine_over_a_network_is_on_its_own_machine() {
        let host = |text: &str| Endpoint { host: text.to_owned(), chosen: String::new(), tls: None }.remote_host();
        for (endpoint, expected) in [
            ("unix:///var/run/docker.sock", None),
            ("tcp://127.0.0.1:2375", None),
            ("tcp://localhost:2375", None),
            ("tcp://[::1]:2375", None),
            ("tcp://10.0.0.7:2376", Some("10.0.0.7")),
            ("tcp://[fd00::7]:2376/", Some("fd00::7")),
            ("https://build.example", Some("build.example")),
        ] {
            assert_eq!(host(endpoint).as_deref(), expected, "{endpoint}");
        }
    }

    #[test]
    fn what_cannot_be_found_is_named() {
        let home = home();
        let mut s = settings(home.path());
        s.docker_context = Some("../../etc".to_owned());
        let text = Endpoint::choose(&s).unwrap_err().to_string();
        assert!(text.contains("../../etc") && text.contains("no such context"), "{text}");
        s.docker_context = None;
        std::fs::write(home.path().join(".docker/config.json"), "{").unwrap();
        let text = Endpoint::choose(&s).unwrap_err().to_string();
        assert!(text.contains("config.json is not understood"), "{text}");
    }
}
