//! What `up` costs while it waits for many gateways.

use std::time::{Duration, Instant};

use ignition_stack_integration::usage;

use crate::stack::Stack;
use crate::table::{mebibytes, row, share};

/// Boot time of the gateways: longer than everything that is measured.
const BOOT_MS: &str = "180000";
/// Rest after the last container was started, and how long is measured then.
const SETTLE: Duration = Duration::from_secs(5);
const WATCHED: Duration = Duration::from_secs(30);

/// Watches an `up` whose gateways do not become ready, and ends it.
pub(crate) fn waiting(stack: &Stack<'_>) {
    let mut running = stack.up(BOOT_MS, &[]).start();
    while !stack.all_run() {
        assert!(running.ended().is_none(), "up has ended: {}", running.stderr());
        std::thread::sleep(Duration::from_millis(200));
    }
    std::thread::sleep(SETTLE);
    let (before, since) = (usage::processor_time(running.id()), Instant::now());
    std::thread::sleep(WATCHED);
    let (after, took) = (usage::processor_time(running.id()), since.elapsed());
    let peak = usage::peak_memory_kib(running.id()).unwrap_or(0);
    running.interrupt();
    running.end().expect(130);
    if let (Some(before), Some(after)) = (before, after) {
        let what = format!("processor of up, waiting for {} gateways", stack.gateways);
        row(&what, &share(after.saturating_sub(before), took), "3 % of a core");
    }
    row("  largest memory", &mebibytes(peak), "30 MiB");
}
