//! Random sequences of what can happen to a pair: drawn from a seed, carried out on the engine, told as a list. Judges nothing.

use std::fmt;
use std::time::Duration;

use crate::engine::Engine;
use crate::observer::Conditions;
use crate::pair::{HALVES, Half, Pair};

/// Most steps of a sequence, before everything is healed.
const LENGTH: usize = 6;
/// Longest wait of a step, in milliseconds.
const WAIT: u64 = 1500;
/// Seconds until a container that is stopped is killed: a signal that comes before its process listens is lost.
const GRACE: i32 = 5;

/// One thing that happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// `docker start`.
    Start(Half),
    /// `docker stop`.
    Stop(Half),
    /// SIGKILL.
    Kill(Half),
    /// Stop and start.
    Restart(Half),
    /// Both are killed and started again.
    RestartBoth,
    /// Frozen.
    Pause(Half),
    /// Thawed.
    Unpause(Half),
    /// Off the network over which the two talk.
    Disconnect(Half),
    /// On it again.
    Connect(Half),
    /// Nothing for a while.
    Wait(Duration),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(half) => write!(f, "start {half}"),
            Self::Stop(half) => write!(f, "stop {half}"),
            Self::Kill(half) => write!(f, "kill {half}"),
            Self::Restart(half) => write!(f, "restart {half}"),
            Self::RestartBoth => write!(f, "restart both"),
            Self::Pause(half) => write!(f, "pause {half}"),
            Self::Unpause(half) => write!(f, "unpause {half}"),
            Self::Disconnect(half) => write!(f, "disconnect {half}"),
            Self::Connect(half) => write!(f, "connect {half}"),
            Self::Wait(time) => write!(f, "wait {} ms", time.as_millis()),
        }
    }
}

/// What a node's container is, as far as steps decide it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Its process runs.
    pub up: bool,
    /// It is frozen.
    pub paused: bool,
    /// It is on the network over which the two talk.
    pub connected: bool,
}

impl Place {
    /// As a node is when all is well.
    pub const WELL: Self = Self { up: true, paused: false, connected: true };

    /// Whether it can do anything at all.
    pub fn alive(self) -> bool {
        self.up && !self.paused
    }
}

/// What a step makes of the two places.
pub fn after(mut places: [Place; 2], step: Step) -> [Place; 2] {
    let mut at = |half: Half, change: fn(&mut Place)| change(&mut places[half as usize]);
    match step {
        Step::Start(half) => at(half, |p| p.up = true),
        Step::Stop(half) | Step::Kill(half) => at(half, |p| p.up = false),
        Step::Pause(half) => at(half, |p| p.paused = true),
        Step::Unpause(half) => at(half, |p| p.paused = false),
        Step::Disconnect(half) => at(half, |p| p.connected = false),
        Step::Connect(half) => at(half, |p| p.connected = true),
        Step::Restart(_) | Step::RestartBoth | Step::Wait(_) => {}
    }
    places
}

/// What can be done in these places. A frozen container takes no signal, so it is thawed first.
fn possible(places: [Place; 2]) -> Vec<Step> {
    let mut steps = Vec::new();
    for half in HALVES {
        let place = places[half as usize];
        match (place.up, place.paused) {
            (false, _) => steps.push(Step::Start(half)),
            (true, true) => steps.push(Step::Unpause(half)),
            (true, false) => {
                steps.extend([Step::Stop(half), Step::Kill(half), Step::Restart(half), Step::Pause(half)]);
            }
        }
        steps.push(if place.connected { Step::Disconnect(half) } else { Step::Connect(half) });
    }
    if places.iter().all(|place| place.alive()) {
        steps.push(Step::RestartBoth);
    }
    steps
}

/// The `number`-th sequence of a seed, healed at its end: the same two numbers always give the same steps.
pub fn draw(seed: u64, number: u32) -> Vec<Step> {
    let mut random = fastrand::Rng::with_seed(seed ^ (u64::from(number) << 32));
    let mut places = [Place::WELL; 2];
    let mut steps = Vec::new();
    for _ in 0..random.usize(2..=LENGTH) {
        let possible = possible(places);
        let step = possible[random.usize(..possible.len())];
        places = after(places, step);
        steps.push(step);
        if random.bool() {
            steps.push(Step::Wait(Duration::from_millis(random.u64(50..=WAIT))));
        }
    }
    let mut healing: Vec<Step> = HALVES.into_iter().flat_map(|half| healing(half, places[half as usize])).collect();
    random.shuffle(&mut healing);
    steps.extend(healing);
    steps
}

/// What makes a node well again.
fn healing(half: Half, place: Place) -> Vec<Step> {
    let mut steps = Vec::new();
    if !place.up {
        steps.push(Step::Start(half));
    }
    if place.paused {
        steps.push(Step::Unpause(half));
    }
    if !place.connected {
        steps.push(Step::Connect(half));
    }
    steps
}

/// Does one step. What makes things worse is noted before it begins, what makes them better after it has happened.
pub fn carry_out(engine: &Engine, pair: &Pair, conditions: &Conditions, step: Step) {
    let container = |half: Half| pair.container(half);
    let down = |half: Half| move |places: &mut [Place; 2]| places[half as usize].up = false;
    match step {
        Step::Wait(time) => return std::thread::sleep(time),
        Step::Restart(half) => conditions.begin(down(half)),
        Step::RestartBoth => conditions.begin(|places| places.iter_mut().for_each(|p| p.up = false)),
        Step::Stop(_) | Step::Kill(_) | Step::Pause(_) | Step::Disconnect(_) => {
            conditions.begin(|places| *places = after(*places, step));
        }
        Step::Start(_) | Step::Unpause(_) | Step::Connect(_) => conditions.begin(|_| {}),
    }
    match step {
        Step::Start(half) => engine.start(&container(half)),
        Step::Stop(half) => engine.stop_within(&container(half), GRACE),
        Step::Kill(half) => engine.kill(&container(half)),
        Step::Restart(half) => {
            engine.stop_within(&container(half), GRACE);
            engine.start(&container(half));
        }
        Step::RestartBoth => {
            for half in HALVES {
                engine.kill(&container(half));
            }
            for half in HALVES {
                engine.start(&container(half));
            }
        }
        Step::Pause(half) => engine.pause(&container(half)),
        Step::Unpause(half) => engine.unpause(&container(half)),
        Step::Disconnect(half) => pair.disconnect(engine, half),
        Step::Connect(half) => pair.connect(engine, half),
        Step::Wait(_) => {}
    }
    conditions.done(|places| match step {
        Step::Restart(half) => places[half as usize].up = true,
        Step::RestartBoth => places.iter_mut().for_each(|p| p.up = true),
        _ => *places = after(*places, step),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_steps_again_and_another_gives_others() {
        assert_eq!(draw(7, 3), draw(7, 3));
        assert_ne!(draw(7, 3), draw(7, 4));
        assert_ne!(draw(7, 3), draw(8, 3));
    }

    #[test]
    fn every_sequence_is_possible_and_ends_well() {
        let mut kinds = std::collections::BTreeSet::new();
        for number in 0..2000 {
            let mut places = [Place::WELL; 2];
            for step in draw(1, number) {
                kinds.insert(step.to_string().split(' ').next().unwrap().to_owned());
                let healing = matches!(step, Step::Connect(_) | Step::Unpause(_) | Step::Start(_) | Step::Wait(_));
                assert!(healing || possible(places).contains(&step), "{number}: {step}");
                places = after(places, step);
            }
            assert_eq!(places, [Place::WELL; 2], "{number}");
        }
        assert_eq!(kinds.len(), 9, "{kinds:?}");
    }
}
