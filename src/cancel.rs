//! Ending in order: what is under way on the engine is finished before the program leaves, so that the next run finds it done
//! and not half begun.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::Notify;

/// Shared between the signal and the work.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<State>);

#[derive(Debug, Default)]
struct State {
    requested: OnceLock<Instant>,
    hurried: AtomicBool,
    under_way: AtomicUsize,
    changed: AtomicBool,
    finished: Notify,
}

impl Cancel {
    /// Asks the work to begin nothing new.
    pub fn request(&self) {
        self.0.requested.get_or_init(Instant::now);
    }

    /// Whether nothing new shall begin.
    pub fn is_requested(&self) -> bool {
        self.since().is_some()
    }

    /// Since when nothing new shall begin.
    pub fn since(&self) -> Option<Instant> {
        self.0.requested.get().copied()
    }

    /// Asks the program not to wait for anything any more.
    pub fn hurry(&self) {
        self.0.hurried.store(true, Ordering::SeqCst);
    }

    /// Whether nothing shall be waited for.
    pub fn is_hurried(&self) -> bool {
        self.0.hurried.load(Ordering::SeqCst)
    }

    /// Held while something changes on the engine.
    pub fn under_way(&self) -> UnderWay {
        self.0.under_way.fetch_add(1, Ordering::SeqCst);
        self.0.changed.store(true, Ordering::SeqCst);
        UnderWay(Arc::clone(&self.0))
    }

    /// Whether anything was changed on the engine.
    pub fn has_changed(&self) -> bool {
        self.0.changed.load(Ordering::SeqCst)
    }

    /// Returns when nothing is under way. The work must go on being polled meanwhile.
    pub async fn settled(&self) {
        loop {
            // Asked for before the look, so that an end in between is not missed.
            let finished = self.0.finished.notified();
            if self.0.under_way.load(Ordering::SeqCst) == 0 {
                return;
            }
            finished.await;
        }
    }
}

/// See [`Cancel::under_way`].
#[derive(Debug)]
pub struct UnderWay(Arc<State>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
        self.0.finished.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_settled_when_the_last_one_has_finished() {
        let cancel = Cancel::default();
        cancel.settled().await;
        let (one, two) = (cancel.under_way(), cancel.under_way());
        let mut settled = std::pin::pin!(cancel.settled());
        assert!(futures_util::poll!(&mut settled).is_pending());
        drop(one);
        assert!(futures_util::poll!(&mut settled).is_pending());
        drop(two);
        assert!(futures_util::poll!(&mut settled).is_ready());
        assert!(!cancel.is_requested());
        cancel.request();
        assert!(cancel.clone().is_requested());
        let first = cancel.since();
        cancel.request();
        assert_eq!(cancel.since(), first, "the first time counts");
    }
}
