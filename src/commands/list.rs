//! `list`: every stack on this engine, also those whose directory is gone.

use super::{Context, open};
use crate::engine::{ContainerState, FoundStack, Undone};
use crate::error::Failure;
use crate::project;
use crate::report::Outcome;
use crate::report::outcome::ListRow;

pub(super) async fn run(context: &Context) -> Result<Outcome, Failure> {
    let docker = context.engine().await?;
    Ok(Outcome::List { stacks: docker.stacks().await?.iter().map(row).collect() })
}

fn row(found: &FoundStack) -> ListRow {
    ListRow {
        stack: found.name.clone(),
        running: found.members.iter().filter(|m| m.state == ContainerState::Running).count(),
        containers: planned(found).unwrap_or(0).max(found.members.len()),
        volumes: found.volumes,
        restore_unfinished: found.undone == Some(Undone::Restore),
        deletion_unfinished: found.undone == Some(Undone::Deletion),
        simulated: found.members.iter().any(|m| m.simulated),
        directory: found.project_dir.as_ref().map(|d| d.display().to_string()),
        directory_exists: found
            .project_dir
            .as_ref()
            .is_some_and(|d| project::find(d, None).is_ok_and(|there| there == *d)),
    }
}

/// How many containers the stack should have, when its project is there to say so.
fn planned(found: &FoundStack) -> Option<usize> {
    let name = crate::stack::Name::parse(&found.name).ok()?;
    let stack = open::project(found.project_dir.as_ref()?, Some(&name)).ok()?.stack;
    (found.id.as_deref() == Some(stack.id.to_string().as_str())).then(|| stack.gateways.len() + stack.services.len())
}
