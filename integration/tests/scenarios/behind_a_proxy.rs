//! Intent: behind a reverse proxy a stack publishes nothing, and is proven through that proxy, which goes by the labels; a proxy that is
//! not there, or leads elsewhere, is named; a failover is followed; the proxy can be taken away again. Its network is nobody's to make
//! or remove.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bollard::models::NetworkCreateRequest;
use ignition_stack_integration::label_proxy::LabelProxy;
use ignition_stack_integration::leftovers::WORLD;
use ignition_stack_integration::{Verdict, World, http};

const GATEWAYS: [&str; 3] = ["frontend", "backend", "backend-backup"];
/// Which of the world's ports the proxy has.
const PROXY: u16 = 20;

#[test]
fn a_stack_behind_a_proxy() {
    let Some(world) = World::open("behind_a_proxy") else { return };
    let network = format!("{}-web", world.name());
    let address = format!("127.0.0.1:{}", world.port(PROXY));
    let mode = ["--reverse-proxy", "external", "--proxy-network", &network, "--proxy-address", &address];
    let shape = [&["--arch", "scale-out", "--redundant", "backend", "--database", "none"][..], &mode].concat();
    let refused = world.command(&world.up_words(&shape)).run().expect(2);
    let told = refused.stdout.clone() + &refused.stderr;
    assert!(told.contains(&format!("docker network create {network}")), "{told}");
    assert!(!world.project(world.name()).exists(), "nothing is written before the network is there");
    // The world's label, by which it goes with the world: the program itself never removes it.
    let labels = std::collections::HashMap::from([(WORLD.to_owned(), world.name().to_owned())]);
    let request = NetworkCreateRequest { name: network.clone(), labels: Some(labels), ..Default::default() };
    world.engine.wait(world.engine.docker.create_network(request)).unwrap();

    nothing_is_proven_without_a_proxy(&world, &shape);
    let proxy = LabelProxy::start(&network, world.port(PROXY));
    let report = world.up_again();
    assert_eq!((&report["operations"], &report["verified"]), (&0.into(), &true.into()), "{report:#}");
    assert_eq!(report["summary"]["links_running"], 2, "{report:#}");
    let urls = report["urls"].to_string();
    assert!(
        urls.contains(&format!("http://{}-frontend.localtest.me:{}", world.name(), world.port(PROXY))),
        "{report:#}"
    );
    for gateway in GATEWAYS {
        a_gateway_is_reached_as_its_labels_say(&world, &network, gateway);
    }
    both_nodes_are_behind_the_route_of_the_pair(&world);
    every_route_is_seen_and_what_cannot_be_is_said(&world);
    crossed_routes_are_named(&world, &proxy);
    the_route_of_the_pair_follows_a_failover(&world);
    it_is_followed_to_another_address(&world);
    drop(proxy);
    a_proxy_that_is_gone_is_named(&world);
    it_is_taken_away_again(&world, &network);
    let sure = format!("--yes-delete-data={}", world.name());
    world.run(&["down", world.name(), "--delete-data", &sure]).expect(0);
    let left = world.engine.wait(world.engine.docker.inspect_network(&network, None));
    assert!(left.is_ok(), "the proxy's network stays");
}

/// The stack runs, and nobody can reach it: that is not what was asked for.
fn nothing_is_proven_without_a_proxy(world: &World, shape: &[&str]) {
    let ran = world.command(&world.up_words(shape)).run().expect(1);
    let told = ran.stdout + &ran.stderr;
    for text in ["the proxy does not listen", "start the proxy", "--proxy-address HOST:PORT"] {
        assert!(told.contains(text), "{text}: {told}");
    }
    assert!(world.engine.runs(&world.container("backend-backup")), "what runs goes on");
}

fn every_route_is_seen_and_what_cannot_be_is_said(world: &World) {
    let verdict = world.verify_until("verify sees everything", Verdict::holds);
    assert_eq!(verdict.passed("backend", "peer-connected"), 1);
    for gateway in GATEWAYS {
        assert_eq!(verdict.passed(gateway, "route"), 1);
    }
    assert_eq!(verdict.passed("backend", "pair-route"), 1);
    // Both nodes answer, so a fresh client may land on either.
    let fresh = verdict.of_member("backend", "fresh-client").next().unwrap();
    assert_eq!(fresh["state"], "skip", "{fresh:#}");
    assert!(fresh["text"].as_str().unwrap().contains("may land on backend-backup"), "{fresh:#}");
}

fn crossed_routes_are_named(world: &World, proxy: &LabelProxy) {
    let host = |gateway: &str| format!("{}-{gateway}.localtest.me", world.name());
    proxy.cross(&host("frontend"), &host("backend-backup"));
    let verdict = world.verify();
    verdict.expect(
        "frontend",
        "route",
        &["the proxy sends the callers of frontend to backend-backup", &host("frontend")],
    );
    verdict.expect("backend-backup", "route", &["the route ends at frontend"]);
    assert_eq!(verdict.troubled(), ["backend-backup", "frontend"]);
    proxy.uncross();
    world.mended();
}

fn the_route_of_the_pair_follows_a_failover(world: &World) {
    world.engine.stop(&world.container("backend"));
    let reached = |verdict: &Verdict| {
        let route = verdict.of_member("backend", "pair-route").next();
        route.is_some_and(|c| c["state"] == "pass" && c["seen"].to_string().contains("backend-backup (Active)"))
    };
    let verdict = world.verify_until("the pair's route leads to the backup", reached);
    assert!(!verdict.holds(), "the master is down");
    assert_eq!(verdict.passed("backend", "fresh-client"), 1, "nobody lands anywhere else");
    world.engine.start(&world.container("backend"));
    world.mended();
}

fn a_proxy_that_is_gone_is_named(world: &World) {
    let verdict = world.verify();
    for (gateway, condition) in [("frontend", "route"), ("backend", "pair-route")] {
        verdict.expect(gateway, condition, &["the proxy does not listen", "start the proxy"]);
    }
}

/// Its gateways publish their ports again, and nothing of it is asked any more.
fn it_is_taken_away_again(world: &World, network: &str) {
    let plan = world.run(&["up", world.name(), "--reverse-proxy", "none", "--plan"]).expect(0);
    assert!(plan.stdout.contains("write file docker-compose.yaml  (changed)"), "{}", plan.stdout);
    let report = world.run(&["up", world.name(), "--reverse-proxy", "none", "--output", "json"]).expect(0).json();
    assert_eq!(report["verified"], true);
    for (index, gateway) in (0..).zip(GATEWAYS) {
        let container = world.container(gateway);
        let address = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(world.engine.published(&container), [(address, world.port(index))], "{gateway}");
        assert!(!world.engine.networks_of(&container).contains(network), "{gateway} has left the proxy's network");
        assert!(!labels(world, gateway).keys().any(|key| key.starts_with("traefik.")), "{gateway}");
    }
    let verdict = world.verify();
    assert!(verdict.holds(), "{verdict}");
    assert_eq!(verdict.of_member("backend", "pair-route").count(), 0);
}

fn labels(world: &World, gateway: &str) -> HashMap<String, String> {
    world.engine.inspect(&world.container(gateway)).config.and_then(|c| c.labels).unwrap()
}

/// What Traefik does with a container: the address on the network that the label names, the port that the label names.
fn a_gateway_is_reached_as_its_labels_say(world: &World, network: &str, gateway: &str) {
    let container = world.container(gateway);
    assert_eq!(world.engine.published(&container), [], "{gateway} publishes nothing");
    let labels = labels(world, gateway);
    let route = format!("{}-{gateway}", world.name());
    assert_eq!(labels["traefik.enable"], "true");
    assert_eq!(labels["traefik.docker.network"], network);
    assert_eq!(labels[&format!("traefik.http.routers.{route}.rule")], format!("Host(`{route}.localtest.me`)"));
    assert_eq!(labels[&format!("traefik.http.routers.{route}.entrypoints")], "web");
    let port: u16 = labels[&format!("traefik.http.services.{route}.loadbalancer.server.port")].parse().unwrap();
    let networks = world.engine.inspect(&container).network_settings.and_then(|s| s.networks).unwrap();
    let endpoint = &networks[network];
    let address: IpAddr = endpoint.ip_address.as_deref().unwrap().parse().unwrap();
    let (status, body) = http::get_at(SocketAddr::new(address, port), "/StatusPing", Duration::from_secs(3)).unwrap();
    assert_eq!((status, body.as_str()), (200, "{\"state\":\"RUNNING\"}"), "{gateway}");
}

fn both_nodes_are_behind_the_route_of_the_pair(world: &World) {
    let pair = format!("{}-backend-pair", world.name());
    let of_pair = |gateway: &str| -> BTreeMap<String, String> {
        labels(world, gateway).into_iter().filter(|(key, _)| key.contains(&pair)).collect()
    };
    let master = of_pair("backend");
    assert_eq!(master[&format!("traefik.http.routers.{pair}.rule")], format!("Host(`{pair}.localtest.me`)"));
    assert_eq!(master[&format!("traefik.http.services.{pair}.loadbalancer.healthcheck.path")], "/StatusPing");
    assert_eq!(of_pair("backend-backup"), master, "Traefik puts equal services together");
    assert!(of_pair("frontend").is_empty());
}

/// Addresses are given anew at each start: two gateways that come back in another order have changed places.
fn it_is_followed_to_another_address(world: &World) {
    let (frontend, backup) = (world.container("frontend"), world.container("backend-backup"));
    for container in [&frontend, &backup] {
        world.engine.stop(container);
    }
    for container in [&backup, &frontend] {
        world.engine.start(container);
    }
    world.mended();
}
