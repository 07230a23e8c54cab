//! Intent: a person adds to a project with compose's override file, and nothing that was generated has to be changed for it.

use std::collections::BTreeMap;

use ignition_stack_integration::compose::Generation::V2;

use crate::stack::{BASIC, Stack};

const OVERRIDE: &str = "services:\n  db:\n    volumes:\n      - ./init:/docker-entrypoint-initdb.d:ro\n";

#[test]
fn the_databases_first_content_comes_from_an_override_file() {
    let Some(stack) = Stack::create(V2, &BASIC, "override file") else { return };
    std::fs::write(stack.project().join("docker-compose.override.yaml"), OVERRIDE).unwrap();
    std::fs::create_dir(stack.project().join("init")).unwrap();
    let sql = "create table plant (line text);\ninsert into plant values ('bottling');\n";
    std::fs::write(stack.project().join("init/10-plant.sql"), sql).unwrap();
    stack.compose(&["up", "-d"]);
    let query = ["psql", "-U", "ignition", "-d", "ignition", "-Atc", "select line from plant"];
    let answer = stack.world.engine.exec(&stack.containers()["db"], &query, &BTreeMap::new());
    assert_eq!(answer, (Some(0), "bottling\n".to_owned()));
    stack.is_proven();
}
