//! Hostile input by table: each case is refused with 2 or 3, with the path and the rule, on one screen, with nothing written, in a
//! second of processor time and 64 MiB.

mod files;
mod names;
mod places;
mod structure;
mod values;

use std::fmt::Write as _;
use std::path::Path;

use assert_cmd::Command;

/// One case.
pub(crate) struct Case {
    /// Arguments after the program.
    arguments: Vec<String>,
    /// Content of `stack.yaml`, if any.
    file: Option<Vec<u8>>,
    /// What stderr must say.
    says: Vec<String>,
    /// What else must be there before.
    prepare: Option<fn(&Path)>,
}

impl Case {
    /// Flags alone.
    pub(crate) fn flags(arguments: &[&str], says: &str) -> Self {
        let arguments = arguments.iter().map(|a| (*a).to_owned()).collect();
        Self { arguments, file: None, says: vec![says.to_owned()], prepare: None }
    }

    /// A file, with the path that must be named and the rule.
    pub(crate) fn file(text: impl Into<Vec<u8>>, path: &str, rule: &str) -> Self {
        let arguments = ["create", "-f", "stack.yaml"].map(str::to_owned).to_vec();
        Self { arguments, file: Some(text.into()), says: vec![path.to_owned(), rule.to_owned()], prepare: None }
    }

    /// The same after something was put there.
    pub(crate) fn after(mut self, prepare: fn(&Path)) -> Self {
        self.prepare = Some(prepare);
        self
    }
}

/// Lines of a screen, and the longest of them.
const SCREEN: usize = 40;
const LONGEST: usize = 400;

/// Runs a case in a world of its own and says what is wrong with how it ended.
fn run(case: &Case) -> Option<String> {
    let world = tempfile::tempdir().unwrap();
    if let Some(prepare) = case.prepare {
        prepare(world.path());
    }
    if let Some(text) = &case.file {
        fs_err::write(world.path().join("stack.yaml"), text).unwrap();
    }
    let before = listing(world.path());
    // 64 MiB of data and one second of processor time; a build without optimisation gets three.
    let seconds = if cfg!(debug_assertions) { 3 } else { 1 };
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("ulimit -t {seconds} && ulimit -d 65536 && exec \"$0\" \"$@\"")]);
    command.arg(assert_cmd::cargo::cargo_bin("ignition-stack")).args(&case.arguments);
    command.env_clear().env("HOME", world.path()).current_dir(world.path()).write_stdin("");
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let mut wrong = String::new();
    if !matches!(output.status.code(), Some(2 | 3)) {
        let _ = writeln!(wrong, "ended with {:?}", output.status);
    }
    for text in case.says.iter().filter(|text| !told.contains(text.as_str())) {
        let _ = writeln!(wrong, "does not say {text:?}");
    }
    if told.lines().count() > SCREEN || told.lines().any(|line| line.chars().count() > LONGEST) {
        let _ = writeln!(wrong, "fills more than a screen");
    }
    if told.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)) {
        let _ = writeln!(wrong, "lets control characters through");
    }
    if listing(world.path()) != before {
        let _ = writeln!(wrong, "leaves {:?}", listing(world.path()));
    }
    let shown: String = told.chars().take(2_000).collect();
    (!wrong.is_empty()).then(|| format!("{:?}\n{wrong}{shown}\n", case.arguments))
}

fn listing(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs_err::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            let size = entry.metadata().map_or(0, |m| if m.is_dir() { 0 } else { m.len() });
            format!("{} {kind:?} {size}", entry.file_name().display())
        })
        .collect();
    names.sort();
    names
}

#[track_caller]
fn all_are_refused(cases: &[Case]) {
    let wrong: Vec<_> = cases.iter().filter_map(run).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn names_are_refused() {
    all_are_refused(&names::cases());
}

#[test]
fn values_are_refused() {
    all_are_refused(&values::cases());
}

#[test]
fn files_are_refused() {
    all_are_refused(&files::cases());
}

#[test]
fn structures_are_refused() {
    all_are_refused(&structure::cases());
}

#[test]
fn places_are_refused() {
    all_are_refused(&places::cases());
}

#[test]
fn the_table_has_its_300_cases() {
    let all = [names::cases(), values::cases(), files::cases(), structure::cases(), places::cases()];
    let count: usize = all.iter().map(Vec::len).sum();
    assert!(count >= 300, "{count}");
}
