//! A signal that asks the program to end, and how it ends then.

use std::pin::pin;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::error::{Class, Failure};

/// Longest time that what is under way gets to finish.
const GRACE: Duration = Duration::from_secs(3);
/// Longest time between a signal and the end.
const ENDS_WITHIN: Duration = Duration::from_millis(4500);
/// What the last thing gets after a second signal: enough for an engine that answers.
const MOMENT: Duration = Duration::from_millis(300);
/// Longest time for the last thing when no signal came: an engine that went away must not hold up the end.
const LAST: Duration = Duration::from_secs(3);

/// The work's result, or that it was interrupted. What is under way on the engine is finished first; a second signal does
/// not wait for that.
pub async fn or_interrupted<T>(work: impl Future<Output = Result<T, Failure>>, cancel: &Cancel) -> Result<T, Failure> {
    let (mut first, mut work) = (pin!(listen()), pin!(work));
    let signal = tokio::select! {
        ended = &mut work => return ended,
        signal = &mut first => signal,
    };
    cancel.request();
    tokio::select! {
        _ = &mut work => {}
        () = cancel.settled() => {}
        _ = listen() => cancel.hurry(),
        () = tokio::time::sleep(GRACE) => {}
    }
    let failure = Failure::new(Class::Interrupted, format!("interrupted ({signal})"));
    Err(if cancel.has_changed() {
        failure.seen("what was made is kept; the same command goes on from there")
    } else {
        failure
    })
}

/// The last thing of a run, whatever became of its work. It is bounded in time; after the second signal of the run it has a moment.
pub async fn at_the_end(last: impl Future<Output = ()>, cancel: &Cancel) {
    let limit = match cancel.since() {
        _ if cancel.is_hurried() => MOMENT,
        Some(signal) => ENDS_WITHIN.saturating_sub(signal.elapsed()),
        None => LAST,
    };
    let mut bounded = pin!(tokio::time::timeout(limit, last));
    if !cancel.is_requested() {
        tokio::select! {
            _ = &mut bounded => return,
            _ = listen() => {}
        }
    }
    tokio::select! {
        _ = bounded => {}
        _ = listen() => {}
    }
}

/// Begins to listen, and returns what waits for the first signal: its name. Call it before work begins, so that no moment
/// is left in which a signal ends the program without a word.
#[cfg(unix)]
fn listen() -> impl Future<Output = &'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let streams = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = streams else {
            // Without handlers the system's own way of ending applies.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        }
    }
}

/// Begins to listen, and returns what waits for Ctrl-C.
#[cfg(not(unix))]
fn listen() -> impl Future<Output = &'static str> {
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
