//! The simulated gateway: plays one Ignition 8.3 gateway inside a container, and fails where the real one fails (fact sheet 9).
//! Stands on its own; what builds, starts and judges stacks lives in other rooms.

mod access;
mod backup;
mod clock;
mod config;
mod data;
mod database;
mod error;
mod gateway;
pub mod image;
mod image_files;
pub mod knobs;
mod log;
mod modules;
mod network;
mod node;
mod properties;
mod redundancy;
mod start;
#[cfg(test)]
mod tests;
mod unknown;
mod web;
mod wrapper;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::pin::Pin;

pub use error::SimulatorError;

use log::Log;
use start::environment::Environment;

/// The word that asks for a gateway.
const COMMAND: &str = "simulate-gateway";

/// The words for the control port, when these arguments are for it and not for a gateway: what follows `--control`.
pub fn control_words(args: &[OsString]) -> Option<Vec<String>> {
    let (first, words) = args.split_first()?;
    (first == "--control").then(|| words.iter().map(|w| w.to_string_lossy().into_owned()).collect())
}

/// Turns the knobs of the gateway that plays in this container, or shows them; the words are those of [`control_words`]. Needs
/// the process's cryptography provider, as every client here does.
pub async fn control(words: &[String], env: BTreeMap<String, String>) -> Result<String, SimulatorError> {
    knobs::client::control(words, &Environment::new(env)).await
}

/// Ready when the gateway is told to stop.
pub type Stop = Pin<Box<dyn Future<Output = ()>>>;

/// Whether the process's own words ask for a gateway, as the image's entrypoint does: known before they are understood.
pub fn is_entrypoint(mut words: impl Iterator<Item = OsString>) -> bool {
    words.nth(1).is_some_and(|word| word == COMMAND) && words.next().is_none_or(|word| word != "--control")
}

/// What follows `simulate-gateway` in the process's own words, `--` included: it is an argument of the entrypoint (fact sheet 6.3),
/// which a reader of command lines would take for its own.
pub fn entrypoint_arguments(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    words.skip(1).skip_while(|word| word != COMMAND).skip(1).collect()
}

/// Hears SIGTERM and SIGINT from now on. Wanted before anything is read: a process with number 1, as a container's is, loses signals
/// that it has no handler for. Needs a runtime around it.
pub fn stop_signal() -> Result<Stop, SimulatorError> {
    Ok(Box::pin(signals()?))
}

/// Plays a gateway until `stop` is ready. `args` are the entrypoint's arguments (fact sheet 6.3), `env` the container's
/// variables (6.2) with the simulator's own of [`knobs`]. Logs to standard output in the gateway's style. Meant for a
/// current-thread runtime with I/O and time enabled; the caller exits with [`SimulatorError::exit_code`].
pub async fn run(args: Vec<OsString>, env: BTreeMap<String, String>, stop: Stop) -> Result<(), SimulatorError> {
    wrapper::run(&args, &Environment::new(env), &Log::stdout(), stop).await
}

#[cfg(unix)]
fn signals() -> Result<impl Future<Output = ()>, SimulatorError> {
    use tokio::signal::unix::{SignalKind, signal};

    let listen = |kind| signal(kind).map_err(|source| SimulatorError::System { what: "signal handler", source });
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signals() -> Result<impl Future<Output = ()>, SimulatorError> {
    Ok(async {
        // Without the signal there is nothing to wait for but the end of the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod words {
    use super::*;

    fn is(words: &[&str]) -> bool {
        is_entrypoint(words.iter().map(OsString::from))
    }

    #[test]
    fn the_arguments_are_taken_as_they_stand() {
        let arguments = |line: &str| {
            let found = entrypoint_arguments(line.split(' ').map(OsString::from));
            found.iter().map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(arguments("x simulate-gateway -- -Da=b"), "-- -Da=b");
        assert_eq!(arguments("x simulate-gateway -n a -- -- simulate-gateway"), "-n a -- -- simulate-gateway");
        assert_eq!(arguments("simulate-gateway -q simulate-gateway --help"), "--help");
        assert_eq!(arguments("x up"), "");
    }

    #[test]
    fn a_gateway_is_told_from_everything_else() {
        assert!(is(&["ignition-stack", "simulate-gateway"]) && is(&["x", "simulate-gateway", "-n", "a"]));
        assert!(!is(&["x", "simulate-gateway", "--control", "restart"]));
        assert!(!is(&["x", "up"]) && !is(&["simulate-gateway"]) && !is(&[]));
    }
}
