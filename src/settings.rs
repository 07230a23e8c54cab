//! Flags + environment + terminal -> settings: the only reader of the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use indexmap::IndexMap;

use crate::cli::{ColorWord, Global, OutputWord, ProgressWord};
use crate::engine::docker::EndpointSettings;

/// Variables with this prefix in the environment of `create` and `up --simulate` become the environment of every
/// simulated gateway: its boot time and other knobs.
pub const SIMULATED_PREFIX: &str = "SIMULATED_";

/// How progress is shown on stderr.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgressStyle {
    /// Redrawn in place.
    Drawn,
    /// One line per change.
    Lines,
    /// One line of JSON per change.
    Json,
    /// Nothing.
    Quiet,
}

/// Everything that is decided before a command runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Directory that the command runs in.
    pub cwd: PathBuf,
    /// Whether stdout is one JSON document.
    pub json: bool,
    /// Colour on stdout.
    pub color_out: bool,
    /// Colour on stderr.
    pub color_err: bool,
    /// How progress is shown.
    pub progress: ProgressStyle,
    /// Whether a person can be asked: stdin and stderr are terminals.
    pub can_ask: bool,
    /// `-v` count.
    pub verbose: u8,
    /// Where the engine may be.
    pub endpoint: EndpointSettings,
    /// Variables for simulated gateways.
    pub simulated: IndexMap<String, String>,
}

impl Settings {
    /// Reads the environment and the standard streams once.
    pub fn read(global: &Global) -> std::io::Result<Self> {
        let var = |key: &str| std::env::var_os(key).filter(|v| !v.is_empty());
        let text = |key: &str| var(key).map(|v| v.to_string_lossy().into_owned());
        // https://no-color.org: any value but an empty one.
        let wanted = |is_terminal: bool| match global.color {
            ColorWord::Always => true,
            ColorWord::Never => false,
            ColorWord::Auto => {
                is_terminal && var("NO_COLOR").is_none() && text("TERM").is_none_or(|term| term != "dumb")
            }
        };
        let out = std::io::stdout().is_terminal();
        let err = std::io::stderr().is_terminal();
        let dumb = text("TERM").is_some_and(|term| term == "dumb");
        let progress = if global.quiet {
            ProgressStyle::Quiet
        } else if global.progress == ProgressWord::Json {
            ProgressStyle::Json
        } else if err && !dumb && !global.no_progress && global.progress == ProgressWord::Auto {
            ProgressStyle::Drawn
        } else if !err
            && !global.no_progress
            && global.progress == ProgressWord::Auto
            && global.output == OutputWord::Json
        {
            ProgressStyle::Json
        } else {
            ProgressStyle::Lines
        };
        let simulated = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(key, _)| key.starts_with(SIMULATED_PREFIX))
            .collect::<BTreeMap<_, _>>();
        Ok(Self {
            cwd: std::env::current_dir()?,
            json: global.output == OutputWord::Json,
            color_out: wanted(out),
            color_err: wanted(err),
            progress,
            can_ask: std::io::stdin().is_terminal() && err,
            verbose: global.verbose,
            endpoint: EndpointSettings {
                docker_host: text("DOCKER_HOST"),
                docker_context: text("DOCKER_CONTEXT"),
                docker_config: var("DOCKER_CONFIG").map(PathBuf::from),
                tls_verify: var("DOCKER_TLS_VERIFY").is_some(),
                cert_path: var("DOCKER_CERT_PATH").map(PathBuf::from),
                runtime_dir: var("XDG_RUNTIME_DIR").map(PathBuf::from),
                home: std::env::home_dir(),
            },
            simulated: simulated.into_iter().collect(),
        })
    }
}

/// The whole environment, for the simulated gateway, which is configured by it. Values that are not UTF-8 are left out.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(key, value): (OsString, OsString)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
