//! Intent: a canary in every volume survives every command and every kill, in any order, but `down --delete-data` with its
//! confirmation; and a volume that is not ours survives that, too, even when its name fits.

use std::time::Duration;

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::RemoveVolumeOptions;
use ignition_stack_integration::canary::Canaries;
use ignition_stack_integration::engine::STACK;
use ignition_stack_integration::recreate::GATEWAY_DATA;
use ignition_stack_integration::{World, telling};

const SHAPE: [&str; 6] = ["--arch", "basic", "--redundant", "gateway", "--database", "none"];
const GATEWAYS: [&str; 2] = ["gateway", "gateway-backup"];
/// Another seed replays another order.
const SEED: &str = "IGNITION_STACK_TEST_SEED";
/// Other numbers of steps; 40 by default.
const STEPS: &str = "IGNITION_STACK_TEST_STEPS";

#[test]
fn data_survives_every_order_of_commands_and_kills() {
    let Some(world) = World::open("canaries") else { return };
    let name = world.name().to_owned();
    let seed = knob(SEED).unwrap_or_else(|| u64::from(std::process::id()));
    telling::say(&format!("canaries: {SEED}={seed} replays this order"));
    let mut random = fastrand::Rng::with_seed(seed);
    let stranger = format!("{name}_stranger-data");
    let request = VolumeCreateRequest { name: Some(stranger.clone()), ..Default::default() };
    world.engine.wait(world.engine.docker.create_volume(request)).unwrap();

    world.up(&SHAPE);
    for gateway in GATEWAYS {
        world.engine.write_file(&world.container(gateway), GATEWAY_DATA, "canary", gateway);
    }
    let image = world.engine.inspect(&world.container("gateway")).config.and_then(|c| c.image).unwrap();
    let mut said = Vec::new();
    for _ in 0..knob(STEPS).unwrap_or(40) {
        said.push(step(&world, &mut random));
        assert_eq!(canaries(&world, &image), GATEWAYS, "a canary was lost after:\n{}", said.join("\n"));
    }
    world.run(&["up", &name, "--timeout", "2m"]).expect(0);
    assert_eq!(canaries(&world, &image), GATEWAYS, "after:\n{}", said.join("\n"));
    world.run(&["down", &name, "--delete-data", &format!("--yes-delete-data={name}")]).expect(0);
    assert!(world.engine.volumes(&format!("{STACK}={name}")).is_empty());
    let left = world.engine.wait(world.engine.docker.inspect_volume(&stranger));
    assert!(left.is_ok(), "a volume without our labels stays, whatever its name");
    world.engine.wait(world.engine.docker.remove_volume(&stranger, None::<RemoveVolumeOptions>)).unwrap();
}

fn knob(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What the canary of each gateway's volume says.
fn canaries(world: &World, image: &str) -> Vec<String> {
    let volumes = GATEWAYS.map(|gateway| format!("{}_{gateway}-data", world.name()));
    let canaries = Canaries::of(&world.engine, &format!("{}-canaries", world.name()), image, &volumes);
    volumes.iter().map(|volume| canaries.read(volume).unwrap_or_default()).collect()
}

/// One command, ended by itself or killed at any moment; returns what was done.
fn step(world: &World, random: &mut fastrand::Rng) -> String {
    let name = world.name();
    let wrong = format!("--yes-delete-data={name}-b");
    let memory = ["1024", "1536", "2048"][random.usize(..3)];
    let commands: [&[&str]; 16] = [
        &["up", name, "--no-wait"],
        &["up", name, "--no-wait", "--memory", memory],
        &["up", name, "--plan"],
        &["create", name, "--update", "--memory", memory],
        &["create", name, "--update", "--overwrite"],
        &["stop", name],
        &["stop", name, "gateway"],
        &["start", name],
        &["restart", name, "gateway-backup"],
        &["down", name],
        &["down", name, "--delete-data"],
        &["down", name, "--delete-data", &wrong],
        &["down", name, "--delete-data", "--no-snapshot", &wrong],
        &["snapshot", name, "--file", "again.tar"],
        &["restore", name, "again.tar"],
        &["verify", name],
    ];
    let words = commands[random.usize(..commands.len())];
    // Otherwise every snapshot but the first is refused for its name.
    if words[0] == "snapshot" {
        let _ = std::fs::remove_file(world.directory().join("again.tar"));
    }
    let running = world.command(words).limit(Duration::from_mins(2)).start();
    if random.u8(..3) == 0 {
        let after = Duration::from_millis(random.u64(1..1200));
        std::thread::sleep(after);
        drop(running);
        return format!("{} killed after {after:?}", words.join(" "));
    }
    let ran = running.end();
    let known = [Some(0), Some(1), Some(2), Some(3)];
    assert!(known.contains(&ran.code), "{}: {:?}\n{}", ran.words, ran.code, ran.stderr);
    format!("{}: {:?}", words.join(" "), ran.code)
}
