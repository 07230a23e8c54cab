//! What a gateway tells a Traefik that looks at the engine's containers: by which names it is reached, and on which network.

use indexmap::IndexMap;

use super::HTTP_PORT;
use crate::stack::{Gateway, Route, Stack};

/// Key of the proxy's network in the compose file.
pub(super) const PROXY_NETWORK: &str = "proxy";

/// HTTPS stands on its usual port; plain HTTP where the proxy's entry point `web` is.
const PUBLIC_HTTPS: u16 = 443;

/// The labels of a gateway behind a proxy; none without one.
///
/// A pair has a route of its own, with both nodes behind it. A node that does not answer is left out. Traefik cannot tell the
/// active node from the standby one, because both answer 200: the standby sends its clients on to the active node's public
/// address (fact sheet 5.5), which is that node's own route. The cookie keeps a client where it was sent.
///
/// The fact sheet (5.5) asks for one public address on both nodes behind a proxy. That is for a proxy that knows the active
/// node: here it would be the pair's route, and the standby would send a client to where it came from, which the cookie then
/// makes a circle without end. With an address of its own for each node, a client that is sent on arrives at the active one.
pub(super) fn labels(stack: &Stack, gateway: &Gateway) -> IndexMap<String, String> {
    let mut labels = IndexMap::new();
    let (Some(proxy), Some(own)) = (&stack.proxy, stack.route(gateway)) else { return labels };
    labels.insert("traefik.enable".to_owned(), "true".to_owned());
    // A gateway is on several networks, and the proxy on one of them.
    labels.insert("traefik.docker.network".to_owned(), proxy.network.clone());
    route(&mut labels, &own);
    if let Some(pair) = stack.pair_of(&gateway.name).and_then(|pair| stack.pair_route(pair)) {
        route(&mut labels, &pair);
        let balancer = format!("traefik.http.services.{}.loadbalancer", pair.name());
        labels.insert(format!("{balancer}.healthcheck.path"), "/StatusPing".to_owned());
        labels.insert(format!("{balancer}.healthcheck.interval"), "5s".to_owned());
        labels.insert(format!("{balancer}.healthcheck.timeout"), "3s".to_owned());
        labels.insert(format!("{balancer}.sticky.cookie"), "true".to_owned());
    }
    labels
}

fn route(labels: &mut IndexMap<String, String>, route: &Route) {
    let name = route.name();
    let router = format!("traefik.http.routers.{name}");
    labels.insert(format!("{router}.rule"), format!("Host(`{}`)", route.host()));
    labels.insert(format!("{router}.entrypoints"), "web".to_owned());
    labels.insert(format!("{router}.service"), name.to_owned());
    labels.insert(format!("traefik.http.services.{name}.loadbalancer.server.port"), HTTP_PORT.to_string());
}

/// The arguments by which a gateway knows its public address and believes what the proxy says of its callers (fact sheet 6.3, 8:
/// proxies). On both nodes of a pair, because neither is replicated.
pub(super) fn public_address(stack: &Stack, gateway: &Gateway) -> Vec<String> {
    let Some(route) = stack.route(gateway) else { return Vec::new() };
    let (http, https) = (stack.proxy_port().to_string(), PUBLIC_HTTPS.to_string());
    let host = route.host();
    ["-a", &host, "-h", &http, "-s", &https, "--", "gateway.useProxyForwardedHeader=true"].map(str::to_owned).to_vec()
}
