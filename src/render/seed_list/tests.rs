//! The list of seeds read back: by rules of its own, and by a real bash in the way of the seeding script.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;
use crate::blueprint::{KeyFile, SecretName};
use crate::render::fixture;

#[test]
fn golden() {
    let blueprint = fixture::blueprint();
    let backend = blueprint.containers.iter().find(|c| c.member.as_str() == "backend").unwrap();
    insta::assert_snapshot!(seed_list(backend).unwrap());
}

#[test]
fn paths_that_leave_the_directory_or_confuse_the_script_are_refused() {
    let bad = [
        "",
        "/etc/passwd",
        "..",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        "./a",
        "a b",
        "a\nb",
        "a\\b",
        ".ignition-stack-seeded",
    ];
    for path in bad {
        assert!(rule(path).is_some(), "{path:?}");
    }
    for good in ["redundancy.xml", "config/resources/core/config-mode.json", "a..b/c", "x/.ignition-stack-seeded"] {
        assert_eq!(rule(good), None, "{good:?}");
    }
}

/// A line of the list as the script sees it: split at the first two blanks.
fn read(list: &str) -> Vec<(&str, &str, &str)> {
    let lines = list.split_terminator('\n').filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.splitn(3, ' ');
            (words.next().unwrap(), words.next().unwrap(), words.next().unwrap())
        })
        .collect()
}

/// The line that a seed must become.
fn expected(seed: &Seed) -> (&'static str, String, &str) {
    let when = if seed.when == SeedWhen::FirstStart { "first" } else { "always" };
    let what = match &seed.content {
        SeedContent::Text(_) => "file".to_owned(),
        SeedContent::Secret(name) => format!("secret:{}", name.0.to_uppercase().replace('-', "_")),
        SeedContent::Key(file) => format!("key:{}", file.file_name()),
    };
    (when, what, &seed.path)
}

fn seed() -> impl Strategy<Value = Seed> {
    let path = prop_oneof![
        4 => "[!-\\[\\]-~ä\u{1F600}]{1,20}",
        1 => "[a-c./ \n\t\r\\\\\u{0}\u{85}\u{a0}\u{2028}]{0,8}",
        1 => "([a-z*?$#'\"-]{1,4}/){0,3}[a-z.]{1,3}",
    ];
    let secret = "[a-z][a-z0-9-]{0,6}".prop_map(|name| SeedContent::Secret(SecretName(name)));
    let content = prop_oneof![
        2 => Just(SeedContent::Text(String::new())),
        1 => secret,
        1 => "[a-z][a-z0-9-]{0,6}".prop_map(|name| SeedContent::Key(KeyFile::keystore(&fixture::name(&name)))),
    ];
    (path, content, any::<bool>()).prop_map(|(path, content, first)| {
        let when = if first { SeedWhen::FirstStart } else { SeedWhen::EveryCreation };
        Seed { path, content, when }
    })
}

/// A gateway without seeds.
fn bare() -> Container {
    let mut container = fixture::blueprint().containers.pop().unwrap();
    container.seeds.clear();
    container
}

/// What may not stand in the list, said in other words than by the code.
fn may_stand(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    !path.contains(['\\'])
        && !path.contains(|c: char| c.is_whitespace() || c.is_control())
        && parts.iter().all(|part| !part.is_empty() && *part != "." && *part != "..")
        && path != crate::blueprint::SEED_MARKER
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(fixture::CASES))]
    #[test]
    fn every_list_is_read_back_or_refused(seeds in proptest::collection::vec(seed(), 0..3)) {
        thread_local!(static BARE: Container = bare());
        let container = Container { seeds, ..BARE.with(Clone::clone) };
        let made = seed_list(&container);
        if container.seeds.iter().all(|seed| may_stand(&seed.path)) {
            let list = made.unwrap();
            let wanted: Vec<_> = container.seeds.iter().map(expected).collect();
            let found: Vec<_> = read(&list).into_iter().map(|(when, what, path)| (when, what.to_owned(), path)).collect();
            prop_assert_eq!(found, wanted);
        } else {
            let refused = matches!(made, Err(RenderError::SeedPath { .. }));
            prop_assert!(refused);
        }
    }
}

/// All in one list and one bash, whose `read` is the script's.
#[test]
fn bash_reads_ten_thousand_seeds_as_they_were() {
    let mut runner = TestRunner::deterministic();
    let mut container = bare();
    while container.seeds.len() < fixture::CASES as usize {
        let seed = seed().new_tree(&mut runner).unwrap().current();
        if rule(&seed.path).is_none() {
            container.seeds.push(seed);
        }
    }
    let list = seed_list(&container).unwrap();
    let loop_of_the_script = "while read -r when what path; do";
    assert!(crate::render::SEED_SCRIPT.contains(loop_of_the_script));
    let script = format!("{loop_of_the_script} printf '%s\\0%s\\0%s\\0' \"$when\" \"$what\" \"$path\"; done");
    let mut bash = Command::new("/bin/bash")
        .args(["-c", &script])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = bash.stdin.take().unwrap();
    let writer = std::thread::spawn({
        let list = list.clone();
        move || input.write_all(list.as_bytes()).unwrap()
    });
    let output = bash.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let words: Vec<_> = said.split_terminator('\0').collect();
    let lines: Vec<_> = words.chunks(3).filter(|line| !line[0].starts_with('#')).collect();
    assert_eq!(lines.len(), container.seeds.len());
    for (line, seed) in lines.iter().zip(&container.seeds) {
        let (when, what, path) = expected(seed);
        assert_eq!(*line, [when, what.as_str(), path]);
    }
}
