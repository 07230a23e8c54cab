//! A world of its own for each test: an empty directory, no environment, no engine.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

pub(crate) struct World {
    directory: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn project(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// The program with these arguments, separated by blanks.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        let mut command = Command::cargo_bin("ignition-stack").unwrap();
        command
            .env_clear()
            .env("HOME", self.path())
            .env("DOCKER_HOST", format!("unix://{}/no-such.sock", self.path().display()))
            .current_dir(self.path())
            .args(arguments.split_whitespace());
        let output = command.output().unwrap();
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Every file of a project with its text as it is.
    pub(crate) fn snapshot(&self, name: &str) -> String {
        let root = self.project(name);
        let mut paths = Vec::new();
        walk(&root, &mut paths);
        paths.sort();
        let mut text = String::new();
        for path in paths {
            writeln!(text, "{}", path.strip_prefix(&root).unwrap().display()).unwrap();
            text += &fs_err::read_to_string(&path).unwrap();
        }
        text
    }

    /// Every file of a project with its mode and text; secrets and the stack's identity replaced.
    pub(crate) fn tree(&self, name: &str) -> String {
        let root = self.project(name);
        let mut paths = Vec::new();
        walk(&root, &mut paths);
        paths.sort();
        let mut secrets = Vec::new();
        for path in &paths {
            if path.starts_with(root.join("secrets")) {
                secrets.push(text_of(path).trim().to_owned());
            }
        }
        let record: serde_json::Value =
            serde_json::from_str(&fs_err::read_to_string(root.join(".ignition-stack/config.json")).unwrap()).unwrap();
        let id = record["stack_id"].as_str().unwrap().to_owned();
        let mut text = String::new();
        for path in paths {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs_err::metadata(&path).unwrap().permissions().mode() & 0o7777;
            let mut content = text_of(&path).replace(&id, "STACK-ID");
            for secret in &secrets {
                content = content.replace(secret.as_str(), "SECRET");
            }
            if path.ends_with(".ignition-stack/files.json") {
                content = without_digests(&content);
            }
            let shown = path.strip_prefix(&root).unwrap().display();
            write!(text, "=== {shown} {mode:o}\n{content}").unwrap();
            if !content.ends_with('\n') {
                text.push('\n');
            }
            assert!(
                content.ends_with('\n') || content.is_empty() || shown.to_string().ends_with("uuid.txt"),
                "{shown} ends without a line end"
            );
            assert!(!content.contains('\r'), "{shown} has a carriage return");
        }
        text
    }
}

/// Digests of files that hold the identity differ from run to run.
fn without_digests(text: &str) -> String {
    let is_digest = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    text.split('"').map(|word| if is_digest(word) { "DIGEST" } else { word }).collect::<Vec<_>>().join("\"")
}

/// Two texts are the same; otherwise the first line that differs is shown.
#[track_caller]
pub(crate) fn assert_same(one: &str, other: &str) {
    let mut lines = one.lines().zip(other.lines()).enumerate();
    if let Some((number, (a, b))) = lines.find(|(_, (a, b))| a != b) {
        panic!("line {}:\n  {a}\n  {b}", number + 1);
    }
    assert_eq!(one.len(), other.len(), "one is longer");
}

/// The text of a file; of one that is no text, its bytes in hex on one line.
fn text_of(path: &Path) -> String {
    let bytes = fs_err::read(path).unwrap();
    String::from_utf8(bytes).unwrap_or_else(|error| {
        error.as_bytes().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        }) + "\n"
    })
}

fn walk(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, into);
        } else if !path.ends_with(".ignition-stack/lock") {
            into.push(path);
        }
    }
}

pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Ended with this code; otherwise everything that was said is shown.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// stderr holds this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "wanted {text:?} on stderr:\n{}", self.err);
        self
    }
}
