//! Carrying a plan out, also through the absence of the engine, and of what the plan counts on: it is waited for, looked at again, and
//! what is still missing is done.

use tokio::time::Instant;

use super::target::Target;
use super::{before, prove};
use crate::blueprint::SecretName;
use crate::cli::UpArgs;
use crate::commands::{Context, open};
use crate::engine::docker::{Docker, Op};
use crate::engine::{EngineError, Secrets};
use crate::error::Failure;
use crate::lifecycle::execute::{StepFailed, execute};
use crate::lifecycle::listing::Listing;
use crate::lifecycle::pairs::Pairs;
use crate::plan::Plan;
use crate::report::{Event, Events};

/// How often the engine may lose a call, or something may go away before a call. What happens each time does not happen by chance.
const ATTEMPTS: usize = 5;

/// Does every step; returns how many were done. An operation whose answer was lost is found done by the look that follows.
pub(super) async fn carry_out(
    target: &Target,
    docker: &Docker,
    args: &UpArgs,
    plan: Plan<Op>,
    secrets: &Secrets,
    context: &Context,
) -> Result<usize, Failure> {
    if plan.is_empty() {
        return Ok(0);
    }
    let deadline = Instant::now() + args.timeout;
    let password = secrets.get(&SecretName::admin()).map(String::as_str);
    let (mut plan, mut done) = (plan, 0);
    for attempt in 1.. {
        let clients = open::clients(&target.stack, password, docker.endpoint().remote_host().as_deref())?;
        let pairs = Pairs::new(docker, &target.stack, clients, &*context.reporter, args.timeout);
        let failed = match execute(docker, &pairs, &plan, secrets, &*context.reporter, &context.cancel).await {
            Ok(more) => return Ok(done + more),
            Err(failed) => failed,
        };
        done += failed.done;
        if attempt == ATTEMPTS || context.cancel.is_requested() {
            return Err(prove::step_failure(docker, target, failed).await);
        }
        plan = match &failed.error {
            EngineError::Unreachable { reason, .. } => {
                let lost = reason.clone();
                plan_when_it_answers(target, docker, args, failed, lost, deadline, context).await?
            }
            // What the look saw went away before it was acted on: somebody removed it, or the engine took back what it was making
            // when it lost whoever asked for that.
            EngineError::Refused { absent: true, .. } => {
                context.reporter.event(Event::Note(format!("{}; looking again", failed.error)));
                before::again(target, docker, args, false, context).await?.0
            }
            _ => return Err(prove::step_failure(docker, target, failed).await),
        };
    }
    Ok(done)
}

/// Waits for the engine, and plans what is still to be done.
async fn plan_when_it_answers(
    target: &Target,
    docker: &Docker,
    args: &UpArgs,
    failed: StepFailed,
    lost: String,
    deadline: Instant,
    context: &Context,
) -> Result<Plan<Op>, Failure> {
    let listing = Listing::new(docker, &target.stack, &*context.reporter);
    if let Err(error) = listing.until_it_answers(lost, deadline).await {
        return Err(prove::step_failure(docker, target, StepFailed { error, ..failed }).await);
    }
    Ok(before::again(target, docker, args, false, context).await?.0)
}
