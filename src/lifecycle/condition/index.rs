//! Everything of a stack and of one look at it by name, so that a judgement takes as many steps as there are gateways and links, and not
//! the square of that. Judges nothing.

use std::collections::HashMap;
use std::net::IpAddr;

use super::Look;
use super::matching::{bare_name, host};
use crate::engine::MemberState;
use crate::gateway::{Connection, Direction};
use crate::stack::{Gateway, Link, Name, Node, Pair, Stack};

/// The stack and one look at it, by name.
pub(super) struct Index<'a> {
    pub(super) gateways: HashMap<&'a Name, &'a Gateway>,
    pub(super) members: HashMap<&'a Name, &'a MemberState>,
    /// By either node.
    pub(super) pairs: HashMap<&'a Name, &'a Pair>,
    from: HashMap<&'a Name, Vec<&'a Link>>,
    to: HashMap<&'a Name, Vec<&'a Link>>,
    /// Service and container names in lower case, and the gateway that they belong to.
    hosts: HashMap<String, &'a Name>,
    addresses: HashMap<IpAddr, &'a Name>,
    connections: HashMap<&'a Name, Connections<'a>>,
    /// Gateways by the system name that they show themselves.
    shown: HashMap<&'a str, Vec<&'a Gateway>>,
}

/// The connections of one gateway by what can be said of their other ends. Each has its place in the gateway's own list.
#[derive(Default)]
struct Connections<'a> {
    by_owner: HashMap<&'a Name, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
    /// Those that say nothing of it. Of incoming ones the first stands for all: nothing tells them apart.
    silent: Vec<usize>,
}

impl<'a> Index<'a> {
    pub(super) fn new(stack: &'a Stack, look: &Look<'a>) -> Self {
        let mut members = HashMap::with_capacity(look.members.len());
        for member in look.members {
            members.entry(&member.member).or_insert(member);
        }
        let mut index = Self {
            gateways: stack.gateways.iter().map(|gateway| (&gateway.name, gateway)).collect(),
            members,
            pairs: HashMap::new(),
            from: HashMap::new(),
            to: HashMap::new(),
            hosts: HashMap::new(),
            addresses: HashMap::new(),
            connections: HashMap::new(),
            shown: HashMap::new(),
        };
        for pair in &stack.pairs {
            index.pairs.insert(&pair.master, pair);
            index.pairs.insert(&pair.backup, pair);
        }
        for link in &stack.links {
            index.from.entry(&link.from).or_default().push(link);
            index.to.entry(&link.to).or_default().push(link);
        }
        for gateway in &stack.gateways {
            let name = &gateway.name;
            index.hosts.entry(name.as_str().to_ascii_lowercase()).or_insert(name);
            if let Some(member) = index.members.get(name) {
                index.hosts.entry(member.container.to_ascii_lowercase()).or_insert(name);
                for address in member.addresses.values() {
                    index.addresses.entry(*address).or_insert(name);
                }
            }
            let shown =
                look.sightings.get(name).and_then(|s| s.gwinfo.value()).and_then(|g| g.platform_name.as_deref());
            if let Some(shown) = shown {
                index.shown.entry(shown).or_default().push(gateway);
            }
        }
        let seen = stack.gateways.iter().filter_map(|gateway| {
            let all = look.sightings.get(&gateway.name)?.connections.value()?;
            Some((&gateway.name, index.connections_of(all)))
        });
        let connections = seen.collect();
        index.connections = connections;
        index
    }

    fn connections_of(&self, all: &[Connection]) -> Connections<'a> {
        let mut sorted = Connections::default();
        let mut nobody_came = true;
        for (at, connection) in all.iter().enumerate() {
            let outgoing = match connection.direction {
                Some(Direction::Outgoing) => true,
                Some(Direction::Incoming) => false,
                _ => continue,
            };
            match (connection.address.as_deref().and_then(host), &connection.remote) {
                // Where an outgoing one goes is said by its address, whatever name it has.
                (Some(host), _) if outgoing => {
                    if let Some(owner) = self.owner(host) {
                        sorted.by_owner.entry(owner).or_default().push(at);
                    }
                }
                (_, Some(name)) => {
                    sorted.by_name.entry(bare_name(name).to_ascii_lowercase()).or_default().push(at);
                }
                (_, None) if outgoing => sorted.silent.push(at),
                (_, None) if nobody_came => {
                    nobody_came = false;
                    sorted.silent.push(at);
                }
                (_, None) => {}
            }
        }
        sorted
    }

    /// The gateway that a host name or address of the stack belongs to: service name, container name, either of them below the
    /// domain of a network, or an address of its container.
    pub(super) fn owner(&self, host: &str) -> Option<&'a Name> {
        match host.parse::<IpAddr>() {
            Ok(ip) => self.addresses.get(&ip).copied(),
            Err(_) => self.hosts.get(&host.split('.').next().unwrap_or(host).to_ascii_lowercase()).copied(),
        }
    }

    /// Links that a gateway dials, in the stack's order.
    pub(super) fn links_from(&self, name: &Name) -> &[&'a Link] {
        self.from.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Links that end at a gateway, in the stack's order.
    pub(super) fn links_to(&self, name: &Name) -> &[&'a Link] {
        self.to.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Gateways that show this system name themselves.
    pub(super) fn showing(&self, name: &str) -> &[&'a Gateway] {
        self.shown.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Places of the connections at a gateway that may belong to another one, in the order of its list; all others do not.
    pub(super) fn candidates(&self, here: &Name, other: &Gateway, system: &Name) -> Vec<usize> {
        let Some(sorted) = self.connections.get(here) else { return Vec::new() };
        let named = |name: &str| sorted.by_name.get(name).into_iter().flatten();
        let mut places: Vec<usize> = sorted.by_owner.get(&other.name).into_iter().flatten().copied().collect();
        places.extend(named(system.as_str()));
        if matches!(other.node, Node::Backup { .. }) {
            places.extend(named(&format!("{system}-backup")));
        }
        places.extend(&sorted.silent);
        places.sort_unstable();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::scale_out_of;
    use super::*;

    /// How many connections are compared with a link's other end, at both ends of all links.
    fn compared(frontends: u16) -> usize {
        let world = scale_out_of(frontends);
        let (stack, planned) = (&world.stack, std::collections::BTreeMap::new());
        let look =
            Look { members: &world.members, sightings: &world.sightings, routes: &world.routes, planned: &planned };
        let index = Index::new(stack, &look);
        let places = |here: &Name, there: &Name| {
            let other = index.gateways[there];
            index.candidates(here, other, stack.system_name(other)).len()
        };
        stack.links.iter().map(|link| places(&link.from, &link.to) + places(&link.to, &link.from)).sum()
    }

    #[test]
    fn a_judgement_compares_twice_as_much_of_twice_as_many_gateways() {
        // Two links of each frontend, each with two ends, and at each of them one connection that fits.
        for frontends in [2, 30, 60] {
            assert_eq!(compared(frontends), 4 * usize::from(frontends), "{frontends}");
        }
    }

    #[test]
    fn a_large_stack_holds_as_a_small_one_does() {
        assert!(scale_out_of(60).judge().iter().all(|check| check.verdict.is_settled()));
    }
}
