//! Watches what replicates, so that the other half of a pair hears of every change. Copies nothing.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::sleep;

use crate::simulator::node::Node;
use crate::simulator::redundancy::replica;

/// How often the files are looked at while there is a peer: projects are changed on disk, and nobody tells.
const INTERVAL: Duration = Duration::from_millis(500);

/// Watches until dropped. A node without a peer sleeps: nobody would hear of anything.
pub(crate) async fn keep(node: &Node) -> Infallible {
    let mut paired = node.paired.subscribe();
    let mut seen = None;
    loop {
        // The node itself holds the other end.
        let _ = paired.wait_for(|paired| *paired).await;
        if let Ok(stamp) = replica::stamp(&node.setup.data, &node.store)
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
