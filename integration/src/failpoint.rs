//! A signal to the program at one exact moment: before or after its n-th change of the engine.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::proxy::{Fault, Proxy, Rule, Then, Which};
use crate::{run, wait};

/// Longest time for a process to begin or to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The side of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// The engine has not seen the call yet. After SIGKILL it never will.
    Before,
    /// The engine has done it, and the program does not know. After SIGKILL it never will.
    After,
}

/// A moment and a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failpoint {
    /// Counted from 1.
    pub call: usize,
    /// Which side of it.
    pub moment: Moment,
    /// `INT`, `TERM`, `KILL`.
    pub signal: &'static str,
}

impl fmt::Display for Failpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = if self.moment == Moment::Before { "before" } else { "after" };
        write!(f, "SIG{} {moment} change {}", self.signal, self.call)
    }
}

/// A failpoint that waits for its moment.
#[derive(Clone, Debug, Default)]
pub struct Armed {
    process: Arc<Mutex<Option<u32>>>,
    hit: Arc<Mutex<Option<(Instant, String)>>>,
}

impl Failpoint {
    /// Arms it in a proxy, in place of what was armed there before.
    pub fn arm(self, proxy: &Proxy) -> Armed {
        let armed = Armed::default();
        let own = armed.clone();
        let block = move |call: &crate::proxy::Call| {
            let process = wait::until("the process is known", PATIENCE, || own.process().ok_or_else(String::new));
            // Before the signal: the process may have ended, and been asked about, as soon as it is sent.
            *own.hit.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), call.to_string()));
            run::send(process, self.signal);
            if self.signal != "KILL" {
                return Then::Go;
            }
            // A killed process has ended when nothing of it is left but its exit code.
            wait::until("the process has ended", PATIENCE, || {
                let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
                let state = stat.rsplit(") ").next().unwrap_or_default().chars().next();
                if matches!(state, None | Some('Z' | 'X')) { Ok(()) } else { Err(stat) }
            });
            Then::Drop
        };
        let fault = match self.moment {
            Moment::Before => Fault::before(block),
            Moment::After => Fault::after(block),
        };
        proxy.no_rules();
        proxy.rule(Rule::new(Which::Mutating, fault).nth(self.call));
        armed
    }
}

impl Armed {
    /// Names the process that is to get the signal. Its call waits for that.
    pub fn aim(&self, process: u32) {
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(process);
    }

    /// When the signal was sent, and at which call.
    pub fn hit(&self) -> Option<(Instant, String)> {
        self.hit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn process(&self) -> Option<u32> {
        *self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
