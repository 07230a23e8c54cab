//! Intent: when both nodes of a running pair are made anew, one of them is active at every moment but for a failover's length, and
//! a pair that is not redundant is changed at once, which is said; and a backup leaves only when its master has all that it has.

use std::time::Duration;

use ignition_stack_integration::observer::Conditions;
use ignition_stack_integration::pair::Half;
use ignition_stack_integration::sequence::Place;
use ignition_stack_integration::session::Session;
use ignition_stack_integration::{Ran, World, http, target, wait};

/// 130 ms are documented (fact sheet 5.3), and a look takes 80 ms; the rest is for a busy machine.
const FAILOVER: Duration = Duration::from_secs(1);
const SHAPE: [&str; 6] = ["--arch", "basic", "--redundant", "gateway", "--database", "none"];

#[test]
fn one_node_stays_active_while_both_are_made_anew() {
    let Some(world) = World::open("pair changed") else { return };
    world.up(&SHAPE);
    let show = |half| match http::redundancy(world.port(u16::from(half == Half::Backup))) {
        Ok(seen) if !seen.starts_with('-') => Ok(seen),
        Ok(seen) | Err(seen) => Err(seen),
    };
    let conditions = Conditions::new([Place::WELL; 2]);
    let change = ["up", world.name(), "--memory", "1536", "--output", "json", "--timeout"];
    let limit = format!("{}s", target::patience().as_secs());
    let ran = std::thread::scope(|scope| {
        let watching = scope.spawn(|| conditions.watch_nodes(show));
        let ran = world.run(&[&change[..], &[&limit]].concat());
        conditions.end();
        watching.join().unwrap();
        ran
    });
    let ran = ran.expect(0).says(&["in sync", "fail over from gateway to gateway-backup"]);
    world.time("up that makes both nodes anew", ran.took);
    assert_eq!(ran.json()["verified"], true);
    let gap = conditions.nobody_active();
    world.time("longest time with no node Active", gap);
    assert_eq!(conditions.broken(), None, "{}", conditions.story());
    assert!(gap <= FAILOVER, "{gap:?}\n{}", conditions.story());
    assert!(conditions.story().contains("backup Backup/Good/Active"), "{}", conditions.story());
    for member in ["gateway", "gateway-backup"] {
        let environment = world.engine.inspect_json(&world.container(member));
        assert!(environment["Config"]["Cmd"].to_string().contains("1536"), "{environment:#}");
    }
    assert_eq!(world.up_again()["operations"], 0);
}

/// A change that no node survives ends at the first one, however often `up` is run; mended, it goes on from there.
#[test]
fn a_change_that_fails_never_reaches_the_last_node_that_works() {
    let Some(world) = World::open_simulated("pair changed badly") else { return };
    world.up(&SHAPE);
    let active = world.container("gateway");
    let before = world.engine.inspect(&active).id;
    let exits = |code: Option<&str>| {
        world.edit_record(|record| {
            for gateway in record["gateways"].as_array_mut().unwrap() {
                let env = gateway["env"].as_object_mut().unwrap();
                match code {
                    Some(code) => drop(env.insert("SIMULATED_EXIT_CODE".to_owned(), code.into())),
                    None => drop(env.remove("SIMULATED_EXIT_CODE")),
                }
            }
        });
    };
    exits(Some("3"));
    for _ in 0..2 {
        let ran = world.run(&["up", world.name(), "--output", "json"]).expect(1);
        let error = &ran.json()["error"];
        assert_eq!(error["member"], "gateway-backup", "{error:#}");
        assert!(error["advice"].is_string() && error["log"].is_array(), "{error:#}");
        let cause = error["cause_id"].as_str().unwrap();
        assert!(["container-exited", "crash-loop"].contains(&cause), "{error:#}");
        assert!(world.engine.runs(&active), "the node that works is left alone");
        assert_eq!(world.engine.inspect(&active).id, before);
    }
    exits(None);
    assert_eq!(world.up_again()["verified"], true);
}

#[test]
fn a_pair_that_is_not_redundant_is_changed_at_once() {
    let Some(world) = World::open("lonely pair changed") else { return };
    world.up(&SHAPE);
    world.engine.disconnect(&world.container("gateway-backup"), &format!("{}_default", world.name()));
    let plan = ["up", world.name(), "--memory", "1536", "--plan", "--output", "json"];
    world.verify_until("the pair is apart", |verdict| !verdict.holds());
    let plan = world.run(&plan).expect(0).json();
    let notes = plan["notes"].to_string();
    assert!(notes.contains("gateway and gateway-backup are made anew at the same time"), "{plan:#}");
    assert!(!plan["steps"].to_string().contains("hand-over"), "{plan:#}");
    world.run(&["up", world.name(), "--memory", "1536"]).expect(0).says(&["at the same time"]);
}

/// A backup that was at work leaves only once its master is, with all that it has.
#[test]
fn a_backup_that_works_is_not_taken_away() {
    let Some(world) = World::open("pair taken apart") else { return };
    world.up(&SHAPE);
    the_backup_takes_over(&world);
    let lonely = [
        "gateway: stopped",
        "gateway-backup: Active",
        "first: ignition-stack up",
        "--abandon-backup",
        "nothing was touched",
    ];
    unpairing_is_refused(&world, &lonely);
    let plan = world.run(&["up", world.name(), "--redundant", "none", "--plan"]).expect(3);
    plan.says(&["gateway would go on without gateway-backup"]);

    // The advice heals the pair. Then the other node may still be at work, as after a failover that somebody asked for.
    world.up_again();
    shows(&world, 0, "Master/Good/Active");
    let password = std::fs::read_to_string(world.project(world.name()).join("secrets/admin-password")).unwrap();
    let session = Session::open(world.port(0), "admin", password.trim());
    let asked = session.send("POST", "/data/api/v1/redundancy/gwaction/failover", "");
    assert_eq!(asked.status, 200, "{asked:?}");
    shows(&world, 1, "Backup/Good/Active");
    unpairing_is_refused(&world, &["gateway-backup is the active node", "ignition-stack restart"]);
    world.run(&["restart", world.name(), "gateway-backup"]).expect(0);
    world.mended();
    shows(&world, 0, "Master/Good/Active");
    unpaired(&world, &["up", world.name(), "--redundant", "none", "--output", "json"]);
}

/// Somebody may know that nothing is lost.
#[test]
fn a_backup_goes_where_that_is_said() {
    let Some(world) = World::open("pair taken apart all the same") else { return };
    world.up(&SHAPE);
    the_backup_takes_over(&world);
    let abandon = ["up", world.name(), "--redundant", "none", "--abandon-backup", "--output", "json"];
    let plan = world.run(&[&abandon[..], &["--plan"]].concat()).expect(0).json();
    let notes = plan["notes"].to_string();
    for told in
        ["--abandon-backup: gateway would go on", "gateway: stopped", "gateway-backup: Active", "stays in volume"]
    {
        assert!(notes.contains(told), "{told}: {notes}");
    }
    unpaired(&world, &abandon);

    world.run(&["up", world.name(), "--redundant", "gateway", "--abandon-backup"]).expect(0);
    world.run(&["down", world.name()]).expect(0);
    unpairing_is_refused(&world, &["gateway-backup: does not run, so it cannot be asked", "ignition-stack snapshot"]);
}

fn the_backup_takes_over(world: &World) {
    world.engine.stop(&world.container("gateway"));
    shows(world, 1, "Backup/Unknown/Active");
}

/// Waits until a node shows role, sync state and level.
fn shows(world: &World, node: u16, wanted: &str) {
    wait::until(&format!("node {node} is {wanted}"), target::patience(), || {
        let seen = http::redundancy(world.port(node))?;
        if seen == wanted { Ok(()) } else { Err(seen) }
    });
}

/// `--redundant none` and its plan are refused with these texts, and nothing is touched.
fn unpairing_is_refused(world: &World, told: &[&str]) {
    let record = world.project(world.name()).join(".ignition-stack/config.json");
    let seen = || (world.engine.identities(world.name()), std::fs::read_to_string(&record).unwrap());
    let before = seen();
    let words = ["up", world.name(), "--redundant", "none", "--output", "json"];
    for words in [words.to_vec(), [&words[..], &["--plan"]].concat()] {
        let ran = world.run(&words).expect(3);
        let error = ran.json()["error"].to_string();
        assert!(told.iter().all(|text| error.contains(text)), "{told:?}: {error}");
    }
    assert_eq!(seen(), before, "nothing is touched");
}

/// These words make a proven single gateway of the pair.
fn unpaired(world: &World, words: &[&str]) -> Ran {
    let ran = world.run(words).expect(0);
    assert_eq!(ran.json()["verified"], true);
    assert_eq!(world.status("gateway")["role"], "Independent");
    assert!(world.engine.inspect_if_there(&world.container("gateway-backup")).is_none());
    let verdict = world.verify();
    assert!(verdict.holds(), "{verdict}");
    assert_eq!(world.up_again()["operations"], 0);
    ran
}
