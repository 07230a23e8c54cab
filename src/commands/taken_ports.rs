//! Ports that a stack must not be given: what listens here, what the engine's containers publish, and what other stacks have in
//! their records, so that one that is stopped finds its ports free when it starts.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use super::open;
use crate::engine::PublishedBy;
use crate::engine::docker::Docker;
use crate::error::Failure;
use crate::lifecycle::preflight::{self, There};
use crate::stack::{Stack, StackId};

/// Directories beside the project that are looked into.
const NEIGHBOURS: usize = 200;

/// Ports that are taken.
pub(super) struct Taken {
    /// The engine's host, when what listens on this machine does not count.
    there: Option<There>,
    /// Whether the engine was asked, so that it is known which ports are the stack's own.
    asked: bool,
    published: Vec<PublishedBy>,
    recorded: Vec<(StackId, u16)>,
}

impl Taken {
    /// Without asking an engine: what listens here, and the records of the projects in a directory.
    pub(super) fn here(parent: &Path) -> Self {
        let neighbours = std::fs::read_dir(parent).into_iter().flatten().flatten().take(NEIGHBOURS);
        let recorded = neighbours.flat_map(|entry| recorded(&entry.path())).collect();
        Self { there: None, asked: false, published: Vec::new(), recorded }
    }

    /// The same on an engine, with what its containers publish and the records of every stack on it whose project can be read.
    pub(super) async fn on(docker: &Docker, parent: &Path) -> Result<Self, Failure> {
        let (around, stacks) = (docker.around().await?, docker.stacks().await?);
        let here = Self::here(parent);
        let elsewhere = stacks.iter().filter_map(|stack| stack.project_dir.as_deref()).flat_map(recorded);
        Ok(Self {
            there: docker.endpoint().remote_host().as_deref().map(There::new),
            asked: true,
            published: around.published,
            recorded: here.recorded.into_iter().chain(elsewhere).collect(),
        })
    }

    /// Whether a stack cannot have an address; `own`: the ports that its record has already.
    pub(super) fn is_taken(&self, stack: StackId, own: &BTreeSet<u16>, address: SocketAddr) -> bool {
        let is_own =
            |by: &PublishedBy| by.stack.as_ref().is_some_and(|(_, id)| id.as_ref() == Some(&stack.to_string()));
        if let Some(by) = self.published.iter().find(|by| by.covers(address)) {
            return !is_own(by);
        }
        let kept = own.contains(&address.port());
        if kept && !self.asked {
            return false;
        }
        let recorded = self.recorded.iter().any(|(id, port)| *id != stack && *port == address.port());
        let listening =
            || self.there.as_ref().map_or_else(|| preflight::is_taken(address), |there| there.is_taken(address));
        (!kept && recorded) || listening()
    }
}

/// The ports in the record of a project; none where there is no record that can be read.
fn recorded(directory: &Path) -> Vec<(StackId, u16)> {
    if !directory.join(crate::render::RECORD_PATH).is_file() {
        return Vec::new();
    }
    let ports = |stack: Stack| stack.gateways.iter().map(|g| (stack.id, g.http_port.get())).collect();
    open::project(directory, None).map(|found| ports(found.stack)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_others_are_taken_and_own_ones_kept() {
        let (own, other) = (StackId::from_u128(1), StackId::from_u128(2));
        let by = |port: u16, id: StackId| PublishedBy {
            address: SocketAddr::new([0, 0, 0, 0].into(), port),
            container: "c".to_owned(),
            stack: Some(("s".to_owned(), Some(id.to_string()))),
        };
        let taken = Taken {
            there: Some(There::new("192.0.2.1")),
            asked: true,
            published: vec![by(9088, own), by(9089, other)],
            recorded: vec![(own, 9088), (other, 9089), (other, 9090), (other, 9091)],
        };
        let kept = BTreeSet::from([9088, 9091]);
        let ask = |port: u16| taken.is_taken(own, &kept, SocketAddr::new([127, 0, 0, 1].into(), port));
        let found: Vec<bool> = [9088, 9089, 9090, 9091, 9092].map(ask).to_vec();
        assert_eq!(found, [false, true, true, false, false]);
    }

    #[test]
    fn a_port_of_the_record_that_something_else_took_is_given_up_when_the_engine_was_asked() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let kept = BTreeSet::from([address.port()]);
        let taken = |asked| Taken { there: None, asked, published: Vec::new(), recorded: Vec::new() };
        assert!(taken(true).is_taken(StackId::from_u128(1), &kept, address));
        assert!(!taken(false).is_taken(StackId::from_u128(1), &kept, address));
        assert!(taken(false).is_taken(StackId::from_u128(1), &BTreeSet::new(), address));
    }
}
