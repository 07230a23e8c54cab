//! `up`: create the project when it is not there, converge the engine to it, wait until everything is proven.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::fault::with_log;
use super::{Context, create, design, open, rows};
use crate::blueprint::{self, Blueprint, SecretName};
use crate::cli::UpArgs;
use crate::engine::docker::{BuildInput, Docker, Op};
use crate::engine::{Engine, Policy, Secrets};
use crate::error::{Class, Failure};
use crate::lifecycle::execute::{StepFailed, execute};
use crate::lifecycle::wait::{self, Ended, Snapshot};
use crate::lifecycle::{line, preflight, roots};
use crate::plan::{Plan, Step};
use crate::project;
use crate::render;
use crate::report::outcome::{StepRow, UpReport};
use crate::report::{Event, Outcome};
use crate::simulator;
use crate::stack::{Name, Role, Stack};

/// Log lines that are shown of a container in trouble.
const LOG_LINES: u32 = 12;

/// What `up` works on.
struct Target {
    stack: Stack,
    blueprint: Blueprint,
    directory: PathBuf,
    exists: bool,
}

pub(super) async fn run(args: &UpArgs, context: &Context) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let target = target(args, context)?;
    let docker = context.engine().await?;
    let memory = docker.facts().await?.memory_bytes;
    if let Some(warning) = design::check_size(&target.stack, Some(memory).filter(|m| *m > 0), args.shape.force)? {
        context.event(Event::Warning(warning));
    }
    if args.plan {
        return plan_only(&target, &docker, args).await;
    }
    context.event(Event::Heading(heading(&target.stack)));
    let superseded =
        if target.stack.simulated() { build_image(&docker, &target.stack.image, context).await? } else { None };
    let plan = plan(&target, &docker, args).await?;
    ports_are_free(&target, &docker, &plan)?;
    let secrets = if target.exists {
        project::load(&target.directory, &render::secret_names(&target.blueprint))?
    } else {
        let (files, secrets) = create::write(&target.stack, &target.blueprint, &target.directory, &args.shape)?;
        let directory = shown(&target, &context.settings.cwd).display();
        context.event(Event::Note(format!("created {directory} ({} files)", files.len())));
        secrets
    };
    let operations = match execute(&docker, &plan, &secrets, &*context.reporter).await {
        Ok(operations) => operations,
        Err(failed) => return Err(step_failure(&docker, &target, failed).await),
    };
    if let Some(image) = superseded {
        docker.remove_superseded(&image).await;
    }
    let mut report = report(&target, operations, &context.settings.cwd);
    if !args.no_wait {
        let snapshot = prove(&docker, &target, &secrets, args.timeout, context).await?;
        report.verified = true;
        report.summary = rows::summary(&target.stack, &snapshot.checks);
        report.members = line::lines(&target.stack, &snapshot, |_, _| began.elapsed());
    }
    report.seconds = began.elapsed().as_secs_f64();
    Ok(Outcome::Up(report))
}

fn heading(stack: &Stack) -> String {
    let services: Vec<&str> = stack.services.iter().map(|s| s.slug.as_str()).collect();
    let services = if services.is_empty() { String::new() } else { format!(", {}", services.join(", ")) };
    let simulated = if stack.simulated() { ", SIMULATED" } else { "" };
    format!(
        "{}   {}, {} gateway{}{services}{simulated}, {} gateway network (demo only)",
        stack.name,
        stack.architecture,
        stack.gateways.len(),
        if stack.gateways.len() == 1 { "" } else { "s" },
        stack.transport.word()
    )
}

/// The project that is there, or the one that the words describe. Words beside a project that is there must describe it.
fn target(args: &UpArgs, context: &Context) -> Result<Target, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let cwd = &context.settings.cwd;
    let from = args.shape.output_dir.as_ref().map_or_else(|| cwd.clone(), |given| cwd.join(given));
    match (open::project(&from, name.as_ref()), name) {
        (Ok(found), _) => {
            if design::shapes(&args.shape) {
                agrees(args, context, &found)?;
            }
            let blueprint = blueprint::build(&found.stack);
            Ok(Target { stack: found.stack, blueprint, directory: found.directory, exists: true })
        }
        (Err(failure), None) => Err(failure),
        (Err(failure), Some(name)) => {
            let directory = from.join(name.as_str());
            if directory.join(render::RECORD_PATH).exists() {
                return Err(failure);
            }
            let stack = design::design(&name, &args.shape, &context.settings, Uuid::new_v4())?;
            let directory = create::directory(cwd, &args.shape, &stack);
            let blueprint = blueprint::build(&stack);
            Ok(Target { stack, blueprint, directory, exists: false })
        }
    }
}

fn agrees(args: &UpArgs, context: &Context, found: &open::Project) -> Result<(), Failure> {
    let mut words = args.shape.clone();
    words.arch = words.arch.or(Some(found.stack.architecture));
    let mut wanted = design::design(&found.stack.name, &words, &context.settings, found.stack.id)?;
    // The knobs of simulated gateways come from the environment of the run that made the project.
    for (wanted, found) in wanted.gateways.iter_mut().zip(&found.stack.gateways) {
        wanted.env.clone_from(&found.env);
    }
    if wanted == found.stack && args.shape.admin_password_file.is_none() {
        return Ok(());
    }
    let name = &found.stack.name;
    Err(Failure::new(
        Class::Refused,
        format!("{} is there already and differs from what the flags describe", found.directory.display()),
    )
    .seen("a project that exists is changed through its record, not through flags")
    .advise(format!("ignition-stack up {name}   (as it is), or choose another name")))
}

async fn plan(target: &Target, docker: &Docker, args: &UpArgs) -> Result<Plan<Op>, Failure> {
    let observed = docker.observe(&target.blueprint).await?;
    let policy = Policy { project_dir: Some(target.directory.clone()), healthy_within: Some(args.timeout) };
    Ok(Docker::plan(&target.blueprint, &observed, &policy)?)
}

/// Every port that a container of the plan will want must be free, before anything is made. Only on the engine's own host
/// can that be seen from here; elsewhere the engine tells when the container starts.
fn ports_are_free(target: &Target, docker: &Docker, plan: &Plan<Op>) -> Result<(), Failure> {
    if !docker.endpoint().is_local() {
        return Ok(());
    }
    // A container that is taken away first holds its port until then.
    let held: Vec<&str> = plan
        .steps()
        .filter_map(|s| match &s.op {
            Op::Stop { container, .. } | Op::RemoveContainer { container, .. } => Some(container.as_str()),
            _ => None,
        })
        .collect();
    let started = plan.steps().filter_map(|s| match &s.op {
        Op::Start { container } => Some(container.as_str()),
        _ => None,
    });
    let taken: Vec<String> = started
        .filter(|name| !held.contains(name))
        .filter_map(|name| target.blueprint.containers.iter().find(|c| c.name == name))
        .flat_map(|c| c.ports.iter().map(move |p| (c, SocketAddr::new(p.host_ip, p.host_port))))
        .filter(|(_, address)| preflight::is_taken(*address))
        .map(|(container, address)| format!("{}: {address} is in use", container.member))
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    let count = taken.len();
    let failure = Failure::new(
        Class::Engine,
        format!("{count} port{} taken by something else", if count == 1 { " is" } else { "s are" }),
    );
    let failure = taken.into_iter().fold(failure, Failure::seen).seen("nothing was started");
    Err(failure.advise(if target.exists {
        "end what listens there (ss -ltnp shows it), or change http_port in .ignition-stack/config.json"
    } else {
        "end what listens there (ss -ltnp shows it), or choose other ports: --base-port"
    }))
}

async fn plan_only(target: &Target, docker: &Docker, args: &UpArgs) -> Result<Outcome, Failure> {
    let mut steps = Vec::new();
    if target.stack.simulated() {
        let image = &target.stack.image;
        let there = docker.executable_in(image).await?;
        let cause = match there {
            None => Some("missing"),
            Some(sha) if sha != executable()? => Some("executable changed"),
            Some(_) => None,
        };
        steps.extend(cause.map(|c| StepRow { operation: format!("build image {image}"), cause: c.to_owned() }));
    }
    let plan = plan(target, docker, args).await?;
    steps.extend(plan.steps().map(|Step { op, cause }| StepRow { operation: op.to_string(), cause: cause.clone() }));
    Ok(Outcome::Plan { stack: target.stack.name.to_string(), creates_project: !target.exists, steps })
}

fn executable() -> Result<String, Failure> {
    simulator::image::executable_sha256().map_err(|e| unbuildable(&e))
}

fn unbuildable(error: &simulator::image::ImageError) -> Failure {
    Failure::new(Class::Engine, error.to_string())
        .advise("run ignition-stack on Linux, or use real gateways: leave --simulate out")
}

/// Makes sure of the simulated gateway's image; returns the one that it takes the place of.
async fn build_image(docker: &Docker, image: &str, context: &Context) -> Result<Option<String>, Failure> {
    if docker.executable_in(image).await? == Some(executable()?) {
        return Ok(None);
    }
    context.event(Event::Working(format!("build image {image} from this program")));
    let version = crate::catalog::image::version_of(image).unwrap_or(crate::catalog::image::DEFAULT_VERSION);
    let built = simulator::image::build_context(version).map_err(|e| unbuildable(&e))?;
    let input = BuildInput { tar: built.tar, executable_sha256: built.executable_sha256 };
    Ok(docker.ensure_simulated(image, &input).await?.superseded)
}

/// Waits, telling where every member stands.
async fn prove(
    docker: &Docker,
    target: &Target,
    secrets: &Secrets,
    limit: Duration,
    context: &Context,
) -> Result<Snapshot, Failure> {
    let stack = &target.stack;
    let clients = open::clients(stack, secrets.get(&SecretName::admin()).map(String::as_str))?;
    let mut clock = Clock { began: Instant::now(), done: BTreeMap::new() };
    let ended = wait::until(docker, stack, clients, limit, |snapshot| {
        context.event(Event::Members(line::lines(stack, snapshot, |name, done| clock.elapsed(name, done))));
    })
    .await?;
    match ended {
        Ended::Holds(snapshot) => Ok(snapshot),
        Ended::Hopeless(snapshot, check) => {
            let class = match &check.verdict {
                crate::lifecycle::condition::Verdict::Pending(r) if r.cause.is_some_and(|c| c.exit_code() == 5) => {
                    Class::TimedOut
                }
                _ => Class::NotAsItShouldBe,
            };
            let failure = rows::failure(stack, &snapshot.checks, &check, class);
            Err(with_log(failure, tail(docker, target, &check.gateway).await))
        }
        Ended::TimedOut(snapshot) => {
            let Some(check) = roots::root(&snapshot.checks) else {
                return Err(Failure::new(Class::TimedOut, "nothing was seen of the stack in time"));
            };
            let mut failure = rows::failure(stack, &snapshot.checks, check, Class::TimedOut);
            failure.what = format!("timed out after {}: {}", humantime::format_duration(limit), failure.what);
            Err(with_log(failure, tail(docker, target, &check.gateway).await))
        }
    }
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

async fn step_failure(docker: &Docker, target: &Target, failed: StepFailed) -> Failure {
    let of = target.blueprint.containers.iter().find(|c| failed.operation.contains(&c.name));
    let mut failure = Failure::from(failed.error).seen(format!("while: {}", failed.operation));
    if let Some(container) = of {
        failure.log = docker.tail(&container.name, LOG_LINES).await.unwrap_or_default();
        failure = failure.of(container.member.as_str());
        if failure.advice.is_none() {
            failure.advice = Some(format!("ignition-stack logs {} {}", target.stack.name, container.member));
        }
    }
    failure.seen(format!("what was made is kept; ignition-stack up {} goes on from there", target.stack.name))
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
    }
}
