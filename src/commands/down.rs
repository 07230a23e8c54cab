//! `down`: removes containers and networks. Volumes only with `--delete-data` and the stack's name given once more.

use super::{Context, data, lease, open, snapshot};
use crate::cli::DownArgs;
use crate::engine::EngineError;
use crate::engine::docker::{Docker, Scope};
use crate::error::{Class, Failure};
use crate::report::Outcome;
use crate::stack::Name;

pub(super) async fn run(args: &DownArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let docker = context.engine().await?;
    let scope = open::scope(&context.settings, &docker, name.as_ref()).await?;
    if args.delete_data {
        confirm(args, context, &docker, &scope).await?;
    }
    // A run that is under way would make anew what is removed here.
    let project = open::project(&context.settings.cwd, name.as_ref()).ok();
    let _held = project.as_ref().map(|found| lease::lock(&found.directory, "down", &scope.stack)).transpose()?;
    lease::take(context, &docker, &scope.stack, "down").await?;
    if let Some(found) = &project {
        snapshot::clear_files(&found.directory, &scope, context);
    }
    let _under_way = context.cancel.under_way();
    let unfinished = docker.unfinished(&scope).await?;
    // What it left is no data of the stack, and to take that away somebody must ask for it.
    if let Some((undone, _)) = unfinished.as_ref().filter(|_| !args.delete_data) {
        return Err(data::half_done(&scope, *undone));
    }
    snapshot::clear_holder(&docker, &scope, context).await?;
    let removed = docker.down(&scope).await.map_err(|error| {
        let in_use = matches!(error, EngineError::NetworkInUse { .. });
        let failure = Failure::from(error);
        if in_use { failure.seen("all containers of the stack were removed; its data is as it was") } else { failure }
    })?;
    if args.delete_data && context.cancel.is_requested() {
        return Err(interrupted("its data is as it was"));
    }
    // Those of a deletion are in the file that was written before it began, where one was wanted.
    let halves = unfinished.map(|(_, names)| names).unwrap_or_default();
    docker.remove_volumes(&halves).await?;
    let mut saved = None;
    if args.delete_data && !args.no_snapshot {
        saved = save(context, &docker, &scope, name.as_ref()).await?;
    }
    if let Some(file) = saved.as_ref().filter(|_| context.cancel.is_requested()) {
        return Err(interrupted(&format!("its data is as it was, and a snapshot of it is in {file}")));
    }
    let volumes = if args.delete_data { delete(&docker, &scope).await? + halves.len() } else { 0 };
    let kept = docker.volumes_of(&scope).await?.len();
    Ok(Outcome::Down {
        stack: scope.stack.to_string(),
        containers: removed.containers.len(),
        networks: removed.networks.len(),
        volumes,
        kept_volumes: kept,
        snapshot: saved,
    })
}

/// Removes all data, marked as that until it is done, and then every mark. Returns the number of volumes with data.
async fn delete(docker: &Docker, scope: &Scope) -> Result<usize, EngineError> {
    let volumes = docker.labelled_volumes(scope).await?;
    if volumes.len() > 1 {
        docker.mark_deletion(scope, &volumes).await?;
    }
    let removed = docker.delete_volumes(scope).await?;
    docker.remove_mark(scope).await?;
    Ok(removed.volumes.len())
}

/// How far it was when a signal came, before any data was removed.
fn interrupted(data: &str) -> Failure {
    let seen = format!("its containers and networks were removed; {data}; the same command goes on from there");
    Failure::new(Class::Interrupted, "interrupted").seen(seen)
}

/// The data that is going to be removed, into a file; nothing when there is none. Without the file nothing is removed.
async fn save(
    context: &Context,
    docker: &Docker,
    scope: &Scope,
    name: Option<&Name>,
) -> Result<Option<String>, Failure> {
    let volumes = docker.labelled_volumes(scope).await?;
    if volumes.is_empty() {
        return Ok(None);
    }
    let project = open::project_or_label(&context.settings, docker, name).await.ok();
    let taken = snapshot::take(context, docker, scope, project.as_ref(), None, "stopped").await;
    let stack = &scope.stack;
    let report = taken.map_err(|failure| match failure.class {
        Class::Interrupted => interrupted("its data is as it was, and no snapshot was written"),
        _ => failure.seen("its containers were removed, its data was not").advise(format!(
            "mend that and run it again; without a snapshot: ignition-stack down {stack} --delete-data --no-snapshot"
        )),
    })?;
    Ok(Some(report.file))
}

async fn confirm(args: &DownArgs, context: &Context, docker: &Docker, scope: &Scope) -> Result<(), Failure> {
    let stack = scope.stack.as_str();
    let typed = match &args.yes_delete_data {
        Some(given) => given.clone(),
        None if context.settings.can_ask => {
            let volumes = docker.volumes_of(scope).await?;
            let question = format!(
                "all data of {stack} will be gone ({}). Type the stack's name to go on:",
                if volumes.is_empty() { "no volumes".to_owned() } else { volumes.join(", ") }
            );
            context.ask(question).await?
        }
        None => {
            return Err(Failure::new(
                Class::Refused,
                format!("--delete-data removes all data of {stack} and nobody can be asked here"),
            )
            .seen("nothing was touched")
            .advise(format!("ignition-stack down {stack} --delete-data --yes-delete-data={stack}")));
        }
    };
    if typed == stack {
        return Ok(());
    }
    Err(Failure::new(Class::Refused, format!("{typed:?} is not the name of the stack, {stack}: nothing was touched")))
}
