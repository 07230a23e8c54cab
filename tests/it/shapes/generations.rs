//! Generating again: the same bytes for the same stack, from its record as well; other bytes only where the identity shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ignition_stack::render::{GENERATED_PATH, RECORD_PATH, Tree};
use ignition_stack::spec;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{ID, Project, Shape, each};

#[track_caller]
fn assert_same(one: &Tree, other: &Tree) {
    for (path, file) in &one.files {
        assert!(other.files.get(path) == Some(file), "{path} differs");
    }
    assert_eq!(one.files.len(), other.files.len());
}

#[test]
fn twice_and_from_the_record_it_is_the_same_byte_for_byte() {
    for shape in Shape::all() {
        println!("{}", shape.title());
        let project = Project::of(shape, ID);
        assert_same(&project.tree, &Project::of(shape, ID).tree);
        let record = project.text(RECORD_PATH);
        let yaml = spec::dump_yaml(&project.stack.dump());
        for text in [record, &yaml] {
            let again = Project::from_text(text);
            assert_same(&project.tree, &again.tree);
            assert!(again.blueprint == project.blueprint, "the engine would make something else");
        }
    }
}

#[test]
fn the_list_of_generated_files_tells_the_digest_of_each() {
    each(|project| {
        let list: Value = serde_json::from_str(project.text(GENERATED_PATH)).unwrap();
        let files =
            project.tree.files.iter().filter(|(path, _)| ![RECORD_PATH, GENERATED_PATH].contains(&path.as_str()));
        let expected: BTreeMap<_, _> = files.map(|(path, file)| (path, [digest(&file.bytes)])).collect();
        assert_eq!(list["files"], serde_json::to_value(expected).unwrap());
        assert_eq!(list["secrets"], serde_json::json!(project.secrets.keys().collect::<Vec<_>>()));
    });
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The files of a project with the identity, and what is derived from it, replaced by words: nothing else.
fn neutral(project: &Project) -> BTreeMap<&String, String> {
    let mut derived = vec![(project.stack.id.to_string(), "STACK".to_owned())];
    for gateway in &project.stack.gateways {
        let uuid = project.stack.gateway_uuid(&gateway.name);
        derived.push((uuid.to_string(), format!("GATEWAY {}", gateway.name)));
        for kind in ["database-connection/db", "secret-provider/files"] {
            let path = format!("config/resources/core/ignition/{kind}/config.json");
            let resource = Uuid::new_v5(&uuid, path.as_bytes()).to_string();
            derived.push((resource, format!("RESOURCE {kind} of {}", gateway.name)));
        }
    }
    derived.extend(project.tree.files.iter().map(|(path, file)| (digest(&file.bytes), format!("DIGEST of {path}"))));
    let text = |path: &String| {
        derived.iter().fold(project.text(path).to_owned(), |text, (value, word)| text.replace(value.as_str(), word))
    };
    project.tree.files.keys().map(|path| (path, text(path))).collect()
}

#[test]
fn two_generations_differ_where_the_identity_shows_and_nowhere_else() {
    for shape in Shape::all() {
        println!("{}", shape.title());
        let (one, two) = (Project::of(shape, ID), Project::of(shape, Uuid::from_u128(0x5678)));
        assert!(one.tree != two.tree);
        let (one, two) = (neutral(&one), neutral(&two));
        for (path, text) in &one {
            assert_eq!(Some(text), two.get(path), "{path}");
        }
        assert_eq!(one.len(), two.len());
    }
}
