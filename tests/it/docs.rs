//! README and program do not drift apart.

use crate::world::World;

fn readme() -> String {
    fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

#[test]
fn every_command_of_the_program_is_in_the_readme() {
    let world = World::new();
    let help = world.run("--help").ends(0).out;
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let words: Vec<&str> = commands
        .lines()
        .filter(|l| l.starts_with("  ") && !l.starts_with("   "))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|w| *w != "help")
        .collect();
    assert!(words.len() > 8, "{help}");
    for word in words {
        assert!(readme().contains(word), "{word} is not in the README");
    }
}

#[test]
fn every_example_of_the_readme_is_understood() {
    let world = World::new();
    let readme = readme();
    let examples: Vec<&str> = readme
        .lines()
        .filter_map(|l| l.strip_prefix("$ cargo run --release -- ").or_else(|| l.strip_prefix("$ ignition-stack ")))
        .collect();
    assert!(examples.len() >= 5);
    // The file of the example that takes one.
    let yaml = readme.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    fs_err::write(world.project("stack.yaml"), yaml).unwrap();
    // The stack that the examples go on with.
    world.run("create plant --arch hub-and-spoke --spokes 4 --redundant hub").ends(0);
    for example in examples {
        if example.starts_with("create ") {
            world.run(example).ends(0);
        } else {
            // As far as the engine that is not there: the words themselves are right.
            world.run(example).ends(4).says("no-such.sock");
        }
    }
}

#[test]
fn every_exit_code_of_the_readme_is_in_the_help() {
    let world = World::new();
    let help = world.run("--help").ends(0).out.replace('\n', " ");
    for line in readme().lines().filter(|l| l.starts_with("| ") && l.as_bytes()[2].is_ascii_digit()) {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let (code, meaning) = (cells.next().unwrap(), cells.next().unwrap());
        assert!(help.contains(&format!("{code} {meaning}")), "{code} {meaning} is not in the help:\n{help}");
    }
}

#[test]
fn every_variable_of_the_simulated_gateway_is_documented_and_no_other() {
    let read = |path: &str| fs_err::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let words = |text: &str| -> std::collections::BTreeSet<String> {
        let cut = text.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        cut.filter(|w| w.len() > "SIMULATED_".len() && w.starts_with("SIMULATED_")).map(str::to_owned).collect()
    };
    assert_eq!(words(&read("src/simulator/knobs/names.rs")), words(&read("docs/simulated-gateway.md")));
}
