//! The ports that a plan will want, before anything is made.

use std::net::SocketAddr;

use super::target::Target;
use crate::engine::docker::{Docker, Op};
use crate::error::{Class, Failure};
use crate::lifecycle::preflight;
use crate::plan::Plan;
use crate::stack::Name;

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
    let taken: Vec<(&Name, SocketAddr)> = started
        .filter(|name| !held.contains(name))
        .filter_map(|name| target.blueprint.containers.iter().find(|c| c.name == name))
        .flat_map(|c| c.ports.iter().map(move |p| (&c.member, SocketAddr::new(p.host_ip, p.host_port))))
        .filter(|(_, address)| preflight::is_taken(*address))
        .collect();
    let failure = match taken.as_slice() {
        [] => return Ok(()),
        [(member, address)] => {
            Failure::new(Class::Engine, format!("port {address} is taken by something else")).of(member.as_str())
        }
        many => {
            let failure = Failure::new(Class::Engine, format!("{} ports are taken by something else", many.len()));
            many.iter().fold(failure, |f, (member, address)| f.seen(format!("{member}: {address}")))
        }
    };
    let failure = failure.seen("nothing was started");
    Err(failure.advise(if target.exists {
        "end what listens there (ss -ltnp shows it), or change http_port in .ignition-stack/config.json"
    } else {
        "end what listens there (ss -ltnp shows it), or choose other ports: --base-port"
    }))
}
