//! What the user's `docker login` has for a registry, read as Docker's own command line reads it: its configuration file, and the helper
//! programs that it names. Nothing of it is logged or kept, and no helper gets anything by its arguments.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bollard::auth::DockerCredentials;
use serde::Deserialize;

/// Under this name the logins at Docker's own registry are kept.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";
/// Longest time for a helper: it may have to ask a service, and must not wait for a person.
const HELPER: Duration = Duration::from_secs(30);
/// Most bytes of a helper's answer.
const ANSWER: u64 = 64 << 10;
/// Time between two looks at a helper.
const LOOK: Duration = Duration::from_millis(10);
/// Said by a helper that has no login for a registry, which is no failure.
const NOT_FOUND: &str = "credentials not found";

/// The parts of the command line's configuration that are about logins.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

/// A login in the file itself.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// What a helper answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Why a login that there may be could not be had; has no secrets in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct NoLogin(String);

impl fmt::Display for NoLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The registry of an image as logins are keyed by it: the host before the first slash, else Docker's own.
pub(super) fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some(("docker.io" | "index.docker.io", _)) => DOCKER_HUB,
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => DOCKER_HUB,
    }
}

/// The login for a registry; none when there is none. `directory`: that of the command line's configuration.
pub(super) async fn login(directory: Option<&Path>, registry: &str) -> Result<Option<DockerCredentials>, NoLogin> {
    let Some(path) = directory.map(|directory| directory.join("config.json")) else { return Ok(None) };
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(NoLogin(format!("{} cannot be read: {error}", path.display()))),
    };
    // Its own words might quote what stands there.
    let config: Config = serde_json::from_slice(&text).map_err(|error| {
        NoLogin(format!("{} is not understood (line {}, column {})", path.display(), error.line(), error.column()))
    })?;
    let given = |name: Option<&String>| name.filter(|name| !name.is_empty()).cloned();
    match given(config.cred_helpers.get(registry)).or_else(|| given(config.creds_store.as_ref())) {
        Some(helper) => by_helper(&helper, registry).await,
        None => config.entry(registry).map_or(Ok(None), |entry| entry.login(registry, &path)),
    }
}

impl Config {
    /// By the registry's very name, else by the host of an address that stands there.
    fn entry(&self, registry: &str) -> Option<&Entry> {
        self.auths.get(registry).or_else(|| self.auths.iter().find(|(key, _)| host(key) == registry).map(|(_, e)| e))
    }
}

fn host(key: &str) -> &str {
    let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    rest.split('/').next().unwrap_or(rest)
}

impl Entry {
    fn login(&self, registry: &str, path: &Path) -> Result<Option<DockerCredentials>, NoLogin> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let (mut username, mut password) = (given(&self.username), given(&self.password));
        if let Some(auth) = given(&self.auth) {
            let both = decoded(&auth).ok_or_else(|| {
                NoLogin(format!("what {} has for {registry} is no user and password", path.display()))
            })?;
            (username, password) = (Some(both.0), Some(both.1));
        }
        let (identitytoken, registrytoken) = (given(&self.identitytoken), given(&self.registrytoken));
        if username.is_none() && identitytoken.is_none() && registrytoken.is_none() {
            return Ok(None);
        }
        let serveraddress = Some(registry.to_owned());
        Ok(Some(DockerCredentials {
            username,
            password,
            serveraddress,
            identitytoken,
            registrytoken,
            ..Default::default()
        }))
    }
}

/// `user:password` out of its base64.
fn decoded(auth: &str) -> Option<(String, String)> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, config).decode(auth.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (username, password) = text.split_once(':')?;
    // Old versions of the command line pad with these.
    Some((username.to_owned(), password.trim_end_matches('\0').to_owned()))
}

/// Asks `docker-credential-<helper>`: the registry on its standard input, the login on its standard output.
async fn by_helper(helper: &str, registry: &str) -> Result<Option<DockerCredentials>, NoLogin> {
    let program = format!("docker-credential-{helper}");
    let failed = |why: String| NoLogin(format!("{program}, which has the login for {registry}, {why}"));
    if helper.contains(['/', '\\']) {
        return Err(failed("is no name of a program".to_owned()));
    }
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read it says so by its end.
        let _ = stdin.write_all(registry.as_bytes());
    }
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < HELPER => tokio::time::sleep(LOOK).await,
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("gives no answer within {} s", HELPER.as_secs())));
            }
            Err(error) => return Err(failed(format!("cannot be waited for: {error}"))),
        }
    };
    let mut said = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let _ = stdout.take(ANSWER).read_to_end(&mut said);
    }
    if !status.success() {
        // A helper says there why it failed, and nothing else.
        let why = String::from_utf8_lossy(&said).trim().lines().next().unwrap_or_default().to_owned();
        if why.to_lowercase().contains(NOT_FOUND) {
            return Ok(None);
        }
        let code = status.code().map_or_else(|| "by a signal".to_owned(), |code| format!("with {code}"));
        return Err(failed(if why.is_empty() { format!("ended {code}") } else { format!("ended {code}: {why}") }));
    }
    let answer: Answer =
        serde_json::from_slice(&said).map_err(|_| failed("gives an answer that is no login".to_owned()))?;
    let serveraddress = Some(registry.to_owned());
    Ok(Some(if answer.username == "<token>" {
        DockerCredentials { identitytoken: Some(answer.secret), serveraddress, ..Default::default() }
    } else {
        let (username, password) = (Some(answer.username), Some(answer.secret));
        DockerCredentials { username, password, serveraddress, ..Default::default() }
    }))
}

/// The directory of the command line's configuration.
pub(super) fn directory(config: Option<&PathBuf>, home: Option<&PathBuf>) -> Option<PathBuf> {
    let given = config.filter(|directory| !directory.as_os_str().is_empty()).cloned();
    given.or_else(|| home.map(|home| home.join(".docker")))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn found(config: &str, registry: &str) -> Result<Option<DockerCredentials>, NoLogin> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("config.json"), config).unwrap();
        login(Some(directory.path()), registry).await
    }

    #[test]
    fn an_image_belongs_to_a_registry() {
        for (image, expected) in [
            ("postgres:18", DOCKER_HUB),
            ("inductiveautomation/ignition:8.3.9", DOCKER_HUB),
            ("docker.io/library/postgres", DOCKER_HUB),
            ("quay.io/a/b:1", "quay.io"),
            ("localhost/a", "localhost"),
            ("localhost:5000/a@sha256:00", "localhost:5000"),
        ] {
            assert_eq!(registry(image), expected, "{image}");
        }
    }

    #[tokio::test]
    async fn logins_are_found_by_name_and_by_host() {
        // printf 'me:a:b' | base64
        let config = r#"{"auths": {"here:5000": {"auth": "bWU6YTpi"}, "https://there.example/v2/": {"username": "you", "password": "p"},
            "https://index.docker.io/v1/": {"auth": "bWU6YTpi", "identitytoken": "t"}, "empty.example": {}}, "credsStore": ""}"#;
        let login = |registry: &'static str| async move { found(config, registry).await.unwrap() };
        let me = login("here:5000").await.unwrap();
        assert_eq!((me.username.as_deref(), me.password.as_deref()), (Some("me"), Some("a:b")));
        assert_eq!(me.serveraddress.as_deref(), Some("here:5000"));
        assert_eq!(login("there.example").await.unwrap().username.as_deref(), Some("you"));
        assert_eq!(login(DOCKER_HUB).await.unwrap().identitytoken.as_deref(), Some("t"));
        assert!(login("empty.example").await.is_none() && login("elsewhere").await.is_none());
        assert!(super::login(None, "here:5000").await.unwrap().is_none());
        assert!(super::login(Some(Path::new("/no/such")), "here:5000").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_told_without_what_is_in_it() {
        for (config, expected) in [
            (r#"{"auths": {"r": "hunter2"}}"#, "config.json is not understood (line 1"),
            (r#"{"auths": {"r": {"auth": "hunter2"}}}"#, "is no user and password"),
            (
                r#"{"credHelpers": {"r": "no-such-helper"}}"#,
                "docker-credential-no-such-helper, which has the login for r, cannot be run",
            ),
            (r#"{"credsStore": "../../bin/sh"}"#, "is no name of a program"),
        ] {
            let told = found(config, "r").await.unwrap_err().to_string();
            assert!(told.contains(expected) && !told.contains("hunter2"), "{config}: {told}");
        }
    }
}
