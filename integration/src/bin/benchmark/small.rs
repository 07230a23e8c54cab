//! A small stack from its first `up` to its `down`.

use std::time::{Duration, Instant};

use ignition_stack_integration::run::Invocation;
use ignition_stack_integration::{facts, usage};

use crate::BOOT_MS;
use crate::stack::Stack;
use crate::table::{mebibytes, row, seconds, share};

/// Everything about it.
pub(crate) fn small(stack: &Stack<'_>) {
    cold_up(stack);
    at_rest(stack);
}

fn cold_up(stack: &Stack<'_>) {
    let mut running = stack.up(BOOT_MS, &[]).start();
    let (mut peak, mut last, mut waiting) = (0, None, None);
    while running.ended().is_none() {
        peak = usage::peak_memory_kib(running.id()).unwrap_or(peak);
        last = usage::processor_time(running.id()).map(|time| (time, Instant::now())).or(last);
        if waiting.is_none() && stack.all_run() {
            waiting = last;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let ended = facts::now();
    let ran = running.end().expect(0);
    row(&format!("up of {} gateways that boot in {BOOT_MS} ms", stack.gateways), &seconds(ran.took), "12 s");
    let own =
        stack.last_logged(ended).map_or_else(|| "unknown".to_owned(), |ready| seconds(ended.saturating_sub(ready)));
    row("  from the last line that a gateway logged to the exit", &own, "0.3 s");
    row("  largest memory of the client", &mebibytes(peak), "30 MiB");
    if let (Some((before, since)), Some((after, until))) = (waiting, last) {
        row(
            "  processor of the client while waiting",
            &share(after.saturating_sub(before), until - since),
            "3 % of a core",
        );
    }
}

fn at_rest(stack: &Stack<'_>) {
    row("up again, nothing to do", &seconds(stack.up(BOOT_MS, &[]).run().expect(0).took), "0.3 s");
    let verify = Invocation::new(stack.directory, &["verify", &stack.name]).run().expect(0);
    row("verify", &seconds(verify.took), "-");
    for name in stack.containers() {
        let bytes = stack.engine.memory(&name).unwrap_or(0);
        row(&format!("memory of {name}"), &mebibytes(bytes / 1024), "10 MiB");
    }
    row("down", &seconds(stack.down().took), "-");
}
