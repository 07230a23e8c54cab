//! Intent: `up --plan` says everything that `up` would do and changes nothing, and `up` then does that and no more.

use bollard::query_parameters::RemoveImageOptions;
use serde_json::Value;

use ignition_stack_integration::{Invocation, World};

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

/// The image's name is moved by another build of the program, and by another build of the same content: what the plan says happens.
#[test]
fn the_plan_knows_the_image_that_is_going_to_be_built() {
    let Some(world) = World::open_with_version("planning_images", "8.3.2") else { return };
    world.up(&["--arch", "basic", "--database", "none"]);
    let gateway = world.container("gateway");
    let (name, copy) = (world.name(), world.directory().join("another-build"));
    let id = || world.engine.inspect(&gateway).id;
    let here = Invocation::clone;
    let there = |run: &Invocation| run.clone().another_build(&copy);
    let plan = |by: &dyn Fn(&Invocation) -> Invocation| {
        let plan = by(&world.command(&["up", name, "--plan", "--output", "json"])).run().expect(0).json();
        let built = plan["steps"].as_array().unwrap().iter().any(|step| step["kind"] == "build-image");
        (built, of_engine(&plan).len(), plan["amounts"]["replaces"].clone())
    };
    let up = |by: &dyn Fn(&Invocation) -> Invocation| {
        let ran = by(&world.command(&["up", name, "--output", "json"])).run().expect(0);
        usize::try_from(ran.json()["operations"].as_u64().unwrap()).unwrap()
    };

    let first = id();
    let (built, operations, replaces) = plan(&there);
    assert_eq!((built, &replaces[0]), (true, &"gateway".into()), "another program: {replaces}");
    // Somebody else's stack moves the name of the image; this one's container stays as it is.
    let other = format!("{name}-b");
    let mut words = world.create_words(&other, 1, &["--arch", "basic", "--database", "none"]);
    "up".clone_into(&mut words[0]);
    world.command(&words).another_build(&copy).run().expect(0);
    let others = world.engine.inspect(&format!("{other}-gateway-1")).image;
    let other_ids = world.engine.identities(&other);
    assert_eq!(plan(&here), (true, 0, serde_json::json!([])), "the image is built again, and it is the same");
    assert_eq!(up(&here), 0);
    assert_eq!(id(), first);
    assert_eq!(world.engine.identities(&other), other_ids);

    assert_eq!(up(&there), operations, "as it was planned");
    let second = id();
    assert_ne!(second, first);
    let (_, operations, replaces) = plan(&here);
    assert_eq!(replaces[0], "gateway");
    assert_eq!(up(&here), operations);

    // Another build of the same content has another identity.
    let third = id();
    let image = world.engine.inspect(&gateway).config.unwrap().image.unwrap();
    let before = world.engine.inspect(&gateway).image;
    world.engine.build_upon(&image);
    assert_ne!(world.engine.wait(world.engine.docker.inspect_image(&image)).unwrap().id, before);
    assert_eq!(plan(&here), (false, 0, serde_json::json!([])));
    assert_eq!((up(&here), id()), (0, third));
    let down = ["down", &other, "--delete-data", "--no-snapshot", &format!("--yes-delete-data={other}")];
    world.run(&down).expect(0);
    // The images go here: one is built upon the other, and one is another program's, which the suite does not know.
    let down = ["down", name, "--delete-data", "--no-snapshot", &format!("--yes-delete-data={name}")];
    world.run(&down).expect(0);
    for image in [Some(image), before, others].into_iter().flatten() {
        // Where a name was moved the engine may have taken it away already.
        drop(world.engine.wait(world.engine.docker.remove_image(&image, None::<RemoveImageOptions>, None)));
    }
}

/// The steps that the engine does; files and images come before.
fn of_engine(plan: &Value) -> Vec<Value> {
    let steps = plan["steps"].as_array().unwrap();
    steps.iter().filter(|step| step["stage"] != 0).cloned().collect()
}
