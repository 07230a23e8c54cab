//! The walls of the house, read from the source: which room may use which crate, and where nothing may wait.

use std::path::{Path, PathBuf};

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    assert!(paths.len() > 80, "the source was not found");
    paths
        .into_iter()
        .map(|p| {
            let shown = p.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            (shown, fs_err::read_to_string(p).unwrap())
        })
        .collect()
}

fn walk(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The code of a file without comments and without the tests at its end.
fn code(text: &str) -> String {
    let lines = text.lines().map(|l| l.split("//").next().unwrap_or_default());
    lines.take_while(|l| !l.contains("#[cfg(test)]")).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &str) -> bool {
    path.contains("tests") || path.contains("fixture") || path.contains("test_")
}

#[track_caller]
fn only_in(word: &str, rooms: &[&str]) {
    for (path, text) in sources().iter().filter(|(path, _)| !is_test(path)) {
        let allowed = rooms.iter().any(|room| path.starts_with(room));
        assert!(allowed || !code(text).contains(word), "{path} uses {word}, which belongs to {rooms:?}");
    }
}

#[test]
fn each_crate_stays_in_its_room() {
    only_in("bollard::", &["engine/docker/"]);
    only_in("reqwest::", &["gateway/", "simulator/knobs/client.rs"]);
    only_in("axum::", &["simulator/"]);
    only_in("tokio_tungstenite::", &["simulator/"]);
    only_in("indicatif::", &["report/"]);
    only_in("comfy_table::", &["report/"]);
    only_in("miette::", &["report/"]);
    only_in("schemars::", &["spec/", "stack/model.rs", "stack/proxy.rs"]);
    only_in("minijinja::", &["render/"]);
    only_in("clap::", &["cli/", "main.rs", "commands/mod.rs"]);
    only_in("std::env::var", &["settings.rs"]);
    only_in("getrandom::", &["project/", "simulator/"]);
    only_in("rsa::", &["pki/"]);
    only_in("p12_keystore::", &["pki/", "simulator/"]);
    only_in("rcgen::", &["pki/", "simulator/"]);
    only_in("tempfile::", &["project/", "simulator/"]);
}

#[test]
fn files_are_written_by_the_project_room_alone() {
    for word in ["fs_err::write", "fs::write", "create_dir", "File::create", "OpenOptions", "remove_dir", "remove_file"]
    {
        only_in(word, &["project/", "simulator/"]);
    }
}

#[test]
fn thoughts_do_not_wait_read_clocks_or_draw_randomness() {
    let pure = [
        "architecture/",
        "spec/",
        "stack/",
        "blueprint/",
        "render/",
        "catalog/",
        "diagnosis/",
        "plan.rs",
        "plan/",
        "lifecycle/condition",
        "lifecycle/line.rs",
        "lifecycle/preflight/facts.rs",
        "lifecycle/preflight/finding.rs",
        "lifecycle/preflight/judge/",
        "lifecycle/preflight/listeners.rs",
        "lifecycle/standing.rs",
        "gateway/parse",
    ];
    let forbidden =
        ["tokio", "Instant::now", "SystemTime", "new_v4", "getrandom", "fs_err", "std::fs", "std::env", "async fn"];
    for (path, text) in sources().iter().filter(|(p, _)| pure.iter().any(|room| p.starts_with(room)) && !is_test(p)) {
        for word in forbidden {
            assert!(!code(text).contains(word), "{path} uses {word}");
        }
    }
}

#[test]
fn keys_are_made_of_what_the_caller_gives() {
    let forbidden =
        ["tokio", "Instant::now", "SystemTime::now", "getrandom", "fs_err", "std::fs", "std::env", "async fn"];
    for (path, text) in sources().iter().filter(|(p, _)| p.starts_with("pki/") && !is_test(p)) {
        for word in forbidden {
            assert!(!code(text).contains(word), "{path} uses {word}");
        }
    }
}

#[test]
fn printing_is_the_report_rooms() {
    for word in ["println!", "eprintln!", "print!(", "io::stdout", "io::stderr"] {
        only_in(word, &["report/", "simulator/", "settings.rs", "trace.rs"]);
    }
}

#[test]
fn rooms_stay_small_and_say_what_they_are() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{path} does not begin with a sentence");
        let lines = text.lines().count();
        assert!(lines <= 500, "{path} has {lines} lines");
    }
}
