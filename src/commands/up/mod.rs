//! `up`: create the project when it is not there, converge the engine to it, wait until everything is proven.

mod before;
mod carry_out;
mod downgrade;
mod files;
mod first_start;
mod image;
mod no_data;
mod pairs;
mod prove;
mod rollback;
mod show;
mod target;
mod unpair;

use std::path::Path;
use std::time::Instant;

use super::change::Files;
use super::taken_ports::Taken;
use super::{Context, create, keys, lease, open, rows, snapshot};
use crate::blueprint::SecretName;
use crate::cli::UpArgs;
use crate::engine::docker::{Docker, Op};
use crate::engine::{MemberState, Secrets};
use crate::error::Failure;
use crate::lifecycle::condition::left_over;
use crate::lifecycle::line;
use crate::plan::Plan;
use crate::project;
use crate::report::outcome::UpReport;
use crate::report::{Event, Outcome};
use crate::stack::{Role, Stack, Transport};
use before::Before;
use target::Target;

pub(super) async fn run(args: &UpArgs, context: &Context) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let (target, docker) = if args.shape.auto_ports {
        let docker = context.engine().await?;
        let taken = Taken::on(&docker, &create::parent(&context.settings.cwd, &args.shape)).await?;
        let target = target::find(args, context, Some(&taken))?;
        image::read_ahead(&target);
        (target, docker)
    } else {
        let target = target::find(args, context, None)?;
        image::read_ahead(&target);
        (target, context.engine().await?)
    };
    if let Some((seen, advice)) = keys::exposed(&target.directory).filter(|_| target.exists) {
        context.event(Event::Warning(format!("{seen}: {advice}")));
    }
    if args.plan {
        return show::plan(&target, &docker, args, context).await;
    }
    // Held until this run ends; of two first runs the second one is told when it writes the project.
    let held = if target.exists { Some(lease::lock(&target.directory, "up", &target.stack.name)?) } else { None };
    context.event(Event::Heading(heading(&target.stack)));
    if held.is_some() {
        snapshot::clear_files(&target.directory, &rollback::scope(&target), context);
    }
    let Before { mut plan, members, build, lease_left, mut parting } =
        match before::look(&target, &docker, args, context).await {
            Ok(before) => before,
            // What is in the way may be what another run is making.
            Err(failure) => return Err(lease::busy_or(failure, &docker, &target.stack.name).await),
        };
    let mut superseded = None;
    let mut there = None;
    // What a killed run left, a lease or what a snapshot held, goes with this one's, also when nothing else is to be done.
    let leased = build.is_some() || !plan.is_empty() || lease_left || !before::to_pull(&target, args).is_empty();
    // Seen a moment ago, and still so when nothing is done: that saves the first look of the proof.
    let known = (!leased).then_some(members);
    if leased {
        lease::take(context, &docker, &target.stack.name, "up").await?;
        target.is_still_as_found()?;
        snapshot::clear_holder(&docker, &rollback::scope(&target), context).await?;
        if args.rollback {
            there = Some(docker.objects(&rollback::scope(&target)).await?);
        }
        if build.is_some() {
            superseded = image::build(&docker, &target.stack.image, context).await?;
        }
        before::pull_all(&target, &docker, args).await?;
        // Once more, now that nobody else works on it.
        (plan, parting) = before::again(&target, &docker, args, true, context).await?;
    }
    let secrets = if target.exists {
        let files = files(&target, args, context)?;
        files::tell(&files.row(), context);
        unpair::remember(&target, &parting)?;
        files.apply(&target.directory, &target.stack, target.passwords.clone())?
    } else {
        let (host, given) = (create::engine_host(&context.settings), target.passwords.clone());
        let Target { stack, blueprint, directory, .. } = &target;
        let (files, secrets) = create::write(stack, blueprint, directory, given, &args.shape, host.as_deref())?;
        let directory = shown(&target, &context.settings.cwd).display();
        context.event(Event::Note(format!("created {directory} ({} files)", files.len())));
        secrets
    };
    let _held = match held {
        Some(held) => held,
        None => lease::lock(&target.directory, "up", &target.stack.name)?,
    };
    let work = Work { plan, known, superseded, leased };
    let mut report = match carry_out(&target, &docker, work, &secrets, args, context).await {
        Ok(report) => report,
        Err(failure) => {
            return Err(match there {
                Some(there) => rollback::undo(&docker, &target, &there, failure, context).await,
                None => failure,
            });
        }
    };
    report.seconds = began.elapsed().as_secs_f64();
    Ok(Outcome::Up(report))
}

/// What is left to do once everything is written and held.
struct Work {
    plan: Plan<Op>,
    /// The containers, when they were seen a moment ago and nothing is done to them.
    known: Option<Vec<MemberState>>,
    /// The image that another one has taken the name of.
    superseded: Option<String>,
    /// Whether this run has the lease.
    leased: bool,
}

/// Does what is planned, and waits until everything is proven.
async fn carry_out(
    target: &Target,
    docker: &Docker,
    work: Work,
    secrets: &Secrets,
    args: &UpArgs,
    context: &Context,
) -> Result<UpReport, Failure> {
    let began = Instant::now();
    let Work { plan, known, superseded, leased } = work;
    let operations = do_all(target, docker, plan, secrets, args, context).await?;
    if let Some(image) = superseded {
        docker.remove_superseded(&image).await;
    }
    let mut report = report(target, operations, &context.settings.cwd, docker.endpoint().remote_host().as_deref());
    if !args.no_wait {
        let proven = prove::prove(docker, target, secrets, args.timeout, known, context).await;
        let snapshot = match proven {
            Err(failure) if prove::was_undone(&failure) => {
                report.operations += once_more(target, docker, leased, secrets, failure, args, context).await?;
                let left = args.timeout.saturating_sub(began.elapsed());
                prove::prove(docker, target, secrets, left, None, context).await?
            }
            proven => proven?,
        };
        report.verified = true;
        report.summary = rows::summary(&target.stack, &snapshot.checks);
        report.members = line::lines(&target.stack, &snapshot, |_, _| began.elapsed());
        report.notes = rows::notes(&snapshot.checks);
        report.notes.extend(left_over(&target.stack, &snapshot.sightings));
    }
    Ok(report)
}

/// Does what is planned; returns how many operations that were.
async fn do_all(
    target: &Target,
    docker: &Docker,
    plan: Plan<Op>,
    secrets: &Secrets,
    args: &UpArgs,
    context: &Context,
) -> Result<usize, Failure> {
    for note in &plan.notes {
        context.event(Event::Warning(note.clone()));
    }
    carry_out::carry_out(target, docker, args, plan, secrets, context).await
}

/// Looks again and does what follows, when something was stopped or taken away while it was waited for: a `down` or `stop` that
/// was killed may have asked the engine for it, and the engine still does it when this run has looked already.
async fn once_more(
    target: &Target,
    docker: &Docker,
    leased: bool,
    secrets: &Secrets,
    failure: Failure,
    args: &UpArgs,
    context: &Context,
) -> Result<usize, Failure> {
    // A run that found nothing to do has no lease yet.
    if !leased {
        lease::take(context, docker, &target.stack.name, "up").await?;
    }
    let (plan, _) = before::again(target, docker, args, false, context).await?;
    // What was stopped may run again already: a `restart` that was killed is done by the engine all the same.
    let member = failure.member.as_deref().unwrap_or_default();
    context.event(Event::Warning(format!("{member}: {} meanwhile; going on", failure.what)));
    do_all(target, docker, plan, secrets, args, context).await
}

fn heading(stack: &Stack) -> String {
    let services: Vec<&str> = stack.services.iter().map(|s| s.slug.as_str()).collect();
    let services = if services.is_empty() { String::new() } else { format!(", {}", services.join(", ")) };
    let simulated = if stack.simulated() { ", SIMULATED" } else { "" };
    format!(
        "{}   {}, {} gateway{}{services}{simulated}{}",
        stack.name,
        stack.architecture,
        stack.gateways.len(),
        if stack.gateways.len() == 1 { "" } else { "s" },
        match stack.transport {
            _ if !stack.has_gateway_network() => "",
            Transport::Plain => ", plain gateway network (demonstration only: --gateway-network tls)",
            Transport::Tls => ", gateway network over TLS",
        }
    )
}

/// The files of the project that is there beside what they shall be.
fn files(target: &Target, args: &UpArgs, context: &Context) -> Result<Files, Failure> {
    let (host, overwrite) = (create::engine_host(&context.settings), args.shape.overwrite);
    let Target { directory, stack, blueprint, record, .. } = target;
    Files::compare(directory, stack, blueprint, *record, overwrite, host.as_deref())
}

/// Whether people go to a gateway of that role: the others serve gateways.
fn faces_people(role: Role) -> bool {
    matches!(role, Role::Gateway | Role::Frontend | Role::Hub)
}

/// The project's directory as a person would type it from here.
fn shown<'a>(target: &'a Target, cwd: &Path) -> &'a Path {
    target.directory.strip_prefix(cwd).unwrap_or(&target.directory)
}

fn report(target: &Target, operations: usize, cwd: &Path, engine_host: Option<&str>) -> UpReport {
    let stack = &target.stack;
    UpReport {
        stack: stack.name.to_string(),
        directory: target.directory.display().to_string(),
        simulated: stack.simulated(),
        operations,
        verified: false,
        seconds: 0.0,
        summary: rows::summary(stack, &[]),
        urls: stack
            .gateways
            .iter()
            .filter(|g| faces_people(g.role))
            .map(|g| open::shown_url(stack, g, engine_host))
            .collect(),
        admin_username: stack.admin_username.clone(),
        admin_password_file: shown(target, cwd)
            .join(project::SECRETS_DIR)
            .join(SecretName::admin().0)
            .display()
            .to_string(),
        members: Vec::new(),
        notes: Vec::new(),
    }
}
