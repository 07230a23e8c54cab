//! The words of the command line. No behaviour: what they do is in `commands`.

mod create;
mod lifecycle;
pub mod misuse;

use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use create::{CreateArgs, DatabaseWord, FormatWord, PullWord, ShapeArgs, UpArgs};
pub use lifecycle::{
    BundleArgs, DoctorArgs, DownArgs, ListArgs, LogsArgs, MembersArgs, RestoreArgs, SimulateArgs, SnapshotArgs,
    StatusArgs, UnlockArgs, VerifyArgs,
};

/// Exit codes, shown below the help.
const EXIT_CODES: &str = "\
Exit codes: 0 done and true; 1 the stack is not as it should be; 2 wrong usage or invalid configuration;
3 refused for safety; 4 engine unreachable or refusing; 5 timed out; 75 another run holds the stack; 130 interrupted.";

/// Generates, starts and proves multi-gateway Ignition stacks on Docker.
#[derive(Debug, Parser)]
#[command(name = "ignition-stack", version, arg_required_else_help = true, after_help = EXIT_CODES, term_width = 100)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Say more about what happens inside (twice: even more); goes to stderr
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing but the answer and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Form of the answer on stdout
    #[arg(long, global = true, value_enum, default_value = "human")]
    pub output: OutputWord,
    /// When to use colour (`NO_COLOR` is honoured by auto)
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub color: ColorWord,
    /// Form of the progress on stderr
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub progress: ProgressWord,
    /// Plain lines instead of a redrawn progress display: the same as --progress plain
    #[arg(long, global = true, conflicts_with = "progress")]
    pub no_progress: bool,
}

/// Form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputWord {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}

/// Form of the progress on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressWord {
    /// Redrawn on a terminal; elsewhere plain lines, or JSON with --output json.
    Auto,
    /// One plain line per change.
    Plain,
    /// One line of JSON per change.
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWord {
    /// On a terminal that wants it.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Resolve a stack and write its project to ./NAME/
    #[command(visible_alias = "init")]
    Create(Box<CreateArgs>),
    /// Create the project when it is not there, start it, and return 0 only when everything is proven
    Up(Box<UpArgs>),
    /// Check every gateway, pair and link of a running stack
    Verify(VerifyArgs),
    /// One look at each gateway and service
    Status(StatusArgs),
    /// Print the logs of the stack's containers in the order of their times
    Logs(LogsArgs),
    /// Stop containers without removing anything
    Stop(MembersArgs),
    /// Start containers that were stopped
    Start(MembersArgs),
    /// Stop and start containers
    Restart(MembersArgs),
    /// Remove containers and networks; volumes stay unless --delete-data is given
    Down(DownArgs),
    /// Write all data of a stack into one file
    Snapshot(SnapshotArgs),
    /// Make a stack's volumes anew from a snapshot
    Restore(RestoreArgs),
    /// What would stop an up, before anything is made: the engine, and what a project needs of it
    Doctor(DoctorArgs),
    /// Release a stack that a run holds which no longer lives, after saying whose it was
    Unlock(UnlockArgs),
    /// Pack what a helper needs to see of a stack into one archive, with every secret masked
    Bundle(BundleArgs),
    /// Every stack on this engine
    List(ListArgs),
    /// Print the JSON Schema of the configuration file
    Schema,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Play one Ignition gateway (what the simulated gateway's image runs)
    #[command(disable_help_flag = true)]
    SimulateGateway(SimulateArgs),
}

/// A time as a person types it.
fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; a time is written like 90s, 5m or 1h30m"))
}
