//! A stack of simulated gateways on the engine, taken down again whatever happens.

use std::path::Path;
use std::time::Duration;

use ignition_stack_integration::engine::{Engine, STACK};
use ignition_stack_integration::facts::{self, Moment};
use ignition_stack_integration::ports::Ports;
use ignition_stack_integration::run::{Invocation, Ran};
use ignition_stack_integration::{leftovers, target, usage};

/// How exactly the end of a run is seen.
const EXACT: Duration = Duration::from_millis(1);

/// The stack.
pub(crate) struct Stack<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) directory: &'a Path,
    pub(crate) name: String,
    pub(crate) gateways: u16,
    ports: Ports,
}

/// A run of the program, and what it used.
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) processor: Duration,
    pub(crate) peak_kib: u64,
    /// When it ended.
    pub(crate) ended: Moment,
}

impl<'a> Stack<'a> {
    pub(crate) fn new(engine: &'a Engine, directory: &'a Path, what: &str, gateways: u16) -> Self {
        let name = format!("{}bench-{what}-{}", leftovers::PREFIX, std::process::id());
        Self { engine, directory, name, gateways, ports: Ports::claim_large() }
    }

    pub(crate) fn label(&self) -> String {
        format!("{STACK}={}", self.name)
    }

    /// `up` of the stack: a redundant pair behind, all others before it and linked to it.
    pub(crate) fn up(&self, boot_ms: &str, extra: &[&str]) -> Invocation {
        let (base, frontends) = (self.ports.base().to_string(), (self.gateways - 2).to_string());
        let shape = ["--arch", "scale-out", "--frontends", &frontends, "--redundant", "backend", "--database", "none"];
        let words = ["up", &self.name, "--base-port", &base].into_iter().chain(shape).chain(extra.iter().copied());
        let words: Vec<String> = words.map(str::to_owned).chain(target::words()).collect();
        Invocation::new(self.directory, &words).env("SIMULATED_BOOT_MS", boot_ms)
    }

    pub(crate) fn down(&self) -> Ran {
        let confirmed = format!("--yes-delete-data={}", self.name);
        Invocation::new(self.directory, &["down", &self.name, "--delete-data", &confirmed]).run().expect(0)
    }

    /// Whether every container runs.
    pub(crate) fn all_run(&self) -> bool {
        let all = self.engine.containers(&self.label());
        let up = all.iter().filter(|c| c.status.as_ref().is_some_and(|s| s.starts_with("Up")));
        up.count() == usize::from(self.gateways)
    }

    /// Names of the gateways' containers.
    pub(crate) fn containers(&self) -> Vec<String> {
        let all = self.engine.containers(&self.label()).into_iter().filter_map(|c| c.names);
        all.map(|names| names.concat().trim_start_matches('/').to_owned()).collect()
    }

    /// The last line that a gateway logged before a moment.
    pub(crate) fn last_logged(&self, before: Moment) -> Option<Moment> {
        let times = self.containers().into_iter().filter_map(|name| self.engine.last_log_time(&name));
        times.filter(|at| *at <= before).max()
    }
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        leftovers::remove(self.engine, |name| name == self.name);
    }
}

/// Runs the program to its end; what it used is seen up to a millisecond before that.
pub(crate) fn watch(run: Invocation) -> Cost {
    let mut running = run.poll(EXACT).start();
    let (mut processor, mut peak_kib) = (Duration::ZERO, 0);
    while running.ended().is_none() {
        processor = usage::processor_time(running.id()).unwrap_or(processor);
        peak_kib = usage::peak_memory_kib(running.id()).unwrap_or(peak_kib);
        std::thread::sleep(EXACT);
    }
    let ended = facts::now();
    let wall = running.end().expect(0).took;
    Cost { wall, processor, peak_kib, ended }
}
