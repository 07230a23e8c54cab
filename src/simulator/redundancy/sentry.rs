//! Watches what replicates, so that the other half of a pair hears of every change. Copies nothing.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::sleep;

use crate::simulator::node::Node;
use crate::simulator::redundancy::machine::Role;
use crate::simulator::redundancy::replica;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_millis(500);

/// Watches until dropped. Only a node with a peer looks.
pub(crate) async fn keep(node: &Node) -> Infallible {
    let mut seen = None;
    loop {
        let looks = {
            let state = node.state();
            state.machine.role() != Role::Independent && state.peer.is_some()
        };
        if looks
            && let Ok(stamp) = replica::stamp(&node.setup.data, &node.store)
            && seen != Some(stamp)
        {
            seen = Some(stamp);
            measure(node);
        }
        sleep(INTERVAL).await;
    }
}

fn measure(node: &Node) {
    let Ok(files) = replica::collect(&node.setup.data, &node.store) else { return };
    node.note_content(replica::content(&replica::inventory(&files)));
}

impl Node {
    /// Notes what this node's replicated configuration amounts to; the peer hears of a change.
    pub(crate) fn note_content(&self, content: u64) {
        let mut state = self.state();
        let news = std::mem::replace(&mut state.pairing.content, content) != content;
        drop(state);
        if news {
            self.news.send_replace(());
        }
    }
}
