//! Tests of the redundancy state machine: each documented transition, and random lives of a pair.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);

fn make() -> Make {
    Make { version: "8.3.9".to_owned(), edition: String::new(), module_hash: "a".to_owned() }
}

fn machine(role: Role, recovery: Recovery) -> Machine {
    Machine::new(Rules {
        role,
        standby: Level::Warm,
        recovery,
        join_wait: 100 * MS,
        recovery_delay: 50 * MS,
        takeover_delay: 20 * MS,
        make: make(),
    })
}

fn peer(level: Level) -> Peer {
    Peer { level, recovery: Recovery::Automatic, make: make() }
}

fn started(role: Role) -> Machine {
    let mut m = machine(role, Recovery::Automatic);
    m.handle(Event::Started, Duration::ZERO);
    m
}

#[test]
fn nothing_is_decided_before_the_start() {
    let mut m = machine(Role::Independent, Recovery::Automatic);
    m.handle(Event::Tick, 1_000 * MS);
    assert_eq!(m.level(), Level::Undecided);
}

#[test]
fn a_stand_alone_gateway_is_active_at_once_and_knows_no_peer() {
    let mut m = machine(Role::Independent, Recovery::Automatic);
    assert_eq!(m.handle(Event::Started, Duration::ZERO), [Action::Announce]);
    m.handle(Event::PeerConnected(peer(Level::Active)), MS);
    assert_eq!((m.level(), m.sync(), m.peer()), (Level::Active, SyncState::Unknown, None));
}

#[test]
fn a_lonely_node_waits_and_then_becomes_active_whatever_its_role() {
    for (role, sync) in [(Role::Master, SyncState::Good), (Role::Backup, SyncState::Unknown)] {
        let mut m = started(role);
        assert_eq!(m.next_deadline(), Some(100 * MS));
        m.handle(Event::Tick, 99 * MS);
        assert_eq!(m.level(), Level::Undecided);
        assert_eq!(m.handle(Event::Tick, 100 * MS), [Action::Announce]);
        assert_eq!((m.level(), m.sync(), m.next_deadline()), (Level::Active, sync, None));
    }
}

#[test]
fn a_pair_forms_with_a_full_pull() {
    let mut master = started(Role::Master);
    let mut backup = started(Role::Backup);
    assert_eq!(master.handle(Event::PeerConnected(peer(Level::Undecided)), MS), [Action::Announce]);
    assert_eq!(backup.handle(Event::PeerConnected(peer(Level::Undecided)), MS), [Action::Announce, Action::Pull]);
    assert_eq!((master.level(), master.sync()), (Level::Active, SyncState::Good));
    assert_eq!((backup.level(), backup.sync()), (Level::Warm, SyncState::OutOfDate));
    assert_eq!(backup.handle(Event::Pulled, 2 * MS), [Action::Announce]);
    assert_eq!(backup.sync(), SyncState::Good);
}

#[test]
fn a_lost_link_makes_the_standby_active_after_the_takeover_time() {
    let mut backup = started(Role::Backup);
    backup.handle(Event::PeerConnected(peer(Level::Active)), MS);
    backup.handle(Event::Pulled, MS);
    assert_eq!(backup.handle(Event::PeerLost, 2 * MS), [Action::Announce]);
    assert_eq!((backup.level(), backup.sync()), (Level::Warm, SyncState::Unknown));
    assert_eq!(backup.next_deadline(), Some(22 * MS));
    backup.handle(Event::Tick, 21 * MS);
    assert_eq!(backup.level(), Level::Warm);
    assert_eq!(backup.handle(Event::Tick, 22 * MS), [Action::Announce]);
    assert_eq!((backup.level(), backup.next_deadline()), (Level::Active, None));
}

#[test]
fn a_link_that_comes_back_in_time_changes_nothing_and_the_next_loss_counts_anew() {
    let mut backup = started(Role::Backup);
    backup.handle(Event::PeerConnected(peer(Level::Active)), MS);
    backup.handle(Event::PeerLost, 2 * MS);
    backup.handle(Event::PeerConnected(peer(Level::Active)), 20 * MS);
    backup.handle(Event::Tick, 30 * MS);
    assert_eq!((backup.level(), backup.next_deadline()), (Level::Warm, None));
    backup.handle(Event::PeerLost, 40 * MS);
    assert_eq!(backup.next_deadline(), Some(60 * MS));
}

#[test]
fn a_link_lost_before_any_decision_still_waits() {
    let mut backup = machine(Role::Backup, Recovery::Automatic);
    backup.handle(Event::PeerConnected(peer(Level::Active)), Duration::ZERO);
    backup.handle(Event::PeerLost, Duration::ZERO);
    backup.handle(Event::Started, MS);
    assert_eq!(backup.level(), Level::Undecided);
}

#[test]
fn a_returning_master_takes_over_after_the_recovery_time() {
    let mut master = started(Role::Master);
    master.handle(Event::PeerConnected(peer(Level::Active)), 10 * MS);
    assert_eq!((master.level(), master.next_deadline()), (Level::Warm, Some(60 * MS)));
    master.handle(Event::PeerLevel(Level::Active), 30 * MS);
    assert_eq!(master.next_deadline(), Some(60 * MS));
    assert_eq!(master.handle(Event::Tick, 60 * MS), [Action::Announce]);
    assert_eq!((master.level(), master.next_deadline()), (Level::Active, None));
    let mut backup = started(Role::Backup);
    backup.handle(Event::Tick, 100 * MS);
    backup.handle(Event::PeerConnected(peer(Level::Warm)), 101 * MS);
    assert_eq!(backup.level(), Level::Active);
    assert_eq!(backup.handle(Event::PeerLevel(Level::Active), 102 * MS), [Action::Announce]);
    assert_eq!(backup.level(), Level::Warm);
}

#[test]
fn in_manual_mode_the_backup_stays_active() {
    let mut master = machine(Role::Master, Recovery::Manual);
    master.handle(Event::Started, Duration::ZERO);
    master.handle(Event::PeerConnected(peer(Level::Active)), MS);
    assert_eq!((master.level(), master.next_deadline()), (Level::Warm, None));
    master.handle(Event::Tick, 100_000 * MS);
    assert_eq!(master.level(), Level::Warm);
    master.handle(Event::PeerLost, 100_001 * MS);
    master.handle(Event::Tick, 100_021 * MS);
    assert_eq!(master.level(), Level::Active);
    let mut backup = started(Role::Backup);
    backup.handle(Event::Tick, 100 * MS);
    let manual = Peer { recovery: Recovery::Manual, ..peer(Level::Active) };
    backup.handle(Event::PeerConnected(manual), 101 * MS);
    assert_eq!(backup.level(), Level::Active);
}

#[test]
fn differences_make_the_backup_incompatible_in_the_documented_order() {
    let base = make();
    let cases = [
        (Make { version: "8.3.8".to_owned(), edition: "edge".to_owned(), ..base.clone() }, SyncState::Incompatible),
        (
            Make { edition: "edge".to_owned(), module_hash: "b".to_owned(), ..base.clone() },
            SyncState::EditionIncompatible,
        ),
        (Make { module_hash: "b".to_owned(), ..base }, SyncState::ModulesIncompatible),
    ];
    for (make, expected) in cases {
        let mut backup = started(Role::Backup);
        let actions = backup.handle(Event::PeerConnected(Peer { make, ..peer(Level::Active) }), MS);
        assert_eq!((backup.sync(), backup.level()), (expected, Level::Warm));
        assert!(!actions.contains(&Action::Pull));
        backup.handle(Event::Pulled, MS);
        assert_eq!(backup.sync(), expected);
    }
}

/// What a link carries in the model.
#[derive(Clone, Debug)]
enum Note {
    Hello(Peer),
    Level(Level),
}

/// A pair joined by two ordered queues, as the network joins them.
struct Pair {
    nodes: [Machine; 2],
    queues: [VecDeque<Note>; 2],
    linked: bool,
    now: Duration,
    recovery: Recovery,
}

impl Pair {
    fn new(recovery: Recovery) -> Self {
        let nodes = [machine(Role::Master, recovery), machine(Role::Backup, recovery)];
        Self { nodes, queues: [VecDeque::new(), VecDeque::new()], linked: false, now: Duration::ZERO, recovery }
    }

    fn feed(&mut self, node: usize, event: Event) {
        let actions = self.nodes[node].handle(event, self.now);
        // A deadline that time cannot satisfy would keep the clock spinning.
        assert!(self.nodes[node].next_deadline().is_none_or(|at| at > self.now));
        let level = self.nodes[node].level();
        if self.linked && actions.contains(&Action::Announce) {
            self.queues[1 - node].push_back(Note::Level(level));
        }
        if actions.contains(&Action::Pull) {
            self.feed(node, Event::Pulled);
        }
    }

    fn cut(&mut self) {
        if self.linked {
            self.linked = false;
            self.queues = [VecDeque::new(), VecDeque::new()];
            self.feed(0, Event::PeerLost);
            self.feed(1, Event::PeerLost);
        }
    }

    fn link(&mut self) {
        if !self.linked {
            self.linked = true;
            for node in 0..2 {
                let level = self.nodes[node].level();
                self.queues[1 - node].push_back(Note::Hello(Peer { level, recovery: self.recovery, make: make() }));
            }
        }
    }

    fn deliver(&mut self, node: usize) -> bool {
        match self.queues[node].pop_front() {
            Some(Note::Hello(peer)) => self.feed(node, Event::PeerConnected(peer)),
            Some(Note::Level(level)) => self.feed(node, Event::PeerLevel(level)),
            None => return false,
        }
        true
    }

    fn restart(&mut self, node: usize) {
        self.cut();
        let role = self.nodes[node].role();
        self.nodes[node] = machine(role, self.recovery);
        self.feed(node, Event::Started);
    }

    fn settle(&mut self) {
        for _ in 0..4 {
            for _ in 0..100 {
                let moved = [self.deliver(0), self.deliver(1)];
                if moved == [false, false] {
                    break;
                }
            }
            self.now += 200 * MS;
            self.feed(0, Event::Tick);
            self.feed(1, Event::Tick);
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Link,
    Cut,
    Restart(usize),
    Deliver(usize),
    Wait(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Link),
        1 => Just(Step::Cut),
        1 => (0..2usize).prop_map(Step::Restart),
        4 => (0..2usize).prop_map(Step::Deliver),
        2 => (0..150u32).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn however_a_pair_lives_it_comes_to_rest_with_one_active_node(steps in steps(), manual in any::<bool>(), linked in any::<bool>()) {
        let recovery = if manual { Recovery::Manual } else { Recovery::Automatic };
        let mut pair = Pair::new(recovery);
        pair.feed(0, Event::Started);
        pair.feed(1, Event::Started);
        for step in steps {
            match step {
                Step::Link => pair.link(),
                Step::Cut => pair.cut(),
                Step::Restart(node) => pair.restart(node),
                Step::Deliver(node) => { pair.deliver(node); }
                Step::Wait(ms) => {
                    pair.now += ms * MS;
                    pair.feed(0, Event::Tick);
                    pair.feed(1, Event::Tick);
                }
            }
        }
        if linked { pair.link() } else { pair.cut() }
        pair.settle();
        let levels = [pair.nodes[0].level(), pair.nodes[1].level()];
        if linked {
            prop_assert_eq!(levels.iter().filter(|l| **l == Level::Active).count(), 1);
            prop_assert_eq!(pair.nodes[1].sync(), SyncState::Good);
            if !manual {
                prop_assert_eq!(levels, [Level::Active, Level::Warm]);
            }
        } else {
            prop_assert_eq!(levels, [Level::Active, Level::Active]);
            prop_assert_eq!(pair.nodes[1].sync(), SyncState::Unknown);
        }
        prop_assert_eq!(pair.nodes[0].sync(), SyncState::Good);
    }
}
