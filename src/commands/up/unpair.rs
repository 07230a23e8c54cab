//! Pairs that a plan takes apart: a backup that leaves while its master stays may have what the master has not, so both are looked at
//! first, and it is refused unless the master works and the backup is in sync with it.

use super::target::Target;
use crate::blueprint::{Blueprint, labels};
use crate::cli::UpArgs;
use crate::commands::{Context, open};
use crate::engine::ContainerState;
use crate::engine::docker::{Docker, Observed, SeenContainer};
use crate::error::{Class, Failure};
use crate::lifecycle::pairs::{Pairs, Parted};
use crate::lifecycle::parting::Parting;
use crate::project;
use crate::render;
use crate::stack::{Gateway, Name, Node, Pair, Stack};

/// The suffix of a backup's name, unless its record says another.
const BACKUP: &str = "-backup";

/// The pairs that are taken apart.
pub(super) fn parting(target: &Target, observed: &Observed) -> Vec<Pair> {
    let recorded = target.recorded.as_ref().map(|stack| stack.pairs.as_slice()).unwrap_or_default();
    let mut all: Vec<Pair> = of_engine(&target.blueprint, observed).collect();
    // One without a container may still have data that somebody has worked with.
    all.extend(recorded.iter().filter(|pair| has_data(&target.blueprint, observed, &pair.backup)).cloned());
    let stays = |pair: &Pair| target.stack.gateway(&pair.master).is_some();
    let is = |one: &Pair, other: &Pair| {
        (&one.master, &one.backup) == (&other.master, &other.backup)
            || (&one.master, &one.backup) == (&other.backup, &other.master)
    };
    let mut parting: Vec<Pair> = Vec::new();
    for pair in all {
        let kept = target.stack.pairs.iter().chain(&parting).any(|other| is(other, &pair));
        if stays(&pair) && !kept {
            parting.push(pair);
        }
    }
    parting
}

/// The backups among the stack's containers, with their masters, by their label. A name alone says nothing: `hub-backup` may be a gateway that
/// never was in a pair.
fn of_engine<'a>(want: &'a Blueprint, observed: &'a Observed) -> impl Iterator<Item = Pair> + 'a {
    own_containers(want, observed).filter_map(|(backup, seen)| {
        let master = Name::parse(seen.labels.get(labels::BACKUP_OF)?).ok()?;
        Some(Pair { master, backup })
    })
}

fn own_containers<'a>(
    want: &'a Blueprint,
    observed: &'a Observed,
) -> impl Iterator<Item = (Name, &'a SeenContainer)> + 'a {
    let id = want.stack_id.to_string();
    let own = move |c: &&SeenContainer| c.labels.get(labels::STACK_ID).is_some_and(|seen| *seen == id);
    observed.containers.iter().filter(own).filter_map(|c| Some((c.member_state()?.member, c)))
}

/// Whether a volume of this stack has a member's data.
fn has_data(want: &Blueprint, observed: &Observed, member: &Name) -> bool {
    volumes(want, observed, member).next().is_some()
}

fn volumes<'a>(want: &Blueprint, observed: &'a Observed, member: &'a Name) -> impl Iterator<Item = &'a str> {
    let id = want.stack_id.to_string();
    let labelled = move |found: &std::collections::HashMap<String, String>| {
        found.get(labels::STACK_ID).is_some_and(|seen| *seen == id)
            && found.get(labels::MEMBER).is_some_and(|seen| *seen == member.as_str())
    };
    observed.volumes.iter().filter(move |v| labelled(&v.labels)).map(|v| v.name.as_str())
}

/// Writes down which pairs are taken apart, before the record names them no more: a run that is killed after that has decided it.
pub(super) fn remember(target: &Target, parting: &[Pair]) -> Result<(), Failure> {
    let mut parted = project::read_parted(&target.directory)?;
    parted.retain(|pair| !target.stack.pairs.contains(pair));
    let new: Vec<Pair> = parting.iter().filter(|pair| !parted.contains(pair)).cloned().collect();
    parted.extend(new);
    Ok(project::write_parted(&target.directory, &parted)?)
}

/// Looks at the pairs that are taken apart. What goes on with less than it may have is refused, or, where that was asked for, noted.
pub(super) async fn check(
    target: &Target,
    docker: &Docker,
    observed: &Observed,
    parting: &[Pair],
    args: &UpArgs,
    context: &Context,
) -> Result<Vec<String>, Failure> {
    let (mut notes, mut refused) = (Vec::new(), Vec::new());
    for pair in parting {
        let seen = look(target, docker, observed, pair, args, context).await?;
        match seen.parting {
            Parting::Safe => {}
            Parting::Done => notes.push(format!(
                "{} is active and {} does not run any more: it was found before that it may go",
                pair.master, pair.backup
            )),
            Parting::BackupActive | Parting::Unsure if args.abandon_backup => {
                notes.push(format!("--abandon-backup: {}; {}", about(pair, seen.parting), seen.nodes.join("; ")));
            }
            Parting::BackupActive | Parting::Unsure => refused.push((pair, seen)),
        }
    }
    if refused.is_empty() { Ok(notes) } else { Err(refusal(target, observed, &refused)) }
}

/// How a pair stands. Where neither node runs nobody is asked: who answers at their ports is somebody else.
async fn look(
    target: &Target,
    docker: &Docker,
    observed: &Observed,
    pair: &Pair,
    args: &UpArgs,
    context: &Context,
) -> Result<Parted, Failure> {
    let state = |name: &Name| {
        let found = own_containers(&target.blueprint, observed).filter(|(member, _)| member == name);
        found.map(|(_, seen)| seen.state).find(|state| *state == ContainerState::Running)
    };
    if state(&pair.master).or(state(&pair.backup)).is_none() {
        let nodes = [&pair.master, &pair.backup].map(|name| format!("{name}: does not run, so it cannot be asked"));
        return Ok(Parted { parting: Parting::Unsure, nodes: nodes.into() });
    }
    let recorded = recorded(target, pair);
    let decided = !recorded && project::read_parted(&target.directory)?.contains(pair);
    let stack = match &target.recorded {
        Some(stack) if recorded => stack.clone(),
        _ => with_pair(&target.stack, pair),
    };
    let password = open::password(&target.directory).ok();
    let clients = open::clients(&stack, password.as_deref(), docker.endpoint().remote_host().as_deref())?;
    let pairs = Pairs::new(docker, &stack, clients, &*context.reporter, args.timeout);
    Ok(pairs.part(pair, decided).await?)
}

/// Whether the record, as it was found, names a pair.
fn recorded(target: &Target, pair: &Pair) -> bool {
    target.recorded.as_ref().is_some_and(|stack| stack.pairs.contains(pair))
}

/// A stack with a pair that it has no more. The backup is asked where its container is, so what it once published is no matter.
fn with_pair(stack: &Stack, pair: &Pair) -> Stack {
    let mut stack = stack.clone();
    let Some(place) = stack.gateways.iter().position(|g| g.name == pair.master) else { return stack };
    stack.gateways[place].node = Node::Master { backup: pair.backup.clone() };
    let node = Node::Backup { master: pair.master.clone() };
    let backup = Gateway { name: pair.backup.clone(), node, ..stack.gateways[place].clone() };
    stack.gateways.retain(|g| g.name != pair.backup);
    stack.gateways.push(backup);
    stack.pairs.retain(|other| other.master != pair.master && other.backup != pair.master);
    stack.pairs.push(pair.clone());
    stack
}

fn about(pair: &Pair, parting: Parting) -> String {
    let Pair { master, backup } = pair;
    match parting {
        Parting::BackupActive => format!("{backup} is the active node, and {master} would go on without it"),
        _ => format!("{master} would go on without {backup}, and is not known to have all that {backup} has"),
    }
}

fn refusal(target: &Target, observed: &Observed, refused: &[(&Pair, Parted)]) -> Failure {
    let what = match refused {
        [(pair, seen)] => about(pair, seen.parting),
        many => format!("{} pairs cannot be taken apart as they are", many.len()),
    };
    let mut failure = Failure::new(Class::Refused, what);
    for (_, seen) in refused {
        failure = seen.nodes.iter().cloned().fold(failure, Failure::seen);
    }
    let Some((pair, seen)) = refused.first() else { return failure };
    let volume = volumes(&target.blueprint, observed, &pair.backup).next();
    let stays = volume.map(|volume| format!(" (its data stays in volume {volume})")).unwrap_or_default();
    let advice = advice(target, pair, seen.parting);
    failure.seen("nothing was touched").advise(format!(
        "{advice}; or, where what {} alone has may be left behind, add --abandon-backup{stays}",
        pair.backup
    ))
}

/// How the master comes to be active and to have what its backup has.
fn advice(target: &Target, pair: &Pair, parting: Parting) -> String {
    let (name, Pair { master, backup }) = (&target.stack.name, pair);
    let wins =
        format!("{backup} takes over what {master} has: ignition-stack snapshot {name} keeps what it has itself");
    if parting == Parting::BackupActive {
        // Whatever the recovery mode is: a backup that comes back to an active master stands by (fact sheet 5.2).
        return format!(
            "ignition-stack restart {name} {backup}   ({master} takes over meanwhile and stays active), then once more"
        );
    }
    let whole = if recorded(target, pair) {
        format!("ignition-stack up {name}   (without the change; {wins})")
    } else {
        match again(target, pair) {
            Some(role) => format!("ignition-stack up {name} --redundant {role}   ({wins})"),
            None => format!("put {backup} back into {} and ignition-stack up {name}   ({wins})", render::RECORD_PATH),
        }
    };
    format!("make the pair whole first: {whole}, and when that has proven it, once more")
}

/// The role whose pair comes back by a flag as it was.
fn again<'a>(target: &'a Target, pair: &Pair) -> Option<&'a str> {
    let master = target.stack.gateway(&pair.master)?;
    let of_role = target.stack.gateways.iter().filter(|g| g.role == master.role);
    let as_named = pair.backup.as_str().strip_suffix(BACKUP) == Some(pair.master.as_str());
    (as_named && of_role.count() == 1 && master.role == target.stack.architecture.redundant_role())
        .then(|| master.role.word())
}

#[cfg(test)]
#[path = "unpair_tests.rs"]
mod tests;
