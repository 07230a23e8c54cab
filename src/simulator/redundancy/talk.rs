//! What a master and its backup say to each other once the gateway network has connected them: pairing, the pull, conditions.
//! Knows frames, not sockets; the session of the gateway network carries them.

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::simulator::access::login::Admin;
use crate::simulator::network::frame::{Condition, Identity};
use crate::simulator::network::table::ConnectionKey;
use crate::simulator::node::{Node, PeerLink};
use crate::simulator::redundancy::machine::Role;
use crate::simulator::start::options::is_system_name;

/// Largest frame on a redundancy connection, in bytes; links have a smaller limit of their own.
pub(crate) const FRAME_LIMIT: usize = 4 * 1024 * 1024;

/// One word between the two nodes of a pair.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "lowercase")]
pub(crate) enum Word {
    /// A backup asks for its master's configuration.
    Pull,
    /// The master's answer: what replicates (fact sheet 5.5), as far as it is simulated.
    Content { name: String, admin: Option<Admin> },
}

/// The redundancy side of one connection. The session calls it; what it returns is sent.
pub(crate) struct Talk {
    key: ConnectionKey,
    generation: u64,
    /// The connection is approved and counts.
    running: bool,
    /// The master's answer to a pull is awaited.
    pulling: bool,
    sync_due: Option<Instant>,
}

impl Talk {
    pub(crate) fn new(key: ConnectionKey, generation: u64) -> Self {
        Self { key, generation, running: false, pulling: false, sync_due: None }
    }

    /// The remote node introduced itself. An error refuses it, and is told to it.
    pub(crate) fn greet(node: &Node, remote: &Identity) -> Result<(), String> {
        node.may_pair(remote)
    }

    /// The connection is approved: it counts from now on.
    pub(crate) fn start(
        &mut self,
        node: &Node,
        identity: Identity,
        condition: Condition,
    ) -> Result<Option<Word>, String> {
        // Another node may have taken the place since the greeting.
        node.may_pair(&identity)?;
        self.running = true;
        if !node.peer_connected(PeerLink { key: self.key, generation: self.generation, identity, condition }) {
            return Ok(None);
        }
        let log = &node.setup.log;
        log.info(
            "Redundancy.SyncManager",
            "Will perform full pull. Reason: redundant provider on local side has no data.",
        );
        log.info("Redundancy.SyncManager", "Performing full sync...");
        self.pulling = true;
        Ok(Some(Word::Pull))
    }

    /// The remote node said something.
    pub(crate) fn hear(&mut self, node: &Node, word: Word) -> Result<Option<Word>, String> {
        match word {
            Word::Pull if self.running => content(node).map(Some).ok_or("a pull from a node that is no master".into()),
            Word::Content { name, admin } if self.pulling => {
                if !is_system_name(&name) {
                    return Err("the master's name cannot be a system name".to_owned());
                }
                node.adopt(name, admin);
                self.pulling = false;
                self.sync_due = Some(Instant::now() + node.setup.timings().sync);
                Ok(None)
            }
            Word::Pull | Word::Content { .. } => Err("a word out of turn".to_owned()),
        }
    }

    /// The remote node's name or condition changed.
    pub(crate) fn changed(&mut self, node: &Node, name: &str, condition: Condition) {
        if self.running {
            node.peer_changed(self.key, self.generation, name, condition);
        }
    }

    /// When [`Talk::due`] must be called next, if time alone can change anything.
    pub(crate) fn wake(&self) -> Option<Instant> {
        self.sync_due
    }

    /// Time passed.
    pub(crate) fn due(&mut self, node: &Node, now: Instant) {
        if self.sync_due.is_some_and(|due| due <= now) {
            self.sync_due = None;
            node.pulled();
        }
    }

    /// The connection is over.
    pub(crate) fn end(&mut self, node: &Node) {
        node.peer_lost(self.key, self.generation);
    }
}

/// What replicates to a backup.
fn content(node: &Node) -> Option<Word> {
    let state = node.state();
    let content = Word::Content { name: state.name.clone(), admin: state.record.admin.clone() };
    (state.machine.role() == Role::Master).then_some(content)
}
