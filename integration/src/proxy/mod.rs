//! A socket before the engine's: counts the program's calls, and does harm to them by rule. Not a part of the product.
//!
//! Point the program at it: `world.command(&words).env("DOCKER_HOST", &proxy.host())`. Count with [`Proxy::calls`]; do harm with
//! [`Proxy::rule`], [`Proxy::freeze`] and [`Proxy::go_away`].

mod call;
mod head;
mod relay;
mod rule;
mod server;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

pub use call::{Call, Calls};
pub use rule::{Fault, Rule, Then, Which};

use crate::wait;

/// Longest time for the proxy itself to come or go.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the proxy does with everybody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Mood {
    /// Connections are taken, and nothing moves on them.
    frozen: bool,
    /// Connections are cut and refused.
    gone: bool,
    /// The test is over.
    closed: bool,
}

/// What the proxy's connections share.
#[derive(Debug)]
struct Shared {
    socket: PathBuf,
    engine: PathBuf,
    mood: watch::Sender<Mood>,
    calls: Mutex<Vec<Call>>,
    rules: Mutex<Vec<Rule>>,
    /// Whole requests that change something, once they are to be kept.
    kept: Mutex<Option<Vec<Vec<u8>>>>,
}

impl Shared {
    /// Writes a call down, and says what is to happen to it.
    fn note(&self, call: &Call) -> Option<Fault> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        // Each rule counts what it is about, also when an earlier one has spoken.
        rules.iter_mut().fold(None, |found, rule| {
            let own = rule.applies(call);
            found.or(own)
        })
    }

    /// Whether the whole of a call is kept.
    fn keeps(&self, call: &Call) -> bool {
        call.mutating && self.kept.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn keep(&self, request: Vec<u8>) {
        if let Some(kept) = &mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner) {
            kept.push(request);
        }
    }

    /// Returns at once unless everything is frozen.
    async fn thawed(&self) {
        // The sender lives as long as this.
        let _ = self.mood.subscribe().wait_for(|mood| !mood.frozen || mood.closed).await;
    }
}

/// The proxy. It ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens in a directory and passes on to the engine's socket (`unix:///var/run/docker.sock`, or its path).
    pub fn start(directory: &Path, engine: &str) -> Self {
        let engine = PathBuf::from(engine.strip_prefix("unix://").unwrap_or(engine));
        let shared = Arc::new(Shared {
            socket: directory.join("engine.sock"),
            engine,
            mood: watch::Sender::new(Mood::default()),
            calls: Mutex::default(),
            rules: Mutex::default(),
            kept: Mutex::default(),
        });
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || server::run(&shared)
        });
        let proxy = Self { shared, thread: Some(thread) };
        proxy.until_listening(true);
        proxy
    }

    /// Its address, for `DOCKER_HOST`.
    pub fn host(&self) -> String {
        format!("unix://{}", self.shared.socket.display())
    }

    /// Its socket.
    pub fn socket(&self) -> &Path {
        &self.shared.socket
    }

    /// Every call so far.
    pub fn calls(&self) -> Calls {
        Calls(self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// The calls since the last time that they were taken.
    pub fn take(&self) -> Calls {
        Calls(std::mem::take(&mut *self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// From now on keeps every request that changes something, head and body.
    pub fn keep_requests(&self) {
        *self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    /// What was kept, in the order in which it was sent.
    pub fn kept_requests(&self) -> Vec<Vec<u8>> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    /// Adds a rule. Of several that apply to a call the first one is followed.
    pub fn rule(&self, rule: Rule) {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }

    /// Forgets every rule.
    pub fn no_rules(&self) {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Nothing moves from now on, as with an engine whose process is stopped: connections are taken and nobody answers.
    pub fn freeze(&self) {
        self.shared.mood.send_modify(|mood| mood.frozen = true);
    }

    /// Everything goes on.
    pub fn thaw(&self) {
        self.shared.mood.send_modify(|mood| mood.frozen = false);
    }

    /// Cuts every connection and refuses new ones, as an engine that has ended. Returns when that is so.
    pub fn go_away(&self) {
        self.shared.mood.send_modify(|mood| mood.gone = true);
        self.until_listening(false);
    }

    /// Takes connections again. Returns when that is so.
    pub fn come_back(&self) {
        self.shared.mood.send_modify(|mood| mood.gone = false);
        self.until_listening(true);
    }

    fn until_listening(&self, wanted: bool) {
        wait::until("the proxy's socket", PATIENCE, || {
            let listening = std::os::unix::net::UnixStream::connect(&self.shared.socket).is_ok();
            if listening == wanted { Ok(()) } else { Err(format!("listening: {listening}")) }
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.mood.send_modify(|mood| mood.closed = true);
        if let Some(thread) = self.thread.take() {
            // It says itself why it has panicked.
            let _ = thread.join();
        }
    }
}
