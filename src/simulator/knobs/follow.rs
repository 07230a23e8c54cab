//! What follows from the knobs while a gateway runs: its clock, its memory, its log, its redundancy's delays, a restart asked for.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::simulator::clock;
use crate::simulator::knobs::Values;
use crate::simulator::knobs::hostile::Hostile;
use crate::simulator::log::Log;
use crate::simulator::node::Node;

/// How often memory grows and the flood goes on; nothing wakes while neither does.
const TICK: Duration = Duration::from_millis(50);
/// A gateway that was paused does not make up for more than this.
const CATCH_UP: Duration = Duration::from_secs(1);

/// Follows the knobs for as long as it is polled.
pub(crate) async fn follow(node: &Node) -> Infallible {
    let knobs = &node.setup.knobs;
    let log = &node.setup.log;
    let mut changes = knobs.subscribe();
    let mut reached = knobs.0.reached.subscribe();
    let mut restarts = knobs.0.restarts.subscribe();
    let mut ballast = Ballast::default();
    let mut flood = Flood::default();
    let mut hostile = Vec::new();
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    loop {
        let values = changes.borrow_and_update().clone();
        clock::set_offset_ms(values.clock_offset_ms);
        node.set_delays(&knobs.timings());
        if values.hostile_log != hostile {
            write(log, &values.hostile_log);
            hostile.clone_from(&values.hostile_log);
        }
        // A gateway whose port is closed is a process that has not loaded anything yet.
        let up = reached.borrow_and_update().starting();
        ballast.settle(&values, up);
        flood.settle(&values);
        let awake = up && values.memory_mib_per_s > 0 || flood.runs(&values);
        tokio::select! {
            _ = changes.changed() => {}
            _ = reached.changed() => {}
            _ = restarts.changed() => node.request_restart("the control port asked for it"),
            _ = tick.tick(), if awake => {
                let passed = last.elapsed().min(CATCH_UP);
                ballast.grow(&values, passed);
                flood.flow(&values, passed, log);
            }
        }
        last = Instant::now();
    }
}

/// Writes hostile text, raw.
pub(super) fn write(log: &Log, kinds: &[Hostile]) {
    for kind in kinds {
        log.raw(&kind.line());
    }
}

/// Memory that is only there to be there. Filled, because memory that was never touched costs nothing.
#[derive(Default)]
struct Ballast {
    blocks: Vec<Vec<u8>>,
    grown_bytes: u64,
}

impl Ballast {
    fn grow(&mut self, values: &Values, passed: Duration) {
        let more = u64::from(values.memory_mib_per_s) * u64::try_from(passed.as_micros()).unwrap_or(0) * (1 << 20);
        self.grown_bytes = self.grown_bytes.saturating_add(more / 1_000_000);
    }

    fn settle(&mut self, values: &Values, up: bool) {
        if values.memory_mib_per_s == 0 {
            self.grown_bytes = 0;
        }
        let blocks = u64::from(values.memory_mib) + (self.grown_bytes >> 20);
        let blocks = if up { usize::try_from(blocks).unwrap_or(usize::MAX) } else { 0 };
        self.blocks.truncate(blocks);
        while self.blocks.len() < blocks {
            self.blocks.push(std::hint::black_box(vec![1; 1 << 20]));
        }
    }
}

/// Lines that nobody needs.
#[derive(Default)]
struct Flood {
    wanted: (u32, Option<u32>),
    until: Option<Instant>,
    owed_micros: u64,
    written: u64,
}

impl Flood {
    fn settle(&mut self, values: &Values) {
        let wanted = (values.log_flood_per_s, values.log_flood_ms);
        if self.wanted != wanted {
            self.wanted = wanted;
            self.until = values.log_flood_ms.map(|ms| Instant::now() + Duration::from_millis(u64::from(ms)));
        }
    }

    fn runs(&self, values: &Values) -> bool {
        values.log_flood_per_s > 0 && self.until.is_none_or(|until| Instant::now() < until)
    }

    fn flow(&mut self, values: &Values, passed: Duration, log: &Log) {
        if !self.runs(values) {
            return;
        }
        self.owed_micros += u64::from(values.log_flood_per_s) * u64::try_from(passed.as_micros()).unwrap_or(0);
        let lines = self.owed_micros / 1_000_000;
        self.owed_micros %= 1_000_000;
        let texts =
            (self.written + 1..).take(usize::try_from(lines).unwrap_or(0)).map(|n| format!("Line {n} of a flood"));
        log.flood("Flood", texts);
        self.written += lines;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_taken_grown_and_given_back() {
        let mut ballast = Ballast::default();
        let mut values = Values { memory_mib: 2, memory_mib_per_s: 10, ..Values::default() };
        ballast.settle(&values, false);
        assert_eq!(ballast.blocks.len(), 0);
        ballast.grow(&values, Duration::from_millis(300));
        ballast.settle(&values, true);
        assert_eq!(ballast.blocks.len(), 5);
        values.memory_mib_per_s = 0;
        ballast.settle(&values, true);
        assert_eq!(ballast.blocks.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_has_its_rate_and_its_end() {
        let mut flood = Flood::default();
        let values = Values { log_flood_per_s: 1000, log_flood_ms: Some(100), ..Values::default() };
        flood.settle(&values);
        for _ in 0..10 {
            flood.flow(&values, TICK, &Log::new(std::io::sink()));
            tokio::time::sleep(TICK).await;
        }
        assert_eq!(flood.written, 100);
    }
}
