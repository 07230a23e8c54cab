//! `up --plan`: the plan that `up` would carry out, as rows. Looks, and changes nothing.

use super::before::{self, Before};
use super::files;
use super::target::Target;
use crate::cli::UpArgs;
use crate::commands::Context;
use crate::engine::docker::{Docker, Op};
use crate::error::Failure;
use crate::plan::{Amounts, Operation as _, Plan};
use crate::report::Outcome;
use crate::report::outcome::{PlanReport, StepRow};

pub(super) async fn plan(
    target: &Target,
    docker: &Docker,
    args: &UpArgs,
    context: &Context,
) -> Result<Outcome, Failure> {
    let stack = target.stack.name.to_string();
    let mut steps = if target.exists {
        let files = super::files(target, args, context)?;
        files.secrets_are_there(&target.directory)?;
        files::steps(&files.row())
    } else {
        vec![first("write-project", "write project", &stack, "missing")]
    };
    let Before { plan, build, .. } = before::look_only(target, docker, args, context).await?;
    steps.extend(build.map(|cause| first("build-image", "build image", &target.stack.image, cause)));
    let pulls = before::to_pull(target, args);
    let pulled = |row: &StepRow| row.kind == "pull-image" && pulls.contains(row.object.as_str());
    steps.extend(pulls.iter().map(|image| first("pull-image", "pull image", image, "--pull always")));
    steps.extend(rows(&plan).into_iter().filter(|row| !pulled(row)));
    Ok(Outcome::Plan(report(stack, !target.exists, steps, plan.notes)))
}

/// A step before those of the engine.
fn first(kind: &str, verb: &str, object: &str, cause: &str) -> StepRow {
    StepRow {
        stage: 0,
        kind: kind.to_owned(),
        object: object.to_owned(),
        member: None,
        operation: format!("{verb} {object}"),
        cause: cause.to_owned(),
    }
}

/// The steps of an engine's plan.
fn rows(plan: &Plan<Op>) -> Vec<StepRow> {
    let stages = plan.stages.iter().enumerate();
    let steps = stages.flat_map(|(i, stage)| stage.sequences.iter().flatten().map(move |step| (i + 1, step)));
    let row = |(stage, step): (usize, &crate::plan::Step<Op>)| StepRow {
        stage,
        kind: step.op.kind().to_owned(),
        object: step.op.object(),
        member: step.member.as_ref().map(ToString::to_string),
        operation: step.op.to_string(),
        cause: step.cause.clone(),
    };
    steps.map(row).collect()
}

fn report(stack: String, creates_project: bool, steps: Vec<StepRow>, notes: Vec<String>) -> PlanReport {
    let amounts = Amounts::of(steps.iter().map(|s| (s.kind.as_str(), s.object.as_str(), s.member.as_deref())));
    PlanReport { stack, creates_project, steps, amounts, notes }
}
