//! Measures the release build and prints a table. Asserts nothing: a machine's mood is no defect.

mod again;
mod crowd;
mod ready;
mod script;
mod short;
mod small;
mod stack;
mod table;
mod waiting;

use ignition_stack_integration::engine::Engine;
use ignition_stack_integration::{image, program};

use stack::Stack;

/// Boot time of the simulated gateways.
const BOOT_MS: &str = "3000";

/// What is measured when no words say it otherwise: the number of gateways of a stack, and how often.
const GATEWAYS: u16 = 20;
const RUNS: usize = 20;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let gateways = number(&words, "--gateways").map_or(GATEWAYS, |n| u16::try_from(n).expect("a number of gateways"));
    let runs = number(&words, "--runs").unwrap_or(RUNS);
    program::release();
    table::heading();
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let only = words.first().map_or("", String::as_str);
    match only {
        "crowd" => return crowd::crowd(),
        "" | "create" => {
            short::short_runs(directory.path());
            short::large_create(directory.path());
        }
        _ => {}
    }
    let Some(engine) = Engine::connect() else {
        return table::row("no Docker engine: the rest is left out", "-", "-");
    };
    // Built before the measured runs, and gone after them.
    let image = (only != "create").then(|| image::hold(&engine));
    let stack = |what, gateways| Stack::new(&engine, directory.path(), what, gateways);
    match only {
        "create" => {}
        "again" => again::again(&stack("again", gateways), runs),
        "ready" => ready::ready(&stack("ready", gateways), runs),
        "script" => script::script(&stack("script", gateways), runs),
        "waiting" => waiting::waiting(&stack("waiting", gateways)),
        "" => {
            small::small(&stack("small", 4));
            drop(image);
            crowd::crowd();
        }
        other => panic!("{other}: create, again, ready, script, waiting or crowd"),
    }
}

/// The number after a word.
fn number(words: &[String], word: &str) -> Option<usize> {
    let at = words.iter().position(|w| w == word)?;
    Some(words.get(at + 1).and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{word} needs a number")))
}
