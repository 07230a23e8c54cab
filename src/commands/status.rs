//! `status`: one look at every gateway and service, without a verdict.

use super::{Context, data, open, verify};
use crate::cli::StatusArgs;
use crate::engine::docker::Scope;
use crate::error::Failure;
use crate::lifecycle::line;
use crate::lifecycle::wait::{self, Clients};
use crate::report::Outcome;
use crate::report::outcome::StatusReport;

pub(super) async fn run(args: &StatusArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let docker = context.engine().await?;
    let project = open::project_or_label(&context.settings, &docker, name.as_ref()).await?;
    let stack = &project.stack;
    let password = verify::known_password(&project, context);
    let host = docker.endpoint().remote_host();
    // What a proxy does is nothing that a row shows.
    let clients = Clients { proxy: None, ..open::clients(stack, password.as_deref(), host.as_deref())? };
    let snapshot = wait::once(&docker, stack, clients).await?;
    let scope = Scope { stack: stack.name.clone(), id: Some(stack.id) };
    let unfinished = data::not_whole(&docker, &scope).await?;
    let paused = data::left_paused(&docker, &scope, &snapshot.members).await?;
    Ok(Outcome::Status(StatusReport {
        stack: stack.name.to_string(),
        simulated: stack.simulated(),
        members: line::status_rows(stack, &snapshot, |g| open::shown_url(stack, g, host.as_deref())),
        notes: unfinished.into_iter().chain(paused).map(data::line).collect(),
    }))
}
