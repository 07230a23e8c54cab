//! `doctor`: what would stop an `up`, before anything is made. For a project it looks at what that one needs, elsewhere at the engine alone.

use super::change::Files;
use super::preflight::{self, Asked};
use super::{Context, data, keys, open, pair_data};
use crate::blueprint;
use crate::cli::DoctorArgs;
use crate::engine::docker::{Docker, Scope};
use crate::engine::{Engine as _, Policy};
use crate::error::{Class, Failure};
use crate::lifecycle::preflight::{Finding, State, Topic};
use crate::project;
use crate::report::Outcome;
use crate::report::outcome::{DoctorReport, FindingRow};

pub(super) async fn run(args: &DoctorArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let settings = &context.settings;
    let docker = context.engine().await?;
    // Without a name, a directory that is within no project is no error: then the engine alone is meant.
    let project = match name {
        None if project::find(&settings.cwd, None).is_err() => None,
        name => Some(open::project_or_label(settings, &docker, name.as_ref()).await?),
    };
    let stack = project.as_ref().map(|project| project.stack.name.to_string());
    let findings = match &project {
        None => preflight::findings(&docker, None).await?,
        Some(project) => of_project(&docker, project).await?,
    };
    let counts = preflight::counts(&findings);
    Ok(Outcome::Doctor(DoctorReport {
        stack,
        endpoint: docker.endpoint().to_string(),
        warnings: counts.get("warning").copied().unwrap_or(0),
        problems: counts.get("problem").copied().unwrap_or(0),
        unknown: counts.get("unknown").copied().unwrap_or(0),
        exit_code: preflight::failure(&findings).map_or(0, |failure| failure.class.exit_code()),
        findings: findings.iter().map(row).collect(),
    }))
}

async fn of_project(docker: &Docker, project: &open::Project) -> Result<Vec<Finding>, Failure> {
    let blueprint = blueprint::build(&project.stack);
    let observed = docker.observe(&blueprint).await?;
    let policy = Policy { project_dir: Some(project.directory.clone()), ..Policy::default() };
    let plan = Docker::plan(&blueprint, &observed, &policy);
    let asked = Asked {
        stack: &project.stack,
        blueprint: &blueprint,
        observed: &observed,
        plan: plan.as_ref(),
        exists: true,
        directory: &project.directory,
        force: false,
        proven: true,
        never_pull: false,
        all_ports: true,
    };
    let mut findings = preflight::findings(docker, Some(asked)).await?;
    if let Some(undone) = observed.undone {
        let scope = Scope { stack: project.stack.name.clone(), id: Some(project.stack.id) };
        findings.push(Finding::of_failure(Topic::Data, data::half_done_in(&scope, undone, &observed.leases)));
    }
    let members = Docker::members_in(&observed, &blueprint);
    if let Some(failure) = data::left_paused_in(&project.stack.name, &members, &observed.leases) {
        findings.push(Finding { state: State::Warning, ..Finding::of_failure(Topic::Data, failure) });
    }
    let pairs = pair_data::Asked {
        stack: &project.stack,
        blueprint: &blueprint,
        directory: &project.directory,
        recorded: Some(&project.stack),
        observed: &observed,
    };
    if let Err(failure) = pairs.check(false) {
        findings.push(Finding::of_failure(Topic::Data, failure));
    }
    // What cannot be read is a finding like any other: the rest is told all the same.
    let compared = Files::compare(&project.directory, &project.stack, &blueprint, false, false, None);
    if let Err(failure) = compared.and_then(|files| files.secrets_are_there(&project.directory)) {
        findings.push(Finding::of_failure(Topic::Secrets, failure));
    }
    if let Some((seen, advice)) = keys::exposed(&project.directory) {
        let told = Finding::of_failure(Topic::Secrets, Failure::new(Class::Usage, seen).advise(advice));
        findings.push(Finding { state: State::Warning, ..told });
    }
    Ok(findings)
}

fn row(finding: &Finding) -> FindingRow {
    FindingRow {
        topic: finding.topic.word().to_owned(),
        state: finding.state.word().to_owned(),
        member: finding.member.as_ref().map(ToString::to_string),
        seen: finding.seen.clone(),
        advice: finding.advice.clone(),
    }
}
