//! Keeps the outgoing connections as the configuration wants them, while it changes: defines, ends, leaves alone. Dials nothing.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::simulator::network::dialer;
use crate::simulator::network::outgoing::Outgoing;
use crate::simulator::network::settings::NetworkSettings;
use crate::simulator::network::table::ConnectionKey;
use crate::simulator::node::Node;

const LOGGER: &str = "gateway-network";
const INSECURE: &str = "Require SSL setting is disabled, rendering Gateway Network connections insecure";
/// Most different complaints about the configuration.
const COMPLAINTS: usize = 64;

/// Keeps the outgoing connections up until dropped, together with their diallers.
pub(crate) async fn keep(node: &Arc<Node>) -> Infallible {
    let mut refresh = node.switch.refresh.subscribe();
    let mut news = node.config_news.subscribe();
    let mut dialers = JoinSet::new();
    let mut kept: Vec<(Outgoing, ConnectionKey)> = Vec::new();
    let mut complaints = BTreeSet::new();
    loop {
        refresh.mark_unchanged();
        news.mark_unchanged();
        let wanted = wanted(node, &mut complaints);
        kept.retain(|(outgoing, key)| wanted.contains(outgoing) || node.state().connections.forget(*key).is_none());
        // The diallers and sessions of what is gone see that it is gone, and all others whether they may go on.
        node.switch.nudge.send_replace(());
        for outgoing in wanted {
            if kept.iter().all(|(k, _)| *k != outgoing) {
                let key = node.state().connections.define(&outgoing);
                dialers.spawn(dialer::keep_up(Arc::clone(node), key, outgoing.clone()));
                kept.push((outgoing, key));
            }
        }
        loop {
            tokio::select! {
                changed = refresh.changed() => if changed.is_ok() { break },
                changed = news.changed() => if changed.is_ok() { break },
                Some(_) = dialers.join_next() => {}
            }
        }
    }
}

/// The outgoing connections that the configuration wants now. What makes no sense in it is told once.
fn wanted(node: &Node, complaints: &mut BTreeSet<String>) -> Vec<Outgoing> {
    let (links, mut problems) = Outgoing::configured(&node.store);
    let (settings, problem) = NetworkSettings::read(&node.store);
    problems.extend(problem);
    for problem in problems {
        if complaints.len() < COMPLAINTS && complaints.insert(problem.clone()) {
            node.setup.log.error(LOGGER, &problem);
        }
    }
    // Said again each time that it becomes so (fact sheet 4.4).
    let said = complaints.contains(INSECURE);
    if settings.require_ssl {
        complaints.remove(INSECURE);
    } else if !said {
        complaints.insert(INSECURE.to_owned());
        node.setup.log.warn(LOGGER, INSECURE);
    }
    Outgoing::to_master(&node.redundancy_settings()).into_iter().chain(links).collect()
}
