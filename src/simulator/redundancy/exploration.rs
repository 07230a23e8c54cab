//! Every life that two nodes can have, step by step, in a small world: time in whole units, links that connect, break on one side
//! first and come back, restarts, forced failovers and written configurations in any order, messages that arrive in order but late.

use std::collections::{HashMap, VecDeque};

use proptest::prelude::*;

use super::*;

const UNIT: Duration = Duration::from_secs(1);
const JOIN: u32 = 3;
const TAKEOVER: u32 = 1;
const RECOVERY: u32 = 2;
const OVERLAP: u32 = 2;
/// Units that a message may be under way.
const LATENCY: u8 = 1;
/// Active times are told apart up to here; longer ones count as equal, so that the world stays finite.
const MEMORY: Duration = Duration::from_secs(3);

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Note {
    Hello(Peer),
    Approved(Peer),
    Status(Peer),
    Failover,
}

/// One end of the link.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct End {
    open: bool,
    /// The peer's last word before the approval.
    heard: Option<Peer>,
    running: bool,
    inbox: VecDeque<(Note, u8)>,
    tell: bool,
    request: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    nodes: [Machine; 2],
    ends: [End; 2],
    /// Units in which both were active although connected.
    doubled: u8,
    /// Units in which nobody was active.
    idle: u8,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Connect,
    Lose { node: usize, silent: bool },
    Restart(usize),
    Ask(usize),
    Configure(usize),
    Send(usize),
    Deliver(usize),
    Approve,
    Differ,
    Pulled(usize),
    Wait,
}

#[derive(Clone, Copy, Debug)]
struct Kind {
    recovery: Recovery,
    uptime: bool,
    other_modules: bool,
}

impl Kind {
    fn rules(self, node: usize) -> Rules {
        let make =
            |hash: &str| Make { version: "8.3.9".to_owned(), edition: String::new(), module_hash: hash.to_owned() };
        Rules {
            role: [Role::Master, Role::Backup][node],
            standby: Level::Cold,
            recovery: self.recovery,
            use_active_uptime: self.uptime,
            join_wait: JOIN * UNIT,
            recovery_delay: RECOVERY * UNIT,
            overlap: OVERLAP * UNIT,
            takeover_delay: TAKEOVER * UNIT,
            make: make(if self.other_modules && node == 1 { "b" } else { "a" }),
        }
    }
}

impl Machine {
    /// The same node with the present as the beginning of time.
    fn rebased(&mut self, now: Duration) {
        let times = [
            &mut self.join_deadline,
            &mut self.recover_at,
            &mut self.yield_at,
            &mut self.take_over_at,
            &mut self.failover_until,
        ];
        for at in times.into_iter().flatten() {
            *at = at.saturating_sub(now);
        }
        if let Some(since) = &mut self.active_since {
            *since = (*since + MEMORY).saturating_sub(now);
        }
    }
}

impl World {
    fn new(kind: Kind) -> Self {
        let mut world = Self {
            nodes: [0, 1].map(|n| Machine::new(kind.rules(n))),
            ends: [End::default(), End::default()],
            doubled: 0,
            idle: 0,
        };
        world.feed(0, Event::Started);
        world.feed(1, Event::Started);
        world
    }

    /// The present is always [`MEMORY`], so that somebody can have been active before.
    fn feed(&mut self, node: usize, event: Event) {
        let actions = self.nodes[node].handle(event, MEMORY);
        assert!(self.nodes[node].next_deadline().is_none_or(|at| at > MEMORY), "a deadline that time cannot satisfy");
        self.ends[node].tell |= actions.contains(&Action::Tell) && self.ends[node].open;
        self.ends[node].request |= actions.contains(&Action::RequestFailover);
    }

    fn introduction(&self, node: usize) -> Peer {
        let machine = &self.nodes[node];
        Peer {
            level: machine.level(),
            active_for: machine.active_for(MEMORY),
            pulls: machine.pulls(),
            make: machine.rules().make.clone(),
        }
    }

    fn post(&mut self, from: usize, note: Note) {
        if self.ends[1 - from].open {
            self.ends[1 - from].inbox.push_back((note, 0));
        }
    }

    fn lose(&mut self, node: usize, silent: bool) {
        let end = std::mem::take(&mut self.ends[node]);
        if end.running {
            self.feed(node, Event::PeerLost { silent });
        }
    }

    fn may(&self, step: Step) -> bool {
        match step {
            // The backup dials; a master that still holds the old socket takes the newer one.
            Step::Connect => !self.ends[1].open,
            Step::Lose { node, .. } => self.ends[node].open,
            Step::Restart(_) | Step::Configure(_) => true,
            Step::Ask(node) => self.ends[node].running && !self.ends[node].request,
            Step::Send(node) => self.ends[node].open && (self.ends[node].tell || self.ends[node].request),
            Step::Deliver(node) => !self.ends[node].inbox.is_empty(),
            Step::Approve => self.ends[0].open && !self.ends[0].running && self.ends[0].heard.is_some(),
            Step::Differ => self.nodes[1].sync() == SyncState::Good && self.nodes[1].peer().is_some(),
            Step::Pulled(node) => self.nodes[node].sync() == SyncState::OutOfDate,
            Step::Wait => self.ends.iter().all(|e| {
                e.inbox.iter().all(|(_, age)| *age < LATENCY)
                    && !(e.tell || e.request)
                    && (!e.open || e.running || e.heard.is_none())
            }),
        }
    }

    fn take(&mut self, step: Step, kind: Kind) {
        match step {
            Step::Connect => {
                self.lose(0, false);
                for end in &mut self.ends {
                    end.open = true;
                }
                for node in 0..2 {
                    let hello = Note::Hello(self.introduction(node));
                    self.post(node, hello);
                }
            }
            Step::Lose { node, silent } => self.lose(node, silent),
            Step::Restart(node) => {
                // Nobody can be active before somebody's start is over.
                self.idle = 0;
                self.ends[node] = End::default();
                self.nodes[node] = Machine::new(kind.rules(node));
                self.feed(node, Event::Started);
            }
            Step::Ask(node) => self.feed(node, Event::FailoverAsked),
            Step::Configure(node) => {
                self.lose(node, false);
                self.feed(node, Event::Configured(kind.rules(node)));
            }
            Step::Send(node) => {
                let (tell, request) = (self.ends[node].tell, self.ends[node].request);
                self.ends[node].tell = false;
                self.ends[node].request = false;
                if tell {
                    let status = Note::Status(self.introduction(node));
                    self.post(node, status);
                }
                if request {
                    self.post(node, Note::Failover);
                }
            }
            Step::Deliver(node) => {
                if let Some((word, _)) = self.ends[node].inbox.pop_front() {
                    self.hear(node, word);
                }
            }
            Step::Approve => {
                if let Some(peer) = self.ends[0].heard.take() {
                    self.ends[0].running = true;
                    self.feed(0, Event::PeerConnected(peer));
                    let approval = Note::Approved(self.introduction(0));
                    self.post(0, approval);
                }
            }
            Step::Differ => self.feed(1, Event::Differs),
            Step::Pulled(node) => self.feed(node, Event::Pulled),
            Step::Wait => self.wait(),
        }
    }

    fn hear(&mut self, node: usize, word: Note) {
        match word {
            Note::Approved(peer) => {
                self.ends[node].running = true;
                self.feed(node, Event::PeerConnected(peer));
            }
            Note::Hello(peer) | Note::Status(peer) if !self.ends[node].running => self.ends[node].heard = Some(peer),
            Note::Status(peer) => self.feed(node, Event::PeerReports { level: peer.level, pulls: peer.pulls }),
            Note::Failover => self.feed(node, Event::FailoverRequested),
            Note::Hello(_) => unreachable!("a greeting comes first"),
        }
    }

    fn wait(&mut self) {
        let active = self.nodes.iter().filter(|m| m.level() == Level::Active).count();
        let connected = self.ends.iter().all(|e| e.running);
        self.doubled = if connected && active == 2 { self.doubled + 1 } else { 0 };
        self.idle = if active == 0 { self.idle + 1 } else { 0 };
        for node in 0..2 {
            self.nodes[node].rebased(UNIT);
            self.feed(node, Event::Tick);
            for (_, age) in &mut self.ends[node].inbox {
                *age += 1;
            }
        }
    }

    /// Lets everything happen that is on its way, and time pass, with nothing new.
    fn settle(&mut self, kind: Kind) {
        for _ in 0..14 {
            loop {
                let due = [
                    Step::Send(0),
                    Step::Send(1),
                    Step::Deliver(0),
                    Step::Deliver(1),
                    Step::Approve,
                    Step::Pulled(0),
                    Step::Pulled(1),
                ];
                let Some(step) = due.into_iter().find(|s| self.may(*s)) else { break };
                self.take(step, kind);
            }
            self.wait();
        }
    }

    /// What must hold at any time, and after things have come to rest with the link left alone, cut or mended.
    fn check(&self, kind: Kind, past: impl Fn() -> String) {
        // A message each way on top of the time that is documented.
        let most = u8::try_from(OVERLAP).unwrap() + 2 * LATENCY;
        assert!(self.doubled <= most, "two active for {} units: {self:?}\n{}", self.doubled, past());
        let idle = u8::try_from(JOIN + TAKEOVER).unwrap() + 2 * LATENCY;
        assert!(self.idle <= idle, "nobody active for {} units: {self:?}\n{}", self.idle, past());
        for (what, heal) in [("apart", false), ("together", true)] {
            let mut end = self.clone();
            end.lose(0, false);
            end.lose(1, false);
            if heal {
                end.take(Step::Connect, kind);
            }
            end.settle(kind);
            let levels = [0, 1].map(|n| end.nodes[n].level());
            let fine = match (heal, kind.recovery) {
                (false, _) => levels == [Level::Active; 2],
                (true, Recovery::Automatic) => levels == [Level::Active, Level::Cold],
                (true, Recovery::Manual) => levels.iter().filter(|l| **l == Level::Active).count() == 1,
            };
            assert!(fine, "{what} they come to rest as {levels:?}: {self:?}\n{}", past());
            let good = if kind.other_modules { SyncState::ModulesIncompatible } else { SyncState::Good };
            let expected = if heal { good } else { SyncState::Unknown };
            assert_eq!((end.nodes[0].sync(), end.nodes[1].sync()), (SyncState::Good, expected), "{}", past());
        }
        let mut end = self.clone();
        end.settle(kind);
        let active = end.nodes.iter().filter(|m| m.level() == Level::Active).count();
        let connected = end.ends.iter().all(|e| e.running);
        assert!(
            if connected { active == 1 } else { active >= 1 },
            "left alone {active} are active: {end:?}\n{}",
            past()
        );
    }
}

const STEPS: [Step; 20] = [
    Step::Connect,
    Step::Approve,
    Step::Deliver(0),
    Step::Deliver(1),
    Step::Send(0),
    Step::Send(1),
    Step::Wait,
    Step::Ask(0),
    Step::Ask(1),
    Step::Lose { node: 0, silent: false },
    Step::Lose { node: 1, silent: false },
    Step::Lose { node: 0, silent: true },
    Step::Lose { node: 1, silent: true },
    Step::Restart(0),
    Step::Restart(1),
    Step::Configure(0),
    Step::Configure(1),
    Step::Differ,
    Step::Pulled(0),
    Step::Pulled(1),
];

/// Walks through all worlds that can be reached within so many steps; returns how many there are.
fn explore(kind: Kind, start: World, depth: usize) -> usize {
    let mut seen: HashMap<World, Option<(usize, Step)>> = HashMap::new();
    let mut order: Vec<World> = Vec::new();
    seen.insert(start.clone(), None);
    order.push(start);
    let mut begin = 0;
    for _ in 0..depth {
        let end = order.len();
        if begin == end {
            break;
        }
        for from in begin..end {
            for step in &STEPS {
                if !order[from].may(*step) {
                    continue;
                }
                let mut next = order[from].clone();
                next.take(*step, kind);
                if seen.contains_key(&next) {
                    continue;
                }
                next.check(kind, || {
                    let mut path = vec![format!("{step:?}")];
                    let mut at = from;
                    while let Some((before, step)) = seen[&order[at]] {
                        path.push(format!("{step:?}"));
                        at = before;
                    }
                    path.reverse();
                    path.join(", ")
                });
                seen.insert(next.clone(), Some((from, *step)));
                order.push(next);
            }
        }
        begin = end;
    }
    order.len()
}

const AUTOMATIC: Kind = Kind { recovery: Recovery::Automatic, uptime: false, other_modules: false };

#[test]
fn every_automatic_life_keeps_the_promises() {
    let n = explore(AUTOMATIC, World::new(AUTOMATIC), 10);
    assert!(n > 4_000, "{n}");
}

#[test]
fn every_manual_life_keeps_the_promises() {
    let kind = Kind { recovery: Recovery::Manual, ..AUTOMATIC };
    let n = explore(kind, World::new(kind), 10);
    assert!(n > 4_000, "{n}");
}

#[test]
fn every_life_by_active_uptime_keeps_the_promises() {
    for recovery in [Recovery::Automatic, Recovery::Manual] {
        let kind = Kind { recovery, uptime: true, ..AUTOMATIC };
        let n = explore(kind, World::new(kind), 10);
        assert!(n > 4_000, "{n}");
    }
}

#[test]
fn every_life_of_a_healthy_pair_keeps_the_promises() {
    for recovery in [Recovery::Automatic, Recovery::Manual] {
        let kind = Kind { recovery, ..AUTOMATIC };
        let mut world = World::new(kind);
        world.take(Step::Connect, kind);
        world.settle(kind);
        assert_eq!(world.nodes[0].level(), Level::Active);
        let n = explore(kind, world, 7);
        assert!(n > 1_000, "{n}");
    }
}

#[test]
fn other_modules_change_nothing_about_who_is_active() {
    let kind = Kind { other_modules: true, ..AUTOMATIC };
    let n = explore(kind, World::new(kind), 9);
    assert!(n > 2_000, "{n}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn long_lives_keep_the_promises_too(
        steps in proptest::collection::vec(proptest::sample::select(STEPS.to_vec()), 0..120), manual: bool, uptime: bool,
    ) {
        let recovery = if manual { Recovery::Manual } else { Recovery::Automatic };
        let kind = Kind { recovery, uptime, other_modules: false };
        let mut world = World::new(kind);
        let mut past = Vec::new();
        for step in steps {
            if world.may(step) {
                world.take(step, kind);
                past.push(step);
                world.check(kind, || format!("{past:?}"));
            }
        }
    }
}
