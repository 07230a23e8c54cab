//! Intent: data is never lost by accident, and nothing that is done to one stack touches another.

use std::path::Path;
use std::time::{Duration, Instant};

use bollard::models::{ContainerCreateBody, HostConfig};
use ignition_stack_integration::engine::STACK;
use ignition_stack_integration::leftovers::WORLD;
use ignition_stack_integration::recreate::GATEWAY_DATA;
use ignition_stack_integration::run::{Invocation, send};
use ignition_stack_integration::terminal::Terminal;
use ignition_stack_integration::{World, target};

#[test]
fn down_keeps_data_until_it_is_told_twice() {
    let Some(world) = World::open("data") else { return };
    let name = world.name().to_owned();
    let neighbour = format!("{name}-b");
    let mut words = world.create_words(&neighbour, 8, &["--arch", "basic", "--database", "none"]);
    "up".clone_into(&mut words[0]);
    world.command(&words).run().expect(0);
    world.up(&["--arch", "basic", "--database", "none"]);
    let neighbours_container = format!("{neighbour}-gateway-1");
    let untouched = world.engine.inspect_json(&neighbours_container);
    let gateway = world.container("gateway");

    world.engine.write_file(&gateway, GATEWAY_DATA, "canary", "still here");
    let down = world.run(&["down", &name, "--output", "json"]).expect(0).json();
    assert_eq!((&down["containers"], &down["networks"], &down["volumes"]), (&1.into(), &1.into(), &0.into()), "{down}");
    assert!(world.engine.containers(&format!("{STACK}={name}")).is_empty());
    world.up_again();
    assert_eq!(world.engine.read_file(&gateway, &format!("{GATEWAY_DATA}/canary")).as_deref(), Some("still here"));

    let before = world.engine.identities(&name);
    let advice = format!("--yes-delete-data={name}");
    world.run(&["down", &name, "--delete-data"]).expect(3).says(&["nothing was touched", &advice]);
    let wrong = format!("--yes-delete-data={neighbour}");
    world.run(&["down", &name, "--delete-data", &wrong]).expect(3).says(&["nothing was touched"]);
    assert_eq!(world.engine.identities(&name), before);

    world.run(&["down", &name, "--delete-data", &advice]).expect(0);
    assert!(world.engine.volumes(&format!("{STACK}={name}")).is_empty());
    assert!(world.engine.networks(&format!("{STACK}={name}")).is_empty());
    assert_eq!(world.engine.inspect_json(&neighbours_container), untouched, "the other stack is as it was");

    a_stack_without_its_directory(&world, &neighbour);
}

fn a_stack_without_its_directory(world: &World, stack: &str) {
    std::fs::remove_dir_all(world.project(stack)).unwrap();
    let list = world.run(&["list", "--output", "json"]).expect(0).json();
    let row = list["stacks"].as_array().unwrap().iter().find(|row| row["stack"] == stack).unwrap().clone();
    assert_eq!((&row["running"], &row["directory_exists"]), (&1.into(), &false.into()), "{row}");
    assert_eq!(row["simulated"], target::real_image().is_none(), "{row}");
    world.run(&["down", stack, "--delete-data", &format!("--yes-delete-data={stack}")]).expect(0);
    assert!(world.engine.identities(stack).is_empty());
}

#[test]
fn nothing_is_done_to_a_stack_of_the_same_name() {
    let Some(world) = World::open_simulated("namesakes") else { return };
    let name = world.name().to_owned();
    let shape = ["--arch", "basic", "--database", "none"];
    world.command(&world.create_words(&name, 0, &shape)).run().expect(0);
    world.run(&["up", &name, "--no-wait"]).expect(0);
    let before = world.engine.identities(&name);
    a_question_nobody_answers_is_ended_by_a_signal(&world);
    assert_eq!(world.engine.identities(&name), before);
    // Where its project was, another one of that name is made.
    let moved = world.directory().join("moved");
    std::fs::rename(world.project(&name), &moved).unwrap();
    world.command(&world.create_words(&name, 0, &shape)).run().expect(0);
    let advice = format!("cd / && ignition-stack down {name}");
    for verb in ["down", "stop", "start", "restart", "snapshot"] {
        world.run(&[verb, &name]).expect(3).says(&[
            "another stack named",
            "1 containers",
            "nothing was touched",
            &advice,
        ]);
    }
    assert_eq!(world.engine.identities(&name), before);
    let elsewhere = |words: &[&str]| Invocation::new(Path::new("/"), words).limit(Duration::from_mins(1)).run();
    elsewhere(&["down", &name]).expect(0);
    assert!(world.engine.containers(&format!("{STACK}={name}")).is_empty());
    world.run(&["down", &name]).expect(3).says(&["0 containers", "1 volumes"]);
    elsewhere(&["down", &name, "--delete-data", "--no-snapshot", &format!("--yes-delete-data={name}")]).expect(0);
    world.run(&["down", &name]).expect(0);
}

fn a_question_nobody_answers_is_ended_by_a_signal(world: &World) {
    for signal in ["INT", "TERM"] {
        let terminal = Terminal::start(world.directory(), &["down", world.name(), "--delete-data"], 200, &[]);
        terminal
            .until("it asks", target::patience(), |rows| rows.iter().any(|row| row.contains("Type the stack's name")));
        send(terminal.id(), signal);
        let sent = Instant::now();
        let shown = terminal.end();
        world.time(&format!("SIG{signal} at a question to the end"), sent.elapsed());
        assert_eq!(shown.code, Some(130), "{:#?}", shown.rows);
        let told = format!("error: interrupted (SIG{signal})");
        assert!(shown.rows.iter().any(|row| row.starts_with(&told)), "{:#?}", shown.rows);
    }
}

/// A container of somebody else on the stack's network keeps it: `down` says which one, and goes on once it has left.
#[test]
fn down_names_who_keeps_a_network() {
    let Some(world) = World::open("network_in_use") else { return };
    let name = world.name().to_owned();
    world.up(&["--arch", "basic", "--database", "none"]);
    let gateway = world.container("gateway");
    let network = world.engine.networks_of(&gateway).into_iter().next().unwrap();
    let stranger = format!("{name}-stranger");
    let labels = std::collections::HashMap::from([(WORLD.to_owned(), name.clone())]);
    let body = ContainerCreateBody {
        image: world.engine.inspect(&gateway).image,
        labels: Some(labels),
        host_config: Some(HostConfig { network_mode: Some(network.clone()), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    };
    world.engine.create(&stranger, body);
    world.engine.start(&stranger);
    let runs = world.engine.started_at(&stranger);

    let leave = format!("docker network disconnect {network} {stranger}");
    let kept = format!("network {network} cannot be removed: container {stranger} is on it");
    let told = [kept.as_str(), &leave, "all containers of the stack were removed; its data is as it was"];
    world.run(&["down", &name]).expect(4).says(&told);
    assert_eq!(world.engine.started_at(&stranger), runs, "it is left alone");
    world.engine.disconnect(&stranger, &network);
    world.run(&["down", &name]).expect(0);
    assert!(world.engine.networks(&format!("{STACK}={name}")).is_empty());
}
