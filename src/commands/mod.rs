//! One verb per file: load, decide, act, return an outcome. Nothing here prints.

mod bundle;
mod change;
mod config_file;
mod create;
mod data;
mod design;
mod doctor;
mod down;
mod fault;
mod free_ports;
mod keys;
mod knobs;
mod lease;
mod list;
mod logs;
mod members;
mod open;
mod pair_data;
mod preflight;
mod restore;
mod rows;
mod snapshot;
mod status;
mod taken_ports;
mod unlock;
mod up;
mod verify;

pub use lease::Held;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cancel::Cancel;
use crate::cli::{Cli, Command};
use crate::engine::docker::Docker;
use crate::engine::{EngineError, Progress};
use crate::error::{Class, Failure};
use crate::report::{Event, Events as _, Outcome, Reporter};
use crate::settings::Settings;

/// What every command has at hand.
#[derive(Clone)]
pub struct Context {
    /// Decided before the command runs.
    pub settings: Arc<Settings>,
    /// Who hears of what happens.
    pub reporter: Arc<Reporter>,
    /// Set when the program is asked to end.
    pub cancel: Cancel,
    /// What this run holds, to be given back however it ends.
    pub held: Held,
}

impl Context {
    fn event(&self, event: Event) {
        self.reporter.event(event);
    }

    /// Asks a question. It is read on a thread of its own, so that a signal ends the program while nobody answers.
    async fn ask(&self, question: String) -> Result<String, Failure> {
        let reporter = Arc::clone(&self.reporter);
        let asked = tokio::task::spawn_blocking(move || reporter.ask(&question)).await;
        asked
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(|error| Failure::new(Class::Usage, format!("no answer could be read: {error}")))
    }

    /// Connects to the engine; pulls and builds are told as they go.
    async fn engine(&self) -> Result<Docker, EngineError> {
        let reporter = Arc::clone(&self.reporter);
        let docker = Docker::connect(&self.settings.endpoint).await?;
        tracing::debug!(endpoint = %docker.endpoint(), "connected to the engine");
        let pulling = Mutex::new(BTreeSet::new());
        Ok(docker.with_progress(move |progress| {
            if let Progress::Pull { image, .. } = &progress
                && pulling.lock().unwrap_or_else(PoisonError::into_inner).insert(image.clone())
            {
                reporter.event(Event::Working(format!("pull image {image}")));
            }
            reporter.event(match &progress {
                Progress::NoLogin { .. } => Event::Warning(progress_text(&progress)),
                Progress::PullAgain { .. } | Progress::Pulled { .. } => Event::Note(progress_text(&progress)),
                Progress::Pull { .. } | Progress::Build { .. } => Event::Doing(progress_text(&progress)),
            });
        }))
    }
}

fn progress_text(progress: &Progress) -> String {
    match progress {
        Progress::Pull { image, current, total } => {
            let mib = |bytes: u64| bytes / (1 << 20);
            let of = total.map(|t| format!(" of {}", mib(t))).unwrap_or_default();
            format!("pull image {image}: {}{of} MiB", mib(*current))
        }
        Progress::PullAgain { image, reason, seconds } => {
            format!("pull image {image}: {reason}; again in {seconds} s")
        }
        Progress::NoLogin { image, reason } => format!("pull image {image} without a login: {reason}"),
        Progress::Pulled { image, bytes, digest } => {
            let digest = digest.as_ref().map(|digest| format!(", {digest}")).unwrap_or_default();
            format!("pulled {image}: {} MiB{digest}", bytes.div_ceil(1 << 20))
        }
        Progress::Build { text } => text.trim_end().to_owned(),
    }
}

/// Runs the verb that was typed.
pub async fn run(cli: Cli, context: &Context) -> Result<Outcome, Failure> {
    match cli.command {
        Command::Create(args) => create::run(&args, context),
        Command::Up(args) => up::run(&args, context).await,
        Command::Verify(args) => verify::run(&args, context).await,
        Command::Status(args) => status::run(&args, context).await,
        Command::Logs(args) => logs::run(&args, context).await,
        Command::Stop(args) => members::run(members::Verb::Stop, &args, context).await,
        Command::Start(args) => members::run(members::Verb::Start, &args, context).await,
        Command::Restart(args) => members::run(members::Verb::Restart, &args, context).await,
        Command::Down(args) => down::run(&args, context).await,
        Command::Snapshot(args) => snapshot::run(&args, context).await,
        Command::Restore(args) => restore::run(&args, context).await,
        Command::Doctor(args) => doctor::run(&args, context).await,
        Command::Unlock(args) => unlock::run(&args, context).await,
        Command::Bundle(args) => bundle::run(&args, context).await,
        Command::List(_) => list::run(context).await,
        Command::Schema => Ok(Outcome::Raw { text: crate::spec::schema() }),
        Command::Completions { shell } => Ok(completions(shell)),
        Command::SimulateGateway(args) => knobs::run(&args).await,
    }
}

fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut command = <Cli as clap::CommandFactory>::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "ignition-stack", &mut script);
    Outcome::Raw { text: String::from_utf8_lossy(&script).into_owned() }
}
