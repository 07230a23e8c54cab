//! Parse, run, map the end to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use ignition_stack::cancel::Cancel;
use ignition_stack::cli::{Cli, Command, misuse};
use ignition_stack::commands::{self, Context, Held};
use ignition_stack::error::{Class, Failure};
use ignition_stack::report::{self, Reporter};
use ignition_stack::settings::{self, Settings};
use ignition_stack::simulator::{SimulatorError, Stop};
use ignition_stack::{interrupt, simulator, trace};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::from(Class::Usage.exit_code());
    };
    // First of all: a container may be told to stop as soon as it has begun.
    let stop = simulator::is_entrypoint(std::env::args_os()).then(|| stop_signal(&runtime));
    let arguments = simulator::entrypoint_arguments(std::env::args_os());
    if let Some(stop) = stop {
        return play(&runtime, arguments, stop);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&misuse::without_dashes(error)),
    };
    // With words for the whole program before it.
    if matches!(cli.command, Command::SimulateGateway(_)) && simulator::control_words(&arguments).is_none() {
        return play(&runtime, arguments, stop_signal(&runtime));
    }
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = match Settings::read(&cli.global) {
        Ok(settings) => settings,
        Err(error) => return nowhere(&error),
    };
    let reporter = Arc::new(Reporter::new(&settings));
    trace::start(&settings);
    let cancel = Cancel::default();
    let context = Context {
        settings: Arc::new(settings),
        reporter: Arc::clone(&reporter),
        cancel: cancel.clone(),
        held: Held::default(),
    };
    let left = interrupt::left_by(&cli.command);
    let ended = runtime.block_on(async {
        let ended = interrupt::or_interrupted(Box::pin(commands::run(cli, &context)), &cancel, left).await;
        interrupt::at_the_end(context.held.give_back(), &cancel).await;
        ended
    });
    // A question that nobody answers is read on a thread of its own; the end does not wait for it.
    runtime.shutdown_background();
    match ended {
        Ok(outcome) => match reporter.outcome(&outcome) {
            Ok(()) => ExitCode::from(outcome.exit_code()),
            Err(error) => {
                reporter.failure(&Failure::new(
                    Class::NotAsItShouldBe,
                    format!("the answer could not be written: {error}"),
                ));
                ExitCode::from(Class::NotAsItShouldBe.exit_code())
            }
        },
        Err(failure) => {
            reporter.failure(&failure);
            ExitCode::from(failure.class.exit_code())
        }
    }
}

/// Help and version, too, are errors to the parser. What was typed wrongly is told as it was typed: foreign text.
fn misused(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && misuse::wants_json(std::env::args_os()) {
        report::failure_as_json(&misuse::failure(error));
    }
    if !error.use_stderr() || std::env::args_os().all(|word| report::is_plain(&word.to_string_lossy())) {
        error.exit();
    }
    report::misuse(&error.to_string());
    ExitCode::from(Class::Usage.exit_code())
}

/// The directory that the program runs in was removed, or may not be seen.
fn nowhere(error: &std::io::Error) -> ExitCode {
    let failure = Failure::new(Class::Usage, format!("the directory that this runs in cannot be found: {error}"))
        .advise("change into a directory that is there");
    if misuse::wants_json(std::env::args_os()) {
        report::failure_as_json(&failure);
    }
    report::misuse(&format!("error: {}\n  try: {}", failure.what, failure.advice.unwrap_or_default()));
    ExitCode::from(Class::Usage.exit_code())
}

fn play(runtime: &Runtime, arguments: Vec<OsString>, stop: Result<Stop, SimulatorError>) -> ExitCode {
    let ended = stop.and_then(|stop| runtime.block_on(simulator::run(arguments, settings::environment(), stop)));
    ended.map_or_else(|error| ExitCode::from(error.exit_code()), |()| ExitCode::SUCCESS)
}

fn stop_signal(runtime: &Runtime) -> Result<Stop, SimulatorError> {
    let _inside = runtime.enter();
    simulator::stop_signal()
}
