//! Intent: what the engine refuses ends in exit code 4, what is not ours in exit code 3, each with what, where and one thing to try.

use ignition_stack_integration::leftovers::WORLD;
use ignition_stack_integration::{World, ports, target};

const BASIC: [&str; 4] = ["--arch", "basic", "--database", "none"];

#[test]
fn an_engine_that_is_not_there() {
    let Some(world) = World::open("engine_unreachable") else { return };
    let socket = world.directory().join("no.sock");
    let host = format!("unix://{}", socket.display());
    for verb in ["verify", "list", "up"] {
        let mut words = vec![verb.to_owned()];
        match verb {
            "up" => words = world.up_words(&BASIC),
            "verify" => words.push(world.name().to_owned()),
            _ => {}
        }
        world.command(&words).env("DOCKER_HOST", &host).run().expect(4).says(&["no.sock", "DOCKER_HOST"]);
    }
    assert!(!world.project(world.name()).exists(), "nothing is written for an engine that is not there");
}

#[test]
fn an_image_that_is_not_there() {
    let Some(world) = World::open("image_missing") else { return };
    // .invalid never resolves (RFC 2606), so that nothing is asked of a registry.
    let image = "registry.invalid/ignition:8.3.9";
    let base = world.port(0).to_string();
    let words = ["up", world.name(), "--arch", "basic", "--database", "none", "--image", image, "--base-port", &base];
    let ran = world.run(&words).expect(4).says(&[image]);
    assert!(ran.stderr.contains("docker load"), "{}", ran.stderr);
    assert!(world.engine.containers(&format!("ignition-stack.stack={}", world.name())).is_empty());
}

#[test]
fn ports_that_are_taken() {
    let Some(world) = World::open("ports_taken") else { return };
    let taken = [0, 1].map(|index| ports::bind(world.port(index)).unwrap());
    let shape = ["--arch", "scale-out", "--frontends", "1", "--database", "none"];
    let ran = world.command(&world.up_words(&shape)).run().expect(4);
    let error = &ran.json()["error"];
    for (index, gateway) in [(0, "frontend"), (1, "backend")] {
        let port = world.port(index).to_string();
        assert!([gateway, &port].iter().all(|text| error.to_string().contains(text)), "{gateway} {port}: {error:#}");
    }
    assert!(error["advice"].is_string(), "{error:#}");
    let label = format!("ignition-stack.stack={}", world.name());
    assert!(world.engine.containers(&label).is_empty() && world.engine.volumes(&label).is_empty());
    drop(taken);
    world.up(&shape);
}

#[test]
fn a_foreign_object_of_our_name() {
    let Some(world) = World::open("foreign_object") else { return };
    let name = world.container("gateway");
    let image = target::real_image().unwrap_or_else(|| "ignition-stack/simulated-gateway:8.3.9".to_owned());
    let body = bollard::models::ContainerCreateBody {
        image: Some(image),
        labels: Some([(WORLD.to_owned(), world.name().to_owned())].into()),
        ..Default::default()
    };
    world.engine.create(&name, body);
    let before = world.engine.inspect_json(&name);
    world.command(&world.up_words(&BASIC)).run().expect(3).says(&[&name, "nothing was touched"]);
    assert_eq!(world.engine.inspect_json(&name), before);
    let label = format!("ignition-stack.stack={}", world.name());
    assert!(world.engine.volumes(&label).is_empty() && world.engine.networks(&label).is_empty());
    world.engine.remove(&name);
    world.up(&BASIC);
}
