//! Words to the person who runs the suite, past libtest's capture: what was left out, how long things took.

use std::io::Write as _;
use std::time::Duration;

/// Says a line on the real stderr at once. `eprintln!` would be captured and lost with a test that passes.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A scenario cannot run here. On CI that is a failure: nothing may be left out there unseen.
pub fn left_out(why: &str, scenario: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "LEFT OUT ({why}): {scenario}, and CI=true");
    say(&format!("LEFT OUT ({why}): {scenario}"));
}

/// Prints a measured time. Times are told, not asserted.
pub fn time(scenario: &str, what: &str, took: Duration) {
    say(&format!("TIME {scenario}: {what}: {:.2} s", took.as_secs_f64()));
}
