//! Which gateway a connection belongs to. Both nodes of a pair have one system name, so a name alone does not tell.

use super::pair::planned_role;
use super::view::View;
use crate::gateway::{Connection, Direction, NodeRole};
use crate::stack::{Gateway, Node};

/// What one criterion, or all together, say about a connection and a gateway.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Match {
    /// It belongs to that gateway.
    Yes,
    /// It belongs to another one.
    No,
    /// The address is that gateway's, and something else says it is another one.
    Contradicted,
    /// It does not say enough.
    Silent,
}

/// Whether an outgoing connection goes to that very gateway.
///
/// Each criterion that is present must agree: address, remote name, redundant role. The address identifies a node, a
/// name does so only outside of a pair, name and role together do. What the role is when a node reports `Independent`
/// for a remote in a pair is not recorded (fact sheet 2.4), so that word says nothing.
pub(super) fn outgoing(view: View<'_>, connection: &Connection, target: &Gateway) -> Match {
    if connection.direction != Some(Direction::Outgoing) {
        return Match::No;
    }
    let address = connection.address.as_deref().map_or(Match::Silent, |a| by_address(view, a, target));
    identified(address, by_name(view, connection, target), by_role(connection, target), target)
}

/// Whether an incoming connection comes from that gateway. The address that a dialler announces need not be one that we
/// know (a public address, fact sheet 4.6): it counts only where it names a member of the stack.
pub(super) fn incoming(view: View<'_>, connection: &Connection, source: &Gateway) -> Match {
    if connection.direction != Some(Direction::Incoming) {
        return Match::No;
    }
    let address =
        connection.address.as_deref().and_then(host).map_or(Match::Silent, |host| match view.index.owner(host) {
            Some(name) if name == &source.name => Match::Yes,
            Some(_) => Match::No,
            None => Match::Silent,
        });
    // The name is what the listening end knows a dialler by: without it, nothing is proven.
    match by_name(view, connection, source) {
        Match::Yes => identified(address, Match::Yes, by_role(connection, source), source),
        other => other,
    }
}

fn identified(address: Match, name: Match, role: Match, gateway: &Gateway) -> Match {
    if [address, name, role].contains(&Match::No) {
        return if address == Match::Yes { Match::Contradicted } else { Match::No };
    }
    let alone = gateway.node == Node::Independent;
    match (address, name, role) {
        (Match::Yes, _, _) => Match::Yes,
        (_, Match::Yes, _) if alone => Match::Yes,
        (_, Match::Yes, Match::Yes) => Match::Yes,
        _ => Match::Silent,
    }
}

fn by_address(view: View<'_>, address: &str, gateway: &Gateway) -> Match {
    match host(address) {
        None => Match::Silent,
        Some(host) if view.index.owner(host) == Some(&gateway.name) => Match::Yes,
        Some(_) => Match::No,
    }
}

fn by_name(view: View<'_>, connection: &Connection, gateway: &Gateway) -> Match {
    let Some(remote) = &connection.remote else { return Match::Silent };
    let remote = bare_name(remote);
    let system = view.stack.system_name(gateway).as_str();
    let yes = match gateway.node {
        // The backup shares its master's name, and is shown as `<name>-Backup` (fact sheet 5.4).
        Node::Backup { .. } => remote.eq_ignore_ascii_case(system) || is_backup_of(remote, system),
        _ => remote.eq_ignore_ascii_case(system),
    };
    if yes { Match::Yes } else { Match::No }
}

/// Whether a shown name is `<system name>-Backup`.
pub(super) fn is_backup_of(shown: &str, system: &str) -> bool {
    shown
        .rsplit_once('-')
        .is_some_and(|(name, suffix)| name.eq_ignore_ascii_case(system) && suffix.eq_ignore_ascii_case("backup"))
}

/// The system name in `name`, `name|uuid` or `_0:2:name` (fact sheet 2.4, 4.2).
pub(super) fn bare_name(shown: &str) -> &str {
    let name = shown.split('|').next().unwrap_or(shown);
    match name.strip_prefix('_').map(|rest| rest.splitn(3, ':').collect::<Vec<_>>()).as_deref() {
        Some([_, _, name]) => name,
        _ => name,
    }
}

fn by_role(connection: &Connection, gateway: &Gateway) -> Match {
    match (&connection.role, planned_role(&gateway.node)) {
        (Some(seen @ (NodeRole::Master | NodeRole::Backup)), planned) if *seen != planned => Match::No,
        (Some(seen), planned) if *seen == planned => Match::Yes,
        _ => Match::Silent,
    }
}

/// The host in `http://host:port/path`, `host:port`, `[v6]:port`, `/host:port` or a bare host.
pub(super) fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest).trim_start_matches('/');
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0,
        None if authority.matches(':').count() > 1 => authority,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_cut_out_of_addresses() {
        let table = [
            ("http://backend:8088", Some("backend")),
            ("https://backend:8060/system", Some("backend")),
            ("backend:8088", Some("backend")),
            ("/backend:8088", Some("backend")),
            ("backend", Some("backend")),
            ("172.18.0.5:8088", Some("172.18.0.5")),
            ("http://[fd00::5]:8088/", Some("fd00::5")),
            ("fd00::5", Some("fd00::5")),
            ("http://backend@evil:1", Some("evil")),
            ("", None),
            ("http://", None),
            (":8088", None),
            ("[", None),
        ];
        for (address, expected) in table {
            assert_eq!(host(address), expected, "{address:?}");
        }
    }

    #[test]
    fn names_are_cut_out_of_ids() {
        for (shown, expected) in [
            ("backend", "backend"),
            ("backend|0-1-2", "backend"),
            ("_0:2:Ignition-Standard", "Ignition-Standard"),
            ("_0:2:a:b", "a:b"),
            ("_odd", "_odd"),
        ] {
            assert_eq!(bare_name(shown), expected);
        }
        assert!(is_backup_of("Master-Backup", "master") && !is_backup_of("master", "master"));
        assert!(!is_backup_of("master2-Backup", "master"));
    }
}
