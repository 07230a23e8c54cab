//! Tests of levels: by example, and against the plain meaning in terms of paths.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn tree(paths: &[&str]) -> Vec<Level> {
    let mut levels = Vec::new();
    for path in paths {
        levels.extend(Level::path(&path.split('/').collect::<Vec<_>>()));
    }
    levels
}

/// Every path of a tree, leaves alone or all.
fn paths(levels: &[Level], leaves_only: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for level in levels {
        if level.children.is_empty() || !leaves_only {
            found.insert(level.name.clone());
        }
        found.extend(paths(&level.children, leaves_only).into_iter().map(|p| format!("{}/{p}", level.name)));
    }
    found
}

#[test]
fn a_level_brings_those_above_it_but_not_those_below() {
    let administrator = tree(&["Authenticated/Roles/Administrator"]);
    let authenticated = tree(&["Authenticated"]);
    assert!(covers(&authenticated, &administrator, false));
    assert!(!covers(&administrator, &authenticated, false));
    assert!(!covers(&administrator, &tree(&["Roles/Administrator"]), false));
    assert!(covers(&administrator, &tree(&["Authenticated/APIKEY", "Authenticated/Roles/Administrator"]), true));
}

#[test]
fn any_of_needs_one_leaf_and_all_of_every_one() {
    let both = tree(&["Authenticated/APIKEY", "Authenticated/Roles/Administrator"]);
    let token = tree(&["Authenticated/APIKEY"]);
    assert!(covers(&both, &token, false));
    assert!(!covers(&both, &token, true));
    assert!(covers(&[], &[], true));
    assert!(!covers(&[], &both, false));
}

#[test]
fn trees_are_read_as_documented_and_bounded() {
    let value = json!([{"name": "Authenticated", "description": "x", "children": [{"name": "APIKEY", "children": []}]}, {"name": "own"}]);
    assert_eq!(
        paths(&parse(&value).unwrap(), true),
        BTreeSet::from(["Authenticated/APIKEY".to_owned(), "own".to_owned()])
    );
    for bad in [json!({}), json!([{}]), json!(["x"]), json!([{"name": 1}]), json!([{"name": "a", "children": {}}])] {
        assert!(parse(&bad).is_err(), "{bad}");
    }
    assert!(parse(&Value::Array(vec![json!({"name": "a"}); LIMIT + 1])).is_err());
}

#[test]
fn what_is_not_defined_falls_away() {
    let granted = tree(&["Authenticated/APIKEY", "own/x", "Authenticated/Roles/Administrator"]);
    let defined = tree(&["Authenticated/APIKEY", "Authenticated/Roles"]);
    assert_eq!(
        paths(&within(&granted, &defined), true),
        BTreeSet::from(["Authenticated/APIKEY".to_owned(), "Authenticated/Roles".to_owned()])
    );
}

fn levels() -> impl Strategy<Value = Vec<Level>> {
    let leaf = "[abc]".prop_map(|name| Level { name, description: String::new(), children: Vec::new() });
    let level = leaf.prop_recursive(3, 12, 3, |inner| {
        ("[abc]", prop::collection::vec(inner, 0..3)).prop_map(|(name, children)| Level {
            name,
            description: String::new(),
            children,
        })
    });
    prop::collection::vec(level, 0..4)
}

proptest! {
    #[test]
    fn covering_means_that_leaf_paths_are_among_the_granted_ones(wanted in levels(), granted in levels()) {
        let (leaves, have) = (paths(&wanted, true), paths(&granted, false));
        prop_assert_eq!(covers(&wanted, &granted, false), leaves.iter().any(|p| have.contains(p)));
        prop_assert_eq!(covers(&wanted, &granted, true), leaves.iter().all(|p| have.contains(p)));
    }

    #[test]
    fn within_keeps_exactly_the_common_paths(granted in levels(), defined in levels()) {
        let kept = paths(&within(&granted, &defined), false);
        let common: BTreeSet<_> = paths(&granted, false).intersection(&paths(&defined, false)).cloned().collect();
        prop_assert_eq!(kept, common);
    }

    #[test]
    fn more_levels_never_take_a_right_away(wanted in levels(), granted in levels(), more in levels()) {
        let both = [granted.clone(), more].concat();
        for all in [false, true] {
            prop_assert!(!covers(&wanted, &granted, all) || covers(&wanted, &both, all));
        }
    }
}
