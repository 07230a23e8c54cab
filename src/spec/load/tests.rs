//! What is read, and how everything that is wrong is told: with its path and its place.

use super::*;
use crate::spec::VERSION;

const GOOD: &str = "version: 1\nname: demo\narchitecture: basic\ngateways:\n  - name: gateway\n    role: gateway\n    http_port: 9088\n";

fn problems(text: &str) -> Vec<(String, String, usize)> {
    let Err(problems) = load(text) else { panic!("{text:?} was read") };
    problems.0.into_iter().map(|p| (p.path, p.message, p.place.map_or(0, |at| at.line))).collect()
}

fn fails(text: &str, path: &str, message: &str, line: usize) {
    let found = problems(text);
    let hit = found.iter().any(|(p, m, l)| p == path && m.contains(message) && *l == line);
    assert!(hit, "wanted {path:?}: {message:?} in line {line} of\n{text}\nin {found:#?}");
}

#[test]
fn the_least_configuration_loads_and_defaults_are_left_open() {
    let loaded = load(GOOD).unwrap();
    assert_eq!((loaded.spec.version, loaded.spec.name.as_str(), loaded.spec.network_split), (VERSION, "demo", None));
    assert!(loaded.passwords.is_empty() && loaded.notices.is_empty() && loaded.spec.service_instances.is_empty());
}

#[test]
fn every_kind_of_problem_has_its_path_and_its_line() {
    fails(&format!("{GOOD}colour: red\n"), "colour", "no such key here", 8);
    fails(&format!("{GOOD}timezon: UTC\n"), "timezon", "did you mean timezone?", 8);
    fails(&format!("{GOOD}name: again\n"), "", "the key \"name\" stands twice", 8);
    fails(&GOOD.replace("basic", "star"), "architecture", "known: basic, scale-out, hub-and-spoke", 3);
    fails(&GOOD.replace("basic", "scaleout"), "architecture", "did you mean scale-out?", 3);
    fails(&GOOD.replace("9088", "eight"), "gateways[0].http_port", "is text, and a whole number", 7);
    fails(&GOOD.replace("9088", "-1"), "gateways[0].http_port", "is -1, and a whole number", 7);
    fails(&GOOD.replace("9088", "'9088'"), "gateways[0].http_port", "is text, and a whole number", 7);
    fails(&GOOD.replace("name: demo", "name: 12"), "name", "is a number, and text is wanted: put it in quotes", 2);
    fails(&GOOD.replace("name: demo\n", ""), "name", "is missing", 1);
    fails(&GOOD.replace("    role: gateway\n", ""), "gateways[0].role", "is missing", 5);
    fails(&GOOD.replace("version: 1", "version: 2"), "version", "reads version 1", 1);
    fails(&format!("{GOOD}network_split: yes\n"), "network_split", "is text, and true or false", 8);
    fails(&format!("{GOOD}stack_id: x\n"), "stack_id", "is not a UUID", 8);
    fails(&format!("{GOOD}admin_password: x\n"), "admin_password", "no such key here", 8);
    fails(&format!("{GOOD}    env: [1]\n"), "gateways[0].env", "is a list, and a mapping", 8);
    fails(&format!("{GOOD}    env: {{A: 1}}\n"), "gateways[0].env.A", "put it in quotes", 8);
    fails(&format!("{GOOD}    redundancy: {{}}\n"), "gateways[0].redundancy.mode", "is missing", 8);
    fails(
        &format!("{GOOD}    redundancy: {{mode: master, gan_port: 0}}\n"),
        "gateways[0].redundancy.gan_port",
        "0 is not",
        8,
    );
    fails("- a\n", "", "is a list, and a mapping of keys is wanted", 1);
    fails("name: [", "", "", 1);
}

#[test]
fn all_problems_come_at_once() {
    let text = GOOD.replace("basic", "star").replace("9088", "eight").replace("name: demo", "nam: demo");
    assert_eq!(problems(&text).len(), 4);
}

#[test]
fn problems_of_the_meaning_get_their_place_too() {
    let loaded = load(&GOOD.replace("9088", "99999")).unwrap();
    let mut spec = loaded.spec.clone();
    spec.stack_id = Some(uuid::Uuid::nil());
    let problems = loaded.locate(crate::stack::resolve(&spec).unwrap_err());
    assert_eq!(problems.0.len(), 1);
    assert_eq!(problems.0[0].path, "gateways[0].http_port");
    assert_eq!(problems.0[0].place.as_ref().map(|at| (at.line, at.column)), Some((7, 16)));
}

#[test]
fn what_the_rest_means_is_judged_beside_a_key_that_is_unknown() {
    let judge = |spec: &Spec| {
        let identified = Spec { stack_id: Some(uuid::Uuid::from_u128(1)), ..spec.clone() };
        crate::stack::resolve(&identified).err().unwrap_or_default()
    };
    let told = |text: &str| {
        let Err(problems) = load_and_judge(text, judge) else { panic!("{text:?} was read") };
        problems.0.into_iter().map(|p| (p.path, p.place.map_or(0, |at| at.line))).collect::<Vec<_>>()
    };
    let at = |path: &str, line| (path.to_owned(), line);
    let bad_zone = "timezone: Mars/Olympus\n";
    assert_eq!(told(&format!("{GOOD}colour: red\n{bad_zone}")), [at("colour", 8), at("timezone", 9)]);
    let text = GOOD.replace("    http_port: 9088", "    http_port: eight\n    colour: red");
    assert_eq!(
        told(&format!("{text}{bad_zone}")),
        [at("gateways[0].http_port", 7), at("gateways[0].colour", 8), at("timezone", 9)],
        "a port that is no number is told once"
    );
    let nameless = GOOD.replace("name: demo\n", "");
    assert_eq!(told(&format!("{nameless}{bad_zone}")), [at("name", 1), at("timezone", 7)]);
    // Of another arrangement than was meant nothing is said.
    let star = GOOD.replace("basic", "star").replace("role: gateway", "role: hub");
    assert_eq!(told(&star), [at("architecture", 3)]);
    assert!(
        load_and_judge(&format!("{GOOD}{bad_zone}"), judge).is_ok(),
        "judged by who asks, with all that belongs to it"
    );
}
