//! Tests of the redundancy state machine: each documented transition, and random lives of a pair.

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
        use_active_uptime: false,
        join_wait: 100 * MS,
        recovery_delay: 50 * MS,
        overlap: 30 * MS,
        takeover_delay: 20 * MS,
        make: make(),
    })
}

fn peer(level: Level) -> Peer {
    Peer { level, active_for: Duration::ZERO, pulls: false, make: make() }
}

fn reports(level: Level) -> Event {
    Event::PeerReports { level, pulls: false }
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
    assert_eq!(m.handle(Event::Started, Duration::ZERO), [Action::Announce, Action::Tell]);
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
        assert_eq!(m.handle(Event::Tick, 100 * MS), [Action::Announce, Action::Tell]);
        assert_eq!((m.level(), m.sync(), m.next_deadline()), (Level::Active, sync, None));
        assert_eq!(m.active_for(140 * MS), 40 * MS);
    }
}

#[test]
fn a_pair_forms_with_a_full_pull() {
    let mut master = started(Role::Master);
    let mut backup = started(Role::Backup);
    assert_eq!(master.handle(Event::PeerConnected(peer(Level::Undecided)), MS), [Action::Announce, Action::Tell]);
    assert_eq!(
        backup.handle(Event::PeerConnected(peer(master.level())), MS),
        [Action::Announce, Action::Pull, Action::Tell]
    );
    assert_eq!((master.level(), master.sync()), (Level::Active, SyncState::Good));
    assert_eq!((backup.level(), backup.sync(), backup.pulls()), (Level::Warm, SyncState::OutOfDate, true));
    assert_eq!(backup.handle(Event::Pulled, 2 * MS), [Action::Announce, Action::Tell]);
    assert_eq!((backup.sync(), backup.pulls()), (SyncState::Good, false));
    assert_eq!(backup.handle(Event::Differs, 3 * MS), [Action::Announce, Action::Pull, Action::Tell]);
    assert_eq!(backup.sync(), SyncState::OutOfDate);
    assert_eq!(master.handle(Event::Differs, 3 * MS), []);
}

#[test]
fn a_closed_link_makes_the_standby_active_after_the_takeover_time() {
    let mut backup = started(Role::Backup);
    backup.handle(Event::PeerConnected(peer(Level::Active)), MS);
    backup.handle(Event::Pulled, MS);
    backup.handle(Event::PeerLost { silent: false }, 2 * MS);
    assert_eq!((backup.level(), backup.sync()), (Level::Warm, SyncState::Unknown));
    assert_eq!(backup.next_deadline(), Some(22 * MS));
    backup.handle(Event::Tick, 21 * MS);
    assert_eq!(backup.level(), Level::Warm);
    assert_eq!(backup.handle(Event::Tick, 22 * MS), [Action::Announce, Action::Tell]);
    assert_eq!((backup.level(), backup.next_deadline()), (Level::Active, None));
}

#[test]
fn a_silent_link_has_used_its_time_up_already() {
    let mut backup = started(Role::Backup);
    backup.handle(Event::PeerConnected(peer(Level::Active)), MS);
    backup.handle(Event::PeerLost { silent: true }, 2 * MS);
    assert_eq!(backup.level(), Level::Active);
}

#[test]
fn a_link_that_comes_back_in_time_changes_nothing_and_the_next_loss_counts_anew() {
    let mut backup = started(Role::Backup);
    backup.handle(Event::PeerConnected(peer(Level::Active)), MS);
    backup.handle(Event::PeerLost { silent: false }, 2 * MS);
    backup.handle(Event::PeerConnected(peer(Level::Active)), 20 * MS);
    backup.handle(Event::Tick, 30 * MS);
    assert_eq!((backup.level(), backup.next_deadline()), (Level::Warm, None));
    backup.handle(Event::PeerLost { silent: false }, 40 * MS);
    assert_eq!(backup.next_deadline(), Some(60 * MS));
}

#[test]
fn a_returning_master_takes_over_after_the_recovery_time_and_both_are_active_for_the_overlap() {
    let mut master = started(Role::Master);
    master.handle(Event::PeerConnected(peer(Level::Active)), 10 * MS);
    assert_eq!((master.level(), master.next_deadline()), (Level::Warm, Some(60 * MS)));
    master.handle(reports(Level::Active), 30 * MS);
    assert_eq!(master.next_deadline(), Some(60 * MS));
    assert_eq!(master.handle(Event::Tick, 60 * MS), [Action::Announce, Action::Tell]);
    assert_eq!((master.level(), master.next_deadline()), (Level::Active, None));
    let mut backup = started(Role::Backup);
    backup.handle(Event::Tick, 100 * MS);
    backup.handle(Event::PeerConnected(peer(Level::Warm)), 101 * MS);
    assert_eq!(backup.level(), Level::Active);
    backup.handle(reports(Level::Active), 110 * MS);
    assert_eq!((backup.level(), backup.next_deadline()), (Level::Active, Some(140 * MS)));
    backup.handle(Event::Tick, 139 * MS);
    assert_eq!(backup.level(), Level::Active);
    assert_eq!(backup.handle(Event::Tick, 140 * MS), [Action::Announce, Action::Tell]);
    assert_eq!(backup.level(), Level::Warm);
}

#[test]
fn in_manual_mode_the_backup_stays_active_until_a_forced_failover() {
    let mut master = machine(Role::Master, Recovery::Manual);
    master.handle(Event::Started, Duration::ZERO);
    master.handle(Event::PeerConnected(peer(Level::Active)), MS);
    assert_eq!((master.level(), master.next_deadline()), (Level::Warm, None));
    master.handle(Event::Tick, 100_000 * MS);
    assert_eq!(master.level(), Level::Warm);
    let mut backup = started(Role::Backup);
    backup.handle(Event::Tick, 100 * MS);
    backup.handle(Event::PeerConnected(peer(Level::Warm)), 101 * MS);
    assert_eq!(backup.level(), Level::Active);
    assert_eq!(backup.handle(Event::FailoverAsked, 102 * MS), [Action::RequestFailover]);
    assert!(backup.failover_pending());
    assert_eq!(master.handle(Event::FailoverRequested, 100_001 * MS), [Action::Announce, Action::Tell]);
    assert_eq!(master.level(), Level::Active);
    backup.handle(reports(Level::Active), 103 * MS);
    assert_eq!((backup.level(), backup.failover_pending()), (Level::Warm, false));
}

#[test]
fn a_forced_failover_of_the_master_lasts_although_recovery_is_automatic() {
    let mut master = started(Role::Master);
    master.handle(Event::PeerConnected(peer(Level::Undecided)), MS);
    assert_eq!(master.handle(Event::FailoverAsked, 2 * MS), [Action::RequestFailover]);
    assert_eq!(master.handle(Event::FailoverAsked, 2 * MS), []);
    master.handle(reports(Level::Active), 3 * MS);
    assert_eq!((master.level(), master.next_deadline()), (Level::Warm, None));
}

#[test]
fn a_failover_is_accepted_and_does_nothing_on_a_standby_or_without_a_peer() {
    let mut backup = started(Role::Backup);
    backup.handle(Event::PeerConnected(peer(Level::Active)), MS);
    assert_eq!(backup.handle(Event::FailoverAsked, 2 * MS), []);
    let mut lonely = started(Role::Master);
    lonely.handle(Event::Tick, 100 * MS);
    assert_eq!(lonely.handle(Event::FailoverAsked, 101 * MS), []);
    assert_eq!((lonely.level(), lonely.failover_pending()), (Level::Active, false));
}

#[test]
fn a_failover_that_the_peer_never_answers_is_given_up() {
    let mut master = started(Role::Master);
    master.handle(Event::PeerConnected(peer(Level::Undecided)), MS);
    master.handle(Event::FailoverAsked, 2 * MS);
    assert_eq!(master.next_deadline(), Some(32 * MS));
    master.handle(Event::Tick, 32 * MS);
    assert_eq!((master.level(), master.failover_pending()), (Level::Active, false));
}

#[test]
fn by_active_uptime_the_longer_active_node_wins_and_its_data_too() {
    let conflict = |uptime, theirs: u32| {
        let rules = Rules { use_active_uptime: uptime, ..machine(Role::Master, Recovery::Automatic).rules };
        let mut master = Machine::new(rules);
        master.handle(Event::Started, Duration::ZERO);
        master.handle(Event::Tick, 100 * MS);
        let actions =
            master.handle(Event::PeerConnected(Peer { active_for: theirs * MS, ..peer(Level::Active) }), 200 * MS);
        (master.level(), master.pulls(), actions.contains(&Action::Pull))
    };
    assert_eq!(conflict(true, 101), (Level::Warm, true, true));
    assert_eq!(conflict(true, 100), (Level::Active, false, false));
    assert_eq!(conflict(false, 101), (Level::Active, false, false));
    let mut backup = started(Role::Backup);
    backup.handle(Event::Tick, 100 * MS);
    let actions = backup.handle(Event::PeerConnected(Peer { pulls: true, ..peer(Level::Warm) }), 101 * MS);
    assert_eq!((backup.level(), backup.sync()), (Level::Active, SyncState::Good));
    assert!(!actions.contains(&Action::Pull));
    assert_eq!(backup.handle(Event::Differs, 102 * MS), []);
    backup.handle(Event::PeerReports { level: Level::Warm, pulls: false }, 103 * MS);
    assert!(backup.handle(Event::Differs, 104 * MS).contains(&Action::Pull));
}

#[test]
fn a_written_configuration_applies_at_once() {
    let rules = |role| machine(role, Recovery::Automatic).rules;
    let mut m = started(Role::Independent);
    m.handle(Event::Configured(rules(Role::Backup)), 10 * MS);
    assert_eq!((m.role(), m.level(), m.sync()), (Role::Backup, Level::Undecided, SyncState::Unknown));
    assert_eq!(m.next_deadline(), Some(110 * MS));
    m.handle(Event::PeerConnected(peer(Level::Active)), 20 * MS);
    m.handle(Event::PeerLost { silent: false }, 30 * MS);
    m.handle(Event::Configured(Rules { standby: Level::Cold, ..rules(Role::Backup) }), 30 * MS);
    assert_eq!((m.level(), m.next_deadline()), (Level::Cold, Some(50 * MS)));
    m.handle(Event::Tick, 50 * MS);
    m.handle(Event::Configured(rules(Role::Master)), 60 * MS);
    assert_eq!((m.role(), m.level(), m.sync()), (Role::Master, Level::Active, SyncState::Good));
    m.handle(Event::Configured(rules(Role::Independent)), 70 * MS);
    assert_eq!((m.level(), m.sync(), m.next_deadline()), (Level::Active, SyncState::Unknown, None));
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
        assert_eq!(actions.contains(&Action::AdoptModules), expected == SyncState::ModulesIncompatible);
        backup.handle(Event::Pulled, MS);
        backup.handle(Event::Differs, MS);
        assert_eq!(backup.sync(), expected);
    }
}
