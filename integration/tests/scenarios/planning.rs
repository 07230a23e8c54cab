//! Intent: `up --plan` says everything that `up` would do and changes nothing, and `up` then does that and no more.

use serde_json::Value;

use ignition_stack_integration::World;

#[test]
fn the_plan_is_what_runs() {
    let Some(world) = World::open("planning") else { return };
    let shape = ["--arch", "scale-out", "--database", "none"];
    let mut words = world.up_words(&shape);
    words.push("--plan".to_owned());
    let cold = world.command(&words).run().expect(0).json();
    assert_eq!((&cold["command"], &cold["creates_project"]), (&"plan".into(), &true.into()), "{cold:#}");
    assert_eq!(cold["amounts"]["creates"], serde_json::json!(["frontend", "backend"]), "{cold:#}");
    assert_eq!(std::fs::read_dir(world.directory()).unwrap().count(), 0, "nothing is written");
    assert!(world.engine.identities(world.name()).is_empty(), "nothing is made");

    let report = world.up(&shape);
    assert_eq!(report["operations"], of_engine(&cold).len(), "{cold:#}");
    let plan = || world.run(&["up", world.name(), "--plan", "--output", "json"]).expect(0).json();
    assert_eq!(plan()["steps"], serde_json::json!([]));
    world.run(&["up", world.name(), "--plan"]).expect(0).says(&["nothing to do"]);

    world.engine.stop(&world.container("backend"));
    world.edit_record(|record| record["gateways"][0]["env"]["LANG"] = "C.UTF-8".into());
    let before = world.engine.identities(world.name());
    let changed = plan();
    assert_eq!(world.engine.identities(world.name()), before);
    let amounts = &changed["amounts"];
    assert_eq!(
        (&amounts["replaces"][0], &amounts["starts"][0]),
        (&"frontend".into(), &"backend".into()),
        "{amounts:#}"
    );
    let causes: Vec<_> = of_engine(&changed).iter().map(|step| step["cause"].clone()).collect();
    assert!(causes.contains(&"configuration changed".into()) && causes.contains(&"stopped".into()), "{causes:?}");
    assert_eq!(world.up_again()["operations"], causes.len());
    assert_eq!(plan()["steps"], serde_json::json!([]));
}

/// The steps that the engine does; files and images come before.
fn of_engine(plan: &Value) -> Vec<Value> {
    let steps = plan["steps"].as_array().unwrap();
    steps.iter().filter(|step| step["stage"] != 0).cloned().collect()
}
