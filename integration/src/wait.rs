//! Waiting for a condition with a deadline.

use std::time::{Duration, Instant};

/// Time between two looks.
const EVERY: Duration = Duration::from_millis(100);

/// Looks until there is something to return; panics with `what` and the last thing seen when time is up.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) => assert!(Instant::now() < deadline, "{what}: not within {limit:?}; last seen: {seen}"),
        }
        std::thread::sleep(EVERY);
    }
}
