//! Words of the commands on a stack that exists.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// `verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// Name of the stack; may be left out inside its project
    pub name: Option<String>,
    /// Keep trying until everything holds, at most this long
    #[arg(long, value_name = "DURATION", value_parser = super::duration)]
    pub wait: Option<Duration>,
    /// Also write every check to this file as JUnit XML; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// `status`.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// Name of the stack; may be left out inside its project
    pub name: Option<String>,
}

/// `logs`.
#[derive(Debug, Clone, Args)]
pub struct LogsArgs {
    /// Name of the stack; inside its project it may be left out when no gateway is named
    pub name: Option<String>,
    /// Gateways and services [default: all]
    pub members: Vec<String>,
    /// Go on as lines come
    #[arg(short, long)]
    pub follow: bool,
    /// Only lines of the last while, such as 10m
    #[arg(long, value_name = "DURATION", value_parser = super::duration)]
    pub since: Option<Duration>,
    /// Only the last N lines of each container
    #[arg(long, value_name = "N")]
    pub tail: Option<u32>,
}

/// `stop`, `start`, `restart`.
#[derive(Debug, Clone, Args)]
pub struct MembersArgs {
    /// Name of the stack; inside its project it may be left out when no gateway is named
    pub name: Option<String>,
    /// Gateways and services [default: all]
    pub members: Vec<String>,
}

/// `down`.
#[derive(Debug, Clone, Args)]
pub struct DownArgs {
    /// Name of the stack; may be left out inside its project
    pub name: Option<String>,
    /// Also remove the volumes, and with them all data
    #[arg(long)]
    pub delete_data: bool,
    /// Confirms --delete-data where nobody can be asked
    #[arg(long, value_name = "NAME", requires = "delete_data")]
    pub yes_delete_data: Option<String>,
    /// Write no snapshot of the data before it is removed
    #[arg(long, requires = "delete_data")]
    pub no_snapshot: bool,
}

/// `bundle`.
#[derive(Debug, Clone, Args)]
pub struct BundleArgs {
    /// Name of the stack; may be left out inside its project
    pub name: Option<String>,
    /// The file to write [default: NAME-bundle.tar.gz in this directory]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// `snapshot`.
#[derive(Debug, Clone, Args)]
pub struct SnapshotArgs {
    /// Name of the stack; may be left out inside its project
    pub name: Option<String>,
    /// The file to write [default: snapshots/NAME-TIME.tar in the project]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Do not pause what runs while it is copied: files may be caught in the middle of a change
    #[arg(long)]
    pub no_pause: bool,
}

/// `restore`.
#[derive(Debug, Clone, Args)]
#[command(allow_missing_positional = true)]
pub struct RestoreArgs {
    /// Name of the stack; may be left out inside its project
    pub name: Option<String>,
    /// A file that snapshot or down --delete-data wrote
    #[arg(value_name = "FILE", required = true)]
    pub file: PathBuf,
}

/// `doctor`.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// Name of the stack; without one, inside a project that one is looked at, elsewhere the engine alone
    pub name: Option<String>,
}

/// `unlock`.
#[derive(Debug, Clone, Args)]
pub struct UnlockArgs {
    /// Name of the stack; may be left out inside its project
    pub name: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// `list`.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {}

/// `simulate-gateway`.
#[derive(Debug, Clone, Args)]
pub struct SimulateArgs {
    /// Arguments as the official image's entrypoint takes them (-n NAME, -m MB, -a, -h, -s, -- JVM arguments), or --control and
    /// KEY=VALUE words that turn the knobs of the gateway that plays in this container
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}
