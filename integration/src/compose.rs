//! Compose as a person runs it in a project: docker-compose 1.29 and compose v2, each where this machine has it.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::program::workspace;
use crate::run::Ran;

/// Where `.ci/compose-v2` puts compose v2.
const FETCHED: &str = "target/tools/compose-v2/usr/libexec/docker/cli-plugins/docker-compose";
/// `none`: this machine cannot have compose v2, and its scenarios may be left out, also on CI.
const V2: &str = "IGNITION_STACK_TEST_COMPOSE_V2";

/// The two that a project promises to work with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Generation {
    /// docker-compose 1.29, in Python.
    V1,
    /// Compose v2.
    V2,
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "docker-compose 1.29",
            Self::V2 => "compose v2",
        })
    }
}

impl Generation {
    /// Whether its scenarios may be left out without a failure.
    pub fn may_be_absent(self) -> bool {
        self == Self::V2 && std::env::var(V2).as_deref() == Ok("none")
    }

    /// Name of a container: what stands between its words differs.
    pub fn container(self, stack: &str, service: &str) -> String {
        match self {
            Self::V1 => format!("{stack}_{service}_1"),
            Self::V2 => format!("{stack}-{service}-1"),
        }
    }

    fn begins(self) -> &'static str {
        match self {
            Self::V1 => "1.29.",
            Self::V2 => "2.",
        }
    }
}

/// One of them, ready to be run.
#[derive(Debug)]
pub struct Compose {
    program: PathBuf,
    /// Before every other word: `compose` for docker's plug-in.
    first: &'static [&'static str],
    home: TempDir,
}

impl Compose {
    /// Finds it; says what was found instead.
    pub fn find(generation: Generation) -> Result<Self, String> {
        let fetched = workspace().join(FETCHED);
        let mut candidates: Vec<(PathBuf, &'static [&'static str])> = vec![("docker-compose".into(), &[])];
        if generation == Generation::V2 {
            candidates.extend([(fetched, &[] as &[&str]), ("docker".into(), &["compose"])]);
        }
        let mut seen = Vec::new();
        for (program, first) in candidates {
            let shown = program.display().to_string();
            let home = tempfile::tempdir().map_err(|e| e.to_string())?;
            let compose = Self { program, first, home };
            let version = match compose.command(Path::new("/"), &["version", "--short"]).output() {
                Ok(said) => String::from_utf8_lossy(&said.stdout).trim().trim_start_matches('v').to_owned(),
                Err(error) => error.to_string(),
            };
            if version.starts_with(generation.begins()) {
                return Ok(compose);
            }
            seen.push(format!("{shown}: {version:?}"));
        }
        Err(format!("no {generation} here: {}", seen.join(", ")))
    }

    /// Runs it in a project to its end. Its output is what a person would see.
    pub fn run(&self, project: &Path, words: &[&str]) -> Ran {
        let began = Instant::now();
        let output = self.command(project, words).output();
        let output = output.unwrap_or_else(|e| panic!("{}: {e}", self.program.display()));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            words: format!("({} {})", self.program.display(), words.join(" ")),
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            took: began.elapsed(),
        }
    }

    /// With nothing in its environment but how to reach the engine: what is in `.env` has to do.
    fn command(&self, directory: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.first).args(words).current_dir(directory).stdin(Stdio::null()).env_clear();
        let kept = ["PATH", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"];
        command.envs(kept.into_iter().filter_map(|key| Some((OsString::from(key), std::env::var_os(key)?))));
        command.env("HOME", self.home.path()).env("LC_ALL", "C.UTF-8").env("COLUMNS", "400");
        command
    }
}
