//! `status`: one look at every gateway and service, without a verdict.

use super::{Context, open, verify};
use crate::cli::StatusArgs;
use crate::error::Failure;
use crate::lifecycle::{line, wait};
use crate::report::Outcome;
use crate::report::outcome::StatusReport;

pub(super) async fn run(args: &StatusArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let docker = context.engine().await?;
    let project = open::project_or_label(&context.settings, &docker, name.as_ref()).await?;
    let stack = &project.stack;
    let password = verify::known_password(&project, context);
    let snapshot = wait::once(&docker, stack, open::clients(stack, password.as_deref())?).await?;
    Ok(Outcome::Status(StatusReport {
        stack: stack.name.to_string(),
        simulated: stack.simulated(),
        members: line::status_rows(stack, &snapshot, |g| open::shown_url(stack, g)),
    }))
}
