//! Scans of the disk on demand, and the locks that hold others off until one's own files are complete (fact sheet 2.3). Knows no
//! routes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::simulator::node::epoch_ms;

/// Longest time that somebody waits for a lock, and that one is held.
const WAIT_LIMIT: Duration = Duration::from_mins(5);
const HOLD_LIMIT: Duration = Duration::from_hours(1);

/// What can be scanned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Area {
    Config,
    Projects,
}

/// A lock that is held.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Lock {
    /// Who holds it.
    pub(crate) actor: String,
    /// Since when, in milliseconds since 1970.
    pub(crate) timestamp: u64,
    until: Instant,
}

impl Lock {
    /// Time until it is given up.
    pub(crate) fn remaining(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

/// Why a lock was not given. Which status stands for which is the simulator's reading of the two on record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LockRefused {
    /// Somebody else held it for too long: 408.
    Timeout,
    /// The caller holds it already: 409.
    Held,
}

/// The last scan of an area.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LastScan {
    /// When, in milliseconds since 1970.
    pub(crate) timestamp: u64,
    /// How long, in milliseconds.
    pub(crate) duration: u64,
}

struct State {
    last: LastScan,
    lock: Option<Lock>,
}

/// Scans and locks of one area.
struct Desk {
    state: Mutex<State>,
    released: Notify,
}

/// Scans and locks of one gateway. A scan is over when it is answered: nobody ever sees one that is active.
pub(crate) struct Scans {
    config: Desk,
    projects: Desk,
}

impl Scans {
    /// The start of the gateway counts as the first scan.
    pub(crate) fn new() -> Self {
        let desk = || Desk {
            state: Mutex::new(State { last: LastScan { timestamp: epoch_ms(), duration: 0 }, lock: None }),
            released: Notify::new(),
        };
        Self { config: desk(), projects: desk() }
    }

    fn desk(&self, area: Area) -> &Desk {
        match area {
            Area::Config => &self.config,
            Area::Projects => &self.projects,
        }
    }

    pub(crate) fn last(&self, area: Area) -> LastScan {
        self.desk(area).state().last
    }

    /// Scans by the function given, and gives up the lock whoever held it.
    pub(crate) fn scan(&self, area: Area, scan: impl FnOnce()) -> LastScan {
        let begun = Instant::now();
        scan();
        let duration = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let desk = self.desk(area);
        let mut state = desk.state();
        state.last = LastScan { timestamp: epoch_ms(), duration };
        state.lock = None;
        let last = state.last;
        drop(state);
        desk.released.notify_waiters();
        last
    }

    /// The lock, while somebody holds it.
    pub(crate) fn lock(&self, area: Area) -> Option<Lock> {
        self.desk(area).state().held().cloned()
    }

    /// Takes the lock for `hold`, after waiting for it no longer than `wait`.
    pub(crate) async fn acquire(
        &self,
        area: Area,
        actor: &str,
        wait: Duration,
        hold: Duration,
    ) -> Result<Lock, LockRefused> {
        let desk = self.desk(area);
        let deadline = Instant::now() + wait.min(WAIT_LIMIT);
        loop {
            // Before the look, so that a release in between is not missed.
            let released = desk.released.notified();
            let wake = {
                let mut state = desk.state();
                match state.held() {
                    None => {
                        let until = Instant::now() + hold.min(HOLD_LIMIT);
                        let lock = Lock { actor: actor.to_owned(), timestamp: epoch_ms(), until };
                        state.lock = Some(lock.clone());
                        return Ok(lock);
                    }
                    Some(lock) if lock.actor == actor => return Err(LockRefused::Held),
                    Some(lock) => lock.until.min(deadline),
                }
            };
            if Instant::now() >= deadline {
                return Err(LockRefused::Timeout);
            }
            tokio::select! {
                () = released => {}
                () = sleep_until(wake) => {}
            }
        }
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn held(&mut self) -> Option<&Lock> {
        if self.lock.as_ref().is_some_and(|l| l.until <= Instant::now()) {
            self.lock = None;
        }
        self.lock.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_lock_is_held_until_its_time_is_over_or_a_scan_comes() {
        let scans = Scans::new();
        let area = Area::Config;
        assert_eq!(scans.lock(area), None);
        let lock = scans.acquire(area, "a", SECOND, 60 * SECOND).await.unwrap();
        assert_eq!((scans.lock(area), lock.remaining()), (Some(lock.clone()), 60 * SECOND));
        assert_eq!(scans.acquire(area, "a", SECOND, SECOND).await, Err(LockRefused::Held));
        assert_eq!(scans.acquire(area, "b", 10 * SECOND, SECOND).await, Err(LockRefused::Timeout));
        assert_eq!(scans.lock(area).unwrap().remaining(), 50 * SECOND);
        assert!(scans.acquire(Area::Projects, "b", SECOND, SECOND).await.is_ok(), "areas do not touch each other");
        let next = scans.acquire(area, "b", 200 * SECOND, SECOND).await.unwrap();
        assert_eq!(next.actor, "b");
        tokio::time::advance(SECOND).await;
        assert_eq!(scans.lock(area), None, "nobody gives it back, it is over");
    }

    #[tokio::test(start_paused = true)]
    async fn a_scan_releases_the_lock_and_wakes_who_waits() {
        let scans = Scans::new();
        scans.acquire(Area::Config, "a", SECOND, 60 * SECOND).await.unwrap();
        let begun = Instant::now();
        let scan = async {
            tokio::time::sleep(SECOND).await;
            scans.scan(Area::Config, || {});
        };
        let (lock, ()) = tokio::join!(scans.acquire(Area::Config, "b", 30 * SECOND, SECOND), scan);
        assert_eq!((lock.unwrap().actor.as_str(), begun.elapsed()), ("b", SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn times_are_bounded() {
        let scans = Scans::new();
        let lock = scans.acquire(Area::Config, "a", Duration::MAX, Duration::MAX).await.unwrap();
        assert_eq!(lock.remaining(), HOLD_LIMIT);
        assert_eq!(scans.acquire(Area::Config, "b", Duration::MAX, SECOND).await, Err(LockRefused::Timeout));
    }
}
