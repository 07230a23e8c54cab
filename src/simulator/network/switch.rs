//! The ways in which the rest of the gateway acts on the gateway network while it runs: read the configuration anew, hold the
//! redundancy connection, reset a connection. Holds signals only; the sockets belong to the sessions and diallers.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::simulator::network::frame::Purpose;
use crate::simulator::network::table::ConnectionKey;
use crate::simulator::node::Node;

/// Signals that sessions, diallers and the keeper of the outgoing connections listen to.
pub(crate) struct Switch {
    /// Changes when the outgoing connections may have to be others.
    pub(crate) refresh: watch::Sender<()>,
    /// Changes when every session and dialler must look whether it may go on.
    pub(crate) nudge: watch::Sender<()>,
    /// Until then no redundancy connection stands, in neither direction.
    hold: watch::Sender<Option<Instant>>,
}

impl Default for Switch {
    fn default() -> Self {
        Self { refresh: watch::Sender::new(()), nudge: watch::Sender::new(()), hold: watch::Sender::new(None) }
    }
}

impl Node {
    /// Reads the configuration of the outgoing connections anew: new ones are dialled, changed ones are dialled anew, and those
    /// that are gone or disabled end.
    pub(crate) fn reconfigure_network(&self) {
        self.switch.refresh.send_replace(());
    }

    /// Drops the redundancy connection, on either node, and keeps it from coming back for that long (fact sheet 2.2: a write of
    /// the redundancy configuration drops the link for about 30 s).
    pub(crate) fn hold_redundancy(&self, time: Duration) {
        self.switch.hold.send_replace(Some(Instant::now() + time));
        self.switch.nudge.send_replace(());
    }

    /// Until when the redundancy connection must not stand; `None` when it may.
    pub(crate) fn redundancy_held(&self) -> Option<Instant> {
        self.switch.hold.borrow().filter(|until| *until > Instant::now())
    }

    /// Ends the connection's socket. An outgoing one is dialled anew at once; an incoming one comes back when its remote dials.
    /// Returns whether there is such a connection.
    pub(crate) fn reset_connection(&self, key: ConnectionKey) -> bool {
        let known = self.state().connections.reset(key);
        if known {
            self.switch.nudge.send_replace(());
        }
        known
    }

    /// Whether that socket may go on serving that connection.
    pub(crate) fn may_go_on(&self, key: ConnectionKey, generation: u64, purpose: Purpose) -> Result<(), &'static str> {
        if purpose == Purpose::Redundancy && self.redundancy_held().is_some() {
            return Err("the redundancy connection is held after a change of its configuration");
        }
        self.state().connections.current(key, generation).map(|_| ()).ok_or("replaced by a newer connection")
    }
}
