//! Intent: the program inside a running simulated gateway's container is the client of its control port, as the manual says, and what
//! it turns has its effect at once.

use std::time::Duration;

use ignition_stack_integration::{World, http, target, wait};

fn ping(world: &World) -> Result<(u16, String), String> {
    http::get(world.port(0), "/StatusPing")
}

fn pings(world: &World, status: u16, body: &str) {
    wait::until(&format!("StatusPing is {status} {body}"), target::patience(), || match ping(world) {
        Ok((seen, text)) if seen == status && text.contains(body) => Ok(()),
        other => Err(format!("{other:?}")),
    });
}

#[test]
fn knobs_are_turned_by_the_program_inside_the_container() {
    let Some(world) = World::open_simulated("control") else { return };
    world.up(&["--arch", "basic", "--database", "none"]);
    let shown = world.turn("gateway", &[]);
    assert_eq!((&shown["knobs"]["hang_in"], &shown["starts"]), (&serde_json::Value::Null, &1.into()), "{shown}");

    world.turn("gateway", &[r#"answers=[{"route": "/StatusPing", "status": 503, "body": "not today"}]"#]);
    assert_eq!(ping(&world).unwrap(), (503, "not today".to_owned()));
    assert_eq!(world.verify().code, 1, "the program sees it as well");
    world.turn("gateway", &["answers="]);
    assert_eq!(ping(&world).unwrap(), (200, r#"{"state":"RUNNING"}"#.to_owned()));

    let (code, said) = world.control("gateway", &["hang_in=LUNCH", "lunch=1"]);
    assert!(code.is_some_and(|c| c != 0) && said.contains("lunch") && said.contains("hang_in"), "{code:?} {said}");
    assert_eq!(world.turn("gateway", &[]), shown, "what is refused changes nothing");

    let container = world.container("gateway");
    let started = world.engine.started_at(&container);
    world.turn("gateway", &["hang_in=STARTING", "restart"]);
    pings(&world, 200, "STARTING");
    world.turn("gateway", &["hang_in="]);
    pings(&world, 200, "RUNNING");
    assert_eq!(world.engine.started_at(&container), started, "the container went on running");

    // The last order is answered before it strikes, or not at all.
    world.control("gateway", &["exit=42"]);
    wait::until("the engine starts it again", Duration::from_mins(1), || {
        let now = world.engine.started_at(&container);
        if now == started { Err(now) } else { Ok(()) }
    });
    world.mended();
}
