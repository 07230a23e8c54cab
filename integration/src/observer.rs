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
/// How long two nodes may both be Active, or none, when it could be otherwise. Documented are 3 to 10 s for both at a
/// master's return, 10 s until silence is noticed, 30 s of waiting at a start (fact sheet 5.1, 5.3). The pairs of
/// [`crate::pair`] do all that within 3 s together; the rest is for a busy machine.
pub const ALLOWED: Duration = Duration::from_secs(8);
/// Most time that one look counts for. A look that takes longer, or comes later, tells of the machine and not of the pair.
const MOST: Duration = Duration::from_millis(250);
/// Shown by a node that does not answer.
const SILENT: &str = "(silent)";
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
    /// Both run and can reach each other.
    able: bool,
}

#[derive(Debug)]
struct Now {
    since: Since,
    story: VecDeque<String>,
    shown: [String; 2],
    broken: Option<String>,
    /// When the last look was taken in.
    looked: Instant,
    /// How long both have been Active by now although they could reach each other.
    both: Duration,
    /// The longest that this was.
    longest: Duration,
    /// How long nobody has been Active by now although one could be.
    none: Duration,
    /// The longest that this was.
    longest_none: Duration,
}

impl Conditions {
    /// A pair whose containers are like this.
    pub fn new(places: [Place; 2]) -> Self {
        let began = Instant::now();
        let since = Since { places, changed: began, busy: false, able: able(places) };
        let now = Now {
            since,
            story: VecDeque::new(),
            shown: Default::default(),
            broken: None,
            looked: began,
            both: Duration::ZERO,
            longest: Duration::ZERO,
            none: Duration::ZERO,
            longest_none: Duration::ZERO,
        };
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
        since.able = able(since.places);
        if !since.able {
            now.both = Duration::ZERO;
        }
        now.none = Duration::ZERO;
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
        self.now().longest
    }

    /// The longest time that nobody was Active although one could be.
    pub fn nobody_active(&self) -> Duration {
        self.now().longest_none
    }

    /// Ends the watching.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Watches until the end.
    pub fn watch(&self, pair: &Pair) {
        self.watch_nodes(|half| pair.look(half));
    }

    /// The same, where each node is looked at in this way.
    pub fn watch_nodes(&self, show: impl Fn(Half) -> Result<String, String>) {
        while !self.over.load(Ordering::Relaxed) {
            let before = self.now().since;
            let seen = HALVES.map(|half| look(&show, half, before.places[half as usize]));
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
        let counts = now.looked.elapsed().min(MOST);
        now.looked = Instant::now();
        // What changed while it was looked at proves nothing.
        if now.since.changed != before.changed {
            return;
        }
        now.count(&before, seen, counts);
        let broken = judge(seen, now.both, now.none);
        if now.broken.is_none() {
            now.broken = broken;
        }
    }
}

impl Now {
    /// Adds the time of a look to what it shows. Who says nothing is known to be neither Active nor not.
    fn count(&mut self, before: &Since, seen: &[String; 2], counts: Duration) {
        let active = seen.iter().filter(|s| is_active(s)).count();
        if before.able && active == 2 {
            self.both += counts;
            self.longest = self.longest.max(self.both);
        } else if !before.able || !seen.iter().any(|s| s == SILENT) {
            self.both = Duration::ZERO;
        }
        let alive = before.places.iter().any(|place| place.alive());
        self.none = if before.busy || !alive || active > 0 { Duration::ZERO } else { self.none + counts };
        self.longest_none = self.longest_none.max(self.none);
    }
}

fn able(places: [Place; 2]) -> bool {
    places.iter().all(|place| place.alive() && place.connected)
}

fn is_active(seen: &str) -> bool {
    seen.ends_with("/Active")
}

/// What breaks what must hold.
fn judge(seen: &[String; 2], both: Duration, none: Duration) -> Option<String> {
    for half in HALVES {
        let role = if half == Half::Master { "Master/" } else { "Backup/" };
        let shown = &seen[half as usize];
        if shown.contains('/') && !shown.starts_with(role) {
            return Some(format!("the {half} says {shown}"));
        }
    }
    if both > ALLOWED {
        return Some(format!("both Active for {both:?} although they could reach each other: {seen:?}"));
    }
    (none > ALLOWED).then(|| format!("nobody Active for {none:?} although nothing happened: {seen:?}"))
}

/// What a node shows; one that cannot answer is not asked.
fn look(show: impl Fn(Half) -> Result<String, String>, half: Half, place: Place) -> String {
    if !place.alive() {
        return if place.up { "(paused)" } else { "(down)" }.to_owned();
    }
    show(half).unwrap_or_else(|_| SILENT.to_owned())
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

    /// What is broken when a pair shows this, one after the other, each for so many looks.
    fn judged(places: [Place; 2], shows: &[(u32, [&str; 2])]) -> Option<String> {
        let conditions = Conditions::new(places);
        for (looks, seen) in shows {
            for _ in 0..*looks {
                let before = {
                    let mut now = conditions.now();
                    // A look that comes very late.
                    now.looked = Instant::now().checked_sub(Duration::from_mins(1)).unwrap();
                    now.since
                };
                conditions.take(before, &seen.map(str::to_owned));
            }
        }
        conditions.broken()
    }

    /// Looks until what must not last has lasted too long.
    fn long() -> u32 {
        u32::try_from(ALLOWED.as_millis() / MOST.as_millis()).unwrap() + 1
    }

    const BOTH: [&str; 2] = ["Master/Good/Active", "Backup/Unknown/Active"];
    const NONE: [&str; 2] = ["Master/Good/Warm", "Backup/Good/Cold"];
    const WELL: [&str; 2] = ["Master/Good/Active", "Backup/Good/Cold"];
    const MUTE: [&str; 2] = [SILENT; 2];

    #[test]
    fn two_active_nodes_are_forgiven_only_for_a_while_or_while_apart() {
        let apart = Place { connected: false, ..Place::WELL };
        let (well, long) = ([Place::WELL; 2], long());
        assert!(judged(well, &[(long, BOTH)]).is_some());
        assert_eq!(judged(well, &[(long - 1, BOTH)]), None);
        assert_eq!(judged([Place::WELL, apart], &[(long, BOTH)]), None);
        assert_eq!(judged(well, &[(long, WELL)]), None);
        // Silence neither ends it nor counts.
        assert!(judged(well, &[(long - 1, BOTH), (1, MUTE), (1, BOTH)]).is_some());
        assert_eq!(judged(well, &[(long - 1, BOTH), (1, WELL), (long - 1, BOTH)]), None);
    }

    #[test]
    fn somebody_must_be_active_and_nobody_changes_its_role() {
        let down = Place { up: false, ..Place::WELL };
        let (well, long) = ([Place::WELL; 2], long());
        assert!(judged([down, Place::WELL], &[(long, ["(down)", "Backup/Good/Cold"])]).is_some());
        assert!(judged(well, &[(long, MUTE)]).is_some());
        assert!(judged(well, &[(long - 1, NONE), (1, MUTE)]).is_some());
        assert_eq!(judged(well, &[(long - 1, NONE), (1, WELL), (1, MUTE), (1, WELL)]), None);
        assert_eq!(judged([down; 2], &[(long, ["(down)"; 2])]), None);
        assert!(judged(well, &[(1, ["Backup/Good/Active", "Backup/Good/Cold"])]).is_some());
    }

    #[test]
    fn what_happens_gives_the_nodes_their_time_anew() {
        let conditions = Conditions::new([Place::WELL; 2]);
        let apart = |places: &mut [Place; 2]| places[0].connected = false;
        let looks = |seen: [&str; 2]| {
            for _ in 0..long() - 1 {
                conditions.now().looked = Instant::now().checked_sub(MOST).unwrap();
                let before = conditions.now().since;
                conditions.take(before, &seen.map(str::to_owned));
            }
        };
        looks(NONE);
        conditions.begin(|_| {});
        looks(NONE);
        conditions.done(|_| {});
        looks(BOTH);
        conditions.done(apart);
        looks(BOTH);
        conditions.done(|places| *places = [Place::WELL; 2]);
        looks(BOTH);
        assert_eq!(conditions.broken(), None);
        looks(BOTH);
        assert!(conditions.broken().is_some());
    }
}
