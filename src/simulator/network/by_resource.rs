//! Finds the connection that belongs to a resource. How it fares is read elsewhere.

use crate::simulator::network::incoming::{self, INCOMING};
use crate::simulator::network::outgoing::OUTGOING;
use crate::simulator::network::table::{Connection, ConnectionKey, Direction};
use crate::simulator::node::Node;

impl Node {
    /// The connection of an outgoing or incoming resource, if there is one.
    pub(crate) fn connection_of(&self, kind: &str, name: &str) -> Option<ConnectionKey> {
        let id = if kind == INCOMING { Some(incoming::find(&self.store, name)?.id) } else { None };
        let belongs = |c: &Connection| match &id {
            Some(id) => c.direction == Direction::Incoming && c.remote_id().as_ref() == Some(id),
            None => kind == OUTGOING && c.direction == Direction::Outgoing && !name.is_empty() && c.resource == name,
        };
        let state = self.state();
        state.connections.iter().find(|(_, c)| belongs(c)).map(|(key, _)| key)
    }
}
