//! Runs that need no engine: `--version` and `create`.

use std::path::Path;
use std::time::Duration;

use ignition_stack_integration::run::{Invocation, Ran};
use ignition_stack_integration::usage;

use crate::table::{least_and_median, mebibytes, milliseconds, row};

/// Runs of what is short.
const RUNS: usize = 20;
/// How exactly their end is seen.
const EXACT: Duration = Duration::from_micros(200);
/// The stack of the README's first command.
const SHAPE: [&str; 9] =
    ["--arch", "scale-out", "--frontends", "2", "--redundant", "backend", "--database", "none", "--simulate"];

pub(crate) fn short_runs(directory: &Path) {
    let version = times(|_| Invocation::new(directory, &["--version"]).poll(EXACT).run());
    least_and_median("--version", &version, "10 ms", milliseconds);
    let mut peak = 0;
    let create = times(|i| {
        let name = format!("create-{i}");
        let words: Vec<&str> = ["create", &name].into_iter().chain(SHAPE).collect();
        watched(directory, &words, &mut peak)
    });
    least_and_median("create of 4 gateways", &create, "30 ms", milliseconds);
    row("  largest memory", &mebibytes(peak), "30 MiB");
}

/// `create` of 40 gateways, with the most memory that it holds.
pub(crate) fn large_create(directory: &Path) {
    let mut peak = 0;
    let took = times(|i| {
        let name = format!("large-{i}");
        watched(directory, &["create", &name, "--arch", "scale-out", "--frontends", "39", "--force"], &mut peak)
    });
    least_and_median("create of 40 gateways", &took, "100 ms", milliseconds);
    row("  largest memory", &mebibytes(peak), "40 MiB");
    // Mostly the making of 40 RSA keys and of the authority's.
    let words =
        ["create", "large-tls", "--arch", "scale-out", "--frontends", "39", "--force", "--gateway-network", "tls"];
    let tls = Invocation::new(directory, &words).poll(EXACT).run().expect(0).took;
    row("create of 40 gateways over TLS, once", &milliseconds(tls), "-");
}

fn times(mut run: impl FnMut(usize) -> Ran) -> Vec<Duration> {
    (0..RUNS).map(|i| run(i).expect(0).took).collect()
}

/// A run whose largest memory is watched.
fn watched(directory: &Path, words: &[&str], peak: &mut u64) -> Ran {
    let mut running = Invocation::new(directory, words).poll(EXACT).start();
    while running.ended().is_none() {
        *peak = usage::peak_memory_kib(running.id()).unwrap_or(*peak).max(*peak);
        std::thread::sleep(EXACT);
    }
    running.end()
}
