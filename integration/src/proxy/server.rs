//! Taking connections, as long as the mood lets it.

use std::sync::Arc;

use tokio::net::UnixListener;
use tokio::task::JoinSet;

use super::{Shared, relay};

/// Runs until the proxy is closed.
pub(super) fn run(shared: &Arc<Shared>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(serve(shared));
    // A block that still waits for something must not keep the test from ending.
    runtime.shutdown_background();
}

async fn serve(shared: &Arc<Shared>) {
    let mut mood = shared.mood.subscribe();
    let mut connections = JoinSet::new();
    loop {
        let now = *mood.borrow_and_update();
        if now.closed {
            return;
        }
        if now.gone {
            // The file stays, as that of an engine that was killed.
            let _ = mood.changed().await;
            continue;
        }
        let _ = std::fs::remove_file(&shared.socket);
        let listener = UnixListener::bind(&shared.socket).expect("the proxy's socket can be bound");
        loop {
            tokio::select! {
                taken = listener.accept() => {
                    if let Ok((client, _)) = taken {
                        let shared = Arc::clone(shared);
                        // Whatever ends one side ends the other.
                        connections.spawn(async move { relay::relay(client, &shared).await });
                    }
                }
                Some(_) = connections.join_next() => {}
                _ = mood.wait_for(|mood| mood.gone || mood.closed) => break,
            }
        }
        // Before the listener goes, by which others see that it is done.
        connections.shutdown().await;
    }
}
