//! Intent: behind a reverse proxy a stack publishes nothing, is proven all the same, and is reached from the proxy's network by what
//! its labels say; a network that is not there is told at once, and one that is there stays.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bollard::models::NetworkCreateRequest;
use ignition_stack_integration::leftovers::WORLD;
use ignition_stack_integration::{Verdict, World, http};

const GATEWAYS: [&str; 3] = ["frontend", "backend", "backend-backup"];

#[test]
fn a_stack_behind_a_proxy() {
    let Some(world) = World::open("behind_a_proxy") else { return };
    let network = format!("{}-web", world.name());
    let mode = ["--reverse-proxy", "external", "--proxy-network", &network];
    let shape = [&["--arch", "scale-out", "--redundant", "backend", "--database", "none"][..], &mode].concat();
    let refused = world.command(&world.up_words(&shape)).run().expect(2);
    let told = refused.stdout.clone() + &refused.stderr;
    assert!(told.contains(&format!("docker network create {network}")), "{told}");
    assert!(!world.project(world.name()).exists(), "nothing is written before the network is there");
    // The world's label, by which it goes with the world: the program itself never removes it.
    let labels = std::collections::HashMap::from([(WORLD.to_owned(), world.name().to_owned())]);
    let request = NetworkCreateRequest { name: network.clone(), labels: Some(labels), ..Default::default() };
    world.engine.wait(world.engine.docker.create_network(request)).unwrap();

    let report = world.up(&shape);
    assert_eq!(report["summary"]["links_running"], 2, "{report:#}");
    let verdict = world.verify_until("verify sees everything", Verdict::holds);
    assert_eq!(verdict.passed("backend", "peer-connected"), 1);
    let urls = report["urls"].to_string();
    assert!(urls.contains(&format!("http://{}-frontend.localtest.me", world.name())), "{report:#}");
    for gateway in GATEWAYS {
        a_gateway_is_reached_as_its_labels_say(&world, &network, gateway);
    }
    both_nodes_are_behind_the_route_of_the_pair(&world);
    it_is_followed_to_another_address(&world);
    let sure = format!("--yes-delete-data={}", world.name());
    world.run(&["down", world.name(), "--delete-data", &sure]).expect(0);
    let left = world.engine.wait(world.engine.docker.inspect_network(&network, None));
    assert!(left.is_ok(), "the proxy's network stays");
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
