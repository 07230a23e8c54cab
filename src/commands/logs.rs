//! `logs`: the containers' lines in the order of their times; with `--follow` as they come.

use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::StreamExt as _;

use super::{Context, data, members};
use crate::cli::LogsArgs;
use crate::engine::Engine as _;
use crate::engine::docker::LogRange;
use crate::error::{Class, Failure};
use crate::report::{Event, Outcome};

pub(super) async fn run(args: &LogsArgs, context: &Context) -> Result<Outcome, Failure> {
    let docker = context.engine().await?;
    let (scope, wanted) = members::chosen(args.name.as_ref(), &args.members, context, &docker).await?;
    if let Some(failure) = data::not_whole(&docker, &scope).await? {
        context.event(Event::Warning(data::line(failure)));
    }
    let mut containers: Vec<_> = docker
        .members(&scope.stack, scope.id.as_ref())
        .await?
        .into_iter()
        .filter(|m| wanted.is_empty() || wanted.contains(&m.member))
        .map(|m| (m.member, m.container))
        .collect();
    containers.sort();
    if containers.is_empty() {
        return Err(Failure::new(
            Class::NotAsItShouldBe,
            format!("{} has no such container on this engine", scope.stack),
        )
        .advise(data::containers_by(&docker, &scope).await?));
    }
    let since = args.since.and_then(|ago| {
        let then = SystemTime::now().checked_sub(ago)?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(then.as_secs()).ok()
    });
    let range = LogRange { follow: args.follow, since, tail: args.tail };
    let mut lines = docker.logs(&containers, range);
    while let Some(line) = lines.next().await {
        let line = line?;
        context.event(Event::Log { member: line.member.to_string(), text: line.text });
    }
    Ok(Outcome::Said)
}
