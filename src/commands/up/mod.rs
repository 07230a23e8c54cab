//! `up`: create the project when it is not there, converge the engine to it, wait until everything is proven.

mod files;
mod image;
mod ports;
mod prove;
mod show;
mod target;

use std::path::Path;
use std::time::{Duration, Instant};

use super::change::Files;
use super::{Context, create, design, open, rows};
use crate::blueprint::SecretName;
use crate::cli::UpArgs;
use crate::engine::docker::{Docker, Op};
use crate::engine::{Engine, Policy};
use crate::error::{Class, Failure};
use crate::lifecycle::execute::execute;
use crate::lifecycle::line;
use crate::plan::Plan;
use crate::project;
use crate::report::outcome::UpReport;
use crate::report::{Event, Outcome};
use crate::stack::{Proxy, Role, Stack, Transport};
use target::Target;

/// How long the engine may take to settle what a killed run left.
const PORTS_SETTLE: Duration = Duration::from_secs(4);

pub(super) async fn run(args: &UpArgs, context: &Context) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let target = target::find(args, context)?;
    let docker = context.engine().await?;
    let memory = docker.facts().await?.memory_bytes;
    if let Some(warning) = design::check_size(&target.stack, Some(memory).filter(|m| *m > 0), args.shape.force)? {
        context.event(Event::Warning(warning));
    }
    if args.plan {
        return show::plan(&target, &docker, args).await;
    }
    // Held until this run ends; of two first runs the second one is told when it writes the project.
    let held = if target.exists { Some(project::lock(&target.directory)?) } else { None };
    context.event(Event::Heading(heading(&target.stack)));
    let superseded =
        if target.stack.simulated() { image::build(&docker, &target.stack.image, context).await? } else { None };
    let plan = plan_with_free_ports(&target, &docker, args).await?;
    let secrets = if target.exists {
        let files = files(&target, args)?;
        files::tell(&files.row(), context);
        files.apply(&target.directory, &target.stack, target.passwords.clone())?
    } else {
        let (files, secrets) =
            create::write(&target.stack, &target.blueprint, &target.directory, target.passwords.clone(), &args.shape)?;
        let directory = shown(&target, &context.settings.cwd).display();
        context.event(Event::Note(format!("created {directory} ({} files)", files.len())));
        secrets
    };
    let _held = match held {
        Some(held) => held,
        None => project::lock(&target.directory)?,
    };
    let operations = match execute(&docker, &plan, &secrets, &*context.reporter, &context.cancel).await {
        Ok(operations) => operations,
        Err(failed) => return Err(prove::step_failure(&docker, &target, failed).await),
    };
    if let Some(image) = superseded {
        docker.remove_superseded(&image).await;
    }
    let mut report = report(&target, operations, &context.settings.cwd);
    if !args.no_wait {
        let snapshot = prove::prove(&docker, &target, &secrets, args.timeout, context).await?;
        report.verified = true;
        report.summary = rows::summary(&target.stack, &snapshot.checks);
        report.members = line::lines(&target.stack, &snapshot, |_, _| began.elapsed());
        report.notes = rows::notes(&snapshot.checks);
    }
    report.seconds = began.elapsed().as_secs_f64();
    Ok(Outcome::Up(report))
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

/// The plan, once the ports that it wants are free. A run that was killed may have left containers that the engine is still
/// starting: for a moment their ports are taken while nothing runs yet.
async fn plan_with_free_ports(target: &Target, docker: &Docker, args: &UpArgs) -> Result<Plan<Op>, Failure> {
    let began = Instant::now();
    loop {
        let plan = plan(target, docker, args).await?;
        match ports::are_free(target, docker, &plan) {
            Ok(()) => return Ok(plan),
            Err(failure) if began.elapsed() >= PORTS_SETTLE || !target.exists => return Err(failure),
            Err(_) => tokio::time::sleep(Duration::from_millis(300)).await,
        }
    }
}

/// The files of the project that is there beside what they shall be.
fn files(target: &Target, args: &UpArgs) -> Result<Files, Failure> {
    Files::compare(&target.directory, &target.stack, &target.blueprint, target.record, args.shape.overwrite)
}

async fn plan(target: &Target, docker: &Docker, args: &UpArgs) -> Result<Plan<Op>, Failure> {
    let observed = docker.observe(&target.blueprint).await?;
    if let Some(proxy) = &target.stack.proxy
        && !observed.networks.iter().any(|network| network.name == proxy.network)
    {
        return Err(no_proxy_network(target, proxy));
    }
    let policy = Policy { project_dir: Some(target.directory.clone()), healthy_within: Some(args.timeout) };
    Ok(Docker::plan(&target.blueprint, &observed, &policy)?)
}

/// The proxy's network is somebody else's: it is not made here, because then it would not be known whose it is to remove.
fn no_proxy_network(target: &Target, proxy: &Proxy) -> Failure {
    let failure = Failure::new(
        Class::Usage,
        format!(
            "there is no network {} on this engine, on which the reverse proxy reaches the gateways",
            proxy.network
        ),
    );
    let name = &target.stack.name;
    match &proxy.scaffold {
        None => failure.advise(format!(
            "start the proxy that it belongs to, or: docker network create {}   (or name another one: --proxy-network)",
            proxy.network
        )),
        Some(path) if target.exists => failure.advise(format!(
            "docker compose -f {}/docker-compose.yaml up -d   (starts the proxy, which makes it)",
            target.directory.join(path).display()
        )),
        Some(path) => failure.advise(format!(
            "ignition-stack create {name} with the same words, then docker compose -f {name}/{path}/docker-compose.yaml up -d, then up"
        )),
    }
}

/// Whether people go to a gateway of that role: the others serve gateways.
fn faces_people(role: Role) -> bool {
    matches!(role, Role::Gateway | Role::Frontend | Role::Hub)
}

/// The project's directory as a person would type it from here.
fn shown<'a>(target: &'a Target, cwd: &Path) -> &'a Path {
    target.directory.strip_prefix(cwd).unwrap_or(&target.directory)
}

fn report(target: &Target, operations: usize, cwd: &Path) -> UpReport {
    let stack = &target.stack;
    UpReport {
        stack: stack.name.to_string(),
        directory: target.directory.display().to_string(),
        simulated: stack.simulated(),
        operations,
        verified: false,
        seconds: 0.0,
        summary: rows::summary(stack, &[]),
        urls: stack.gateways.iter().filter(|g| faces_people(g.role)).map(|g| open::shown_url(stack, g)).collect(),
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
