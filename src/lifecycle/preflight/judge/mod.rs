//! Facts -> findings: what would stop an `up`, what would only disturb it, what is in order, and what cannot be known. Pure.

mod engine;
mod images;
mod pools;
mod ports;
mod reach;
mod room;
#[cfg(test)]
mod tests;

pub use self::reach::reach;
use super::facts::{Question, Wanted};
use super::finding::{Finding, Topic};
use crate::engine::foreign;
use crate::error::Class;

/// Judges everything; the order is that of a table for people.
pub fn judge(question: &Question<'_>) -> Vec<Finding> {
    let mut found = engine::engine(question);
    found.extend(room::memory(question));
    found.push(room::disk(question));
    found.push(pools::pools(question));
    found.push(engine::clock(question));
    if let Some(wanted) = &question.wanted {
        found.extend(reach(wanted.stack, question.host.as_deref(), wanted.proven));
        found.extend(ports::ports(question, wanted));
        found.extend(images::images(question, wanted));
        found.extend(objects(wanted));
        found.extend(proxy(wanted));
    }
    found
}

/// Objects of others in the way: all of them, because nothing may be touched while there is one.
fn objects(wanted: &Wanted<'_>) -> Vec<Finding> {
    let found = wanted.foreign.iter().map(|object| {
        Finding::problem(Topic::Objects, Class::Refused, format!("{object} was not made for this stack"))
            .advise(foreign::advice(object, &wanted.foreign))
    });
    let found: Vec<Finding> = found.collect();
    if found.is_empty() {
        return vec![Finding::ok(
            Topic::Objects,
            format!("nothing of others has a name that {} needs", wanted.stack.name),
        )];
    }
    found
}

/// The proxy's network is somebody else's: it is not made here, because then it would not be known whose it is to remove.
fn proxy(wanted: &Wanted<'_>) -> Option<Finding> {
    let network = wanted.missing_proxy_network.as_ref()?;
    let name = &wanted.stack.name;
    let finding = Finding::problem(
        Topic::Proxy,
        Class::Usage,
        format!("there is no network {network} on this engine, on which the reverse proxy reaches the gateways"),
    );
    Some(match (&wanted.proxy_scaffold, wanted.exists) {
        (None, _) => finding.advise(format!(
            "start the proxy that it belongs to, or: docker network create {network}   (or name another one: --proxy-network)"
        )),
        (Some(path), true) => {
            finding.advise(format!("docker compose -f {path}/docker-compose.yaml up -d   (starts the proxy, which makes it)"))
        }
        (Some(path), false) => finding.advise(format!(
            "ignition-stack create {name} with the same words, then docker compose -f {name}/{path}/docker-compose.yaml up -d, then up"
        )),
    })
}
