//! For how long there was work for which the machine had no processor: what it was late by, and not who was measured on it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::facts::{Moment, now};

const EVERY: Duration = Duration::from_millis(50);

/// Takes note of the kernel's pressure counter (`/proc/pressure/cpu`) until it is dropped.
#[derive(Debug)]
pub struct Pressure {
    taken: Arc<Mutex<Vec<(Moment, Duration)>>>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Pressure {
    /// Begins. Where the kernel does not count, every answer is zero.
    pub fn watch() -> Self {
        let (taken, end) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (own, ended) = (Arc::clone(&taken), Arc::clone(&end));
        let thread = std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                own.lock().unwrap_or_else(PoisonError::into_inner).extend(counter().map(|total| (now(), total)));
                std::thread::sleep(EVERY);
            }
        });
        Self { taken, end, thread: Some(thread) }
    }

    /// For how long between two moments somebody waited for a processor.
    pub fn between(&self, from: Moment, to: Moment) -> Duration {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let last = |moment| taken.iter().rev().find(|(at, _)| *at <= moment).or_else(|| taken.first());
        match (last(from), last(to)) {
            (Some((_, before)), Some((_, total))) => total.saturating_sub(*before),
            _ => Duration::ZERO,
        }
    }
}

impl Drop for Pressure {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How long in all some task waited, since the machine was started.
fn counter() -> Option<Duration> {
    total(&std::fs::read_to_string("/proc/pressure/cpu").ok()?)
}

fn total(text: &str) -> Option<Duration> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    some.rsplit_once("total=")?.1.trim().parse().ok().map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn the_kernels_line_is_read() {
        let text = "some avg10=96.18 avg60=85.81 avg300=53.23 total=2296389358\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
        assert_eq!(total(text), Some(Duration::from_micros(2_296_389_358)));
        assert_eq!(total("full total=7\n"), None);
    }

    #[test]
    fn nobody_waits_for_longer_than_it_lasted() {
        let (pressure, began, clock) = (Pressure::watch(), now(), Instant::now());
        let mut sum = 0u64;
        while clock.elapsed() < Duration::from_millis(300) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let stalled = pressure.between(began, now());
        assert!(stalled <= clock.elapsed() + 2 * EVERY, "{stalled:?}");
    }
}
