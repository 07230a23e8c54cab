//! The Gateway Network (fact sheet 4): policy, table of connections, TLS, the wire between simulated gateways.

pub(crate) mod acceptor;
pub(crate) mod approval;
pub(crate) mod by_resource;
pub(crate) mod dialer;
pub(crate) mod frame;
pub(crate) mod incoming;
pub(crate) mod keeper;
pub(crate) mod outgoing;
pub(crate) mod pings;
pub(crate) mod policy;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod switch;
pub(crate) mod table;
pub(crate) mod tls;
pub(crate) mod variables;
pub(crate) mod wire;

use std::convert::Infallible;
use std::sync::Arc;

use crate::simulator::node::Node;
use tls::keystore::{self, Owner};
use tls::port;

/// Runs the gateway network until dropped: the keystore, the outgoing connections, the port for TLS.
pub(crate) async fn run(node: &Arc<Node>) -> Infallible {
    let setup = &node.setup;
    if !setup.network.enabled {
        return std::future::pending().await;
    }
    let owner = Owner { host: setup.hostname.clone(), port: setup.gan_port, address: node.address.parse().ok() };
    let key = keystore::open(setup.data.clone(), owner, setup.log.clone()).await;
    if let Err(reason) = &key {
        setup.log.error("gateway-network", &format!("Gateway Network connections over SSL are not possible: {reason}"));
    }
    let key = node.key.get_or_init(|| key);
    match key {
        Ok(key) => tokio::select! {
            never = keeper::keep(node) => never,
            never = port::serve(node, Arc::clone(key)) => never,
        },
        Err(_) => keeper::keep(node).await,
    }
}
