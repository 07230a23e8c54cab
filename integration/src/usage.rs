//! What a process and a container use, out of the kernel's and the engine's books.

use std::time::Duration;

use bollard::query_parameters::StatsOptionsBuilder;
use futures_util::StreamExt as _;

use crate::engine::Engine;

/// Largest memory that a process has held so far, in KiB; nothing once it has ended.
pub fn peak_memory_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// Processor time of a process's first thread so far; the program has no other.
pub fn processor_time(process: u32) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

impl Engine {
    /// Memory of a container in bytes, without the page cache that it could give back.
    pub fn memory(&self, container: &str) -> Option<u64> {
        let options = StatsOptionsBuilder::default().stream(false).one_shot(true).build();
        let stats = self.wait(async { self.docker.stats(container, Some(options)).next().await })?.ok()?;
        let memory = stats.memory_stats?;
        let books = memory.stats.unwrap_or_default();
        let cache = ["total_inactive_file", "inactive_file"].iter().find_map(|key| books.get(*key)).copied();
        Some(memory.usage?.saturating_sub(cache.unwrap_or(0)))
    }
}
