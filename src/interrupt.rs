//! Waiting for a signal that asks the program to end.

/// Begins to listen, and returns what waits for the first signal: its name. Call it before work begins, so that no moment
/// is left in which a signal ends the program without a word.
#[cfg(unix)]
pub fn listen() -> impl Future<Output = &'static str> {
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
pub fn listen() -> impl Future<Output = &'static str> {
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
