//! The program under test: built by cargo once per process, in the profile that the environment names.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// `release` tests the release build.
const PROFILE: &str = "IGNITION_STACK_TEST_PROFILE";
/// A program that was built already, to be tested instead.
const PROGRAM: &str = "IGNITION_STACK_TEST_PROGRAM";

static CHOSEN: OnceLock<PathBuf> = OnceLock::new();

/// The program under test.
pub fn program() -> &'static Path {
    chosen(std::env::var(PROFILE).as_deref() == Ok("release"))
}

/// The same as a release build, for this process from now on.
pub fn release() -> &'static Path {
    chosen(true)
}

/// The same linked statically, for this process from now on. It takes the place of the ordinary build below `target/`
/// until cargo builds the next time, so a process of its own should ask for it.
pub fn statically_linked() -> &'static Path {
    CHOSEN.get_or_init(|| cargo(&["rustc"], &["--", "-C", "target-feature=+crt-static"]))
}

fn chosen(release: bool) -> &'static Path {
    CHOSEN.get_or_init(|| std::env::var_os(PROGRAM).map_or_else(|| build(release), PathBuf::from))
}

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

fn build(release: bool) -> PathBuf {
    cargo(&["build"], if release { &["--release"] } else { &[] })
}

/// Builds the program; cargo says where it is.
fn cargo(verb: &[&str], more: &[&str]) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // What cargo tells this process of its own package is no business of that build. A build script that looks at it (ring's does) would
    // run again, there and in the next build of the workspace, and with it everything above.
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&key);
        }
    }
    command.args(verb).args(["--package", "ignition-stack", "--bin", "ignition-stack"]);
    command.args(["--message-format", "json-render-diagnostics"]).args(more).current_dir(workspace());
    let built = command.output().expect("cargo can be run");
    assert!(built.status.success(), "the program does not build:\n{}", String::from_utf8_lossy(&built.stderr));
    String::from_utf8_lossy(&built.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact" && message["target"]["name"] == "ignition-stack")
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .expect("cargo names the executable")
}
