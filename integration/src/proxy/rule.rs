//! What happens to which calls.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::call::Call;

/// What is asked in the middle of a call. It runs on a thread of its own and may block; other calls go on meanwhile.
type Block = Arc<dyn Fn(&Call) -> Then + Send + Sync>;

/// What becomes of a call after a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Then {
    /// It goes on.
    Go,
    /// Its connection is cut.
    Drop,
}

/// What is done to a call.
#[derive(Clone)]
pub enum Fault {
    /// It is held up on its way to the engine.
    Delay(Duration),
    /// The engine never sees it: its connection is cut.
    DropBefore,
    /// The engine does it, and the answer is lost: its connection is cut.
    DropAfter,
    /// The engine never sees it; this answer comes in its place.
    Answer {
        /// HTTP status: 500.
        status: u16,
        /// The engine's words.
        message: String,
    },
    /// A block before the engine sees it: a failpoint.
    Before(Block),
    /// A block after the engine did it and before the answer: a failpoint.
    After(Block),
}

impl Fault {
    /// A block before the engine sees the call.
    pub fn before(block: impl Fn(&Call) -> Then + Send + Sync + 'static) -> Self {
        Self::Before(Arc::new(block))
    }

    /// A block after the engine did it and before the answer.
    pub fn after(block: impl Fn(&Call) -> Then + Send + Sync + 'static) -> Self {
        Self::After(Arc::new(block))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay(time) => write!(f, "Delay({time:?})"),
            Self::DropBefore => f.write_str("DropBefore"),
            Self::DropAfter => f.write_str("DropAfter"),
            Self::Answer { status, .. } => write!(f, "Answer({status})"),
            Self::Before(_) => f.write_str("Before"),
            Self::After(_) => f.write_str("After"),
        }
    }
}

/// Which calls a rule is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Which {
    /// All of them.
    All,
    /// Those that change something.
    Mutating,
    /// Those that change nothing.
    Reads,
    /// Those of one kind: `POST /containers/*/start`.
    Kind(String),
}

impl Which {
    fn is(&self, call: &Call) -> bool {
        match self {
            Self::All => true,
            Self::Mutating => call.mutating,
            Self::Reads => !call.mutating,
            Self::Kind(kind) => call.kind == *kind,
        }
    }
}

/// A rule: from when it is added it counts the calls that it is about.
#[derive(Clone, Debug)]
pub struct Rule {
    which: Which,
    fault: Fault,
    skip: usize,
    times: usize,
}

impl Rule {
    /// For every call of those.
    pub fn new(which: Which, fault: Fault) -> Self {
        Self { which, fault, skip: 0, times: usize::MAX }
    }

    /// For every call of one kind.
    pub fn kind(kind: &str, fault: Fault) -> Self {
        Self::new(Which::Kind(kind.to_owned()), fault)
    }

    /// For the `n`-th of them alone, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: usize) -> Self {
        (self.skip, self.times) = (n.saturating_sub(1), 1);
        self
    }

    /// For so many of them.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Counts a call, and says what is to happen to it.
    pub(super) fn applies(&mut self, call: &Call) -> Option<Fault> {
        if !self.which.is(call) {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.times = self.times.checked_sub(1)?;
        Some(self.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_counts_what_it_is_about() {
        let (read, change) = (Call::read("GET /volumes"), Call::read("POST /networks/create"));
        let hits = |rule: Rule, calls: &[&Call]| {
            let mut rule = rule;
            calls.iter().map(|call| rule.applies(call).is_some()).collect::<Vec<_>>()
        };
        let calls = [&change, &read, &change, &change, &read];
        let rule = |which| Rule::new(which, Fault::DropBefore);
        assert_eq!(hits(rule(Which::Mutating).nth(2), &calls), [false, false, true, false, false]);
        assert_eq!(hits(rule(Which::Reads), &calls), [false, true, false, false, true]);
        assert_eq!(hits(rule(Which::All).times(2), &calls), [true, true, false, false, false]);
        let kind = Rule::kind("POST /networks/create", Fault::DropAfter).times(1);
        assert_eq!(hits(kind, &calls), [true, false, false, false, false]);
    }
}
