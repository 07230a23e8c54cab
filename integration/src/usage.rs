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

/// What the engine's books say of one container, out of its control group.
#[derive(Clone, Copy, Debug, Default)]
pub struct Books {
    /// Memory in bytes, without the page cache that it could give back.
    pub memory: u64,
    /// Of that, what belongs to no file.
    pub anonymous: u64,
    /// Processor time so far.
    pub processor: Duration,
}

impl Engine {
    /// Memory of a container in bytes, without the page cache that it could give back.
    pub fn memory(&self, container: &str) -> Option<u64> {
        self.books(container).map(|books| books.memory)
    }

    /// Looks into a container's books.
    pub fn books(&self, container: &str) -> Option<Books> {
        let options = StatsOptionsBuilder::default().stream(false).one_shot(true).build();
        let stats = self.wait(async { self.docker.stats(container, Some(options)).next().await })?.ok()?;
        let memory = stats.memory_stats?;
        let books = memory.stats.unwrap_or_default();
        // The names of the two versions of control groups.
        let first = |keys: [&str; 2]| keys.iter().find_map(|key| books.get(*key)).copied().unwrap_or(0);
        let processor = stats.cpu_stats?.cpu_usage?.total_usage?;
        Some(Books {
            memory: memory.usage?.saturating_sub(first(["total_inactive_file", "inactive_file"])),
            anonymous: first(["total_rss", "anon"]),
            processor: Duration::from_nanos(processor),
        })
    }
}
