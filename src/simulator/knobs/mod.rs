//! Knobs for tests: times and faults, by variable and live over a control port. What a knob bends lives with what it bends.

mod answer;
pub(crate) mod client;
pub(crate) mod control;
mod exit;
pub(crate) mod follow;
mod hostile;
pub(crate) mod interfere;
mod names;
mod timings;
mod values;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::simulator::error::SimulatorError;
use crate::simulator::start::environment::Environment;

pub(crate) use answer::Answer;
use exit::Reached;
pub use names::*;
pub(crate) use timings::Timings;
pub(crate) use values::{DropFrames, Hang, Moment, Values};

/// The knobs of one gateway, from the container's start to its end. Clones are the same knobs.
#[derive(Clone, Debug)]
pub(crate) struct Knobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    by_variable: Values,
    values: watch::Sender<Values>,
    /// How many requests each rule of answers has had; begins anew when the rules change.
    served: Mutex<BTreeMap<usize, u32>>,
    reached: watch::Sender<Reached>,
    /// Starts of this data directory, this one included; 0 while they are not counted.
    starts: AtomicU32,
    exit_now: watch::Sender<Option<u8>>,
    restarts: watch::Sender<u64>,
}

impl Knobs {
    /// The knobs as the variables set them.
    pub(crate) fn from_environment(env: &Environment) -> Result<Self, SimulatorError> {
        let values = Values::from_environment(env)?;
        Ok(Self(Arc::new(Inner {
            by_variable: values.clone(),
            values: watch::Sender::new(values),
            served: Mutex::default(),
            reached: watch::Sender::new(Reached::at(Instant::now())),
            starts: AtomicU32::new(0),
            exit_now: watch::Sender::new(None),
            restarts: watch::Sender::new(0),
        })))
    }

    /// Reads some of the values.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Values) -> T) -> T {
        read(&self.0.values.borrow())
    }

    /// How long things take now.
    pub(crate) fn timings(&self) -> Timings {
        self.read(Timings::of)
    }

    /// Hears of every change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Values> {
        self.0.values.subscribe()
    }

    /// Ready as soon as the values are so.
    pub(crate) async fn until(&self, condition: impl FnMut(&Values) -> bool) {
        // The sender lives as long as this handle.
        let _ = self.subscribe().wait_for(condition).await;
    }

    /// Ready when that time has passed since `begun` and nothing keeps the gateway in the state; heeds what is changed meanwhile.
    pub(crate) async fn stay(&self, begun: Instant, time: impl Fn(&Timings) -> Duration, state: Hang) {
        let mut changes = self.subscribe();
        loop {
            let (hangs, due) = {
                let values = changes.borrow_and_update();
                (values.hang_in == Some(state), begun + time(&Timings::of(&values)))
            };
            tokio::select! {
                () = sleep_until(due), if !hangs => return,
                _ = changes.changed() => {}
            }
        }
    }

    /// Changes some knobs, or all of them: then those that are not named are as if nobody had touched them.
    fn change(&self, change: &Map<String, Value>, all: bool) -> Result<(), Vec<String>> {
        let base = if all { Values::default() } else { self.read(Values::clone) };
        self.set(base.changed(change)?);
        Ok(())
    }

    /// Back to what the variables say.
    fn reset(&self) {
        self.set(self.0.by_variable.clone());
    }

    fn set(&self, values: Values) {
        self.0.values.send_if_modified(|now| {
            if now.answers != values.answers {
                self.0.served.lock().unwrap_or_else(PoisonError::into_inner).clear();
            }
            let changed = *now != values;
            *now = values;
            changed
        });
    }

    /// All knobs, and the times that follow from them.
    fn shown(&self) -> Value {
        let times: Map<String, Value> =
            self.timings().milliseconds().into_iter().map(|(name, ms)| (name.to_owned(), json!(ms))).collect();
        json!({"knobs": self.read(Values::json), "times": times, "starts": self.0.starts.load(Ordering::Relaxed)})
    }

    /// The first rule that a request falls under and that is not used up.
    fn rule(&self, method: &str, path: &str) -> Option<Answer> {
        let values = self.0.values.borrow();
        let (index, rule) = values.answers.iter().enumerate().find(|(index, rule)| {
            let served = self.0.served.lock().unwrap_or_else(PoisonError::into_inner);
            let used_up = rule.times.is_some_and(|times| served.get(index).is_some_and(|n| *n >= times));
            !used_up && rule.matches(method, path)
        })?;
        if rule.times.is_some() {
            *self.0.served.lock().unwrap_or_else(PoisonError::into_inner).entry(index).or_default() += 1;
        }
        Some(rule.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knobs(pairs: &[(&str, &str)]) -> Knobs {
        let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Knobs::from_environment(&Environment::new(pairs)).unwrap()
    }

    fn change(knobs: &Knobs, change: &Value, all: bool) {
        knobs.change(change.as_object().unwrap(), all).unwrap();
    }

    #[test]
    fn a_patch_keeps_the_rest_and_a_put_does_not() {
        let knobs = knobs(&[(EXIT_STARTS, "2")]);
        change(&knobs, &json!({"memory_mib": 5}), false);
        assert_eq!(knobs.read(|v| (v.exit_starts, v.memory_mib)), (Some(2), 5));
        change(&knobs, &json!({"memory_mib": 6}), true);
        assert_eq!(knobs.read(|v| (v.exit_starts, v.memory_mib)), (None, 6));
        knobs.reset();
        assert_eq!(knobs.read(|v| (v.exit_starts, v.memory_mib)), (Some(2), 0));
    }

    #[test]
    fn a_rule_is_used_up_and_begins_anew() {
        let rules = r#"[{"route":"/a","times":1,"status":500},{"route":"*","status":404}]"#;
        let knobs = knobs(&[(ANSWERS, rules)]);
        let status = || knobs.rule("GET", "/a").and_then(|r| r.status);
        assert_eq!((status(), status()), (Some(500), Some(404)));
        change(&knobs, &json!({"answers": []}), false);
        assert_eq!(status(), None);
        knobs.reset();
        assert_eq!(status(), Some(500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stay_heeds_changes() {
        let knobs = knobs(&[(STARTING_MS, "1000"), (HANG_IN, "STARTING")]);
        let begun = Instant::now();
        let stay = tokio::spawn({
            let knobs = knobs.clone();
            async move { knobs.stay(begun, |t| t.starting, Hang::Starting).await }
        });
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert!(!stay.is_finished());
        change(&knobs, &json!({"hang_in": null, "starting_ms": 7_200_000}), false);
        stay.await.unwrap();
        assert_eq!(begun.elapsed(), Duration::from_hours(2));
    }
}
