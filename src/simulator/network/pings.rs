//! The keep-alive of one connection (fact sheet 4.6): when to ask, what counts as missed, when the remote counts as gone. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// Shortest time between two pings, whatever the configuration says.
const SHORTEST: Duration = Duration::from_millis(10);
/// Longest: tokio's clock does not reach for ever.
const LONGEST: Duration = Duration::from_hours(24);

/// What to do when the time has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Beat {
    /// Nothing yet.
    Quiet,
    /// Send a ping.
    Ask,
    /// That many pings in a row went unanswered: the remote is gone.
    Lost(u32),
}

/// Pings of one side. Answers come in order, so that counting them is enough.
#[derive(Clone, Debug)]
pub(crate) struct Pings {
    rate: Duration,
    timeout: Duration,
    max_missed: u32,
    ask_at: Instant,
    /// The ping whose answer may still be in time.
    asked: Option<Instant>,
    missed: u32,
    /// Answers that will be late when they come; they count for nothing.
    late: u32,
}

impl Pings {
    pub(crate) fn new(rate: Duration, timeout: Duration, max_missed: u32, now: Instant) -> Self {
        let rate = rate.clamp(SHORTEST, LONGEST);
        Self {
            rate,
            timeout: timeout.clamp(SHORTEST, LONGEST),
            max_missed: max_missed.max(1),
            ask_at: now + rate,
            asked: None,
            missed: 0,
            late: 0,
        }
    }

    /// When [`Pings::beat`] is due.
    pub(crate) fn wake(&self) -> Instant {
        self.asked.map_or(self.ask_at, |asked| asked + self.timeout)
    }

    /// An answer came. Its time, when it was in time.
    pub(crate) fn answered(&mut self, now: Instant) -> Option<Duration> {
        if self.late > 0 {
            self.late -= 1;
            return None;
        }
        // An answer that waited while this gateway itself was frozen is in time: nobody has counted it as missed.
        let asked = self.asked.take()?;
        self.missed = 0;
        Some(now - asked)
    }

    /// Time passed.
    pub(crate) fn beat(&mut self, now: Instant) -> Beat {
        if self.asked.is_some_and(|asked| now >= asked + self.timeout) {
            self.asked = None;
            self.late = self.late.saturating_add(1);
            self.missed += 1;
            if self.missed >= self.max_missed {
                return Beat::Lost(self.missed);
            }
        }
        if self.asked.is_none() && now >= self.ask_at {
            self.ask_at = now + self.rate;
            self.asked = Some(now);
            return Beat::Ask;
        }
        Beat::Quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn pings() -> (Pings, Instant) {
        let start = Instant::now();
        (Pings::new(MS(1000), MS(300), 3, start), start)
    }

    #[test]
    fn an_answer_in_time_keeps_the_connection_and_gives_its_time() {
        let (mut p, t) = pings();
        assert_eq!(p.wake(), t + MS(1000));
        for second in 1..20 {
            let at = t + MS(1000 * second);
            assert_eq!(p.beat(at), Beat::Ask);
            assert_eq!(p.answered(at + MS(299)), Some(MS(299)));
            assert_eq!(p.beat(at + MS(300)), Beat::Quiet);
        }
    }

    #[test]
    fn a_late_answer_counts_as_missed() {
        let (mut p, t) = pings();
        let late = |p: &mut Pings, second: u64| {
            assert_eq!(p.beat(t + MS(1000 * second)), Beat::Ask);
            let beat = p.beat(t + MS(1000 * second + 300));
            assert_eq!(p.answered(t + MS(1000 * second + 301)), None);
            beat
        };
        assert_eq!(late(&mut p, 1), Beat::Quiet);
        assert_eq!(late(&mut p, 2), Beat::Quiet);
        assert_eq!(late(&mut p, 3), Beat::Lost(3));
    }

    #[test]
    fn one_answer_in_time_forgives_and_answers_are_told_apart() {
        let (mut p, t) = pings();
        p.beat(t + MS(1000));
        p.beat(t + MS(1300));
        assert_eq!(p.beat(t + MS(2000)), Beat::Ask);
        // The first answer belongs to the first ping.
        assert_eq!(p.answered(t + MS(2001)), None);
        assert_eq!(p.answered(t + MS(2002)), Some(MS(2)));
        p.beat(t + MS(3000));
        assert_eq!(p.beat(t + MS(3300)), Beat::Quiet);
        p.beat(t + MS(4000));
        assert_eq!(p.beat(t + MS(4300)), Beat::Quiet, "counting began anew");
    }

    #[test]
    fn silence_is_found_within_the_budget() {
        let (mut p, t) = pings();
        let mut asked = 0;
        let end = loop {
            let now = p.wake();
            match p.beat(now) {
                Beat::Ask => asked += 1,
                Beat::Quiet => {}
                Beat::Lost(n) => {
                    assert_eq!((n, asked), (3, 3));
                    break now;
                }
            }
        };
        assert_eq!(end - t, MS(3300));
    }

    #[test]
    fn absurd_settings_neither_spin_nor_overflow() {
        let start = Instant::now();
        let p = Pings::new(Duration::ZERO, Duration::MAX, 0, start);
        assert!(p.wake() > start);
    }
}
