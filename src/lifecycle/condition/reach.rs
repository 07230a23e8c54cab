//! Whether a member is there at all: its container, its networks, its port, its own word that it runs.

use super::verdict::{Judged, Reason};
use super::view::View;
use crate::diagnosis::Cause;
use crate::engine::{ContainerState, Health, MemberState};
use crate::gateway::{ContextState, Fault, Ping, Seen, Sighting};
use crate::stack::{Name, Network};

/// The container's state, when it is anything but running.
fn container<'a>(view: View<'a>, name: &Name) -> Result<&'a MemberState, Judged> {
    let Some(member) = view.member(name) else {
        return Err(Reason::new("no container", "the engine has no such container")
            .because(Cause::ContainerMissing)
            .failed()
            .into());
    };
    let seen = |what: &str| format!("container {} is {what}", member.container);
    Err(match member.state {
        ContainerState::Running => return Ok(member),
        ContainerState::Created => Reason::new("created", seen("created, not started")).pending(),
        ContainerState::Paused => Reason::new("paused", seen("paused")).because(Cause::Paused).failed(),
        ContainerState::Restarting => ended(view, member).failed(),
        ContainerState::Gone => {
            Reason::new("container is gone", seen("dead or being removed")).because(Cause::ContainerMissing).failed()
        }
        ContainerState::Exited { .. } if member.ended.is_some_and(|e| e.out_of_memory) => ended(view, member).failed(),
        ContainerState::Exited { code } => exited(code, &seen("")).failed(),
    }
    .into())
}

/// A process that ended by itself and is started again by the engine, or was killed for its memory. The first end of it is one,
/// the next a loop.
fn ended(view: View<'_>, member: &MemberState) -> Reason {
    let end = member.ended.unwrap_or_default();
    let code = end.code.map_or_else(|| "an exit code that was not seen".to_owned(), |code| format!("exit code {code}"));
    let restarts = match end.restarts {
        0 => String::new(),
        1 => ", started again once".to_owned(),
        n => format!(", started again {n} times"),
    };
    let seen = format!("container {}: its process ended with {code}{restarts}", member.container);
    if end.out_of_memory {
        let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
        let limit =
            end.memory_limit.map_or_else(|| "no memory limit".to_owned(), |b| format!("memory limit {}", mib(b)));
        let heap = view.index.gateways.get(&member.member).map(|g| format!(", heap {} MiB (memory_mb)", g.memory_mb));
        let heap = heap.unwrap_or_default();
        return Reason::new(format!("killed for memory: {limit}{heap}"), format!("{seen}, OOMKilled=true"))
            .because(Cause::OutOfMemory);
    }
    match (end.code, end.restarts) {
        (_, 2..) | (None, _) => Reason::new("crashed, restarting", seen).because(Cause::CrashLoop),
        (Some(code), _) => Reason::new(format!("crashed, exit code {code}"), seen).because(Cause::ContainerExited),
    }
}

fn exited(code: Option<i64>, container: &str) -> Reason {
    let (text, cause) = match code {
        // 0, and the codes of SIGINT and SIGTERM: it was told to end.
        Some(0 | 130 | 143) => ("stopped".to_owned(), Cause::StoppedByHand),
        Some(137) => ("killed, exit code 137".to_owned(), Cause::Killed),
        Some(code) => (format!("crashed, exit code {code}"), Cause::ContainerExited),
        None => ("crashed".to_owned(), Cause::ContainerExited),
    };
    let shown = code.map_or("no exit code".to_owned(), |code| format!("exit code {code}"));
    Reason::new(text, format!("{container}exited ({shown})")).because(cause)
}

/// The container runs and its port answers.
pub(super) fn reachable(view: View<'_>, name: &Name, planned: &[Network]) -> Judged {
    let member = match container(view, name) {
        Ok(member) => member,
        Err(judged) => return judged,
    };
    match view.sighting(name).map(|s| &s.ping) {
        Some(Seen::Value(_)) => Judged::met(format!("container {} runs, StatusPing answers", member.container)),
        None | Some(Seen::NotAsked) => Reason::new("not looked at", "StatusPing was not asked").unknown().into(),
        // The engine started it again, and it is not there yet.
        Some(Seen::Failed(_)) if member.ended.is_some() => ended(view, member).failed().into(),
        Some(Seen::Failed(fault)) => {
            let seen = format!("StatusPing: {fault}");
            let detached = !planned.is_empty() && missing(view, member, planned).len() == planned.len();
            match fault {
                _ if detached => Reason::new("port does not answer", seen).because(Cause::Detached),
                Fault::Malformed(_) | Fault::TooLarge => {
                    Reason::new("port answers with something else", seen).because(Cause::NotAGateway)
                }
                _ => Reason::new("port does not answer yet", seen).because(Cause::PortNotReachable),
            }
            .pending()
            .into()
        }
    }
}

/// Planned networks on which the container has no address, by their names on the engine.
fn missing(view: View<'_>, member: &MemberState, planned: &[Network]) -> Vec<String> {
    planned
        .iter()
        .map(|network| format!("{}_{}", view.stack.name, network.word()))
        .filter(|network| !member.addresses.contains_key(network))
        .collect()
}

/// An address on every planned network. Members are connected before they start, so a missing one was taken away.
pub(super) fn networks(view: View<'_>, name: &Name, planned: &[Network]) -> Judged {
    let Some(member) = view.member(name).filter(|m| m.state == ContainerState::Running) else {
        return Reason::new("not running", format!("{name} is not running")).unknown().into();
    };
    let missing = missing(view, member, planned);
    if missing.is_empty() {
        let all: Vec<String> = member.addresses.iter().map(|(network, ip)| format!("{network} {ip}")).collect();
        return Judged::met(all.join(", "));
    }
    let missing = missing.join(", ");
    Reason::new(
        format!("not on network {missing}"),
        format!("container {} has no address on {missing}", member.container),
    )
    .because(Cause::Detached)
    .failed()
    .into()
}

/// Commissioned and RUNNING. `gwinfo`, where it is seen, must not say otherwise.
pub(super) fn running(view: View<'_>, name: &Name) -> Judged {
    if !view.member(name).is_some_and(|m| m.state == ContainerState::Running) {
        return Reason::new("not running", format!("{name} is not running")).unknown().into();
    }
    let Some((sighting, ping)) = view.sighting(name).and_then(|s| Some((s, s.ping.value()?))) else {
        return Reason::new("not answering", "StatusPing gave no answer").unknown().into();
    };
    let seen = match &ping.details {
        Some(details) => format!("StatusPing state={} details={details}", ping.state),
        None => format!("StatusPing state={}", ping.state),
    };
    let unclear = ContextState::Other("unclear".to_owned());
    let context = sighting.gwinfo.value().map(|g| g.context.as_ref().unwrap_or(&unclear));
    if ping.is_commissioning() || context == Some(&ContextState::NeedsCommissioning) {
        return commissioning(sighting, &seen);
    }
    match (&ping.state, context) {
        (ContextState::Faulted, _) | (_, Some(ContextState::Faulted)) => {
            Reason::new("FAULTED", seen).because(Cause::Faulted).failed().into()
        }
        (ContextState::Running, None | Some(ContextState::Running)) if ping.details.is_none() => Judged::met(seen),
        (ContextState::Running, Some(other)) if other != &ContextState::Running => {
            Reason::new(other.to_string(), format!("{seen}, gwinfo ContextStatus={other}"))
                .because(Cause::StuckStarting)
                .pending()
                .into()
        }
        _ => not_yet(ping, seen).pending().into(),
    }
}

fn not_yet(ping: &Ping, seen: String) -> Reason {
    match (&ping.state, &ping.details) {
        (ContextState::Running, Some(details)) => Reason::new(details.clone(), seen).because(Cause::StuckStarting),
        (ContextState::Starting, _) => Reason::new("STARTING", seen).because(Cause::StuckStarting),
        (ContextState::Stopping, _) => Reason::new("STOPPING", seen).because(Cause::Stopping),
        (other, _) => Reason::new(other.to_string(), seen),
    }
}

fn commissioning(sighting: &Sighting, seen: &str) -> Judged {
    let steps = sighting.commissioning_steps.value().map(Vec::as_slice).unwrap_or_default();
    let named = |words: &[&str]| {
        steps.iter().any(|step| {
            let step = step.to_ascii_lowercase();
            words.iter().any(|word| step.contains(word))
        })
    };
    let cause = if named(&["eula"]) {
        Cause::CommissioningEula
    } else if named(&["password", "user", "auth", "admin"]) {
        Cause::CommissioningPassword
    } else if named(&["module", "cert", "license"]) {
        Cause::CommissioningModule
    } else {
        Cause::Commissioning
    };
    let seen = if steps.is_empty() { seen.to_owned() } else { format!("{seen}, waiting for: {}", steps.join(", ")) };
    Reason::new("COMMISSIONING", seen).because(cause).pending().into()
}

/// A companion container: the engine's health check, or, where there is none, that it runs.
pub(super) fn service(view: View<'_>, name: &Name) -> Judged {
    let member = match container(view, name) {
        Ok(member) => member,
        Err(judged) => return judged,
    };
    let seen = |what: &str| format!("container {}: {what}", member.container);
    match member.health {
        Some(Health::Healthy) => Judged::met(seen("health check passed")),
        None => Judged::met(seen("runs; it has no health check")),
        Some(Health::Starting) => Reason::new("starting", seen("health check has no result yet"))
            .because(Cause::ServiceStarting)
            .pending()
            .into(),
        Some(Health::Unhealthy) => {
            Reason::new("unhealthy", seen("health check failed")).because(Cause::ServiceUnhealthy).failed().into()
        }
    }
}
