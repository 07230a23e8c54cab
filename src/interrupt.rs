//! A signal that asks the program to end, and how it ends then.

use std::pin::pin;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::error::{Class, Failure};

/// Longest time that what is under way gets to finish.
const GRACE: Duration = Duration::from_secs(4);

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
        _ = listen() => {}
        () = tokio::time::sleep(GRACE) => {}
    }
    let failure = Failure::new(Class::Interrupted, format!("interrupted ({signal})"));
    Err(if cancel.has_changed() {
        failure.seen("what was made is kept; the same command goes on from there")
    } else {
        failure
    })
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
