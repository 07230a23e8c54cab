//! `bundle`: all that a helper needs to see of a stack, in one archive, with every secret masked.

use serde::Serialize;

use super::open::Project;
use super::{Context, open, rows, verify};
use crate::blueprint::{self, Blueprint};
use crate::cli::BundleArgs;
use crate::engine::docker::Docker;
use crate::engine::{Engine as _, MemberState, Policy};
use crate::error::{Class, Failure};
use crate::lifecycle::wait;
use crate::project;
use crate::report::Outcome;
use crate::report::foreign::harmless;
use crate::report::mask::Mask;
use crate::stack::Name;

/// Log lines of each container; each is cut to what is shown of foreign text anyway.
const LOG_LINES: u32 = 1_000;
/// Bytes of all logs together. The longer ones lose their beginnings.
const LOG_BYTES: usize = 16 << 20;

/// Files of the archive. What could not be had is told in one of them.
struct Contents {
    files: Vec<(String, String)>,
    missing: Vec<String>,
}

impl Contents {
    fn json(&mut self, name: &str, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.files.push((name.to_owned(), text + "\n")),
            Err(error) => self.missing.push(format!("{name}: {error}")),
        }
    }

    fn lacks(&mut self, name: &str, why: &impl ToString) {
        self.missing.push(format!("{name}: {}", why.to_string()));
    }
}

pub(super) async fn run(args: &BundleArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let docker = context.engine().await?;
    let project = open::project_or_label(&context.settings, &docker, name.as_ref()).await.map_err(|failure| {
        match failure.class {
            Class::Usage => {
                failure.seen("a bundle needs the project: without its secrets nobody knows what is to be masked")
            }
            _ => failure,
        }
    })?;
    let stack = &project.stack.name;
    let file = args.file.clone().unwrap_or_else(|| format!("{stack}-bundle.tar.gz").into());
    let path = context.settings.cwd.join(&file);
    // Known before the work begins, as far as it can be.
    if path.symlink_metadata().is_ok() {
        return Err(project::ProjectError::Exists { path }.into());
    }
    let mask = mask(&project)?;
    let contents = gather(context, &docker, &project, &mask).await?;
    let files: Vec<(String, String)> =
        contents.files.into_iter().map(|(name, text)| (name, mask.clean(&text))).collect();
    let bytes = project::write_bundle(&path, &format!("{stack}-bundle"), &files)?;
    let names = files.into_iter().map(|(name, _)| name).collect();
    Ok(Outcome::Bundle { stack: stack.to_string(), file: file.display().to_string(), bytes, files: names })
}

/// Of every file of `secrets/`, and of what the record's environments hold under names that speak of secrets.
fn mask(project: &Project) -> Result<Mask, Failure> {
    let mut values = project::all_secrets(&project.directory)?;
    let gateways = project.stack.gateways.iter().map(|g| &g.env);
    let services = project.stack.services.iter().map(|s| &s.env);
    values.extend(
        gateways
            .chain(services)
            .flatten()
            .filter_map(|(key, value)| secret_in(key, value))
            .map(|s| s.as_bytes().to_vec()),
    );
    Mask::of(values.iter().map(Vec::as_slice))
        .map_err(|error| Failure::new(Class::Refused, format!("the secrets cannot be masked: {error}")))
}

/// What is secret in an environment variable: all of it where its name says so, the password where it is a URL.
fn secret_in<'a>(key: &str, value: &'a str) -> Option<&'a str> {
    const WORDS: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL"];
    let key = key.to_ascii_uppercase();
    let of_url = || {
        let authority = value.split_once("://")?.1.split(['/', '?', '#']).next()?;
        Some(authority.rsplit_once('@')?.0.split_once(':')?.1)
    };
    // Where a secret's file is, is no secret.
    let named = WORDS.iter().any(|word| key.contains(word)) && !key.ends_with("_FILE");
    let secret = if named { Some(value) } else { of_url() };
    // A value of a letter or two is no secret, and would be found everywhere.
    secret.filter(|secret| secret.len() > 3)
}

async fn gather(context: &Context, docker: &Docker, project: &Project, mask: &Mask) -> Result<Contents, Failure> {
    let mut contents = Contents { files: Vec::new(), missing: Vec::new() };
    contents.json(
        "tool.json",
        &serde_json::json!({
            "ignition-stack": env!("CARGO_PKG_VERSION"),
            "os": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
        }),
    );
    contents.files.push(("record.json".to_owned(), project::read_record(&project.directory)?));
    engine(docker, &mut contents).await;
    let blueprint = blueprint::build(&project.stack);
    plan(docker, project, &blueprint, &mut contents).await;
    checks(context, docker, project, &mut contents).await?;
    let members = docker.members(&project.stack.name, Some(&project.stack.id)).await?;
    containers(docker, &members, mask, &mut contents).await;
    if !contents.missing.is_empty() {
        let text = contents.missing.join("\n") + "\n";
        contents.files.push(("missing.txt".to_owned(), text));
    }
    Ok(contents)
}

async fn engine(docker: &Docker, contents: &mut Contents) {
    match docker.facts().await {
        Ok(facts) => contents.json(
            "engine.json",
            &serde_json::json!({
                "endpoint": docker.endpoint().to_string(),
                "api_version": facts.api_version,
                "engine_version": facts.engine_version,
                "memory_bytes": facts.memory_bytes,
                "architecture": facts.architecture,
                "os": facts.os,
                "kernel": facts.kernel,
                "root_directory": facts.root_directory,
                "clock_ahead_ms": facts.clock_ahead_ms,
                "rootless": facts.rootless,
            }),
        ),
        Err(error) => contents.lacks("engine.json", &error),
    }
}

/// What `up` would do to the engine now.
async fn plan(docker: &Docker, project: &Project, blueprint: &Blueprint, contents: &mut Contents) {
    const NAME: &str = "plan.txt";
    let observed = match docker.observe(blueprint).await {
        Ok(observed) => observed,
        Err(error) => return contents.lacks(NAME, &error),
    };
    let policy = Policy { project_dir: Some(project.directory.clone()), ..Policy::default() };
    match Docker::plan(blueprint, &observed, &policy) {
        Ok(plan) => {
            let steps = plan.steps().map(|step| format!("{}  ({})\n", step.op, step.cause));
            let text: String = steps.map(|line| harmless(line.trim_end()).into_owned() + "\n").collect();
            let text = if text.is_empty() { "nothing to do\n".to_owned() } else { text };
            contents.files.push((NAME.to_owned(), text));
        }
        Err(refusal) => contents.lacks(NAME, &refusal),
    }
}

async fn checks(context: &Context, docker: &Docker, project: &Project, contents: &mut Contents) -> Result<(), Failure> {
    let password = verify::known_password(project, context);
    match wait::once(
        docker,
        &project.stack,
        open::clients(&project.stack, password.as_deref(), docker.endpoint().remote_host().as_deref())?,
    )
    .await
    {
        Ok(snapshot) => contents.json("checks.json", &rows::check_rows(&project.stack, &snapshot.checks)),
        Err(error) => contents.lacks("checks.json", &error),
    }
    Ok(())
}

async fn containers(docker: &Docker, members: &[MemberState], mask: &Mask, contents: &mut Contents) {
    let mut excerpts = Vec::new();
    let room = LOG_BYTES / members.len().max(1);
    for MemberState { member, container, .. } in members {
        match docker.excerpt(container).await {
            Ok(excerpt) => excerpts.push(excerpt),
            Err(error) => contents.lacks(container, &error),
        }
        match docker.tail(container, LOG_LINES).await {
            Ok(lines) => contents.files.push((log_name(member), last(&lines, room, mask))),
            Err(error) => contents.lacks(&log_name(member), &error),
        }
    }
    contents.json("containers.json", &excerpts);
}

fn log_name(member: &Name) -> String {
    format!("logs/{member}.log")
}

/// The last lines that fit, harmless. Masked before they are cut: a half of a secret is not recognized.
fn last(lines: &[String], room: usize, mask: &Mask) -> String {
    let mut kept = Vec::new();
    let mut used = 0;
    for line in lines.iter().rev() {
        let line = harmless(&mask.clean(line)).into_owned() + "\n";
        used += line.len();
        if used > room {
            break;
        }
        kept.push(line);
    }
    kept.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_that_fit_are_kept_and_are_harmless() {
        let lines = ["first", "second \u{1b}[2J", "third"].map(str::to_owned);
        let mask = Mask::of([b"canary-7".as_slice()]).unwrap();
        assert_eq!(last(&lines, 100, &mask), "first\nsecond \\x1b[2J\nthird\n");
        assert_eq!(last(&lines, 10, &mask), "third\n");
        assert_eq!(last(&[], 10, &mask), "");
        // Where a line is cut, too.
        let cut = last(&[format!("{}canary-7", "x".repeat(1_995))], 10_000, &mask);
        assert!(!cut.contains("can") && cut.contains("xx***"), "{cut}");
    }

    #[test]
    fn secrets_are_found_in_environments() {
        for (key, value, secret) in [
            ("GATEWAY_ADMIN_PASSWORD", "hunter22", Some("hunter22")),
            ("api_token", "t0ken", Some("t0ken")),
            ("POSTGRES_PASSWORD_FILE", "/run/secrets/db", None),
            ("DATABASE_URL", "postgres://hub:p@ss:w0rd@db:5432/x", Some("p@ss:w0rd")),
            ("PROXY", "http://proxy:3128/a@b:c", None),
            ("KEY", "abc", None),
            ("TZ", "UTC", None),
        ] {
            assert_eq!(secret_in(key, value), secret, "{key}");
        }
    }
}
