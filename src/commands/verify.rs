//! `verify`: the conditions of `up`, judged once, or again and again with `--wait`.

use super::{Context, open, preflight, rows};
use crate::cli::VerifyArgs;
use crate::error::Failure;
use crate::lifecycle::line;
use crate::lifecycle::listing::Listing;
use crate::lifecycle::wait::{self, Ended, GiveUp, Snapshot};
use crate::project;
use crate::report::junit;
use crate::report::outcome::VerifyReport;
use crate::report::{Event, Outcome};
use crate::stack::Stack;

pub(super) async fn run(args: &VerifyArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let docker = context.engine().await?;
    let project = open::project_or_label(&context.settings, &docker, name.as_ref()).await?;
    let stack = &project.stack;
    let password = known_password(&project, context);
    let host = docker.endpoint().remote_host();
    let clients = open::clients(stack, password.as_deref(), host.as_deref())?;
    for warning in preflight::warnings(preflight::reach(&docker, stack, false).as_slice()) {
        context.event(Event::Warning(warning));
    }
    let snapshot = match args.wait {
        None => wait::once(&docker, stack, clients).await?,
        Some(limit) => {
            let began = std::time::Instant::now();
            let tell = |snapshot: &Snapshot| {
                context.event(Event::Members(line::lines(stack, snapshot, |_, _| began.elapsed())));
            };
            let listing = Listing::new(&docker, stack, &*context.reporter);
            match wait::until(listing, stack, clients, limit, GiveUp::AtTheDeadline, tell).await? {
                Ended::TimedOut(snapshot) if snapshot.checks.is_empty() => {
                    wait::once(&docker, stack, open::clients(stack, password.as_deref(), host.as_deref())?).await?
                }
                Ended::Holds(snapshot) | Ended::Hopeless(snapshot, _) | Ended::TimedOut(snapshot) => snapshot,
            }
        }
    };
    let report = report(stack, &snapshot, context.settings.verbose > 0);
    if let Some(path) = &args.junit {
        let path = context.settings.cwd.join(path);
        project::replace(&path, junit::junit(&report).as_bytes())?;
    }
    Ok(Outcome::Verify(report))
}

/// The administrator's password; when the project has none, a warning says what that means.
pub(super) fn known_password(project: &open::Project, context: &Context) -> Option<String> {
    open::password(&project.directory)
        .map_err(|failure| {
            context.event(Event::Warning(format!("{}; what needs a login stays unknown", failure.what)));
        })
        .ok()
}

fn report(stack: &Stack, snapshot: &Snapshot, verbose: bool) -> VerifyReport {
    let checks = rows::check_rows(stack, &snapshot.checks);
    let count = |state: &str| checks.iter().filter(|c| c.state == state).count();
    let (passed, failed, unknown, skipped) = (count("pass"), count("fail"), count("unknown"), count("skip"));
    VerifyReport {
        stack: stack.name.to_string(),
        simulated: stack.simulated(),
        holds: failed == 0 && unknown == 0 && passed > 0,
        passed,
        failed,
        unknown,
        skipped,
        summary: rows::summary(stack, &snapshot.checks),
        checks,
        verbose,
    }
}
