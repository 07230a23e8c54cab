//! `stop`, `start`, `restart`: containers only; nothing is made or removed.

use super::{Context, data, lease, open};
use crate::cli::MembersArgs;
use crate::engine::docker::{Docker, Scope};
use crate::engine::{ContainerState, Engine as _};
use crate::error::{Class, Failure};
use crate::report::Outcome;
use crate::stack::Name;

/// Which of the three.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verb {
    Stop,
    Start,
    Restart,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Restart => "restart",
        }
    }
}

pub(super) async fn run(verb: Verb, args: &MembersArgs, context: &Context) -> Result<Outcome, Failure> {
    let docker = context.engine().await?;
    let (scope, members) = chosen(args.name.as_ref(), &args.members, context, &docker).await?;
    if verb != Verb::Stop
        && let Some(failure) = data::not_whole(&docker, &scope).await?
    {
        return Err(failure);
    }
    let there = docker.members(&scope.stack, scope.id.as_ref()).await?;
    let absent = members.iter().find(|name| !there.iter().any(|m| m.member == **name));
    if absent.is_some() || there.is_empty() {
        let what =
            absent.map_or_else(|| format!("{} has", scope.stack), |name| format!("{name} of {} has", scope.stack));
        return Err(Failure::new(Class::NotAsItShouldBe, format!("{what} no container on this engine"))
            .advise(data::containers_by(&docker, &scope).await?));
    }
    lease::take(context, &docker, &scope.stack, verb.word()).await?;
    let under_way = context.cancel.under_way();
    let (done, changed) = match verb {
        Verb::Stop => ("stopped", docker.stop(&scope, &members).await?),
        Verb::Start => ("started", docker.start(&scope, &members).await?),
        Verb::Restart => ("restarted", docker.restart(&scope, &members).await?),
    };
    drop(under_way);
    if verb != Verb::Stop {
        all_run(&docker, &scope, &members).await?;
    }
    Ok(Outcome::Acted {
        done: done.to_owned(),
        stack: scope.stack.to_string(),
        members: changed.iter().map(ToString::to_string).collect(),
    })
}

/// Whether the members that were meant run now. One that was never started is not started here, because it has no seeds yet.
async fn all_run(docker: &Docker, scope: &Scope, members: &[Name]) -> Result<(), Failure> {
    let there = docker.members(&scope.stack, scope.id.as_ref()).await?;
    let asleep = there
        .iter()
        .filter(|m| members.is_empty() || members.contains(&m.member))
        .find(|m| m.state != ContainerState::Running && m.state != ContainerState::Restarting);
    match asleep {
        None => Ok(()),
        Some(member) => Err(Failure::new(Class::NotAsItShouldBe, "its container does not run")
            .of(member.member.as_str())
            .advise(format!("ignition-stack up {}", scope.stack))),
    }
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
