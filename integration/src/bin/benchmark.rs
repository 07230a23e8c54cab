//! Measures the release build and prints a table. Asserts nothing: a machine's mood is no defect.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ignition_stack_integration::engine::{Engine, STACK};
use ignition_stack_integration::pair::Ground;
use ignition_stack_integration::ports::Ports;
use ignition_stack_integration::run::{Invocation, Ran};
use ignition_stack_integration::{http, image, leftovers, program, usage, wait};

/// Runs of what is short.
const RUNS: usize = 20;
/// How exactly their end is seen.
const EXACT: Duration = Duration::from_micros(200);
/// Boot time of the simulated gateways.
const BOOT_MS: &str = "3000";
/// The stack of the README's first command.
const SHAPE: [&str; 9] =
    ["--arch", "scale-out", "--frontends", "2", "--redundant", "backend", "--database", "none", "--simulate"];
const GATEWAYS: usize = 4;
/// Gateways of the crowd, and the last number of the hub's address; the spokes' follow.
const CROWD: u8 = 100;
const HUB: u8 = 10;
/// How long the crowd is watched at rest.
const AT_REST: Duration = Duration::from_secs(75);
/// The words that ask for the crowd alone, or for what needs no engine alone.
const ONLY_CROWD: &str = "crowd";
const ONLY_CREATE: &str = "create";

fn main() {
    program::release();
    row("what", "measured", "budget");
    row("----", "--------", "------");
    let only = std::env::args().nth(1);
    if only.as_deref() == Some(ONLY_CROWD) {
        return crowd();
    }
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    short_runs(directory.path());
    large_create(directory.path());
    if only.as_deref() == Some(ONLY_CREATE) {
        return;
    }
    match Engine::connect() {
        Some(engine) => {
            // Built before the measured run, and gone after it.
            let _image = image::hold(&engine);
            let stack = Stack::new(&engine, directory.path());
            stack.cold_up();
            stack.at_rest();
            drop(stack);
            crowd();
        }
        None => println!("no Docker engine: the rest is left out"),
    }
}

/// A hub and 99 spokes at rest, each spoke with a running link to the hub: memory of each, processor of all.
fn crowd() {
    let Some(ground) = Ground::open("crowd") else { return };
    let engine = &ground.engine;
    // All times but the boot's are those of a real gateway: so are the pings of the links.
    let env = [
        ("SIMULATED_BOOT_MS", BOOT_MS),
        ("SIMULATED_LINK_APPROVAL_MS", "10000"),
        ("SIMULATED_LINK_RETRY_MS", "1500"),
        ("SIMULATED_DATABASE_CHECK_MS", "10000"),
    ];
    let began = Instant::now();
    let hub = ground.alone(engine, HUB, &[], &env);
    let spokes: Vec<_> = (HUB + 1..HUB + CROWD).map(|last| ground.alone(engine, last, &[HUB], &env)).collect();
    let all: Vec<String> = std::iter::once(hub).chain(spokes).collect();
    for container in &all {
        engine.start(container);
    }
    wait::until("every spoke's link runs", Duration::from_mins(5), || {
        let (_, page) = http::get_at(ground.address(HUB), "/Start", Duration::from_secs(10))?;
        let running = page.matches(">Running<").count();
        if running == usize::from(CROWD) - 1 { Ok(()) } else { Err(format!("{running} links run")) }
    });
    row(&format!("hub and {} spokes made, started, linked", CROWD - 1), &seconds(began.elapsed()), "-");
    // What the start has stirred up must have settled.
    std::thread::sleep(Duration::from_secs(20));
    let books = || -> Vec<_> { all.iter().filter_map(|container| engine.books(container)).collect() };
    let (before, since) = (books(), Instant::now());
    std::thread::sleep(AT_REST);
    let (after, took) = (books(), since.elapsed());
    assert!(before.len() == all.len() && after.len() == all.len(), "every container has its books");
    let used: Duration = before.iter().zip(&after).map(|(b, a)| a.processor.saturating_sub(b.processor)).sum();
    let percent = |time: Duration| format!("{:.2} %", time.as_secs_f64() / took.as_secs_f64() * 100.0);
    row(
        &format!("  processor of all {CROWD} over {:.0} s at rest", took.as_secs_f64()),
        &percent(used),
        "5 % of a core",
    );
    row("    of that the hub", &percent(after[0].processor.saturating_sub(before[0].processor)), "-");
    let mut memory: Vec<u64> = after.iter().map(|b| b.memory / 1024).collect();
    memory.sort_unstable();
    row("  memory of the largest", &mebibytes(memory[memory.len() - 1]), "10 MiB");
    row("  memory of the median", &mebibytes(memory[memory.len() / 2]), "10 MiB");
    let anonymous = after.iter().map(|b| b.anonymous / 1024).max().unwrap_or(0);
    row("    not of files, the largest", &mebibytes(anonymous), "-");
}

fn row(what: &str, measured: &str, budget: &str) {
    println!("{what:<62} {measured:>12}   {budget}");
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

#[allow(clippy::cast_precision_loss, reason = "for people")]
fn mebibytes(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}

fn median(mut run: impl FnMut(usize) -> Ran) -> Duration {
    let mut times: Vec<_> = (0..RUNS).map(|i| run(i).expect(0).took).collect();
    times.sort_unstable();
    times[RUNS / 2]
}

fn short_runs(directory: &Path) {
    let version = median(|_| Invocation::new(directory, &["--version"]).poll(EXACT).run());
    row(&format!("--version, median of {RUNS}"), &milliseconds(version), "10 ms");
    let create = median(|i| {
        let name = format!("create-{i}");
        let words: Vec<&str> = ["create", &name].into_iter().chain(SHAPE).collect();
        Invocation::new(directory, &words).poll(EXACT).run()
    });
    row(&format!("create of 4 gateways, median of {RUNS}"), &milliseconds(create), "30 ms");
}

/// `create` of 40 gateways, with the most memory that it holds.
fn large_create(directory: &Path) {
    let mut peak = 0;
    let took = median(|i| {
        let name = format!("large-{i}");
        let words = ["create", &name, "--arch", "scale-out", "--frontends", "39", "--force"];
        let mut running = Invocation::new(directory, &words).poll(EXACT).start();
        while running.ended().is_none() {
            peak = usage::peak_memory_kib(running.id()).unwrap_or(peak).max(peak);
            std::thread::sleep(EXACT);
        }
        running.end()
    });
    row(&format!("create of 40 gateways, median of {RUNS}"), &milliseconds(took), "100 ms");
    row("  largest memory", &mebibytes(peak), "40 MiB");
    // Mostly the making of 40 RSA keys and of the authority's.
    let words =
        ["create", "large-tls", "--arch", "scale-out", "--frontends", "39", "--force", "--gateway-network", "tls"];
    let tls = Invocation::new(directory, &words).poll(EXACT).run().expect(0).took;
    row("create of 40 gateways over TLS, once", &milliseconds(tls), "-");
}

/// A stack on the engine, taken down again whatever happens.
struct Stack<'a> {
    engine: &'a Engine,
    directory: &'a Path,
    name: String,
    ports: Ports,
}

impl<'a> Stack<'a> {
    fn new(engine: &'a Engine, directory: &'a Path) -> Self {
        let name = format!("{}bench-{}", leftovers::PREFIX, std::process::id());
        Self { engine, directory, name, ports: Ports::claim() }
    }

    fn label(&self) -> String {
        format!("{STACK}={}", self.name)
    }

    fn up(&self, extra: &[&str]) -> Invocation {
        let base = self.ports.base().to_string();
        let own = ["up", &self.name, "--base-port", &base].into_iter();
        let words: Vec<&str> = own.chain(SHAPE).chain(extra.iter().copied()).collect();
        Invocation::new(self.directory, &words).env("SIMULATED_BOOT_MS", BOOT_MS)
    }

    fn down(&self) -> Ran {
        let confirmed = format!("--yes-delete-data={}", self.name);
        Invocation::new(self.directory, &["down", &self.name, "--delete-data", &confirmed]).run().expect(0)
    }

    fn cold_up(&self) {
        let mut running = self.up(&[]).start();
        let (mut peak, mut last, mut waiting) = (0, None, None);
        while running.ended().is_none() {
            peak = usage::peak_memory_kib(running.id()).unwrap_or(peak);
            last = usage::processor_time(running.id()).map(|time| (time, Instant::now())).or(last);
            if waiting.is_none() && self.all_run() {
                waiting = last;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ran = running.end().expect(0);
        row(&format!("up of {GATEWAYS} gateways that boot in {BOOT_MS} ms"), &seconds(ran.took), "12 s");
        let ids = self.engine.containers(&self.label()).into_iter().filter_map(|c| c.id);
        let ready = ids.filter_map(|id| self.engine.last_log_time(&id)).filter(|at| *at <= ended).max();
        let own = ready.map_or_else(|| "unknown".to_owned(), |ready| seconds(ended.saturating_sub(ready)));
        row("  from the last line that a gateway logged to the exit", &own, "0.5 s");
        row("  largest memory of the client", &mebibytes(peak), "30 MiB");
        if let (Some((before, since)), Some((after, until))) = (waiting, last) {
            let share = after.saturating_sub(before).as_secs_f64() / until.duration_since(since).as_secs_f64();
            row("  processor of the client while waiting", &format!("{:.1} %", share * 100.0), "3 % of a core");
        }
    }

    fn all_run(&self) -> bool {
        let all = self.engine.containers(&self.label());
        all.iter().filter(|c| c.status.as_ref().is_some_and(|s| s.starts_with("Up"))).count() == GATEWAYS
    }

    fn at_rest(&self) {
        row("up again, nothing to do", &seconds(self.up(&[]).run().expect(0).took), "0.3 s");
        let verify = Invocation::new(self.directory, &["verify", &self.name]).run().expect(0);
        row("verify", &seconds(verify.took), "-");
        for container in self.engine.containers(&self.label()) {
            let name = container.names.unwrap_or_default().concat();
            let bytes = container.id.and_then(|id| self.engine.memory(&id)).unwrap_or(0);
            row(&format!("memory of {}", name.trim_start_matches('/')), &mebibytes(bytes / 1024), "10 MiB");
        }
        row("down", &seconds(self.down().took), "-");
    }
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        leftovers::remove(self.engine, |name| name == self.name);
    }
}
