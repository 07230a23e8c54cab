//! The table of gateway network connections: what `/gateway-network/*` shows (fact sheet 2.4). No sockets, no clock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::simulator::network::frame::{Identity, Purpose};
use crate::simulator::network::outgoing::Outgoing;
use crate::simulator::network::policy::connection_id;
use crate::simulator::node::epoch_ms;
use crate::simulator::redundancy::machine::Role;
use crate::simulator::unknown::{DIRECTION, LINK_STATUS};

/// Most entries of incoming connections and of old names.
const CAPACITY: usize = 256;
/// Most events remembered for one connection.
const EVENTS: usize = 20;

/// State of a connection, with the words of the gateway's pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LinkStatus {
    NeverConnected,
    Connecting,
    Running,
    Faulted,
}

impl LinkStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NeverConnected => LINK_STATUS[0],
            Self::Connecting => LINK_STATUS[1],
            Self::Running => LINK_STATUS[2],
            Self::Faulted => LINK_STATUS[3],
        }
    }
}

/// Name of a gateway in the gateway network's routes: `_0:<role ordinal>:<name>` (fact sheet 2.4).
pub(crate) fn server_id(name: &str, role: Role) -> String {
    format!("_0:{}:{name}", role.ordinal())
}

/// Who opened a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    Outgoing,
    Incoming,
}

impl Direction {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Outgoing => DIRECTION[0],
            Self::Incoming => DIRECTION[1],
        }
    }
}

/// Key of a connection in the table.
pub(crate) type ConnectionKey = u64;

/// One connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Connection {
    pub(crate) purpose: Purpose,
    pub(crate) direction: Direction,
    /// `host:port` of an outgoing connection, the remote's address of an incoming one.
    pub(crate) address: String,
    /// Name and description of an outgoing connection's resource; empty for others.
    pub(crate) resource: String,
    pub(crate) description: String,
    /// Whether it is TLS.
    pub(crate) ssl: bool,
    /// Known after the first hello.
    pub(crate) remote: Option<Identity>,
    pub(crate) status: LinkStatus,
    pub(crate) last_error: String,
    pub(crate) fault_count: u64,
    /// Milliseconds of the last ping's round trip.
    pub(crate) ping_ms: Option<u64>,
    /// Epoch milliseconds of the last frame.
    pub(crate) last_comm: Option<u64>,
    /// What became of it, the newest last.
    pub(crate) events: VecDeque<ConnectionEvent>,
    /// It was Running once since it was defined or reset.
    pub(crate) ran: bool,
    /// Counts the sockets this entry has had, so that an old one cannot speak for a new one.
    generation: u64,
    /// UUID that the dialler of an incoming connection gave; known before its greeting.
    caller: Option<String>,
}

/// One entry of a connection's `connectionEvents`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ConnectionEvent {
    pub(crate) status: LinkStatus,
    pub(crate) description: String,
    /// Epoch milliseconds.
    pub(crate) timestamp: u64,
}

impl Connection {
    /// Changes the status, and remembers that it did.
    pub(crate) fn enter(&mut self, status: LinkStatus, description: &str) {
        let repeated = self.events.back().is_some_and(|e| e.status == status && e.description == description);
        self.status = status;
        if status == LinkStatus::Running {
            self.ran = true;
            self.last_error.clear();
        }
        if repeated {
            return;
        }
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(ConnectionEvent { status, description: description.to_owned(), timestamp: epoch_ms() });
    }

    /// `lower(name)|uuid` of the remote, once it is known; a backup's name has its suffix there too (fact sheet 4.2).
    pub(crate) fn remote_id(&self) -> Option<String> {
        self.remote.as_ref().map(|r| connection_id(&display_name(&r.name, r.role), &r.uuid))
    }
}

/// A remote gateway: one line of `/gateway-network/gateways`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Remote {
    pub(crate) server_id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) outgoing: bool,
    pub(crate) incoming: bool,
    pub(crate) connected: bool,
}

/// All connections of one gateway.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    next: ConnectionKey,
    entries: BTreeMap<ConnectionKey, Connection>,
    /// Old names, which stay as `NotConnected` ghosts (fact sheet 8).
    ghosts: BTreeSet<(Role, String)>,
}

/// Name under which a node is shown: a backup has its master's name and a suffix (fact sheet 4.6).
pub(crate) fn display_name(name: &str, role: Role) -> String {
    if role == Role::Backup { format!("{name}-Backup") } else { name.to_owned() }
}

impl Connections {
    /// Adds an outgoing connection that was configured.
    pub(crate) fn define(&mut self, outgoing: &Outgoing) -> ConnectionKey {
        let key = self.insert(outgoing.purpose, Direction::Outgoing, outgoing.address(), None);
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.resource.clone_from(&outgoing.name);
            entry.description.clone_from(&outgoing.description);
            entry.ssl = outgoing.ssl;
        }
        key
    }

    fn insert(
        &mut self,
        purpose: Purpose,
        direction: Direction,
        address: String,
        caller: Option<String>,
    ) -> ConnectionKey {
        let key = self.next;
        self.next += 1;
        let connection = Connection {
            purpose,
            direction,
            address,
            resource: String::new(),
            description: String::new(),
            ssl: false,
            remote: None,
            status: LinkStatus::NeverConnected,
            last_error: String::new(),
            fault_count: 0,
            ping_ms: None,
            last_comm: None,
            events: VecDeque::new(),
            ran: false,
            generation: 0,
            caller,
        };
        self.entries.insert(key, connection);
        key
    }

    /// Drops the entry of a connection that is configured no more; its name stays as a ghost.
    pub(crate) fn forget(&mut self, key: ConnectionKey) -> Option<Connection> {
        let entry = self.entries.remove(&key)?;
        if let Some(remote) = &entry.remote
            && self.ghosts.len() < CAPACITY
        {
            self.ghosts.insert((remote.role, remote.name.clone()));
        }
        Some(entry)
    }

    /// Silences the entry's socket. Returns whether there is such an entry.
    pub(crate) fn reset(&mut self, key: ConnectionKey) -> bool {
        let Some(entry) = self.entries.get_mut(&key) else { return false };
        entry.generation += 1;
        entry.ping_ms = None;
        entry.ran = false;
        let status = match entry.direction {
            Direction::Outgoing => LinkStatus::Connecting,
            Direction::Incoming => LinkStatus::Faulted,
        };
        entry.enter(status, "reset by request");
        true
    }

    /// Takes an incoming connection: the entry of the same identity and purpose, or a new one. `None` when the table is full
    /// of live connections.
    pub(crate) fn accept(&mut self, purpose: Purpose, address: String, uuid: &str) -> Option<ConnectionKey> {
        let incoming = |c: &Connection| c.direction == Direction::Incoming;
        let same = |c: &Connection| incoming(c) && c.purpose == purpose && c.caller.as_deref() == Some(uuid);
        if let Some((key, entry)) = self.entries.iter_mut().find(|(_, c)| same(c)) {
            entry.address = address;
            return Some(*key);
        }
        if self.entries.values().filter(|c| incoming(c)).count() >= CAPACITY {
            let dead =
                self.entries.iter().find(|(_, c)| incoming(c) && c.status == LinkStatus::Faulted).map(|(k, _)| *k)?;
            self.entries.remove(&dead);
        }
        Some(self.insert(purpose, Direction::Incoming, address, Some(uuid.to_owned())))
    }

    /// A new socket serves this entry; the returned number proves it later. `None` when the connection is configured no more.
    pub(crate) fn open(&mut self, key: ConnectionKey) -> Option<u64> {
        let entry = self.entries.get_mut(&key)?;
        entry.generation += 1;
        // A dialler that tries again and again would leave no room for anything else among the events.
        if entry.status == LinkStatus::Faulted {
            entry.status = LinkStatus::Connecting;
        } else {
            entry.enter(LinkStatus::Connecting, "");
        }
        Some(entry.generation)
    }

    /// The entry, as long as that socket is its newest.
    pub(crate) fn current(&mut self, key: ConnectionKey, generation: u64) -> Option<&mut Connection> {
        self.entries.get_mut(&key).filter(|c| c.generation == generation)
    }

    /// Notes who is at the other end; a changed name leaves a ghost.
    pub(crate) fn identify(&mut self, key: ConnectionKey, generation: u64, remote: &Identity) {
        let Some(entry) = self.current(key, generation) else { return };
        let old = entry.remote.replace(remote.clone()).filter(|o| o.name != remote.name || o.role != remote.role);
        if let Some(old) = old
            && self.ghosts.len() < CAPACITY
        {
            self.ghosts.insert((old.role, old.name));
        }
    }

    /// The connection failed or ended. Returns whether it had not been faulted before with the same words.
    pub(crate) fn fault(&mut self, key: ConnectionKey, generation: u64, error: &str) -> bool {
        let Some(entry) = self.current(key, generation) else { return false };
        let news = entry.status == LinkStatus::Running || entry.last_error != error;
        entry.enter(LinkStatus::Faulted, error);
        error.clone_into(&mut entry.last_error);
        entry.fault_count += 1;
        entry.ping_ms = None;
        news
    }

    /// Notes whether an incoming connection is TLS this time.
    pub(crate) fn secured(&mut self, key: ConnectionKey, ssl: bool) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.ssl = ssl;
        }
    }

    /// One connection.
    pub(crate) fn get(&self, key: ConnectionKey) -> Option<&Connection> {
        self.entries.get(&key)
    }

    /// Connections in order of their making.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ConnectionKey, &Connection)> {
        self.entries.iter().map(|(k, c)| (*k, c))
    }

    /// How many are Running.
    pub(crate) fn running(&self) -> usize {
        self.entries.values().filter(|c| c.status == LinkStatus::Running).count()
    }

    /// The remote gateways, one per server id, ghosts included.
    pub(crate) fn remotes(&self) -> Vec<Remote> {
        let mut remotes: BTreeMap<String, Remote> = BTreeMap::new();
        let blank = |role: Role, name: &str, version: &str| Remote {
            server_id: server_id(name, role),
            name: display_name(name, role),
            version: version.to_owned(),
            outgoing: false,
            incoming: false,
            connected: false,
        };
        for connection in self.entries.values() {
            let Some(id) = &connection.remote else { continue };
            let fresh = blank(id.role, &id.name, &id.version);
            let remote = remotes.entry(fresh.server_id.clone()).or_insert(fresh);
            let running = connection.status == LinkStatus::Running;
            remote.outgoing |= running && connection.direction == Direction::Outgoing;
            remote.incoming |= running && connection.direction == Direction::Incoming;
            remote.connected |= running;
        }
        for (role, name) in &self.ghosts {
            let ghost = blank(*role, name, "");
            remotes.entry(ghost.server_id.clone()).or_insert(ghost);
        }
        remotes.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::redundancy::machine::Recovery;

    fn identity(name: &str, uuid: &str, role: Role) -> Identity {
        Identity {
            name: name.to_owned(),
            uuid: uuid.to_owned(),
            role,
            version: "8.3.9".to_owned(),
            edition: String::new(),
            module_hash: String::new(),
            address: String::new(),
            recovery: Recovery::Automatic,
        }
    }

    fn outgoing(address: &str) -> Outgoing {
        let (host, port) = address.split_once(':').unwrap();
        let config = serde_json::json!({"host": host, "port": port.parse::<u16>().unwrap(), "useSSL": false});
        Outgoing::from_resource(host, "", &config).unwrap()
    }

    #[test]
    fn a_pair_is_shown_with_its_ordinals_and_suffix() {
        let mut t = Connections::default();
        for (address, role) in [("backend:8088", Role::Master), ("backend-backup:8088", Role::Backup)] {
            let key = t.define(&outgoing(address));
            assert_eq!(t.iter().last().unwrap().1.status.as_str(), "Defined_NeverConnected");
            let g = t.open(key).unwrap();
            t.identify(key, g, &identity("backend", address, role));
            t.current(key, g).unwrap().enter(LinkStatus::Running, "");
        }
        let seen: Vec<_> = t.remotes().into_iter().map(|r| (r.server_id, r.name, r.connected)).collect();
        let expected = [("_0:1:backend", "backend-Backup"), ("_0:2:backend", "backend")];
        assert_eq!(seen, expected.map(|(id, name)| (id.to_owned(), name.to_owned(), true)));
        assert_eq!(t.running(), 2);
    }

    #[test]
    fn a_newer_socket_silences_the_older_one() {
        let mut t = Connections::default();
        let key = t.accept(Purpose::Link, "10.0.0.2".to_owned(), "u").unwrap();
        let old = t.open(key).unwrap();
        // Two that knock at once are told apart before either has said a word.
        assert_eq!(t.accept(Purpose::Link, "10.0.0.2".to_owned(), "u"), Some(key));
        t.identify(key, old, &identity("a", "u", Role::Independent));
        let again = t.accept(Purpose::Link, "10.0.0.3".to_owned(), "u").unwrap();
        assert_eq!(key, again);
        let new = t.open(again).unwrap();
        t.current(key, new).unwrap().enter(LinkStatus::Running, "");
        assert!(!t.fault(key, old, "gone"));
        assert_eq!(t.running(), 1);
        assert_ne!(t.accept(Purpose::Redundancy, String::new(), "u"), Some(key));
    }

    #[test]
    fn an_old_name_stays_as_a_ghost() {
        let mut t = Connections::default();
        let key = t.accept(Purpose::Link, String::new(), "u").unwrap();
        let g = t.open(key).unwrap();
        t.identify(key, g, &identity("old", "u", Role::Backup));
        t.identify(key, g, &identity("new", "u", Role::Backup));
        t.current(key, g).unwrap().enter(LinkStatus::Running, "");
        let seen: Vec<_> = t.remotes().into_iter().map(|r| (r.name, r.connected)).collect();
        assert_eq!(seen, [("new-Backup".to_owned(), true), ("old-Backup".to_owned(), false)]);
    }

    #[test]
    fn the_table_is_bounded_and_gives_up_dead_entries_only() {
        let mut t = Connections::default();
        for n in 0..CAPACITY {
            let key = t.accept(Purpose::Link, String::new(), &n.to_string()).unwrap();
            t.open(key).unwrap();
        }
        assert_eq!(t.accept(Purpose::Link, String::new(), "more"), None);
        t.fault(0, 1, "gone");
        assert!(t.accept(Purpose::Link, String::new(), "more").is_some());
    }

    #[test]
    fn faults_count_and_repeat_silently() {
        let mut t = Connections::default();
        let key = t.define(&outgoing("x:8088"));
        let g = t.open(key).unwrap();
        assert!(t.fault(key, g, "refused"));
        let g = t.open(key).unwrap();
        assert!(!t.fault(key, g, "refused"));
        assert_eq!(t.iter().next().unwrap().1.fault_count, 2);
    }
}
