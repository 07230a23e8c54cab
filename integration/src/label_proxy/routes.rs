//! What labels of containers say about routes: by which host a service is reached, which servers it has, which of them are well.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::{Engine, http};

/// The name of the only entry point.
const ENTRY_POINT: &str = "web";

/// Routers and services of one look.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Service by host.
    routers: BTreeMap<String, String>,
    services: BTreeMap<String, Service>,
    /// Whose turn it is, by service; kept from look to look.
    turns: BTreeMap<String, usize>,
}

#[derive(Debug, Default)]
struct Service {
    servers: BTreeSet<SocketAddr>,
    sticky: bool,
    health: Option<Health>,
}

#[derive(Clone, Debug)]
struct Health {
    path: String,
    interval: Duration,
    timeout: Duration,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There, and the client is to remember it by this cookie.
    Server(SocketAddr, Option<String>),
    /// No router has the host.
    NoRoute,
    /// The service has no server that is well.
    NoServer,
}

impl Table {
    /// What the running containers on a network say.
    pub(super) fn read(engine: &Engine, network: &str) -> Self {
        let mut table = Self::default();
        for container in engine.containers("traefik.enable=true") {
            let labels: BTreeMap<_, _> = container.labels.unwrap_or_default().into_iter().collect();
            let runs = container.state.is_some_and(|state| state.to_string() == "running");
            let networks = container.network_settings.and_then(|s| s.networks).unwrap_or_default();
            let address = networks.get(network).and_then(|n| n.ip_address.as_deref()?.parse::<IpAddr>().ok());
            let named = labels.get("traefik.docker.network").is_some_and(|named| named == network);
            if let (Some(address), true, true) = (address, runs, named) {
                table.add(&labels, address);
            }
        }
        table
    }

    fn add(&mut self, labels: &BTreeMap<String, String>, address: IpAddr) {
        for (key, rule) in labels {
            let router = key.strip_prefix("traefik.http.routers.").and_then(|rest| rest.strip_suffix(".rule"));
            let Some(router) = router else { continue };
            let host = rule.strip_prefix("Host(`").and_then(|rest| rest.strip_suffix("`)"));
            let host = host.unwrap_or_else(|| panic!("a rule that this proxy does not know: {rule}"));
            let of_router = |what: &str| labels.get(&format!("traefik.http.routers.{router}.{what}"));
            if of_router("entrypoints").is_none_or(|point| point == ENTRY_POINT) {
                let service = of_router("service").map_or(router, String::as_str);
                self.routers.insert(host.to_owned(), service.to_owned());
                self.add_server(labels, service, address);
            }
        }
    }

    fn add_server(&mut self, labels: &BTreeMap<String, String>, service: &str, address: IpAddr) {
        let balancer = format!("traefik.http.services.{service}.loadbalancer");
        let label = |what: &str| labels.get(&format!("{balancer}.{what}")).map(String::as_str);
        let Some(port) = label("server.port").and_then(|port| port.parse().ok()) else { return };
        let there = self.services.entry(service.to_owned()).or_default();
        there.servers.insert(SocketAddr::new(address, port));
        there.sticky = label("sticky.cookie") == Some("true");
        there.health = label("healthcheck.path").map(|path| Health {
            path: path.to_owned(),
            interval: seconds(label("healthcheck.interval"), 30),
            timeout: seconds(label("healthcheck.timeout"), 5),
        });
    }

    /// Takes over what another look saw; whose turn it is stays.
    pub(super) fn replace(&mut self, seen: Self) {
        (self.routers, self.services) = (seen.routers, seen.services);
    }

    /// The server for a request: the one that the cookie remembers while it is well, else the next in turn.
    pub(super) fn server(&mut self, host: &str, cookie: Option<&str>) -> Found {
        let Some(name) = self.routers.get(host) else { return Found::NoRoute };
        let Some(service) = self.services.get(name).filter(|s| !s.servers.is_empty()) else { return Found::NoServer };
        if let Some(known) = service.servers.iter().find(|_| service.sticky).and(cookie)
            && let Some(server) = service.servers.iter().find(|server| server.to_string() == known)
        {
            return Found::Server(*server, None);
        }
        let turn = self.turns.entry(name.clone()).or_default();
        *turn += 1;
        let server = service.servers.iter().nth(*turn % service.servers.len());
        server.map_or(Found::NoServer, |server| Found::Server(*server, service.sticky.then(|| server.to_string())))
    }
}

/// `5s` as Traefik writes it.
fn seconds(label: Option<&str>, default: u64) -> Duration {
    let number = label.and_then(|text| text.strip_suffix('s')?.parse().ok());
    assert!(label.is_none() || number.is_some(), "a duration that this proxy does not know: {label:?}");
    Duration::from_secs(number.unwrap_or(default))
}

/// When each server was asked last, and whether it was well.
#[derive(Debug, Default)]
pub(super) struct Checks(BTreeMap<(String, SocketAddr), (Instant, bool)>);

impl Checks {
    /// Leaves out the servers of services with a health check that do not pass it, each asked as often as its label says.
    pub(super) fn apply(&mut self, table: &mut Table) {
        let mut known = BTreeMap::new();
        for (name, service) in &mut table.services {
            let Some(health) = service.health.clone() else { continue };
            service.servers.retain(|server| {
                let key = (name.clone(), *server);
                let last = self.0.get(&key).copied().filter(|(at, _)| at.elapsed() < health.interval);
                let (at, well) = last.unwrap_or_else(|| (Instant::now(), is_well(*server, &health)));
                known.insert(key, (at, well));
                well
            });
        }
        self.0 = known;
    }
}

fn is_well(server: SocketAddr, health: &Health) -> bool {
    http::get_at(server, &health.path, health.timeout).is_ok_and(|(status, _)| (200..400).contains(&status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(route: &str, more: &[(&str, &str)]) -> BTreeMap<String, String> {
        let service = format!("traefik.http.services.{route}.loadbalancer");
        let own = [
            (format!("traefik.http.routers.{route}.rule"), format!("Host(`{route}.localtest.me`)")),
            (format!("traefik.http.routers.{route}.entrypoints"), "web".to_owned()),
            (format!("traefik.http.routers.{route}.service"), route.to_owned()),
            (format!("{service}.server.port"), "8088".to_owned()),
        ];
        let more = more.iter().map(|(key, value)| (format!("{service}.{key}"), (*value).to_owned()));
        own.into_iter().chain(more).collect()
    }

    #[test]
    fn servers_of_one_service_take_turns_and_a_cookie_keeps_a_client_at_one() {
        let mut table = Table::default();
        for last in [2, 3] {
            table.add(&labels("demo", &[("sticky.cookie", "true")]), IpAddr::from([10, 0, 0, last]));
        }
        let Found::Server(one, Some(cookie)) = table.server("demo.localtest.me", None) else { panic!("no server") };
        let Found::Server(other, _) = table.server("demo.localtest.me", None) else { panic!("no server") };
        assert_ne!(one, other);
        for _ in 0..3 {
            assert_eq!(table.server("demo.localtest.me", Some(&cookie)), Found::Server(one, None));
        }
        assert_eq!(table.server("other.localtest.me", None), Found::NoRoute);
        table.services.get_mut("demo").unwrap().servers.clear();
        assert_eq!(table.server("demo.localtest.me", None), Found::NoServer);
    }

    #[test]
    fn a_server_that_does_not_pass_its_health_check_is_left_out() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut table = Table::default();
        let mut said = labels("demo", &[("healthcheck.path", "/StatusPing"), ("healthcheck.interval", "5s")]);
        said.insert("traefik.http.services.demo.loadbalancer.server.port".to_owned(), silent.port().to_string());
        table.add(&said, silent.ip());
        assert_eq!(table.services["demo"].health.as_ref().unwrap().interval, Duration::from_secs(5));
        Checks::default().apply(&mut table);
        assert_eq!(table.server("demo.localtest.me", None), Found::NoServer);
    }
}
