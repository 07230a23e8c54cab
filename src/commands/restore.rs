//! `restore`: a stack's volumes made anew from a snapshot. Never over data that is there.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use super::{Context, data, lease, open, snapshot};
use crate::blueprint::labels;
use crate::cli::RestoreArgs;
use crate::engine::Undone;
use crate::engine::docker::{Docker, Holder, Purpose, Scope, VolumeLabels, deletion_name, mark_name};
use crate::error::{Class, Failure};
use crate::project::snapshot::{Packed, SNAPSHOTS_DIR, Snapshot, VolumeReader};
use crate::report::{Event, Outcome};
use crate::stack::Name;

/// Bytes that are handed to the engine at a time.
const PART: usize = 1 << 16;

pub(super) async fn run(args: &RestoreArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    file_is_named(args, context)?;
    let project = open::project(&context.settings.cwd, name.as_ref())?;
    let scope = Scope { stack: project.stack.name.clone(), id: Some(project.stack.id) };
    let docker = context.engine().await?;
    let path = context.settings.cwd.join(&args.file);
    context.event(Event::Working(format!("check {}", args.file.display())));
    let from = Snapshot::open(&path)?;
    belongs(&from, &scope, args)?;
    let _held = lease::lock(&project.directory, "restore", &scope.stack)?;
    lease::take(context, &docker, &scope.stack, "restore").await?;
    let held: Vec<&str> = from.volumes().iter().map(|v| v.name.as_str()).collect();
    for member in snapshot::without_data(&project, &held) {
        let told = format!("{} has no data of {member}: it begins with none", args.file.display());
        context.event(Event::Warning(told));
    }
    let volumes: Vec<VolumeLabels> = from.volumes().iter().map(|v| made_as(v, &scope)).collect();
    clear(&docker, &scope, &volumes, args).await?;
    // Signals wait until what was begun is taken back; the filling itself looks out for them.
    let _under_way = context.cancel.under_way();
    let filled = match docker.hold(&scope, &volumes, Purpose::Fill).await {
        Ok(holder) => fill(context, &docker, &holder, &from).await.map(|()| holder),
        Err(error) => Err(error.into()),
    };
    match filled {
        // Before that is done they do not count as whole.
        Ok(holder) => docker.restored(&scope, holder).await?,
        Err(failure) => return Err(taken_back(&docker, &scope, failure).await),
    }
    let about = from.about();
    Ok(Outcome::Restore(snapshot::report(
        &scope,
        &path,
        &about.taken,
        &about.members,
        from.volumes(),
        &context.settings.cwd,
    )))
}

/// What was made goes again. What cannot go does not hide why it should.
async fn taken_back(docker: &Docker, scope: &Scope, failure: Failure) -> Failure {
    match docker.undo_restore(scope).await {
        Ok(_) => failure.seen("nothing was restored"),
        Err(error) => {
            let failure = failure.seen(format!("what was begun could not be taken back: {error}"));
            let unfinished = data::half_done(scope, Undone::Restore);
            let failure = failure.seen(unfinished.what);
            unfinished.advice.into_iter().fold(failure, Failure::advise)
        }
    }
}

/// One word alone is the file. Where it is the name of a stack and no file, the file was forgotten.
fn file_is_named(args: &RestoreArgs, context: &Context) -> Result<(), Failure> {
    let cwd = &context.settings.cwd;
    let stack = args.file.to_str().and_then(|word| Name::parse(word).ok());
    let Some(stack) = stack.filter(|_| args.name.is_none() && !cwd.join(&args.file).is_file()) else { return Ok(()) };
    let below = Path::new(stack.as_str()).join(SNAPSHOTS_DIR);
    let taken = std::fs::read_dir(cwd.join(&below)).into_iter().flatten().flatten();
    // Their names hold the time.
    let last = taken.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().ends_with(".tar")).max();
    let advice = match last {
        Some(last) => format!("ignition-stack restore {stack} {}   (the last one there)", below.join(last).display()),
        None => format!("ignition-stack restore {stack} FILE   (one that snapshot or down --delete-data wrote)"),
    };
    Err(Failure::new(Class::Usage, format!("restore {stack} names no file to restore {stack} from")).advise(advice))
}

/// A gateway's data holds its identity, and two gateways with one identity do not link: a stack takes its own data only.
fn belongs(from: &Snapshot, scope: &Scope, args: &RestoreArgs) -> Result<(), Failure> {
    let (about, file) = (from.about(), args.file.display());
    let (stack, id) = (&scope.stack, scope.id.map(|id| id.to_string()));
    if about.stack != stack.as_str() {
        return Err(Failure::new(Class::Refused, format!("{file} holds data of {}, not of {stack}", about.stack))
            .advise(format!("ignition-stack restore {} {file}", about.stack)));
    }
    if about.stack_id != id {
        return Err(Failure::new(Class::Refused, format!("{file} holds data of another stack that is named {stack}"))
            .seen(format!("its stack id is {}", about.stack_id.as_deref().unwrap_or("not known")))
            .seen(format!("that of the project here is {}", id.unwrap_or_default()))
            .advise("restore it into the project that it was taken of; its record is in the file (record.json)"));
    }
    Ok(())
}

/// The volume as it was, and ours whatever the file says. No label of anybody else is taken over, and none by which it would count as
/// something else than data.
fn made_as(volume: &Packed, scope: &Scope) -> VolumeLabels {
    let no_data = [labels::HOLDS, labels::FILLS, labels::LEASE, labels::HOLDER];
    let ours = |key: &str| key.starts_with("ignition-stack.") && !no_data.contains(&key);
    let known = |key: &str| ours(key) || key.starts_with("com.docker.compose.");
    let mut all: BTreeMap<String, String> =
        volume.labels.iter().filter(|(key, _)| known(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    all.insert(labels::STACK.to_owned(), scope.stack.to_string());
    if let Some(id) = scope.id {
        all.insert(labels::STACK_ID.to_owned(), id.to_string());
    }
    VolumeLabels { name: volume.name.clone(), labels: all }
}

/// What a restore that was killed left is taken away; anything else that has the name of a volume stays, and nothing is done.
async fn clear(docker: &Docker, scope: &Scope, volumes: &[VolumeLabels], args: &RestoreArgs) -> Result<(), Failure> {
    let (stack, file) = (&scope.stack, args.file.display());
    let (below, marks) = (format!("{stack}_"), [mark_name(stack), deletion_name(stack)]);
    if let Some(strange) = volumes.iter().find(|v| !v.name.starts_with(&below) || marks.contains(&v.name)) {
        return Err(Failure::new(
            Class::Refused,
            format!("{file} holds a volume {}, which is none of {stack}", strange.name),
        ));
    }
    let members = docker.members_of_stack(scope).await?;
    if !members.is_empty() {
        return Err(Failure::new(
            Class::Refused,
            format!("{stack} has containers, and their volumes cannot be made anew"),
        )
        .seen(format!("containers: {}", members.join(", ")))
        .seen("nothing was touched")
        .advise(format!(
            "ignition-stack down {stack} --delete-data   (writes a snapshot of what is there), then this again"
        )));
    }
    if let Some(foreign) = docker.foreign_mark(scope).await? {
        let what = format!("there is a volume {foreign} that is not of {stack}, and a restore makes one of that name");
        return Err(Failure::new(Class::Refused, what)
            .seen("nothing was touched")
            .advise(format!("when nobody needs what is in it: docker volume rm {foreign}   (then this again)")));
    }
    docker.drop_void_mark(scope).await?;
    let unfinished = docker.unfinished(scope).await?.map(|(_, names)| names).unwrap_or_default();
    let names: Vec<&str> = volumes.iter().map(|v| v.name.as_str()).collect();
    let mut there = docker.volumes_there(&names).await?;
    there.retain(|name| !unfinished.contains(name));
    if there.is_empty() {
        docker.undo_restore(scope).await?;
        return Ok(());
    }
    Err(Failure::new(Class::Refused, format!("{stack} has data, and nothing is restored over it"))
        .seen(format!("volumes: {}", there.join(", ")))
        .seen("nothing was touched")
        .advise(format!(
            "ignition-stack down {stack} --delete-data   (writes a snapshot of what is there), then this again"
        )))
}

async fn fill(context: &Context, docker: &Docker, holder: &Holder, from: &Snapshot) -> Result<(), Failure> {
    for volume in from.volumes() {
        context.event(Event::Working(format!("restore volume {}", volume.name)));
        let cancel = context.cancel.clone();
        let parts = parts(from.volume(volume)?).take_while(move |_| !cancel.is_requested());
        let filled = docker.fill_volume(holder, &volume.name, parts).await;
        // A tar that was cut off for that reason is refused by the engine, too.
        if context.cancel.is_requested() {
            return Err(Failure::new(Class::Interrupted, "interrupted"));
        }
        filled?;
    }
    Ok(())
}

fn parts(mut from: VolumeReader) -> impl Iterator<Item = std::io::Result<Vec<u8>>> + Send + 'static {
    std::iter::from_fn(move || {
        let mut part = Vec::with_capacity(PART);
        match from.by_ref().take(PART as u64).read_to_end(&mut part) {
            Ok(0) => None,
            Ok(_) => Some(Ok(part)),
            Err(error) => Some(Err(error)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::StackId;

    #[test]
    fn a_volume_becomes_ours_and_takes_no_label_of_anybody_else() {
        let given = [
            ("ignition-stack.stack", "other"),
            ("ignition-stack.member", "hub"),
            ("ignition-stack.holds", "restore"),
            ("ignition-stack.fills", "[]"),
            ("ignition-stack.lease", "demo"),
            ("ignition-stack.holder", "{}"),
            ("com.docker.compose.volume", "hub-data"),
            ("backup.policy", "never"),
        ];
        let packed = Packed {
            name: "demo_hub-data".to_owned(),
            labels: given.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            sha256: String::new(),
            packed_bytes: 0,
            bytes: 0,
        };
        let scope = Scope { stack: Name::parse("demo").unwrap(), id: Some(StackId::from_u128(7)) };
        let made = made_as(&packed, &scope);
        let pairs: Vec<_> = made.labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(
            pairs,
            [
                "com.docker.compose.volume=hub-data",
                "ignition-stack.member=hub",
                "ignition-stack.stack=demo",
                "ignition-stack.stack-id=00000000-0000-0000-0000-000000000007"
            ]
        );
    }
}
