//! What goes wrong with a project's folder. Never carries the value of a secret.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::render::RenderError;

/// Why a project cannot be written, found or read.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The target has something in it.
    #[error("{} is not empty (it has {entry:?}), and nothing is written over", .path.display())]
    NotEmpty {
        /// The target.
        path: PathBuf,
        /// One of its entries.
        entry: String,
    },
    /// The target is there and no directory.
    #[error("{} is {kind}, not a directory, and nothing is written over", .path.display())]
    NotDirectory {
        /// The target.
        path: PathBuf,
        /// `a file`, `a symbolic link`.
        kind: &'static str,
    },
    /// A file that was to be written is there already.
    #[error("{} is there already, and nothing is written over", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The target has no name of its own, as `/` or `..`.
    #[error("{} cannot be a project: it has no name of its own", .path.display())]
    NoName {
        /// The target.
        path: PathBuf,
    },
    /// The directory that shall hold the project is not there, or no directory.
    #[error("the project cannot be written: {} is not an existing directory", shown(.parent))]
    NoParent {
        /// The target.
        path: PathBuf,
        /// Its parent.
        parent: PathBuf,
    },
    /// The system refused. When writing: nothing of the project was written.
    #[error("{action} failed: {source}")]
    Io {
        /// What was tried, with the path.
        action: String,
        /// What the system said.
        source: io::Error,
    },
    /// A path in the tree would leave the project.
    #[error("{shown:?} cannot be a file of the project: {rule}")]
    UnsafePath {
        /// The path, cut to a length that fits a line.
        shown: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// A secret or a file cannot be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A file of the project is not what it must be.
    #[error("{} cannot be used: {reason}", .path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file is no snapshot, or none any more.
    #[error("{} cannot be restored: {reason}", .path.display())]
    BadSnapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another run works on the project.
    #[error("another run of ignition-stack works on {}{}{by}", .path.display(), if .by.is_empty() { "" } else { ": " })]
    Busy {
        /// The project.
        path: PathBuf,
        /// Which run, where it has said so.
        by: String,
    },
    /// A file that was named cannot be read.
    #[error("{} cannot be read: {}", .path.display(), plainly(.source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no project where one was looked for.
    #[error("no ignition-stack project {looked}")]
    NoProject {
        /// Where was looked.
        looked: String,
    },
    /// The system gave no random bytes.
    #[error("no secret could be generated: the system gave no random bytes: {reason}")]
    NoRandomness {
        /// What it said.
        reason: String,
    },
}

/// The commonest reasons in plain words: the path stands beside them already.
fn plainly(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        _ => error.to_string(),
    }
}

/// A path that fits a line: its beginning and its end, when it is longer.
fn shown(path: &std::path::Path) -> String {
    const HALF: usize = 120;
    let text = path.display().to_string();
    let count = text.chars().count();
    if count <= 2 * HALF {
        return text;
    }
    let begin: String = text.chars().take(HALF).collect();
    let end: String = text.chars().skip(count - HALF).collect();
    format!("{begin}...{end}")
}

impl ProjectError {
    /// One thing to try.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotEmpty { .. } | Self::NotDirectory { .. } => {
                "choose another name or --output-dir, or move away what is there"
            }
            Self::Exists { .. } => "choose another name, or move away what is there",
            Self::NoName { .. } => "name a directory that can be created",
            Self::NoParent { .. } => "create that directory first, or choose another --output-dir",
            Self::Io { .. } => "check the permissions and the free space there",
            Self::UnsafePath { .. } => "this is a fault of ignition-stack: please report it",
            Self::Render(_) => "change the value that breaks the rule",
            Self::BadFile { .. } => "mend that file, or restore it from where you keep your projects",
            Self::BadSnapshot { .. } => {
                "name a file that `snapshot` or `down --delete-data` wrote: they are in snapshots/ of the project"
            }
            Self::Busy { .. } => "wait until it is done; ignition-stack status shows how far it is",
            Self::Unreadable { .. } => "check that the file is there and that you may read it",
            Self::NoProject { .. } => {
                "name a project, change into its directory, or make one: ignition-stack create NAME"
            }
            Self::NoRandomness { .. } => "try again when the system has finished starting",
        }
    }

    pub(super) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}
