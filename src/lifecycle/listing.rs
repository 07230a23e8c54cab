//! The stack's containers as the engine lists them, again and again while something is waited for: at most twice a second, one call at
//! a time. An engine that does not answer is told and waited for. Lists are the truth: what happened meanwhile is seen in the next one.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::engine::{Engine, EngineError, MemberState};
use crate::report::{Event, Events};
use crate::stack::Stack;

/// Time between two lists of the engine's containers.
const LIST_EVERY: Duration = Duration::from_millis(500);
/// A list that takes longer is told.
const SILENT_AFTER: Duration = Duration::from_secs(5);
/// A list that takes longer is asked for again.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// A list that is older says nothing of now: one that takes long, or an engine that stands still.
const FRESH_FOR: Duration = Duration::from_secs(2);
/// How long what was known before stands for a first list.
const KNOWN_FOR: Duration = Duration::from_secs(5);

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<MemberState>, EngineError>> + 'a>>;

/// What one look at the engine brought.
#[derive(Debug)]
pub enum Heard {
    /// The containers.
    Members(Vec<MemberState>),
    /// The containers, of an engine that did not answer before: what they did meanwhile is not known.
    Back(Vec<MemberState>),
    /// It does not answer.
    Away,
}

/// The lists of one stack's containers. What it knows outlives a call of [`Listing::next`] that is dropped.
pub struct Listing<'a, E: Engine> {
    engine: &'a E,
    stack: &'a Stack,
    events: &'a dyn Events,
    next: Instant,
    under_way: Option<(Instant, Answer<'a>)>,
    known: Option<Vec<MemberState>>,
    away: Option<(Instant, String)>,
    /// When the last list came.
    heard: Option<Instant>,
}

impl<'a, E: Engine> Listing<'a, E> {
    /// Lists from now on.
    pub fn new(engine: &'a E, stack: &'a Stack, events: &'a dyn Events) -> Self {
        Self { engine, stack, events, next: Instant::now(), under_way: None, known: None, away: None, heard: None }
    }

    /// Begins with what was seen a moment ago in place of a first list.
    #[must_use]
    pub fn knowing(mut self, members: Option<Vec<MemberState>>) -> Self {
        if members.is_some() {
            self.known = members;
            self.next = Instant::now() + KNOWN_FOR;
        }
        self
    }

    /// Whether the first list is still that which was known before.
    pub(super) fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// Whether the containers are as they were listed, as far as can be known.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_known() || self.heard.is_some_and(|heard| heard.elapsed() <= FRESH_FOR)
    }

    /// What was known before has been judged: it is time for a list.
    pub(super) fn no_longer_known(&mut self) {
        if self.known.take().is_some() {
            self.next = Instant::now();
        }
    }

    /// Where the containers are now, in one call.
    pub(super) async fn now(&self) -> Result<Vec<MemberState>, EngineError> {
        match &self.known {
            Some(members) => Ok(members.clone()),
            None => self.engine.members(&self.stack.name, Some(&self.stack.id)).await,
        }
    }

    /// The next list, when it is time for it; an error only when the engine refuses it.
    pub async fn next(&mut self) -> Result<Heard, EngineError> {
        if self.under_way.is_none() {
            sleep_until(self.next).await;
        }
        let (engine, stack) = (self.engine, self.stack);
        let ask =
            || -> (Instant, Answer<'a>) { (Instant::now(), Box::pin(engine.members(&stack.name, Some(&stack.id)))) };
        let (began, answer) = self.under_way.get_or_insert_with(ask);
        let patience = if self.away.is_some() { ASK_AGAIN_AFTER } else { SILENT_AFTER };
        let Ok(answered) = timeout_at(*began + patience, answer.as_mut()).await else {
            if self.away.is_some() {
                self.under_way = None;
            }
            self.is_away(format!("no answer for {} s", SILENT_AFTER.as_secs()));
            return Ok(Heard::Away);
        };
        self.under_way = None;
        self.next = Instant::now() + LIST_EVERY;
        if answered.is_ok() {
            self.heard = Some(Instant::now());
        }
        match answered {
            Ok(members) => Ok(match self.away.take() {
                None => Heard::Members(members),
                Some((since, _)) => {
                    let engine = self.engine.address();
                    let seconds = since.elapsed().as_secs();
                    self.events
                        .event(Event::Note(format!("the Docker engine at {engine} answers again, after {seconds} s")));
                    Heard::Back(members)
                }
            }),
            Err(EngineError::Unreachable { reason, .. }) => {
                self.is_away(reason);
                Ok(Heard::Away)
            }
            Err(error) => Err(error),
        }
    }

    /// Lists until an engine that has lost a call answers again, at most until the deadline.
    pub async fn until_it_answers(mut self, lost: String, deadline: Instant) -> Result<(), EngineError> {
        self.is_away(lost);
        // It may still be at work on what it was asked for.
        self.next = Instant::now() + LIST_EVERY;
        loop {
            match timeout_at(deadline, self.next()).await {
                Ok(Ok(Heard::Members(_) | Heard::Back(_))) => return Ok(()),
                Ok(Ok(Heard::Away)) => {}
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    self.is_away("no answer in time".to_owned());
                    return self.unreachable().map_or(Ok(()), Err);
                }
            }
        }
    }

    /// Takes note of an engine that does not answer; told once.
    pub(super) fn is_away(&mut self, reason: String) {
        if let Some((_, last)) = &mut self.away {
            *last = reason;
            return;
        }
        let engine = self.engine.address();
        let text = format!("the Docker engine at {engine} does not answer: {reason}; waiting for it to come back");
        self.events.event(Event::Warning(text));
        self.away = Some((Instant::now(), reason));
    }

    /// Why nothing can be said of the containers now; nothing when the engine answers.
    pub(super) fn unreachable(&self) -> Option<EngineError> {
        let (since, reason) = self.away.as_ref()?;
        let reason = format!("{reason}; waited {} s for it to come back", since.elapsed().as_secs());
        Some(EngineError::Unreachable { endpoint: self.engine.address(), reason, denied: false })
    }
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
