//! The gateway's clock: the host's, off by what a knob says. Every time that a gateway tells is asked for here.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

thread_local! {
    /// A gateway lives on one thread, and no two share one; so a gateway's clock is its thread's.
    static OFFSET_MS: Cell<i64> = const { Cell::new(0) };
}

/// Sets by how much the clock of this thread's gateway is wrong.
pub(crate) fn set_offset_ms(offset: i64) {
    OFFSET_MS.set(offset);
}

/// What the gateway takes for the time.
pub(crate) fn now() -> SystemTime {
    let offset = OFFSET_MS.get();
    let off = Duration::from_millis(offset.unsigned_abs());
    let true_time = SystemTime::now();
    let wrong = if offset < 0 { true_time.checked_sub(off) } else { true_time.checked_add(off) };
    wrong.unwrap_or(true_time)
}

/// The same in milliseconds since 1970.
pub(crate) fn epoch_ms() -> u64 {
    let since = now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_on_its_own_thread_only() {
        let hour = 3_600_000;
        let true_ms = epoch_ms();
        let other = std::thread::spawn(move || {
            set_offset_ms(-hour);
            epoch_ms()
        });
        let behind = true_ms - other.join().unwrap();
        assert!((3_000_000..=3_600_000).contains(&behind), "{behind}");
        assert!(epoch_ms() >= true_ms);
    }
}
