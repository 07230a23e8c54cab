//! `up` of a stack that is as it should be.

use ignition_stack_integration::proxy::Proxy;
use ignition_stack_integration::{engine, run::Invocation};

use crate::BOOT_MS;
use crate::stack::{Stack, watch};
use crate::table::{least_and_median, mebibytes, milliseconds, row};

/// Starts the stack, and runs `up` again and again.
pub(crate) fn again(stack: &Stack<'_>, runs: usize) {
    let first = stack.up(BOOT_MS, &[]).run().expect(0).took;
    row(&format!("up of {} gateways that boot in {BOOT_MS} ms", stack.gateways), &milliseconds(first), "-");
    let again = || Invocation::new(stack.directory, &["up", &stack.name]);
    let costs: Vec<_> = (0..runs).map(|_| watch(again())).collect();
    let wall: Vec<_> = costs.iter().map(|cost| cost.wall).collect();
    let processor: Vec<_> = costs.iter().map(|cost| cost.processor).collect();
    least_and_median("up again, nothing to do", &wall, "300 ms", milliseconds);
    least_and_median("  processor of the client", &processor, "-", milliseconds);
    row("  largest memory", &mebibytes(costs.iter().map(|cost| cost.peak_kib).max().unwrap_or(0)), "30 MiB");
    if let Some(socket) = engine::socket() {
        let proxy = Proxy::start(stack.directory, &socket);
        again().env("DOCKER_HOST", &proxy.host()).run().expect(0);
        let calls = proxy.take();
        row("  calls of the engine that change something", &calls.mutating().len().to_string(), "0");
        row("  calls that only look", &calls.reads().len().to_string(), "6");
    }
}
