//! `up --rollback`: a run that failed takes away what it made, and says what went and what stayed.

use crate::commands::Context;
use crate::engine::docker::{Docker, Objects, Scope};
use crate::error::Failure;
use crate::report::Event;

use super::target::Target;

/// Takes away what was made since `before`, and adds to the failure what became of it. A second failure does not hide the first.
pub(super) async fn undo(
    docker: &Docker,
    target: &Target,
    before: &Objects,
    mut failure: Failure,
    context: &Context,
) -> Failure {
    let scope = scope(target);
    context.event(Event::Working("roll back what this run made".to_owned()));
    failure.details.retain(|detail| !detail.starts_with(super::prove::KEPT));
    let under_way = context.cancel.under_way();
    let removed = docker.remove_since(&scope, before).await;
    drop(under_way);
    let done = match removed {
        Ok(done) => done,
        Err(error) => return failure.seen(format!("not rolled back as a whole: {error}")),
    };
    let mut stayed: Vec<String> = before.names().into_iter().filter(|name| !done.gone.contains(name)).collect();
    stayed.push(format!("the project {}", target.directory.display()));
    let told = [
        ("rolled back, because this run made it", done.removed),
        ("could not be removed", done.left),
        ("replaced by this run, and not brought back", done.gone),
        ("stayed", stayed),
    ];
    told.into_iter()
        .filter(|(_, names)| !names.is_empty())
        .fold(failure, |failure, (what, names)| failure.seen(format!("{what}: {}", names.join(", "))))
}

/// Everything of the target's stack.
pub(super) fn scope(target: &Target) -> Scope {
    Scope { stack: target.stack.name.clone(), id: Some(target.stack.id) }
}
