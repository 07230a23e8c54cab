//! Intent: a gateway that waits for its commissioning is not healthy, although the image's own health script says that it is.

use std::collections::BTreeMap;

use ignition_stack_integration::compose::Generation::V1;
use ignition_stack_integration::{http, target, wait};

use crate::stack::{BASIC, Stack};

#[test]
fn a_gateway_without_the_licence_accepted_is_not_healthy() {
    let without = |record: &mut serde_json::Value| record["gateways"][0]["env"]["ACCEPT_IGNITION_EULA"] = "N".into();
    let Some(stack) = Stack::create_edited(V1, &BASIC, "commissioning", without) else { return };
    stack.compose(&["up", "-d"]);
    wait::until("COMMISSIONING", target::patience(), || {
        let (_, body) = http::get(stack.world.port(0), "/StatusPing")?;
        if body.contains("COMMISSIONING") { Ok(()) } else { Err(body) }
    });
    let container = &stack.containers()["gateway"];
    let exec = |words: &[&str]| stack.world.engine.exec(container, words, &BTreeMap::new()).0;
    assert_eq!(exec(&["health-check.sh", "-t", "3"]), Some(0), "the trap is there");

    let check = stack.world.engine.inspect(container).config.and_then(|c| c.healthcheck?.test).unwrap();
    assert_eq!(check[0], "CMD-SHELL");
    assert_eq!(exec(&["/bin/sh", "-c", &check[1]]), Some(1));
    assert_eq!(
        exec(&["/bin/sh", "-c", &check[1].replace("COMMISSIONING", "else")]),
        Some(0),
        "it was asked and answered"
    );
}
