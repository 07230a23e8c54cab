//! Keeps the outgoing connections as the configuration wants them, while it changes: defines, ends, leaves alone. Dials nothing.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::simulator::network::dialer;
use crate::simulator::network::outgoing::Outgoing;
use crate::simulator::network::table::ConnectionKey;
use crate::simulator::node::Node;

/// Keeps the outgoing connections up until dropped, together with their diallers.
pub(crate) async fn keep(node: &Arc<Node>) -> Infallible {
    let mut refresh = node.switch.refresh.subscribe();
    let mut dialers = JoinSet::new();
    let mut kept: Vec<(Outgoing, ConnectionKey)> = Vec::new();
    loop {
        refresh.mark_unchanged();
        let wanted = node.wanted_connections();
        let before = kept.len();
        kept.retain(|(outgoing, key)| wanted.contains(outgoing) || node.state().connections.forget(*key).is_none());
        if kept.len() != before {
            // The diallers and sessions of what is gone see that it is gone.
            node.switch.nudge.send_replace(());
        }
        for outgoing in wanted {
            if kept.iter().all(|(k, _)| *k != outgoing) {
                let key = node.state().connections.define(outgoing.purpose, outgoing.address());
                dialers.spawn(dialer::keep_up(Arc::clone(node), key, outgoing.clone()));
                kept.push((outgoing, key));
            }
        }
        loop {
            tokio::select! {
                changed = refresh.changed() => if changed.is_ok() { break },
                Some(_) = dialers.join_next() => {}
            }
        }
    }
}

impl Node {
    /// The outgoing connections that the configuration wants now.
    fn wanted_connections(&self) -> Vec<Outgoing> {
        if !self.setup.network.enabled {
            return Vec::new();
        }
        let to_master = Outgoing::to_master(&self.redundancy_settings());
        Outgoing::without_repetitions(to_master.into_iter().chain(self.setup.links.iter().cloned()).collect())
    }
}
