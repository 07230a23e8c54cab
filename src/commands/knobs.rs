//! `simulate-gateway --control`: turns the knobs of the simulated gateway that plays beside it.

use crate::cli::SimulateArgs;
use crate::error::{Class, Failure};
use crate::report::Outcome;
use crate::settings;
use crate::simulator;

/// Asks the control port.
pub(super) async fn run(args: &SimulateArgs) -> Result<Outcome, Failure> {
    let words = simulator::control_words(&args.arguments).unwrap_or_default();
    let answer = simulator::control(&words, settings::environment()).await;
    let text = answer.map_err(|error| Failure::new(Class::NotAsItShouldBe, error.to_string()))?;
    Ok(Outcome::Raw { text })
}
