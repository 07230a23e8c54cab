//! A signal that asks the program to end, and how it ends then.

use std::pin::pin;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::cli::Command;
use crate::error::{Class, Failure};

/// Longest time that what is under way gets to finish.
const GRACE: Duration = Duration::from_secs(3);
/// Longest time between a signal and the end.
const ENDS_WITHIN: Duration = Duration::from_millis(4500);
/// What the last thing gets after a second signal: enough for an engine that answers.
const MOMENT: Duration = Duration::from_millis(300);
/// Longest time for the last thing when no signal came: an engine that went away must not hold up the end.
const LAST: Duration = Duration::from_secs(3);

/// What is true of a command that was interrupted after it began to change something and before it could say how far it was.
pub fn left_by(command: &Command) -> &'static str {
    match command {
        Command::Up(_) => "what was made is kept; the same command goes on from there",
        Command::Down(_) => "what was removed so far is gone, all else is there; the same command goes on from there",
        Command::Snapshot(_) => "no snapshot was written; ignition-stack start lets go on what may still be paused",
        Command::Restore(_) => "nothing counts as restored; the same command begins anew",
        _ => "what was done so far stays; the same command does the rest",
    }
}

/// The work's result, or that it was interrupted. What is under way on the engine is finished first; a second signal does
/// not wait for that. What the work says of its end is told, else `left`, when anything was changed.
pub async fn or_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
    cancel: &Cancel,
    left: &str,
) -> Result<T, Failure> {
    let (mut first, mut work) = (pin!(listen()), pin!(work));
    let signal = tokio::select! {
        ended = &mut work => return ended,
        signal = &mut first => signal,
    };
    cancel.request();
    // The work first: where it ends by itself, it knows best what it leaves.
    let ended = tokio::select! {
        biased;
        ended = &mut work => Some(ended),
        () = cancel.settled() => None,
        _ = listen() => {
            cancel.hurry();
            None
        }
        () = tokio::time::sleep(GRACE) => None,
    };
    Err(told(signal, ended.map(|ended| ended.map(drop)), cancel.has_changed().then_some(left)))
}

fn told(signal: &str, ended: Option<Result<(), Failure>>, left: Option<&str>) -> Failure {
    let failure = Failure::new(Class::Interrupted, format!("interrupted ({signal})"));
    match (ended, left) {
        (Some(Ok(())), _) => failure.seen("all of it was done all the same"),
        (Some(Err(own)), _) if own.class == Class::Interrupted && !own.details.is_empty() => {
            own.details.into_iter().fold(failure, Failure::seen)
        }
        (_, Some(left)) => failure.seen(left),
        (_, None) => failure,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_tells_what_it_leaves_before_the_command_does() {
        let own = || Failure::new(Class::Interrupted, "interrupted");
        let other = Failure::new(Class::Engine, "the engine is gone").seen("refused");
        let table = [
            (None, None, vec![]),
            (None, Some("left"), vec!["left"]),
            (Some(Ok(())), Some("left"), vec!["all of it was done all the same"]),
            (Some(Err(own())), None, vec![]),
            (Some(Err(own())), Some("left"), vec!["left"]),
            (Some(Err(own().seen("its own"))), Some("left"), vec!["its own"]),
            (Some(Err(other)), Some("left"), vec!["left"]),
        ];
        for (ended, left, details) in table {
            let failure = told("SIGINT", ended.clone(), left);
            assert_eq!((failure.class, failure.what.as_str()), (Class::Interrupted, "interrupted (SIGINT)"));
            assert_eq!(failure.details, details, "{ended:?} {left:?}");
        }
    }
}
