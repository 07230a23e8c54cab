//! What stops a simulated gateway from running. States that the gateway survives (FAULTED, commissioning) are not errors.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::simulator::unknown::FAILED_EXIT_CODE;

/// Why the simulated gateway ended, other than by a signal.
#[derive(Debug, Error)]
pub enum SimulatorError {
    /// An entrypoint argument cannot be understood or is not simulated.
    #[error("entrypoint argument {argument}: {reason}")]
    Argument {
        /// The argument as given, made printable.
        argument: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable holds something that the gateway cannot use.
    #[error("variable {name}: {reason}")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong with its value. Never the value of a secret.
        reason: String,
    },
    /// Several variables hold what cannot be used; everything that is wrong, variable by variable.
    #[error("{}", .0.join("; "))]
    Variables(Vec<String>),
    /// The file named by a `<NAME>_FILE` variable cannot be read (fact sheet 6.2).
    #[error("variable {name}: java.nio.file.AccessDeniedException: {path}: the file cannot be read: {source}", path = .path.display())]
    SecretFile {
        /// The variable, with its `_FILE`.
        name: String,
        /// The file that it names.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The data directory is missing or not writable (fact sheet 6.1).
    #[error("data directory: {path}: {source}", path = .path.display())]
    Data {
        /// The path that was tried.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The data directory did not come from the image: a mount hides the image's files (fact sheet 6.1, 8).
    #[error(
        "data directory: {path} has neither gateway.xml nor gateway.xml_clean: a mount hides the files that the image brings",
        path = .path.display()
    )]
    NotOfImage {
        /// The data directory.
        path: PathBuf,
    },
    /// The settings belong to somebody else (fact sheet 6.1).
    #[error("gateway.xml exists, but isnt readable or writable: {path}", path = .path.display())]
    SettingsDenied {
        /// The file.
        path: PathBuf,
    },
    /// The settings cannot be used.
    #[error("{reason}")]
    Settings {
        /// What is wrong, with the file's name.
        reason: String,
    },
    /// Something in the data directory belongs to somebody else (fact sheet 8).
    #[error("java.nio.file.AccessDeniedException: {path}: Permission denied for user {user}", path = .path.display())]
    Denied {
        /// The file or directory.
        path: PathBuf,
        /// The user of the gateway's process.
        user: u32,
    },
    /// The data directory was used by a newer version (fact sheet 8).
    #[error("data directory: it was used by Ignition {used}, which {played} cannot go back from")]
    Downgrade {
        /// The version that used it.
        used: String,
        /// The version to be played.
        played: String,
    },
    /// A backup is not restored (fact sheet 6.3).
    #[error("restore of {path}: {reason}", path = .path.display())]
    Restore {
        /// The backup, or the data directory that it was to come into.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The web server's port cannot be opened.
    #[error("web server: port {port} cannot be opened: {source}")]
    Port {
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// A part of the operating system that is needed cannot be had.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The end that a knob asked for.
    #[error("ended with exit code {code}, as a knob asked")]
    Exit {
        /// The exit code asked for.
        code: u8,
    },
    /// The control port of a simulated gateway cannot be had or refuses what was asked.
    #[error("{reason}")]
    Control {
        /// What is wrong, line by line.
        reason: String,
    },
}

impl SimulatorError {
    /// Exit code of the process: the one asked for, else 1 (fact sheet 10.21: the real ones are not known).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Exit { code } => *code,
            _ => FAILED_EXIT_CODE,
        }
    }
}
