//! Connections that gateways still have to one that has left the stack. Whether a gateway gives up what no variable names any more is not
//! known (fact sheet 10.12), so that is no fault, and worth knowing where it is seen.

use std::collections::BTreeMap;

use super::matching::host;
use crate::gateway::{Direction, LinkStatus, Sighting};
use crate::stack::{Name, Stack};

/// A line for each outgoing connection that does not run and goes to the name of a container that is none of the stack's. A name with a
/// dot or an address is somebody else's, whom a person may have linked to.
pub fn left_over(stack: &Stack, sightings: &BTreeMap<Name, Sighting>) -> Vec<String> {
    let is_member = |host: &str| {
        stack.gateways.iter().any(|g| g.name.as_str() == host) || stack.services.iter().any(|s| s.id.as_str() == host)
    };
    let mut lines = Vec::new();
    for (gateway, sighting) in sightings.iter().filter(|(name, _)| stack.gateway(name).is_some()) {
        for connection in sighting.connections.value().into_iter().flatten() {
            let runs = connection.status == Some(LinkStatus::Running);
            let to = connection.address.as_deref().and_then(host).map(str::to_ascii_lowercase);
            let gone = to.filter(|to| Name::parse(to).is_ok() && !is_member(to));
            let (Some(to), Some(Direction::Outgoing), false) = (gone, &connection.direction, runs) else { continue };
            let status = connection.status.as_ref().map_or_else(|| "not running".to_owned(), ToString::to_string);
            let line = format!(
                "{gateway}: its connection to {to}, which is no gateway of this stack, is {status}: delete it on {gateway}'s page"
            );
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{World, name, scale_out};
    use super::*;
    use crate::stack::Node;

    /// The stack after its pair was undone; the frontends' connections to the backup stayed.
    fn undone(keep: bool) -> World {
        let mut world = scale_out();
        let gone = name("backend-backup");
        world.stack.gateways.retain(|g| g.name != gone);
        world.stack.gateways.iter_mut().for_each(|g| g.node = Node::Independent);
        world.stack.pairs.clear();
        world.stack.links.retain(|l| l.to != gone);
        world.members.retain(|m| m.member != gone);
        world.sightings.remove(&gone);
        for gateway in ["frontend-1", "frontend-2"] {
            let all = world.connections(gateway);
            let to_backup =
                |c: &crate::gateway::Connection| c.address.as_deref().is_some_and(|a| a.contains("backend-backup"));
            assert!(all.iter().any(to_backup), "{all:?}");
            all.retain(|c| keep || !to_backup(c));
            for connection in all.iter_mut() {
                // The master is none any more.
                connection.role = None;
                if to_backup(connection) {
                    connection.status = Some(LinkStatus::Faulted);
                }
            }
        }
        world
    }

    #[test]
    fn what_stays_of_an_undone_pair_is_told_and_no_link_fails_for_it() {
        let links = |world: &World| {
            let checks = world.judge();
            let of_links = checks.into_iter().filter(|c| matches!(c.subject, super::super::Subject::Link(_)));
            of_links.filter(|c| !c.verdict.is_settled()).count()
        };
        let (with, without) = (undone(true), undone(false));
        assert_eq!((links(&with), links(&without)), (0, 0));
        assert_eq!(left_over(&without.stack, &without.sightings), [""; 0]);
        let line = |gateway: &str| {
            format!(
                "{gateway}: its connection to backend-backup, which is no gateway of this stack, is Faulted: \
                 delete it on {gateway}'s page"
            )
        };
        assert_eq!(left_over(&with.stack, &with.sightings), [line("frontend-1"), line("frontend-2")]);
    }

    #[test]
    fn what_runs_or_is_elsewhere_or_planned_is_no_matter() {
        let world = scale_out();
        assert_eq!(left_over(&world.stack, &world.sightings), [""; 0]);
        for address in
            ["http://historian.example:8088", "http://10.1.2.3:8088", "http://[fd00::7]:8088", "http://backend:8088"]
        {
            let mut other = undone(true);
            for connection in other.connections("frontend-1").iter_mut() {
                connection.address = Some(address.to_owned());
            }
            other.connections("frontend-2").clear();
            assert_eq!(left_over(&other.stack, &other.sightings), [""; 0], "{address}");
        }
        let mut running = undone(true);
        for gateway in ["frontend-1", "frontend-2"] {
            running.connections(gateway).iter_mut().for_each(|c| c.status = Some(LinkStatus::Running));
        }
        assert_eq!(left_over(&running.stack, &running.sightings), [""; 0]);
    }
}
