//! One run of the program as a black box: words in; exit code, stdout, stderr and time out.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::program;

/// Prefix of the variables that `up` hands on to simulated gateways.
const KNOBS: &str = "SIMULATED_";
const POLL: Duration = Duration::from_millis(10);

/// A run that is about to begin.
#[derive(Clone, Debug)]
pub struct Invocation {
    words: Vec<String>,
    env: Vec<(String, String)>,
    directory: PathBuf,
    limit: Duration,
    poll: Duration,
    /// Another user.
    user: Option<u32>,
    /// Another program than the one under test: a copy of it.
    program: Option<PathBuf>,
    /// Words before the program's own.
    within: Vec<String>,
}

impl Invocation {
    /// A run in a directory, with nothing of the suite's own knobs in its environment.
    pub fn new<S: AsRef<str>>(directory: &Path, words: &[S]) -> Self {
        let words = words.iter().map(|w| w.as_ref().to_owned()).collect();
        Self {
            words,
            env: Vec::new(),
            directory: directory.to_owned(),
            limit: Duration::from_mins(5),
            poll: POLL,
            user: None,
            program: None,
            within: Vec::new(),
        }
    }

    /// Adds a variable.
    #[must_use]
    pub fn env(mut self, key: &str, value: &str) -> Self {
        self.env.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Sets how long it may take before it is killed and the scenario fails.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets how exactly its end is seen.
    #[must_use]
    pub fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Runs a copy of the program as another user, which only root can do.
    #[must_use]
    pub fn user(mut self, id: u32, copy: &Path) -> Self {
        std::fs::copy(program(), copy).expect("the program can be copied");
        self.user = Some(id);
        self.program = Some(copy.to_owned());
        self
    }

    /// Runs a copy of the program that is another build of it: the same with a byte more at its end, which nobody reads.
    #[must_use]
    pub fn another_build(mut self, copy: &Path) -> Self {
        if !copy.exists() {
            std::fs::copy(program(), copy).expect("the program can be copied");
            let file = File::options().append(true).open(copy);
            file.and_then(|mut file| file.write_all(b"+")).expect("the copy can be written");
        }
        self.program = Some(copy.to_owned());
        self
    }

    /// Runs it by another program, which becomes it: `nsenter`.
    #[must_use]
    pub fn within(mut self, words: &[String]) -> Self {
        self.within = words.to_vec();
        self
    }

    /// Begins it.
    pub fn start(self) -> Running {
        let outputs = tempfile::tempdir().expect("a temporary directory can be made");
        let file = |name: &str| File::create(outputs.path().join(name)).expect("a file can be made");
        let program = self.program.as_deref().unwrap_or_else(|| program());
        let mut command = Command::new(self.within.first().map_or(program, Path::new));
        if let [_, more @ ..] = self.within.as_slice() {
            command.args(more).arg(program);
        }
        if let Some(id) = self.user {
            command.uid(id).gid(id);
        }
        command.args(&self.words).current_dir(&self.directory).stdin(Stdio::null());
        command.stdout(file("stdout")).stderr(file("stderr"));
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with(KNOBS) {
                command.env_remove(&key);
            }
        }
        command.envs(self.env);
        let began = Instant::now();
        let child = command.spawn().expect("the program can be started");
        Running { words: self.words.join(" "), child, outputs, began, limit: self.limit, poll: self.poll }
    }

    /// Runs it to its end.
    pub fn run(self) -> Ran {
        self.start().end()
    }
}

/// A run that goes on.
#[derive(Debug)]
pub struct Running {
    words: String,
    child: Child,
    outputs: TempDir,
    began: Instant,
    limit: Duration,
    poll: Duration,
}

impl Running {
    /// Sends SIGINT, as Ctrl-C does.
    pub fn interrupt(&self) {
        send(self.child.id(), "INT");
    }

    /// The code of its end, when it has ended.
    pub fn ended(&mut self) -> Option<Option<i32>> {
        self.child.try_wait().expect("a child can be waited for").map(|status| status.code())
    }

    /// What it has said on stderr so far.
    pub fn stderr(&self) -> String {
        self.output("stderr")
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn output(&self, name: &str) -> String {
        String::from_utf8_lossy(&std::fs::read(self.outputs.path().join(name)).unwrap_or_default()).into_owned()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ran {
        loop {
            if let Some(code) = self.ended() {
                let took = self.began.elapsed();
                let (stdout, stderr) = (self.output("stdout"), self.output("stderr"));
                return Ran { words: self.words.clone(), code, stdout, stderr, took };
            }
            assert!(
                self.began.elapsed() < self.limit,
                "ignition-stack {} does not end within {:?}\n{}",
                self.words,
                self.limit,
                self.output("stderr")
            );
            std::thread::sleep(self.poll);
        }
    }
}

/// Sends a process a signal: `INT`, `TERM`, `KILL`, `STOP`, `CONT`.
pub fn send(process: u32, signal: &str) {
    let kill = format!("kill -{signal} {process}");
    assert!(Command::new("sh").args(["-c", &kill]).status().is_ok_and(|s| s.success()), "{kill}");
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, unless a scenario gave up on it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The words after the program's name.
    pub words: String,
    /// Exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// The answer.
    pub stdout: String,
    /// The talk.
    pub stderr: String,
    /// Wall time.
    pub took: Duration,
}

impl Ran {
    /// Expects this exit code; shows everything when it is another.
    pub fn expect(self, code: i32) -> Self {
        assert!(
            self.code == Some(code),
            "ignition-stack {}\nexit code {:?}, expected {code}, after {:?}\n-- stdout\n{}\n-- stderr\n{}",
            self.words,
            self.code,
            self.took,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Expects all of these in what was said, stdout and stderr together.
    pub fn says(self, texts: &[&str]) -> Self {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        for text in texts {
            assert!(all.contains(text), "ignition-stack {}\nnot said: {text:?} in\n{all}", self.words);
        }
        self
    }

    /// stdout as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| {
            panic!("ignition-stack {}: stdout is not one JSON document: {e}\n{}", self.words, self.stdout)
        })
    }
}
