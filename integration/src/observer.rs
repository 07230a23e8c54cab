//! Watches a pair while things happen to it, and says when it breaks what must always hold. Does nothing to it.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::pair::{HALVES, Half, Pair};
use crate::sequence::{Place, Step};

/// Time between two looks.
const EVERY: Duration = Duration::from_millis(80);
/// How long after it could be otherwise two nodes may both be Active, or none. Documented are 3 to 10 s for both at a
/// master's return, 10 s until silence is noticed, 30 s of waiting at a start (fact sheet 5.1, 5.3). The pairs of
/// [`crate::pair`] do all that within 3 s together; the rest is for a busy machine.
pub const ALLOWED: Duration = Duration::from_secs(8);
/// Lines of the story that are kept.
const STORY: usize = 200;

/// What is true of a pair's containers now, and since when.
#[derive(Debug)]
pub struct Conditions {
    now: Mutex<Now>,
    began: Instant,
    over: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
struct Since {
    places: [Place; 2],
    /// The last change of anything.
    changed: Instant,
    /// Something is being done: nobody knows when it will have happened.
    busy: bool,
    /// Since when both run and can reach each other.
    able: Option<Instant>,
}

#[derive(Debug)]
struct Now {
    since: Since,
    story: VecDeque<String>,
    shown: [String; 2],
    broken: Option<String>,
    /// Longest time that both were Active although they could reach each other.
    both: Duration,
}

impl Conditions {
    /// A pair whose containers are like this.
    pub fn new(places: [Place; 2]) -> Self {
        let began = Instant::now();
        let since = Since { places, changed: began, busy: false, able: able(places).then_some(began) };
        let now = Now { since, story: VecDeque::new(), shown: Default::default(), broken: None, both: Duration::ZERO };
        Self { now: Mutex::new(now), began, over: AtomicBool::new(false) }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something begins that leaves the places worse than they are, in the end or for a while.
    pub fn begin(&self, change: impl FnOnce(&mut [Place; 2])) {
        self.change(true, change);
    }

    /// It has happened: from now on the time counts in which the nodes must have made the best of it.
    pub fn done(&self, change: impl FnOnce(&mut [Place; 2])) {
        self.change(false, change);
    }

    fn change(&self, busy: bool, change: impl FnOnce(&mut [Place; 2])) {
        let mut now = self.now();
        let since = &mut now.since;
        change(&mut since.places);
        since.changed = Instant::now();
        since.busy = busy;
        since.able = if able(since.places) { since.able.or(Some(since.changed)) } else { None };
    }

    /// Adds a line to the story.
    pub fn tell(&self, line: &str) {
        let at = self.began.elapsed();
        let story = &mut self.now().story;
        if story.len() >= STORY {
            story.pop_front();
        }
        story.push_back(format!("{:8.3} s  {line}", at.as_secs_f64()));
    }

    /// Forgets the story so far.
    pub fn forget(&self) {
        self.now().story.clear();
    }

    /// What has been told, one line each.
    pub fn story(&self) -> String {
        self.now().story.iter().fold(String::new(), |mut all, line| {
            let _ = writeln!(all, "{line}");
            all
        })
    }

    /// What both nodes showed last.
    pub fn shown(&self) -> [String; 2] {
        self.now().shown.clone()
    }

    /// What was broken, if anything was.
    pub fn broken(&self) -> Option<String> {
        self.now().broken.clone()
    }

    /// The longest time that both were Active although they could reach each other.
    pub fn both_active(&self) -> Duration {
        self.now().both
    }

    /// Ends the watching.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Watches until the end.
    pub fn watch(&self, pair: &Pair) {
        while !self.over.load(Ordering::Relaxed) {
            let before = self.now().since;
            let seen = HALVES.map(|half| look(pair, half, before.places[half as usize]));
            self.take(before, &seen);
            std::thread::sleep(EVERY);
        }
    }

    fn take(&self, before: Since, seen: &[String; 2]) {
        for (half, seen) in HALVES.into_iter().zip(seen) {
            let showed = std::mem::replace(&mut self.now().shown[half as usize], seen.clone());
            if showed != *seen {
                self.tell(&format!("{:24}{half} {seen}", ""));
            }
        }
        let mut now = self.now();
        // What changed while it was looked at proves nothing.
        if now.since.changed != before.changed {
            return;
        }
        let both = before.able.filter(|_| seen.iter().all(|s| is_active(s))).map(|since| since.elapsed());
        now.both = now.both.max(both.unwrap_or_default());
        let broken = judge(&before, seen, both);
        if now.broken.is_none() {
            now.broken = broken;
        }
    }
}

fn able(places: [Place; 2]) -> bool {
    places.iter().all(|place| place.alive() && place.connected)
}

fn is_active(seen: &str) -> bool {
    seen.ends_with("/Active")
}

/// What one look at both nodes breaks of what must hold.
fn judge(before: &Since, seen: &[String; 2], both: Option<Duration>) -> Option<String> {
    for half in HALVES {
        let role = if half == Half::Master { "Master/" } else { "Backup/" };
        let shown = &seen[half as usize];
        if shown.contains('/') && !shown.starts_with(role) {
            return Some(format!("the {half} says {shown}"));
        }
    }
    if let Some(both) = both.filter(|both| *both > ALLOWED) {
        return Some(format!("both Active {both:?} after they could reach each other: {seen:?}"));
    }
    let calm = before.changed.elapsed();
    let alive = HALVES.into_iter().filter(|half| before.places[*half as usize].alive());
    let alive: Vec<&String> = alive.map(|half| &seen[half as usize]).collect();
    if calm > ALLOWED && !before.busy && !alive.is_empty() && !alive.iter().any(|s| is_active(s)) {
        return Some(format!("nobody Active {calm:?} after the last change: {seen:?}"));
    }
    None
}

/// What a node shows; one that cannot answer is not asked.
fn look(pair: &Pair, half: Half, place: Place) -> String {
    if !place.alive() {
        return if place.up { "(paused)" } else { "(down)" }.to_owned();
    }
    pair.look(half).unwrap_or_else(|_| "(silent)".to_owned())
}

/// Steps as a numbered list.
pub fn listed(steps: &[Step]) -> String {
    steps.iter().enumerate().fold(String::new(), |mut all, (n, step)| {
        let _ = writeln!(all, "{:3}. {step}", n + 1);
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(ago: Duration, places: [Place; 2]) -> Since {
        let changed = Instant::now().checked_sub(ago).unwrap();
        Since { places, changed, busy: false, able: able(places).then_some(changed) }
    }

    fn judged(ago: Duration, places: [Place; 2], seen: [&str; 2]) -> Option<String> {
        let conditions = Conditions::new(places);
        conditions.now().since = since(ago, places);
        let before = conditions.now().since;
        conditions.take(before, &seen.map(str::to_owned));
        conditions.broken()
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn two_active_nodes_are_forgiven_only_for_a_while_or_while_apart() {
        let both = ["Master/Good/Active", "Backup/Unknown/Active"];
        let apart = Place { connected: false, ..Place::WELL };
        assert!(judged(LONG, [Place::WELL; 2], both).is_some());
        assert_eq!(judged(Duration::ZERO, [Place::WELL; 2], both), None);
        assert_eq!(judged(LONG, [Place::WELL, apart], both), None);
        assert_eq!(judged(LONG, [Place::WELL; 2], ["Master/Good/Active", "Backup/Good/Cold"]), None);
    }

    #[test]
    fn somebody_must_be_active_and_nobody_changes_its_role() {
        let down = Place { up: false, ..Place::WELL };
        assert!(judged(LONG, [down, Place::WELL], ["(down)", "Backup/Good/Cold"]).is_some());
        assert!(judged(LONG, [Place::WELL; 2], ["(silent)", "(silent)"]).is_some());
        assert_eq!(judged(LONG, [down; 2], ["(down)", "(down)"]), None);
        assert_eq!(judged(Duration::ZERO, [down, Place::WELL], ["(down)", "Backup/Good/Cold"]), None);
        assert!(judged(Duration::ZERO, [Place::WELL; 2], ["Backup/Good/Active", "Backup/Good/Cold"]).is_some());
    }
}
