//! The REST routes of `/data/api/v1`, one file per area of the gateway. A new area adds its table to [`AREAS`].

pub(crate) mod api_token;
pub(crate) mod backup;
pub(crate) mod concerns;
pub(crate) mod gateway_info;
pub(crate) mod gateway_network;
pub(crate) mod gateway_network_actions;
pub(crate) mod gateway_network_diagram;
pub(crate) mod gateway_network_queues;
pub(crate) mod licenses;
pub(crate) mod logs;
pub(crate) mod module_resources;
pub(crate) mod modules;
pub(crate) mod overview;
pub(crate) mod redundancy;
pub(crate) mod resource_changes;
pub(crate) mod resource_health;
pub(crate) mod resources;
pub(crate) mod restart_tasks;
pub(crate) mod scan;
pub(crate) mod trial;

use crate::simulator::node::Node;
use crate::simulator::web::routes::Route;

/// The tables of all areas.
pub(crate) const AREAS: &[&[Route]] = &[
    api_token::ROUTES,
    backup::ROUTES,
    concerns::ROUTES,
    gateway_info::ROUTES,
    gateway_network::ROUTES,
    gateway_network_actions::ROUTES,
    gateway_network_diagram::ROUTES,
    gateway_network_queues::ROUTES,
    licenses::ROUTES,
    logs::ROUTES,
    module_resources::ROUTES,
    modules::ROUTES,
    overview::ROUTES,
    redundancy::ROUTES,
    resources::ACROSS,
    resources::CREATABLE,
    resources::NAMED,
    resources::SINGLETONS,
    restart_tasks::ROUTES,
    scan::ROUTES,
    trial::ROUTES,
];

/// Milliseconds since the process started.
pub(crate) fn uptime_ms(node: &Node) -> u64 {
    u64::try_from(node.uptime().as_millis()).unwrap_or(u64::MAX)
}

/// The version with a build number of zero, because no such build exists.
pub(crate) fn full_version(node: &Node) -> String {
    format!("{} (b0)", node.setup.version)
}
