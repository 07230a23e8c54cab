//! What the loggers of redundancy said lately: the items of `/redundancy/events` (fact sheet 2.2). Bounded; writes no log.

use std::collections::VecDeque;

use serde_json::{Value, json};

/// Most events kept.
const CAPACITY: usize = 500;

/// One line of a logger of redundancy.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    timestamp: u64,
    logger: &'static str,
    level: &'static str,
    message: String,
}

/// The latest events, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events(VecDeque<Entry>);

impl Events {
    /// Notes a line; the oldest gives way.
    pub(crate) fn note(&mut self, timestamp: u64, logger: &'static str, level: &'static str, message: String) {
        if self.0.len() == CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back(Entry { timestamp, logger, level, message });
    }

    /// The events since that time, in epoch milliseconds.
    pub(crate) fn since(&self, timestamp: u64) -> Vec<Value> {
        let item = |e: &Entry| {
            json!({
                "timestamp": e.timestamp, "loggerName": e.logger, "level": e.level, "message": e.message, "marker": "",
                "sourceLocation": "", "properties": {"redundant-provider": ""},
            })
        };
        self.0.iter().filter(|e| e.timestamp >= timestamp).map(item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_given_since_a_time_and_bounded() {
        let mut events = Events::default();
        for n in 0..CAPACITY as u64 + 10 {
            events.note(n, "Redundancy", "INFO", n.to_string());
        }
        assert_eq!(events.since(0).len(), CAPACITY);
        let last = events.since(CAPACITY as u64 + 9);
        assert_eq!(last.len(), 1);
        assert_eq!(last[0]["message"], "509");
        assert_eq!(last[0]["properties"]["redundant-provider"], "");
    }
}
