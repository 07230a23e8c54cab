//! Looking, planning and judging before anything is made.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::downgrade;
use super::first_start;
use super::image;
use super::no_data;
use super::pairs;
use super::target::Target;
use super::unpair;
use crate::cli::{PullWord, UpArgs};
use crate::commands::preflight::{self, Asked};
use crate::commands::{Context, data, lease, pair_data};
use crate::engine::docker::{Docker, Observed, Op, Scope};
use crate::engine::{Engine as _, EngineError, MemberState, Policy, Refusal};
use crate::error::Failure;
use crate::lifecycle::preflight::Finding;
use crate::plan::Plan;
use crate::report::Event;
use crate::stack::Pair;

/// How long the engine may take to settle what a killed run left.
const PORTS_SETTLE: Duration = Duration::from_secs(4);
/// Time between two looks meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// What was seen, and what shall be done.
pub(super) struct Before {
    pub(super) plan: Plan<Op>,
    /// The stack's containers.
    pub(super) members: Vec<MemberState>,
    /// Why the simulated gateway's image has to be built.
    pub(super) build: Option<&'static str>,
    /// Whether a run that has ended left its lease.
    pub(super) lease_left: bool,
    /// Pairs that are taken apart.
    pub(super) parting: Vec<Pair>,
}

/// One look at the engine, and what follows from it.
struct Looked {
    observed: Observed,
    plan: Result<Plan<Op>, Refusal>,
    parting: Vec<Pair>,
}

/// The plan, once nothing is in its way; warnings are told.
pub(super) async fn look(
    target: &Target,
    docker: &Docker,
    args: &UpArgs,
    context: &Context,
) -> Result<Before, Failure> {
    let (Looked { observed, plan, parting }, build, findings) = settled(target, docker, args, context).await?;
    if let Some(failure) = preflight::failure(&findings) {
        return Err(failure);
    }
    for warning in preflight::warnings(&findings) {
        context.event(Event::Warning(warning));
    }
    let members = Docker::members_in(&observed, &target.blueprint);
    Ok(Before { plan: plan?, members, build, lease_left: lease::is_left(&observed), parting })
}

/// What is seen and follows, and what is in its way. A run that was killed may have left containers that the engine is still starting: for
/// a moment their ports are taken while nothing runs yet.
async fn settled(
    target: &Target,
    docker: &Docker,
    args: &UpArgs,
    context: &Context,
) -> Result<(Looked, Option<&'static str>, Vec<Finding>), Failure> {
    let began = Instant::now();
    loop {
        let looked = plan(target, docker, args, true, context).await?;
        let build = image::cause(target, &looked.observed)?;
        let findings = judge(target, docker, args, &looked.observed, looked.plan.as_ref()).await?;
        if !target.exists || began.elapsed() >= PORTS_SETTLE || !preflight::only_ports(&findings) {
            return Ok((looked, build, findings));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The same without stopping for anything but objects of others: what would be in the way is told.
pub(super) async fn look_only(
    target: &Target,
    docker: &Docker,
    args: &UpArgs,
    context: &Context,
) -> Result<Before, Failure> {
    let (Looked { observed, plan, parting }, build, findings) = settled(target, docker, args, context).await?;
    let plan = plan?;
    let problem = preflight::failure(&findings).map(|failure| {
        let all = std::iter::once(failure.what).chain(failure.details);
        format!("it would stop: {}", all.collect::<Vec<_>>().join("; "))
    });
    for warning in problem.into_iter().chain(preflight::warnings(&findings)) {
        context.event(Event::Warning(warning));
    }
    let members = Docker::members_in(&observed, &target.blueprint);
    Ok(Before { plan, members, build, lease_left: lease::is_left(&observed), parting })
}

/// Pulls every image of the stack once when that was asked for.
pub(super) async fn pull_all(target: &Target, docker: &Docker, args: &UpArgs) -> Result<(), EngineError> {
    for image in to_pull(target, args) {
        docker.pull(image).await?;
    }
    Ok(())
}

/// The images that `--pull always` pulls.
pub(super) fn to_pull<'a>(target: &'a Target, args: &UpArgs) -> BTreeSet<&'a str> {
    let images = target.blueprint.containers.iter().map(|c| c.image.as_str());
    images.filter(|image| args.pull == PullWord::Always && !crate::catalog::image::is_simulated(image)).collect()
}

/// The plan after something was made that it depends on, and the pairs that it takes apart. `undecided`: nothing is done yet, so what
/// pairs are like is looked at.
pub(super) async fn again(
    target: &Target,
    docker: &Docker,
    args: &UpArgs,
    undecided: bool,
    context: &Context,
) -> Result<(Plan<Op>, Vec<Pair>), Failure> {
    let looked = plan(target, docker, args, undecided, context).await?;
    Ok((looked.plan?, looked.parting))
}

/// One look at the engine, and the plan that follows.
async fn plan(
    target: &Target,
    docker: &Docker,
    args: &UpArgs,
    undecided: bool,
    context: &Context,
) -> Result<Looked, Failure> {
    let observed = docker.observe(&target.blueprint).await?;
    if let Some(undone) = observed.undone {
        let scope = Scope { stack: target.stack.name.clone(), id: Some(target.stack.id) };
        return Err(data::half_done_in(&scope, undone, &observed.leases));
    }
    first_start::check(target, &observed)?;
    downgrade::check(&target.blueprint, &observed)?;
    let parting = unpair::parting(target, &observed);
    let parted =
        if undecided { unpair::check(target, docker, &observed, &parting, args, context).await? } else { Vec::new() };
    let asked = pair_data::Asked {
        stack: &target.stack,
        blueprint: &target.blueprint,
        directory: &target.directory,
        recorded: target.recorded.as_ref(),
        observed: &observed,
    };
    let stakes = if undecided { asked.check(args.abandon_backup)? } else { pair_data::Accepted::default() };
    let mut policy = Policy {
        project_dir: Some(target.directory.clone()),
        healthy_within: Some(args.timeout),
        pairs: Vec::new(),
        parting,
    };
    // An image that is built first is planned with as it will be.
    let built = image::once_built(target, &observed)?;
    let seen = built.as_ref().unwrap_or(&observed);
    let plan = Docker::plan(&target.blueprint, seen, &policy);
    if let Ok(plan) = &plan {
        policy.pairs = pairs::made_anew(target, docker, plan, args, context).await?;
    }
    let mut plan = if policy.pairs.is_empty() { plan } else { Docker::plan(&target.blueprint, seen, &policy) };
    if let Ok(plan) = plan.as_mut() {
        // With words that make another stack of it, members without data are as a rule the new ones.
        if target.record {
            plan.notes.extend(no_data::kept(target, &observed));
        } else {
            plan.notes.extend(no_data::note(&target.blueprint, &observed, &stakes.masters));
        }
        plan.notes.extend(parted.into_iter().chain(stakes.notes));
    }
    Ok(Looked { observed, plan, parting: policy.parting })
}

/// Where nothing is to be done nothing can be in the way of doing it, and the engine is not asked for more.
async fn judge(
    target: &Target,
    docker: &Docker,
    args: &UpArgs,
    observed: &Observed,
    plan: Result<&Plan<Op>, &Refusal>,
) -> Result<Vec<Finding>, EngineError> {
    if plan.is_ok_and(Plan::is_empty) {
        return Ok(preflight::reach(docker, &target.stack, !args.no_wait).into_iter().collect());
    }
    let asked = Asked {
        stack: &target.stack,
        blueprint: &target.blueprint,
        observed,
        plan,
        exists: target.exists,
        directory: &target.directory,
        force: args.shape.force,
        proven: !args.no_wait,
        never_pull: args.pull == PullWord::Never,
        all_ports: false,
    };
    preflight::findings(docker, Some(asked)).await
}
