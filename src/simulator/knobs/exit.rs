//! The gateway ends by itself: with which code, at which moment, in which of its starts.

use std::io;
use std::sync::atomic::Ordering;

use tokio::time::{Instant, sleep_until};

use crate::simulator::data::DataDir;
use crate::simulator::error::SimulatorError;
use crate::simulator::knobs::{Knobs, Moment, Values};

/// Beside the gateway's own files: how many starts this directory has seen.
const STARTS_FILE: &str = ".simulated-starts";

/// When the moments came from which an exit counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    start: Instant,
    starting: Option<Instant>,
    running: Option<Instant>,
}

impl Reached {
    pub(super) fn at(start: Instant) -> Self {
        Self { start, starting: None, running: None }
    }

    pub(super) fn starting(&self) -> bool {
        self.starting.is_some()
    }

    /// When the exit is due, as far as that can be said yet.
    fn due(&self, values: &Values, starts: u32) -> Option<Instant> {
        let wanted = values.exit_code.is_some() || values.exit_after_ms.is_some();
        let over = values.exit_starts.is_some_and(|n| starts > n);
        let from = match values.exit_at {
            Moment::Start => Some(self.start),
            Moment::Starting => self.starting,
            Moment::Running => self.running,
        };
        let after = std::time::Duration::from_millis(values.exit_after_ms.map_or(0, u64::from));
        from.filter(|_| wanted && !over).map(|from| from + after)
    }
}

impl Knobs {
    /// Counts a start of the container.
    pub(crate) fn count_start(&self, data: &DataDir) -> io::Result<()> {
        let before = data.read(STARTS_FILE)?.map(|bytes| String::from_utf8_lossy(&bytes).trim().parse::<u32>());
        let starts = before.and_then(Result::ok).unwrap_or(0).saturating_add(1);
        self.0.starts.store(starts, Ordering::Relaxed);
        data.write(STARTS_FILE, starts.to_string().as_bytes())
    }

    /// The gateway's process begins; `begun` is when the container did.
    pub(crate) fn begin(&self, begun: Instant) {
        self.0.reached.send_replace(Reached::at(begun));
    }

    /// The gateway is so far.
    pub(crate) fn reached(&self, moment: Moment) {
        self.0.reached.send_modify(|reached| match moment {
            Moment::Start => {}
            Moment::Starting => reached.starting = Some(Instant::now()),
            Moment::Running => reached.running = Some(Instant::now()),
        });
    }

    /// Ends the gateway at once with that code.
    pub(super) fn exit_now(&self, code: u8) {
        self.0.exit_now.send_replace(Some(code));
    }

    /// Ready when the gateway must end, with the end.
    pub(crate) async fn exit(&self) -> SimulatorError {
        let mut changes = self.subscribe();
        let mut reached = self.0.reached.subscribe();
        let mut now = self.0.exit_now.subscribe();
        loop {
            if let Some(code) = *now.borrow_and_update() {
                return SimulatorError::Exit { code };
            }
            let (code, due) = {
                let values = changes.borrow_and_update();
                let starts = self.0.starts.load(Ordering::Relaxed);
                (values.exit_code.unwrap_or(1), reached.borrow_and_update().due(&values, starts))
            };
            let due_at = due.unwrap_or_else(Instant::now);
            tokio::select! {
                () = sleep_until(due_at), if due.is_some() => return SimulatorError::Exit { code },
                _ = changes.changed() => {}
                _ = reached.changed() => {}
                _ = now.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn values(exit_at: Moment, exit_after_ms: u32, exit_starts: Option<u32>) -> Values {
        Values { exit_code: Some(3), exit_at, exit_after_ms: Some(exit_after_ms), exit_starts, ..Values::default() }
    }

    #[test]
    fn an_exit_counts_from_its_moment() {
        let start = Instant::now();
        let mut reached = Reached::at(start);
        assert_eq!(reached.due(&Values::default(), 1), None);
        assert_eq!(reached.due(&values(Moment::Start, 5, None), 1), Some(start + Duration::from_millis(5)));
        assert_eq!(reached.due(&values(Moment::Running, 5, None), 1), None);
        let later = start + Duration::from_secs(9);
        reached.running = Some(later);
        assert_eq!(reached.due(&values(Moment::Running, 5, None), 1), Some(later + Duration::from_millis(5)));
    }

    #[test]
    fn only_the_first_starts_end_so() {
        let reached = Reached::at(Instant::now());
        let ends = |starts| reached.due(&values(Moment::Start, 0, Some(2)), starts).is_some();
        assert_eq!((ends(1), ends(2), ends(3)), (true, true, false));
    }

    #[test]
    fn starts_are_counted_in_the_data_directory() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        for expected in 1..=3 {
            let knobs = Knobs::from_environment(&crate::simulator::start::environment::Environment::default()).unwrap();
            knobs.count_start(&data).unwrap();
            assert_eq!(knobs.0.starts.load(Ordering::Relaxed), expected);
        }
    }
}
