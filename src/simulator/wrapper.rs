//! The Java service wrapper's part: it starts the gateway's process again as often as that asks for it, while the container keeps
//! running (fact sheet 6.5). What happens between two starts is the gateway's matter.

use std::ffi::OsString;
use std::pin::pin;

use tokio::time::Instant;

use crate::simulator::error::SimulatorError;
use crate::simulator::gateway::{self, Ended};
use crate::simulator::log::Log;
use crate::simulator::start::environment::Environment;
use crate::simulator::start::setup::Setup;

/// Plays the gateway from the container's start to its end. Every start reads the same arguments and variables and finds
/// the data that the one before left.
pub(crate) async fn run(
    args: &[OsString],
    env: &Environment,
    log: &Log,
    stop: impl Future<Output = ()>,
) -> Result<(), SimulatorError> {
    let begun = Instant::now();
    let mut stop = pin!(stop);
    let mut again = false;
    loop {
        let mut setup = Setup::prepare(args, env, log.clone())
            .inspect_err(|error| log.init(&format!("Gateway start failed: {error}")))?;
        if again {
            setup.timings = setup.timings.of_a_restart();
        }
        match gateway::play(setup, stop.as_mut(), begun).await? {
            Ended::Stopped => return Ok(()),
            Ended::Restart(reason) => log.wrapper(&format!("The gateway restarts: {reason}")),
        }
        again = true;
    }
}
