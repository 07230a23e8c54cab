//! `stop`, `start`, `restart`: containers only; nothing is made or removed.

use super::{Context, open};
use crate::cli::MembersArgs;
use crate::engine::docker::{Docker, Scope};
use crate::error::Failure;
use crate::report::Outcome;
use crate::stack::Name;

/// Which of the three.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verb {
    Stop,
    Start,
    Restart,
}

pub(super) async fn run(verb: Verb, args: &MembersArgs, context: &Context) -> Result<Outcome, Failure> {
    let docker = context.engine().await?;
    let (scope, members) = chosen(args.name.as_ref(), &args.members, context, &docker).await?;
    let (done, changed) = match verb {
        Verb::Stop => ("stopped", docker.stop(&scope, &members).await?),
        Verb::Start => ("started", docker.start(&scope, &members).await?),
        Verb::Restart => ("restarted", docker.restart(&scope, &members).await?),
    };
    Ok(Outcome::Acted {
        done: done.to_owned(),
        stack: scope.stack.to_string(),
        members: changed.iter().map(ToString::to_string).collect(),
    })
}

/// The stack and the members that were typed.
pub(super) async fn chosen(
    name: Option<&String>,
    members: &[String],
    context: &Context,
    docker: &Docker,
) -> Result<(Scope, Vec<Name>), Failure> {
    let name = open::optional_name(name)?;
    let settings = &context.settings;
    let stack = open::project_or_label(settings, docker, name.as_ref()).await.ok().map(|p| p.stack);
    let members = open::members(members, stack.as_ref())?;
    Ok((open::scope(settings, docker, name.as_ref()).await?, members))
}
