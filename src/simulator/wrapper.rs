//! The Java service wrapper's part: it starts the gateway's process again as often as that asks for it, while the container keeps
//! running (fact sheet 6.5). What happens between two starts is the gateway's matter.

use std::ffi::OsString;
use std::pin::pin;

use tokio::time::Instant;

use crate::simulator::clock;
use crate::simulator::error::SimulatorError;
use crate::simulator::gateway::{self, Ended};
use crate::simulator::knobs::{self, Knobs, control};
use crate::simulator::log::Log;
use crate::simulator::start::environment::Environment;
use crate::simulator::start::options::Options;
use crate::simulator::start::setup::{Setup, data_root};
use crate::simulator::start::{user, volume};

/// Plays the gateway from the container's start to its end. Every start reads the same arguments and variables and finds
/// the data that the one before left.
pub(crate) async fn run(
    args: &[OsString],
    env: &Environment,
    log: &Log,
    stop: impl Future<Output = ()>,
) -> Result<(), SimulatorError> {
    let begun = Instant::now();
    // Both are looked at before either ends the start, so that one look at the log shows everything.
    let (knobs, control) = (Knobs::from_environment(env), control::address(env).map(|_| ()));
    for error in [knobs.as_ref().err(), control.as_ref().err()].into_iter().flatten() {
        failed(log, error);
    }
    let knobs = knobs?;
    control?;
    clock::set_offset_ms(knobs.read(|v| v.clock_offset_ms));
    // Both outlive the gateway's process, as the container does.
    tokio::select! {
        biased;
        ended = starts(args, env, &knobs, log, stop, begun) => ended,
        error = control::serve(knobs.clone(), env, log) => {
            failed(log, &error);
            Err(error)
        }
    }
}

/// Says why there is no gateway, as it is said of every start that fails.
fn failed(log: &Log, error: &SimulatorError) {
    log.init(&format!("Gateway start failed: {error}"));
}

async fn starts(
    args: &[OsString],
    env: &Environment,
    knobs: &Knobs,
    log: &Log,
    stop: impl Future<Output = ()>,
    begun: Instant,
) -> Result<(), SimulatorError> {
    let failed = |error: &SimulatorError| failed(log, error);
    Options::parse(args).and_then(|_| settle(env)).inspect_err(failed)?;
    let mut stop = pin!(stop);
    let mut again = false;
    loop {
        let mut setup = Setup::prepare(args, env, knobs, log.clone()).inspect_err(failed)?;
        setup.again = again;
        if !again && let Err(error) = knobs.count_start(&setup.data) {
            log.init(&format!("This start cannot be counted: {error}"));
        }
        match gateway::play(setup, stop.as_mut(), begun).await? {
            Ended::Stopped => return Ok(()),
            Ended::Restart(reason) => log.wrapper(&format!("The gateway restarts: {reason}")),
        }
        again = true;
    }
}

/// What comes before the first start. A directory that a variable names stands for a volume, which an engine fills from the
/// image; in the image a process of root gives its directory to the gateway's user and becomes that user (fact sheet 6.1).
fn settle(env: &Environment) -> Result<(), SimulatorError> {
    let root = data_root(env)?;
    let wanted = user::wanted(env)?;
    if env.text(knobs::DATA_DIR)?.is_some() {
        return volume::lay(&root);
    }
    match wanted {
        Some((id, group)) => volume::hand_over(&root, id, group),
        None => Ok(()),
    }
}
