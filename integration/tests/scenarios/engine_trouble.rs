//! Intent: the engine may be out of reach. It is named, with how it was chosen; `up` waits for it, goes on when it comes back in time, finds
//! done what was done, and ends with the engine's name when it does not come back.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::time::Duration;

use ignition_stack_integration::inventory::Inventory;
use ignition_stack_integration::proxy::{Fault, Rule, Then};
use ignition_stack_integration::run::{self, Running};
use ignition_stack_integration::{Engine, Invocation, Proxy, World, target, wait};

const SHAPE: [&str; 6] = ["--arch", "basic", "--redundant", "gateway", "--database", "none"];
/// A network, two containers, two volumes.
const OBJECTS: usize = 5;
const NOBODY: u32 = 65534;
/// Seconds that the engine stands still; more than it takes to be told. `IGNITION_STACK_TEST_FREEZE=30` freezes it longer.
const FROZEN_S: u64 = 8;

fn open(scenario: &str) -> Option<(World, Proxy)> {
    let world = World::open_simulated(scenario)?;
    let proxy = world.proxy()?;
    Some((world, proxy))
}

fn up(world: &World, proxy: &Proxy) -> Invocation {
    world.command(&world.up_words(&SHAPE)).env("DOCKER_HOST", &proxy.host())
}

/// Until so many changes have been asked of the engine.
fn changes(proxy: &Proxy, running: &mut Running, number: usize) {
    wait::until("changes on the engine", target::patience(), || {
        assert!(running.ended().is_none(), "up has ended\n{}", running.stderr());
        let changes = proxy.calls().mutating();
        if changes.len() >= number { Ok(()) } else { Err(changes.to_string()) }
    });
}

/// Until everything is made and `up` looks for the proof.
fn waiting(proxy: &Proxy, running: &mut Running) {
    wait::until("up waits", target::patience(), || {
        assert!(running.ended().is_none(), "up has ended\n{}", running.stderr());
        let starts = proxy.calls().of("POST /containers/*/start").len();
        let lists = proxy.calls().0.iter().rev().take_while(|call| call.kind == "GET /containers/json").count();
        if starts == 2 && lists > 0 { Ok(()) } else { Err(format!("{starts} starts, then {lists} lists")) }
    });
}

/// The engine's silence was told with its name, and its return.
fn proven_after_all(world: &World, proxy: &Proxy, running: Running) {
    let ran = running.end().expect(0).says(&["does not answer", &proxy.host(), "from DOCKER_HOST", "answers again"]);
    assert_eq!(ran.json()["verified"], true);
    nothing_is_doubled(world);
}

fn nothing_is_doubled(world: &World) {
    let there = Inventory::of(&world.engine, world.name());
    assert_eq!(there.objects.len(), OBJECTS, "{there}");
}

#[test]
fn no_permission() {
    let Some((world, proxy)) = open("no_permission") else { return };
    let mode = |path: &std::path::Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    // Nobody is let in; root is, whatever the mode says, so that it must become somebody else.
    mode(proxy.socket(), 0);
    mode(world.directory(), 0o755);
    let copy = world.directory().join("program");
    for words in [vec!["list".to_owned()], world.up_words(&SHAPE)] {
        let mut command = world.command(&words).env("DOCKER_HOST", &proxy.host());
        if root {
            command = command.user(NOBODY, &copy);
        }
        let ran = command.run().expect(4);
        ran.says(&[&proxy.host(), "from DOCKER_HOST", "may not be used", "usermod -aG docker"]);
    }
    if root {
        let closed = world.directory().join("closed");
        std::fs::create_dir(&closed).unwrap();
        mode(&closed, 0o700);
        let host = format!("unix://{}/d.sock", closed.display());
        let list = world.command(&["list"]).env("DOCKER_HOST", &host).user(NOBODY, &copy);
        list.run().expect(4).says(&[&host, "may not be entered", "usermod -aG docker"]);
    }
    assert!(proxy.calls().is_empty());
}

#[test]
fn it_goes_away_while_things_are_made_and_comes_back() {
    let Some((world, proxy)) = open("engine_away_mid_up") else { return };
    let mut running = up(&world, &proxy).start();
    changes(&proxy, &mut running, 3);
    proxy.go_away();
    wait::until("it is told", target::patience(), || {
        let said = running.stderr();
        if said.contains("waiting for it to come back") { Ok(()) } else { Err(said) }
    });
    proxy.come_back();
    proven_after_all(&world, &proxy, running);
}

#[test]
fn it_goes_away_while_things_are_waited_for_and_comes_back() {
    let Some((world, proxy)) = open("engine_away_mid_wait") else { return };
    let mut running = up(&world, &proxy).start();
    waiting(&proxy, &mut running);
    proxy.go_away();
    wait::until("it is told", target::patience(), || {
        let said = running.stderr();
        if said.contains("waiting for it to come back") { Ok(()) } else { Err(said) }
    });
    // Its gateways run all the same; that alone is no proof.
    std::thread::sleep(Duration::from_secs(4));
    assert!(running.ended().is_none(), "proven without the engine\n{}", running.stderr());
    proxy.come_back();
    proven_after_all(&world, &proxy, running);
}

#[test]
fn it_goes_away_for_good() {
    let Some((world, proxy)) = open("engine_away_for_good") else { return };
    let mut words = world.up_words(&SHAPE);
    words.pop();
    words.push("6s".to_owned());
    let command = || world.command(&words).env("DOCKER_HOST", &proxy.host());
    for mid_wait in [false, true] {
        // Too slow to be proven before the engine goes.
        let mut running = command().env("SIMULATED_BOOT_MS", "60000").start();
        if mid_wait {
            waiting(&proxy, &mut running);
        } else {
            changes(&proxy, &mut running, 2);
        }
        proxy.go_away();
        let ran = running.end().expect(4);
        ran.says(&["does not answer", &proxy.host(), "from DOCKER_HOST", "waited"]);
        proxy.come_back();
        proxy.take();
    }
    nothing_is_doubled(&world);
}

#[test]
fn answers_get_lost() {
    let Some((world, proxy)) = open("answers_lost") else { return };
    for kind in
        ["POST /networks/create", "POST /containers/create", "PUT /containers/*/archive", "POST /containers/*/start"]
    {
        proxy.rule(Rule::kind(kind, Fault::DropAfter).nth(1));
    }
    proven_after_all(&world, &proxy, up(&world, &proxy).start());
    let calls = proxy.take();
    assert_eq!(calls.of("POST /networks/create").len(), 1, "found done by the next look:\n{calls}");
    assert_eq!(calls.of("POST /containers/create").len(), 2, "found done by the next look:\n{calls}");
    let lost = up(&world, &proxy).run().expect(0).json();
    assert_eq!(lost["operations"], 0, "{lost:#}");
}

/// So it is when somebody removes it, and when an engine takes back what it was making for a caller that it lost.
#[test]
fn a_container_goes_away_before_it_is_started() {
    let Some((world, proxy)) = open("gone_before_start") else { return };
    let removed = Fault::before(|call| {
        let container = call.path.split('/').nth_back(1).unwrap();
        Engine::connect().unwrap().remove(container);
        Then::Go
    });
    proxy.rule(Rule::kind("POST /containers/*/start", removed).nth(1));
    let ran = up(&world, &proxy).run().expect(0).says(&["No such container", "looking again"]);
    assert_eq!(ran.json()["verified"], true);
    assert_eq!(proxy.take().of("POST /containers/create").len(), 3, "one was made again");
    nothing_is_doubled(&world);
}

#[test]
fn the_engine_says_no_in_the_middle() {
    let Some((world, proxy)) = open("engine_error") else { return };
    let fault = Fault::Answer { status: 500, message: "no space left on device".to_owned() };
    proxy.rule(Rule::kind("PUT /containers/*/archive", fault).nth(2));
    let ran = up(&world, &proxy).run().expect(4);
    ran.says(&["no space left on device", "what was made is kept", "goes on from there"]);
    let before = Inventory::of(&world.engine, world.name());
    assert_eq!(world.up_again()["verified"], true);
    let now = Inventory::of(&world.engine, world.name());
    assert!(before.lost_in(&now).is_empty() && now.objects.len() == OBJECTS, "{before}\n{now}");
}

#[test]
fn it_stands_still() {
    let Some((world, proxy)) = open("engine_frozen") else { return };
    let given = std::env::var("IGNITION_STACK_TEST_FREEZE").ok().and_then(|text| text.parse().ok());
    let time = Duration::from_secs(given.unwrap_or(FROZEN_S));
    let mut running = up(&world, &proxy).start();
    changes(&proxy, &mut running, 2);
    proxy.freeze();
    std::thread::sleep(time);
    proxy.thaw();
    waiting(&proxy, &mut running);
    proxy.freeze();
    std::thread::sleep(time);
    assert!(running.ended().is_none(), "proven without the engine\n{}", running.stderr());
    proxy.thaw();
    proven_after_all(&world, &proxy, running);
}

#[test]
fn the_program_itself_stands_still() {
    let Some((world, proxy)) = open("program_stopped") else { return };
    let mut running = up(&world, &proxy).start();
    for mid_wait in [false, true] {
        if mid_wait {
            waiting(&proxy, &mut running);
        } else {
            changes(&proxy, &mut running, 2);
        }
        run::send(running.id(), "STOP");
        // What happens meanwhile is heard from nobody: a gateway ends, and is there again.
        if mid_wait {
            world.engine.stop_within(&world.container("gateway-backup"), 5);
            world.engine.start(&world.container("gateway-backup"));
        } else {
            std::thread::sleep(Duration::from_secs(3));
        }
        run::send(running.id(), "CONT");
    }
    let report = running.end().expect(0).json();
    assert_eq!(report["verified"], true, "{report:#}");
    nothing_is_doubled(&world);
}
