//! A scenario's own world: a directory, a name, ports and the engine. What it made on the engine goes with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::engine::{self, Engine};
use crate::image::{self, Held};
use crate::leftovers::{self, PREFIX};
use crate::ports::Ports;
use crate::private_engine::PrivateEngine;
use crate::proxy::Proxy;
use crate::run::{Invocation, Ran};
use crate::verdict::Verdict;
use crate::{target, telling, wait};

/// Times of simulated gateways, short enough for a suite and in the order of the real ones.
pub const TIMES: [(&str, &str); 5] = [
    ("SIMULATED_BOOT_MS", "2000"),
    ("SIMULATED_LINK_APPROVAL_MS", "1000"),
    ("SIMULATED_LINK_RETRY_MS", "300"),
    ("SIMULATED_RECOVERY_MS", "2000"),
    ("SIMULATED_SYNC_MS", "500"),
];

/// A scenario's world.
#[derive(Debug)]
pub struct World {
    scenario: String,
    name: String,
    directory: TempDir,
    ports: Ports,
    /// The words of `create` that choose the gateways.
    gateways: Vec<String>,
    /// Where its engine is, when it is not this machine's.
    env: Vec<(String, String)>,
    /// The engine, to look at and to interfere with.
    pub engine: Engine,
    // The last to go: it removes the image.
    _image: Option<Held>,
}

impl World {
    /// A new world; nothing where there is no engine, which is said loudly.
    pub fn open(scenario: &str) -> Option<Self> {
        let engine = engine_for(scenario)?;
        let image = image::hold(&engine);
        Some(Self::new(scenario, engine, target::words(), Some(image)))
    }

    /// A new world with gateways of this image.
    pub fn open_with_image(scenario: &str, image: &str) -> Option<Self> {
        let engine = engine_for(scenario)?;
        leftovers::sweep(&engine);
        Some(Self::new(scenario, engine, ["--image", image].map(str::to_owned).to_vec(), None))
    }

    /// A new world on an engine of the test's own, which builds its image itself; nothing with real gateways, whose image that engine
    /// does not have, which is said loudly.
    pub fn open_on(scenario: &str, private: &PrivateEngine) -> Option<Self> {
        if target::real_image().is_some() {
            telling::say(&format!("LEFT OUT (an engine of its own has simulated gateways only): {scenario}"));
            return None;
        }
        let engine = private.connect().expect("the private engine answers");
        let mut world = Self::new(scenario, engine, target::words(), None);
        world.env = private.env();
        Some(world)
    }

    fn new(scenario: &str, engine: Engine, gateways: Vec<String>, image: Option<Held>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self {
            scenario: scenario.to_owned(),
            name: format!("{PREFIX}{}-{number}", std::process::id()),
            directory: tempfile::tempdir().expect("a temporary directory can be made"),
            ports: Ports::claim(),
            gateways,
            env: Vec::new(),
            engine,
            _image: image,
        }
    }

    /// A new world for a scenario whose gateways misbehave on demand, which only simulated ones do.
    pub fn open_simulated(scenario: &str) -> Option<Self> {
        if target::real_image().is_some() {
            telling::say(&format!("LEFT OUT (only simulated gateways misbehave on demand): {scenario}"));
            return None;
        }
        Self::open(scenario)
    }

    /// The same with an image of its own, by its version: other scenarios do not notice when its name is moved, nor does this one when
    /// they build theirs. It goes with the suite's.
    pub fn open_with_version(scenario: &str, version: &str) -> Option<Self> {
        let mut world = Self::open_simulated(scenario)?;
        world.gateways = ["--simulate", "--ignition-version", version].map(str::to_owned).to_vec();
        Some(world)
    }

    /// Name of the world's stack. Others begin with it and a hyphen.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the program runs.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The project of a stack.
    pub fn project(&self, stack: &str) -> PathBuf {
        self.directory().join(stack)
    }

    /// The `index`-th port of this world: that of the `index`-th gateway.
    pub fn port(&self, index: u16) -> u16 {
        self.ports.base() + index
    }

    /// Name of a member's container.
    pub fn container(&self, member: &str) -> String {
        format!("{}-{member}-1", self.name)
    }

    /// A run of the program.
    pub fn command<S: AsRef<str>>(&self, words: &[S]) -> Invocation {
        let command = Invocation::new(self.directory(), words).limit(target::patience() + Duration::from_mins(1));
        let env = self.env.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        TIMES.into_iter().chain(env).fold(command, |command, (key, value)| command.env(key, value))
    }

    /// A proxy before the engine's socket; nothing where the engine has none, which is said loudly.
    pub fn proxy(&self) -> Option<Proxy> {
        let socket = engine::socket();
        if socket.is_none() {
            telling::left_out("the engine is not reached through a socket", &self.scenario);
        }
        Some(Proxy::start(self.directory(), &socket?))
    }

    /// Runs the program to its end.
    pub fn run(&self, words: &[&str]) -> Ran {
        self.command(words).run()
    }

    /// The words of `create` for a stack, with this world's gateways and ports from the `port`-th on.
    pub fn create_words(&self, stack: &str, port: u16, shape: &[&str]) -> Vec<String> {
        let base = self.port(port).to_string();
        let own = ["create", stack, "--base-port", &base].map(str::to_owned).into_iter();
        own.chain(shape.iter().map(|w| (*w).to_owned())).chain(self.gateways.iter().cloned()).collect()
    }

    /// The words of `up` for the world's stack, with JSON for an answer.
    pub fn up_words(&self, shape: &[&str]) -> Vec<String> {
        let mut words = self.create_words(&self.name, 0, shape);
        "up".clone_into(&mut words[0]);
        words.extend(["--output".to_owned(), "json".to_owned(), "--timeout".to_owned()]);
        words.push(format!("{}s", target::patience().as_secs()));
        words
    }

    /// `up`, expected to prove the stack; tells the time.
    pub fn up(&self, shape: &[&str]) -> Value {
        let ran = self.command(&self.up_words(shape)).run().expect(0);
        telling::time(&self.scenario, "up", ran.took);
        let report = ran.json();
        assert_eq!((&report["command"], &report["verified"]), (&"up".into(), &true.into()), "{report:#}");
        report
    }

    /// `up` of the project as it is, expected to prove it.
    pub fn up_again(&self) -> Value {
        let limit = format!("{}s", target::patience().as_secs());
        self.run(&["up", &self.name, "--output", "json", "--timeout", &limit]).expect(0).json()
    }

    /// Writes a project without starting it, and changes its record.
    pub fn create_edited(&self, shape: &[&str], edit: impl FnOnce(&mut Value)) {
        self.command(&self.create_words(&self.name, 0, shape)).run().expect(0);
        self.edit_record(edit);
    }

    /// Writes a project from a dump that was changed before, so that all of its files say the same.
    pub fn create_from(&self, shape: &[&str], edit: impl FnOnce(&mut Value)) {
        let mut words = self.create_words(&self.name, 0, shape);
        words.extend(["--dry-run", "--output-format", "json"].map(str::to_owned));
        let mut dump = self.command(&words).run().expect(0).json();
        edit(&mut dump);
        std::fs::write(self.directory().join("stack.json"), dump.to_string()).expect("a file can be written");
        self.run(&["create", &self.name, "--from-file", "stack.json"]).expect(0);
    }

    /// Changes the record of the project, as a person may.
    pub fn edit_record(&self, edit: impl FnOnce(&mut Value)) {
        let path = self.project(&self.name).join(".ignition-stack/config.json");
        let text = std::fs::read_to_string(&path).expect("create writes the record");
        let mut record = serde_json::from_str(&text).expect("the record is JSON");
        edit(&mut record);
        std::fs::write(&path, format!("{record:#}\n")).expect("the record can be written");
    }

    /// `verify`, once.
    pub fn verify(&self) -> Verdict {
        Verdict::of(&self.run(&["verify", &self.name, "--output", "json"]))
    }

    /// `verify` until its report is what `wanted` accepts.
    pub fn verify_until(&self, what: &str, wanted: impl Fn(&Verdict) -> bool) -> Verdict {
        wait::until(what, target::patience(), || {
            let verdict = self.verify();
            if wanted(&verdict) { Ok(verdict) } else { Err(format!("exit code {}\n{verdict}", verdict.code)) }
        })
    }

    /// Lets `verify --wait` see everything mended.
    pub fn mended(&self) {
        let limit = format!("{}s", target::patience().as_secs());
        let verdict = Verdict::of(&self.run(&["verify", &self.name, "--wait", &limit, "--output", "json"]));
        assert!(verdict.holds(), "not mended:\n{verdict}");
    }

    /// The row of a member in `status`.
    pub fn status(&self, member: &str) -> Value {
        let report = self.run(&["status", &self.name, "--output", "json"]).expect(0).json();
        let rows = report["members"].as_array().into_iter().flatten();
        rows.into_iter().find(|row| row["member"] == member).cloned().unwrap_or_else(|| panic!("{member}: {report:#}"))
    }

    /// Runs the client of a simulated gateway's control port in its container: its exit code, and what it says.
    pub fn control(&self, member: &str, words: &[&str]) -> (Option<i64>, String) {
        let container = self.container(member);
        let entrypoint =
            self.engine.inspect(&container).config.and_then(|c| c.entrypoint).expect("it has an entrypoint");
        let own = entrypoint.iter().map(String::as_str).chain(["--control"]);
        let command: Vec<&str> = own.chain(words.iter().copied()).collect();
        self.engine.exec(&container, &command, &BTreeMap::new())
    }

    /// The same, expected to be done: the knobs as they are now.
    pub fn turn(&self, member: &str, words: &[&str]) -> Value {
        let (code, said) = self.control(member, words);
        assert_eq!(code, Some(0), "{words:?}: {said}");
        serde_json::from_str(&said).unwrap_or_else(|e| panic!("{words:?}: {e}: {said}"))
    }

    /// Tells a measured time.
    pub fn time(&self, what: &str, took: Duration) {
        telling::time(&self.scenario, what, took);
    }
}

/// The engine; none is said loudly.
fn engine_for(scenario: &str) -> Option<Engine> {
    let engine = Engine::connect();
    if engine.is_none() {
        telling::left_out("no Docker engine", scenario);
    }
    engine
}

impl Drop for World {
    fn drop(&mut self) {
        let below = format!("{}-", self.name);
        let ours = |name: &str| name == self.name || name.starts_with(&below);
        leftovers::remove(&self.engine, ours);
        let left = leftovers::left(&self.engine, ours);
        if !left.is_empty() {
            telling::say(&format!("{}: could not be removed: {left:?}", self.scenario));
        }
    }
}
