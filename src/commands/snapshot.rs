//! `snapshot`: all data of a stack into one file, with checksums.

use std::path::{Path, PathBuf};
use std::pin::pin;

use futures_util::StreamExt as _;

use super::open::Project;
use super::{Context, data, lease, open};
use crate::blueprint;
use crate::cli::SnapshotArgs;
use crate::engine::docker::{Docker, Holder, Purpose, Scope, VolumeLabels};
use crate::error::{Class, Failure};
use crate::project;
use crate::project::snapshot::{About, Packed, SNAPSHOTS_DIR, SnapshotWriter, default_path, now, remove_leftovers};
use crate::report::outcome::{SnapshotReport, VolumeRow};
use crate::report::{Event, Outcome};
use crate::stack::Name;

/// What the members did while their data was copied.
const PAUSED: &str = "paused";
const RUNNING: &str = "running";

pub(super) async fn run(args: &SnapshotArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let docker = context.engine().await?;
    let scope = open::scope(&context.settings, &docker, name.as_ref()).await?;
    let project = open::project_or_label(&context.settings, &docker, name.as_ref()).await.ok();
    let _held = project.as_ref().map(|found| lease::lock(&found.directory, "snapshot", &scope.stack)).transpose()?;
    lease::take(context, &docker, &scope.stack, "snapshot").await?;
    if let Some(found) = &project {
        clear_files(&found.directory, &scope, context);
    }
    clear_holder(&docker, &scope, context).await?;
    if let Some(failure) = data::unfinished(&docker, &scope).await? {
        return Err(failure.seen("a snapshot of half the data would be taken for whole"));
    }
    // Nothing may stay frozen: a signal waits for that.
    let _under_way = context.cancel.under_way();
    let frozen = if args.no_pause { Vec::new() } else { docker.freeze(&scope).await? };
    let members = match (args.no_pause, frozen.is_empty()) {
        (true, _) => RUNNING,
        (false, true) => "stopped",
        (false, false) => PAUSED,
    };
    let file = args.file.as_ref().map(|file| context.settings.cwd.join(file));
    let taken = take(context, &docker, &scope, project.as_ref(), file, members).await;
    docker.unfreeze(&frozen).await?;
    let taken = taken?;
    if context.cancel.is_requested() {
        let written = format!("the snapshot is whole, in {}", taken.file);
        return Err(Failure::new(Class::Interrupted, "interrupted").seen(written));
    }
    Ok(Outcome::Snapshot(taken))
}

/// Takes away the files that snapshots which were killed left in a project, and says so.
pub(super) fn clear_files(project: &Path, scope: &Scope, context: &Context) {
    tell_files(remove_leftovers(&project.join(SNAPSHOTS_DIR), scope.stack.as_str()), context);
}

/// Takes away the container that a snapshot which was killed left, and says so. To be called with the lease alone: without it a snapshot
/// may be under way.
pub(super) async fn clear_holder(docker: &Docker, scope: &Scope, context: &Context) -> Result<(), Failure> {
    if let Some(container) = docker.drop_holder(scope, Purpose::Read).await? {
        tell_leftover(&format!("container {container}"), context);
    }
    // Nor one that tells of a deletion that never began, or that is done.
    Ok(docker.drop_void_mark(scope).await?)
}

fn tell_files(gone: Vec<PathBuf>, context: &Context) {
    for path in gone {
        let shown = path.strip_prefix(&context.settings.cwd).unwrap_or(&path).display().to_string();
        tell_leftover(&shown, context);
    }
}

fn tell_leftover(what: &str, context: &Context) {
    context.event(Event::Note(format!("removed {what}, which a snapshot left that was killed")));
}

/// Writes the data of all volumes of a stack to `file`, or to where snapshots of its project go. What runs is as the caller
/// left it: `members` says so in the file.
pub(super) async fn take(
    context: &Context,
    docker: &Docker,
    scope: &Scope,
    project: Option<&Project>,
    file: Option<PathBuf>,
    members: &str,
) -> Result<SnapshotReport, Failure> {
    let volumes = docker.labelled_volumes(scope).await?;
    if volumes.is_empty() {
        return Err(Failure::new(
            Class::Usage,
            format!("{} has no volumes on this engine: there is no data", scope.stack),
        ));
    }
    let there: Vec<&str> = volumes.iter().map(|v| v.name.as_str()).collect();
    for member in project.iter().flat_map(|project| without_data(project, &there)) {
        context.event(Event::Warning(format!("{member} has no data volume: it is not in the snapshot")));
    }
    let taken = now();
    let below = project.map_or_else(|| context.settings.cwd.clone(), |p| p.directory.join(SNAPSHOTS_DIR));
    let file = file.unwrap_or_else(|| default_path(&below, scope.stack.as_str(), &taken));
    if let Some(parent) = file.parent() {
        tell_files(remove_leftovers(parent, scope.stack.as_str()), context);
    }
    let mut writer = SnapshotWriter::begin(&file, scope.stack.as_str())?;
    if let Some(project) = project {
        writer.record(project::read_record(&project.directory)?.as_bytes())?;
    }
    // A signal waits until the holder is gone again; the copying itself looks out for it.
    let _under_way = context.cancel.under_way();
    let holder = docker.hold(scope, &volumes, Purpose::Read).await?;
    let copied = copy(context, docker, &holder, &volumes, &mut writer).await;
    let released = docker.release(holder).await;
    let packed = copied?;
    released?;
    let about = About {
        stack: scope.stack.to_string(),
        stack_id: scope.id.map(|id| id.to_string()),
        taken: taken.clone(),
        members: members.to_owned(),
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let file = writer.finish(about)?;
    Ok(report(scope, &file, &taken, members, &packed, &context.settings.cwd))
}

/// The members of a project whose volume is not among these.
pub(super) fn without_data(project: &Project, volumes: &[&str]) -> Vec<Name> {
    let all = blueprint::build(&project.stack).volumes;
    all.into_iter().filter(|v| !volumes.contains(&v.name.as_str())).map(|v| v.member).collect()
}

/// What a snapshot holds, for people and machines.
pub(super) fn report(
    scope: &Scope,
    file: &Path,
    taken: &str,
    members: &str,
    volumes: &[Packed],
    cwd: &Path,
) -> SnapshotReport {
    let row = |v: &Packed| VolumeRow { volume: v.name.clone(), bytes: v.bytes, sha256: v.sha256.clone() };
    SnapshotReport {
        stack: scope.stack.to_string(),
        file: file.strip_prefix(cwd).unwrap_or(file).display().to_string(),
        taken: taken.to_owned(),
        members: members.to_owned(),
        volumes: volumes.iter().map(row).collect(),
    }
}

async fn copy(
    context: &Context,
    docker: &Docker,
    holder: &Holder,
    volumes: &[VolumeLabels],
    writer: &mut SnapshotWriter,
) -> Result<Vec<Packed>, Failure> {
    let mut packed = Vec::new();
    for volume in volumes {
        context.event(Event::Working(format!("save volume {}", volume.name)));
        let mut into = writer.volume(&volume.name, volume.labels.clone())?;
        let mut parts = pin!(docker.read_volume(holder, &volume.name));
        while let Some(part) = parts.next().await {
            if context.cancel.is_requested() {
                return Err(Failure::new(Class::Interrupted, "interrupted").seen("no snapshot was written"));
            }
            into.write(&part?)?;
        }
        packed.push(into.finish()?);
    }
    Ok(packed)
}
