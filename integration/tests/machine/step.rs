//! What may happen to a stack, one thing at a time.

use std::time::Duration;

use ignition_stack_integration::engine::MEMBER;
use serde_json::json;

use crate::model::{Model, Stands, kill_after, record};

/// Longest time until everything is proven, on a machine that has much to do.
const PROVEN: &str = "120s";

/// Takes one step, drawn at random.
pub(crate) fn take(model: &mut Model, random: &mut fastrand::Rng) {
    let steps: [fn(&mut Model, &mut fastrand::Rng); 16] = [
        up,
        up_changed,
        up_changed,
        up_killed,
        up_killed,
        up_while_the_engine_is_away,
        edited_record,
        down,
        killed,
        stopped,
        started,
        harmed_by_others,
        harmed_by_others,
        engine_restarted,
        verified,
        all_data_deleted,
    ];
    steps[random.usize(..steps.len())](model, random);
}

fn up(model: &mut Model, _: &mut fastrand::Rng) {
    model.say("up");
    let ran = model.world.run(&["up", model.world.name(), "--timeout", PROVEN]);
    model.expect(&ran, &[0]);
    model.proven();
}

/// Grows, shrinks, gets a pair, other memory or other networks.
fn change(model: &Model, random: &mut fastrand::Rng) -> Vec<&'static str> {
    let redundant = record(model.world)["gateways"].as_array().unwrap().iter().any(|g| g["name"] == "backend-backup");
    match random.u8(..5) {
        0 => vec!["--frontends", "2"],
        1 => vec!["--frontends", "1"],
        2 if !redundant => vec!["--redundant", "backend"],
        3 => vec![if random.bool() { "--network-split" } else { "--no-network-split" }],
        _ => vec!["--memory", if random.bool() { "512" } else { "640" }],
    }
}

fn up_changed(model: &mut Model, random: &mut fastrand::Rng) {
    let change = change(model, random);
    model.say(format!("up {}", change.join(" ")));
    let name = model.world.name();
    let ran = model.world.run(&[&["up", name, "--timeout", PROVEN][..], &change].concat());
    model.expect(&ran, &[0]);
    model.proven();
}

fn up_killed(model: &mut Model, random: &mut fastrand::Rng) {
    let (change, after) = (change(model, random), kill_after(random));
    let name = model.world.name();
    let words = [&["up", name, "--timeout", PROVEN][..], &change].concat();
    let running = model.world.command(&words).start();
    std::thread::sleep(after);
    if random.bool() {
        running.interrupt();
        let ran = running.end();
        model.say(format!("up {} interrupted after {after:?}: {:?}", change.join(" "), ran.code));
        model.expect(&ran, &[0, 130]);
    } else {
        drop(running);
        model.say(format!("up {} killed after {after:?}", change.join(" ")));
    }
    model.all(Stands::Unknown);
}

fn up_while_the_engine_is_away(model: &mut Model, random: &mut fastrand::Rng) {
    let (before, away) = (kill_after(random), Duration::from_millis(random.u64(100..2000)));
    let command = model.world.command(&["up", model.world.name(), "--timeout", PROVEN]);
    let ran = if let Some(engine) = &mut model.private {
        let running = command.start();
        std::thread::sleep(before);
        engine.stop();
        std::thread::sleep(away);
        engine.start_again();
        running.end()
    } else {
        let Some(proxy) = model.world.proxy() else { return };
        let running = command.env("DOCKER_HOST", &proxy.host()).start();
        std::thread::sleep(before);
        proxy.go_away();
        std::thread::sleep(away);
        proxy.come_back();
        running.end()
    };
    model.say(format!("up with the engine away after {before:?} for {away:?}: {:?}", ran.code));
    // An operation may meet an engine that is not there; waiting goes on when it is back.
    model.expect(&ran, &[0, 4]);
    if ran.code == Some(0) {
        model.proven();
    } else {
        model.all(Stands::Unknown);
    }
    model.without_labels();
}

/// A person edits the record by hand, and starts nothing.
fn edited_record(model: &mut Model, random: &mut fastrand::Rng) {
    let names = model.names();
    let name = names[random.usize(..names.len())].clone();
    let memory = [512, 640, 768][random.usize(..3)];
    model.say(format!("{name} has memory_mb {memory} in the record"));
    model.world.edit_record(|record| {
        let gateways = record["gateways"].as_array_mut().unwrap();
        // Both nodes of a pair have one memory.
        let pair = name.strip_suffix("-backup").unwrap_or(&name).to_owned();
        for gateway in gateways.iter_mut().filter(|g| g["name"] == pair || g["name"] == format!("{pair}-backup")) {
            gateway["memory_mb"] = json!(memory);
        }
    });
    // Whether it differs from what runs depends on what was there before.
    model.all(Stands::Unknown);
}

fn down(model: &mut Model, _: &mut fastrand::Rng) {
    model.say("down");
    let ran = model.world.run(&["down", model.world.name()]);
    model.expect(&ran, &[0]);
    model.all(Stands::Harmed);
}

/// Any command that takes away or stops, killed at any moment.
fn killed(model: &mut Model, random: &mut fastrand::Rng) {
    let words = ["down", "stop", "start", "restart"][random.usize(..4)];
    let after = kill_after(random);
    let running = model.world.command(&[words, model.world.name()]).start();
    std::thread::sleep(after);
    drop(running);
    model.say(format!("{words} killed after {after:?}"));
    model.all(Stands::Unknown);
}

fn stopped(model: &mut Model, random: &mut fastrand::Rng) {
    let names = model.names();
    let name = &names[random.usize(..names.len())];
    let ran = model.world.run(&["stop", model.world.name(), name]);
    model.say(format!("stop {name}: {:?}", ran.code));
    // One that has no container cannot be stopped, and a stack that has none has nothing to stop.
    let known = model.members[name] == Stands::Running;
    model.expect(&ran, if known { &[0] } else { &[0, 1, 4] });
    model.members.insert(name.clone(), Stands::Harmed);
}

fn started(model: &mut Model, _: &mut fastrand::Rng) {
    let ran = model.world.run(&["start", model.world.name()]);
    model.say(format!("start: {:?}", ran.code));
    // A container whose network is gone cannot start; a stack without containers has nothing to start.
    let none = model.members.values().all(|stands| *stands != Stands::Running);
    model.expect(&ran, if none { &[0, 1, 4] } else { &[0, 4] });
    for stands in model.members.values_mut().filter(|stands| **stands != Stands::Running) {
        *stands = Stands::Unknown;
    }
}

/// Somebody does something to one container with another tool.
fn harmed_by_others(model: &mut Model, random: &mut fastrand::Rng) {
    let names = model.names();
    let name = names[random.usize(..names.len())].clone();
    let engine = &model.world.engine;
    let found = engine.containers(&format!("{MEMBER}={name}"));
    let container = model.world.container(&name);
    let there = found.iter().any(|c| c.names.iter().flatten().any(|n| n.trim_start_matches('/') == container));
    if !there {
        return;
    }
    let runs = engine.runs(&container);
    let done = match random.u8(..5) {
        0 => {
            engine.remove(&container);
            "removed"
        }
        1 if runs => {
            engine.stop_within(&container, 5);
            "stopped"
        }
        2 if runs => {
            engine.pause(&container);
            "paused"
        }
        3 => {
            let networks = engine.networks_of(&container);
            let Some(network) = networks.iter().next() else { return };
            engine.disconnect(&container, network);
            "disconnected"
        }
        // The engine takes that for a stop by hand: its policy does not start it again.
        _ if runs => {
            engine.kill(&container);
            "killed"
        }
        _ => return,
    };
    model.say(format!("{name} {done} by somebody else"));
    model.members.insert(name, Stands::Harmed);
}

/// The engine is started again; one that is the machine's is left alone, and what a restart does to containers is done to them: all end
/// at once, and those that ran are started again.
fn engine_restarted(model: &mut Model, _: &mut fastrand::Rng) {
    if let Some(engine) = &mut model.private {
        engine.stop();
        engine.start_again();
        model.say("the engine started again");
        // One that was paused runs; another engine may also start what somebody killed.
        for stands in model.members.values_mut().filter(|stands| **stands == Stands::Harmed) {
            *stands = Stands::Unknown;
        }
        return;
    }
    model.say("all containers killed and started again at once");
    let engine = &model.world.engine;
    let names = model.names();
    let running: Vec<String> = names
        .iter()
        .map(|name| model.world.container(name))
        .filter(|container| {
            let there = engine.wait(engine.docker.inspect_container(container, None));
            there.is_ok_and(|c| c.state.is_some_and(|s| s.running == Some(true) && s.paused != Some(true)))
        })
        .collect();
    for container in &running {
        engine.kill(container);
    }
    for container in &running {
        engine.start(container);
    }
}

/// `verify` is right: it holds when nothing was done to the stack since it was proven, and fails when something was.
fn verified(model: &mut Model, _: &mut fastrand::Rng) {
    let stands: Vec<Stands> = model.members.values().copied().collect();
    let words: &[&str] = if stands.contains(&Stands::Harmed) { &[] } else { &["--wait", "60s"] };
    let unknown = stands.contains(&Stands::Unknown);
    let words = if unknown { &[][..] } else { words };
    let ran = model.world.run(&[&["verify", model.world.name()][..], words].concat());
    model.say(format!("verify: {:?}", ran.code));
    let codes: &[i32] = match (stands.contains(&Stands::Harmed), unknown) {
        (true, _) => &[1],
        (false, true) => &[0, 1],
        (false, false) => &[0],
    };
    model.expect(&ran, codes);
}

fn all_data_deleted(model: &mut Model, _: &mut fastrand::Rng) {
    model.say("down --delete-data");
    let name = model.world.name();
    let ran = model.world.run(&["down", name, "--delete-data", &format!("--yes-delete-data={name}")]);
    model.expect(&ran, &[0]);
    model.emptied();
}
