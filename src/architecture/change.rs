//! Flags on a stack that is there already: the same words as for a new one, each applied to what it was made of. Everything that
//! nobody named stays. Pure.

use super::{Choice, Database, build, make_redundant};
use crate::catalog::image;
use crate::spec::{GatewaySpec, PairMode, Problems, Spec};
use crate::stack::{Architecture, Edition, Role};

/// Applies the words to the dump of a stack: the spec of what it shall be, or every reason why that cannot be. Its name, its identity
/// and the environment of its gateways are not among what words change.
///
/// What a gateway takes over at its first start alone (edition, administrator, database connection: fact sheet 6.4, 7.3) is not
/// changed here: the flag would be accepted and change nothing.
pub fn change(spec: &mut Spec, change: &Choice) -> Result<(), Problems> {
    let mut problems = Problems::default();
    let wanted = change.architecture;
    if wanted != spec.architecture {
        problems
            .add("--arch", format!("the stack is {}; {wanted} is another stack, with another name", spec.architecture));
        return Err(problems);
    }
    only_at_first_start(spec, change, &mut problems);
    image_of_its_kind(spec, change, &mut problems);
    if let Some(wanted) = change.gateway_network {
        spec.gateway_network = wanted;
        // The port between the nodes of a pair is the transport's.
        spec.gateways
            .iter_mut()
            .filter_map(|g| g.redundancy.as_mut())
            .for_each(|redundancy| redundancy.gan_port = None);
    }
    change.reverse_proxy.apply(&mut spec.reverse_proxy, &mut problems);
    if let Some(wanted) = change.network_split {
        split(spec, wanted, &mut problems);
    }
    if !change.disable_builtins.is_empty() {
        // In place of those that were named before.
        spec.gateways.iter_mut().for_each(|gateway| gateway.disable_builtins.clone_from(&change.disable_builtins));
    }
    if let Some(memory) = change.memory_mb {
        spec.gateways.iter_mut().for_each(|gateway| gateway.memory_mb = Some(memory));
    }
    for (flag, given, role, least) in
        [("--frontends", change.frontends, Role::Frontend, 1), ("--spokes", change.spokes, Role::Spoke, 0)]
    {
        let Some(wanted) = given else { continue };
        if !spec.architecture.roles().contains(&role) {
            problems.add(flag, format!("this stack is {}, which has no {role}s", spec.architecture));
        } else if wanted < least {
            problems.add(flag, format!("at least {least} {role} is needed"));
        } else {
            resize(spec, role, wanted, flag, &mut problems);
        }
    }
    if let Some(word) = &change.redundant
        && let Err(refused) = make_redundant(spec, word)
    {
        problems.0.extend(refused.0);
    }
    if let Some(first) = change.base_port {
        renumber(spec, first, &mut problems);
    }
    let texts = [(&mut spec.bind_address, &change.bind_address), (&mut spec.timezone, &change.timezone)];
    for (there, wanted) in texts {
        if wanted.is_some() {
            there.clone_from(wanted);
        }
    }
    problems.or(())
}

/// Words that would change what only a gateway's first start reads.
fn only_at_first_start(spec: &Spec, change: &Choice, problems: &mut Problems) {
    let mut edge: Vec<&str> = Vec::new();
    for gateway in spec.gateways.iter().filter(|g| g.ignition_edition == Edition::Edge) {
        if !edge.contains(&gateway.role.word()) {
            edge.push(gateway.role.word());
        }
    }
    if let Some(word) = &change.edge_role {
        let same = if word == "none" { edge.is_empty() } else { edge.as_slice() == [word.as_str()] };
        if !same {
            let now = if edge.is_empty() { "none".to_owned() } else { edge.join(", ") };
            problems.add("--edge-role", format!("is {now}: an edition is chosen when the stack is made"));
        }
    }
    let admin = spec.admin_username.as_deref().unwrap_or_default();
    if let Some(word) = change.admin_username.as_deref().filter(|word| *word != admin) {
        problems.add(
            "--admin-username",
            format!("is {admin:?}: a gateway makes its first administrator at its first start, so {word:?} would not come to be"),
        );
    }
    if let Some(wanted) = change.database.map(Database::slug) {
        let now = spec.service_instances.first().map(|s| s.service.as_str());
        if now != wanted {
            problems.add(
                "--database",
                format!(
                    "is {}: a database connection is put into a gateway before its first start, so it is chosen when the stack is made",
                    now.unwrap_or("none")
                ),
            );
        }
    }
}

/// Another image of the same kind. A simulated gateway cannot use the data of a real one, nor the other way round.
fn image_of_its_kind(spec: &mut Spec, change: &Choice, problems: &mut Problems) {
    let Some(wanted) = &change.image else { return };
    let there = spec.ignition_image.as_deref().unwrap_or_default();
    let kind = |simulated: bool| if simulated { "simulated" } else { "real" };
    let (now, then) = (image::is_simulated(there), image::is_simulated(wanted));
    if now == then {
        spec.ignition_image = Some(wanted.clone());
        return;
    }
    let flag = if then { "--simulate" } else { "--image" };
    problems.add(
        flag,
        format!(
            "this stack has {} gateways, whose data {} ones cannot use: give the stack another name",
            kind(now),
            kind(then)
        ),
    );
}

fn split(spec: &mut Spec, wanted: bool, problems: &mut Problems) {
    if spec.architecture == Architecture::Basic {
        if wanted {
            problems.add("--network-split", "is for several gateways; basic has one");
        }
        return;
    }
    if spec.network_split != Some(wanted) {
        spec.network_split = Some(wanted);
        // Which networks a gateway joins follows from the split.
        spec.gateways.iter_mut().for_each(|gateway| gateway.networks = None);
    }
}

/// Makes the number of gateways of a role what was asked for. Those that are there keep their names, ports and volumes; the last
/// ones go first.
fn resize(spec: &mut Spec, role: Role, wanted: u32, flag: &str, problems: &mut Problems) {
    let places = || spec.gateways.iter().enumerate().filter(|(_, g)| g.role == role).map(|(i, _)| i);
    let there: Vec<usize> = places().collect();
    let wanted = wanted as usize;
    if wanted > crate::stack::MAX_MEMBERS {
        problems.add(flag, format!("a stack has at most {} gateways", crate::stack::MAX_MEMBERS));
        return;
    }
    for &place in there.iter().skip(wanted).rev() {
        spec.gateways.remove(place);
    }
    if wanted <= there.len() {
        return;
    }
    let Some(pattern) = there.last().map(|&i| spec.gateways[i].clone()).or_else(|| first_of(spec, role)) else {
        problems.add(flag, format!("no {role} can be made"));
        return;
    };
    // New ones come after the last of their role, else before the backups.
    let after_all = spec.gateways.iter().position(is_backup).unwrap_or(spec.gateways.len());
    let first = there.last().map_or(after_all, |last| last + 1);
    for (place, number) in (first..).zip(there.len() + 1..=wanted) {
        let Some(port) = next_port(spec) else {
            problems.add(flag, "no port is left for so many gateways".to_owned());
            return;
        };
        let name = free_name(spec, role, number);
        spec.gateways.insert(place, GatewaySpec { name, http_port: port, volume: None, ..pattern.clone() });
    }
}

/// The first gateway of a role in a stack that has none of it so far.
fn first_of(spec: &Spec, role: Role) -> Option<GatewaySpec> {
    let mut choice = Choice::of(&spec.name, spec.architecture);
    choice.frontends = (role == Role::Frontend).then_some(1);
    choice.spokes = (role == Role::Spoke).then_some(1);
    choice.memory_mb = spec.gateways.first().and_then(|g| g.memory_mb);
    let mut made = build(&choice).ok()?.gateways.into_iter().find(|g| g.role == role)?;
    // What the run that made the stack gave to every gateway.
    made.env = spec.gateways.first().map(|g| g.env.clone()).unwrap_or_default();
    Some(made)
}

fn is_backup(gateway: &GatewaySpec) -> bool {
    gateway.redundancy.as_ref().is_some_and(|r| r.mode == PairMode::Backup)
}

fn free_name(spec: &Spec, role: Role, from: usize) -> String {
    let taken = |name: &str| {
        spec.gateways.iter().any(|g| g.name == name) || spec.service_instances.iter().any(|s| s.id == name)
    };
    let mut number = from;
    loop {
        let name = format!("{role}-{number}");
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// The port after the highest one; below, where there is none above.
fn next_port(spec: &Spec) -> Option<u32> {
    let taken = |port: &u32| spec.gateways.iter().any(|g| g.http_port == *port);
    let highest = spec.gateways.iter().map(|g| g.http_port).max().unwrap_or_default();
    (highest + 1..=super::MAX_PORT).chain(1024..=highest).find(|port| !taken(port))
}

/// Ports from `first` on, in the order of the gateways; unless they begin there already, in whatever order growth has left.
fn renumber(spec: &mut Spec, first: u16, problems: &mut Problems) {
    let last =
        u32::from(first).saturating_add(u32::try_from(spec.gateways.len()).unwrap_or(u32::MAX)).saturating_sub(1);
    if spec.gateways.iter().map(|g| g.http_port).min() == Some(first.into()) {
        return;
    }
    if first == 0 {
        problems.add("--base-port", "0 is not a port (1 to 65535)");
    } else if last > super::MAX_PORT {
        problems.add(
            "--base-port",
            format!("ports from {first} to {last} are needed, and the last one there is, is {}", super::MAX_PORT),
        );
    } else {
        for (gateway, port) in spec.gateways.iter_mut().zip(u32::from(first)..) {
            gateway.http_port = port;
        }
    }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
