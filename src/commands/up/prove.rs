//! Waiting until everything is proven, and what to say when it is not.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::target::Target;
use crate::blueprint::{Container, SecretName};
use crate::commands::{Context, open, rows};
use crate::diagnosis::{Cause, Names};
use crate::engine::docker::Docker;
use crate::engine::{Engine as _, EngineError, MemberState, Secrets};
use crate::error::{Class, Failure};
use crate::lifecycle::condition::Verdict;
use crate::lifecycle::execute::StepFailed;
use crate::lifecycle::line;
use crate::lifecycle::listing::Listing;
use crate::lifecycle::roots::Roots;
use crate::lifecycle::wait::{self, Ended, GiveUp, Snapshot};
use crate::report::Event;
use crate::stack::Name;

/// Begins the line that says so.
pub(super) const KEPT: &str = "what was made is kept";
/// Log lines that are shown of a container in trouble.
const LOG_LINES: u32 = 12;

/// Waits, telling where every member stands. `known`: the containers, when they were seen a moment ago and nothing was done since.
pub(super) async fn prove(
    docker: &Docker,
    target: &Target,
    secrets: &Secrets,
    limit: Duration,
    known: Option<Vec<MemberState>>,
    context: &Context,
) -> Result<Snapshot, Failure> {
    let stack = &target.stack;
    let clients = open::clients(
        stack,
        secrets.get(&SecretName::admin()).map(String::as_str),
        docker.endpoint().remote_host().as_deref(),
    )?;
    let mut clock = Clock { began: Instant::now(), done: BTreeMap::new() };
    let listing = Listing::new(docker, stack, &*context.reporter).knowing(known);
    let ended = wait::until(listing, stack, clients, limit, GiveUp::Early, |snapshot| {
        context.event(Event::Members(line::lines(stack, snapshot, |name, done| clock.elapsed(name, done))));
    })
    .await?;
    match ended {
        Ended::Holds(snapshot) => Ok(snapshot),
        Ended::Hopeless(snapshot, check) => {
            let class = match &check.verdict {
                Verdict::Pending(r) if r.cause.is_some_and(|c| c.exit_code() == 5) => Class::TimedOut,
                _ => Class::NotAsItShouldBe,
            };
            let mut failure = rows::failure(stack, &snapshot.checks, &check, class);
            failure.log = tail(docker, target, &check.gateway).await;
            Err(failure)
        }
        Ended::TimedOut(snapshot) => {
            let Some(check) = Roots::of(&snapshot.checks).root() else {
                return Err(Failure::new(Class::TimedOut, "nothing was seen of the stack in time"));
            };
            let mut failure = rows::failure(stack, &snapshot.checks, check, Class::TimedOut);
            failure.what = format!("timed out after {}: {}", humantime::format_duration(limit), failure.what);
            failure.log = tail(docker, target, &check.gateway).await;
            Err(failure)
        }
    }
}

/// Whether a failure says that somebody stopped or took away what this run had seen running or had started.
pub(super) fn was_undone(failure: &Failure) -> bool {
    let undone = [Cause::StoppedByHand, Cause::ContainerMissing, Cause::Paused];
    undone.into_iter().any(|cause| failure.cause_id == Some(cause.id()))
}

/// Time since the start, which stands still for a member once it is done.
struct Clock {
    began: Instant,
    done: BTreeMap<Name, Duration>,
}

impl Clock {
    fn elapsed(&mut self, name: &Name, done: bool) -> Duration {
        let now = self.began.elapsed();
        if done { *self.done.entry(name.clone()).or_insert(now) } else { now }
    }
}

/// The last log lines of a member; none when they cannot be had.
async fn tail(docker: &Docker, target: &Target, member: &Name) -> Vec<String> {
    let Some(container) = target.blueprint.containers.iter().find(|c| &c.member == member) else { return Vec::new() };
    docker.tail(&container.name, LOG_LINES).await.unwrap_or_default()
}

/// What the engine knows of a container that others waited for in vain, and what the table says of it.
async fn in_trouble(docker: &Docker, target: &Target, container: &Container, failure: Failure) -> Failure {
    let said = docker.excerpt(&container.name).await.ok().and_then(|e| e.health_said).filter(|said| !said.is_empty());
    let names = Names { stack: &target.stack.name, member: &container.member, peer: None };
    let advice = Cause::all().find(|cause| failure.cause_id == Some(cause.id())).map(|cause| cause.advice(&names));
    let failure = match said {
        Some(said) => failure.seen(format!("its health check says: {said}")),
        None => failure,
    };
    match advice {
        Some(advice) => failure.advise(advice),
        None => failure,
    }
}

/// The failure of an operation, with the log of the container that it was about.
pub(super) async fn step_failure(docker: &Docker, target: &Target, failed: StepFailed) -> Failure {
    let waited_for = match &failed.error {
        EngineError::NotHealthy { container, .. } => Some(container.clone()),
        _ => None,
    };
    let of = target.blueprint.containers.iter().find(|c| match (&waited_for, &failed.member) {
        (Some(name), _) => &c.name == name,
        (None, Some(member)) => &c.member == member,
        (None, None) => failed.operation.contains(&c.name),
    });
    let mut failure = Failure::from(failed.error).seen(format!("while: {}", failed.operation));
    if let Some(container) = of {
        if waited_for.is_some() {
            failure = in_trouble(docker, target, container, failure).await;
        }
        failure.log = docker.tail(&container.name, LOG_LINES).await.unwrap_or_default();
        failure = failure.of(container.member.as_str());
        if failure.advice.is_none() {
            failure.advice = Some(format!("ignition-stack logs {} {}", target.stack.name, container.member));
        }
    }
    failure.seen(format!("{KEPT}; ignition-stack up {} goes on from there", target.stack.name))
}
