//! The ports that a plan will want, before anything is made.

use std::net::SocketAddr;

use super::target::Target;
use crate::engine::docker::{Docker, Op};
use crate::error::{Class, Failure};
use crate::lifecycle::preflight;
use crate::plan::Plan;

/// Every port that a container of the plan will want must be free, before anything is made. Only on the engine's own host
/// can that be seen from here; elsewhere the engine tells when the container starts.
pub(super) fn are_free(target: &Target, docker: &Docker, plan: &Plan<Op>) -> Result<(), Failure> {
    if !docker.endpoint().is_local() {
        return Ok(());
    }
    // A container that is taken away first holds its port until then.
    let held: Vec<&str> = plan
        .steps()
        .filter_map(|s| match &s.op {
            Op::Stop { container, .. } | Op::RemoveContainer { container, .. } => Some(container.as_str()),
            _ => None,
        })
        .collect();
    let started = plan.steps().filter_map(|s| match &s.op {
        Op::Start { container } => Some(container.as_str()),
        _ => None,
    });
    let taken: Vec<String> = started
        .filter(|name| !held.contains(name))
        .filter_map(|name| target.blueprint.containers.iter().find(|c| c.name == name))
        .flat_map(|c| c.ports.iter().map(move |p| (c, SocketAddr::new(p.host_ip, p.host_port))))
        .filter(|(_, address)| preflight::is_taken(*address))
        .map(|(container, address)| format!("{}: {address} is in use", container.member))
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    let count = taken.len();
    let failure = Failure::new(
        Class::Engine,
        format!("{count} port{} taken by something else", if count == 1 { " is" } else { "s are" }),
    );
    let failure = taken.into_iter().fold(failure, Failure::seen).seen("nothing was started");
    Err(failure.advise(if target.exists {
        "end what listens there (ss -ltnp shows it), or change http_port in .ignition-stack/config.json"
    } else {
        "end what listens there (ss -ltnp shows it), or choose other ports: --base-port"
    }))
}
