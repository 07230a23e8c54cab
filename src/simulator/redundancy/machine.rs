//! The redundancy state machine of one node: facts in, a new level and actions out (fact sheet 5.2). Pure: no clock, no network.
//!
//! When two nodes meet, the master decides first and its approval carries what it decided; the backup follows. Messages between
//! two nodes keep their order, so both come to one answer whatever happened before.

use std::time::Duration;

pub(crate) use crate::simulator::redundancy::vocabulary::{Level, Recovery, Role, SyncState};

/// What makes two nodes compatible.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Make {
    pub(crate) version: String,
    pub(crate) edition: String,
    pub(crate) module_hash: String,
}

/// What a node goes by; changes only when its configuration does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Rules {
    pub(crate) role: Role,
    /// Level while the peer is active: `Cold` or `Warm`.
    pub(crate) standby: Level,
    pub(crate) recovery: Recovery,
    /// When both nodes were active as they met, the one that was so for longer wins; else the recovery mode says who.
    pub(crate) use_active_uptime: bool,
    pub(crate) join_wait: Duration,
    /// From the master's return until it takes over again.
    pub(crate) recovery_delay: Duration,
    /// For how long a backup stays active beside a master that has taken over again (fact sheet 5.3), and for how long a
    /// forced failover waits for its peer.
    pub(crate) overlap: Duration,
    /// From the closed link to the active peer until a standby node is active (fact sheet 5.3).
    pub(crate) takeover_delay: Duration,
    pub(crate) make: Make,
}

/// What a node knows of its connected peer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Peer {
    pub(crate) level: Level,
    /// For how long it has been active; zero when it is not.
    pub(crate) active_for: Duration,
    /// It takes this node's configuration, and not the other way round.
    pub(crate) pulls: bool,
    pub(crate) make: Make,
}

/// What happens to a node.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Event {
    /// The gateway's context runs.
    Started,
    /// The configuration was written. The link to the peer must have been given up before.
    Configured(Rules),
    /// The peer is connected and approved.
    PeerConnected(Peer),
    /// The connected peer reports how it fares.
    PeerReports { level: Level, pulls: bool },
    /// The link to the peer is gone. `silent`: it never closed, its pings went unanswered.
    PeerLost { silent: bool },
    /// Somebody asks this node to hand over.
    FailoverAsked,
    /// The peer asks this node to take over.
    FailoverRequested,
    /// The peer's configuration differs from this node's, or must be fetched anew for another reason.
    Differs,
    /// A full pull is complete.
    Pulled,
    /// Time passed.
    Tick,
}

/// What a node must do about it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Action {
    /// Level or sync state changed: log it.
    Announce,
    /// The peer must hear of this node's condition, changed or not.
    Tell,
    /// Fetch the peer's configuration.
    Pull,
    /// Ask the peer to take over.
    RequestFailover,
    /// Install the master's modules and start again with them.
    AdoptModules,
}

/// A node of a pair, or one that stands alone. Times are durations since the node's own start.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Machine {
    rules: Rules,
    level: Level,
    sync: SyncState,
    peer: Option<Peer>,
    active_since: Option<Duration>,
    join_deadline: Option<Duration>,
    recover_at: Option<Duration>,
    yield_at: Option<Duration>,
    take_over_at: Option<Duration>,
    failover_until: Option<Duration>,
}

impl Machine {
    /// A node whose context does not run yet.
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            sync: resting_sync(rules.role),
            rules,
            level: Level::Undecided,
            peer: None,
            active_since: None,
            join_deadline: None,
            recover_at: None,
            yield_at: None,
            take_over_at: None,
            failover_until: None,
        }
    }

    /// Role of this node.
    pub(crate) fn role(&self) -> Role {
        self.rules.role
    }

    /// How active this node is.
    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// How far this node's configuration agrees with its peer's.
    pub(crate) fn sync(&self) -> SyncState {
        self.sync
    }

    /// The connected peer.
    pub(crate) fn peer(&self) -> Option<&Peer> {
        self.peer.as_ref()
    }

    /// What this node goes by.
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Changes the delays from the next event on that they bear upon. Returns whether they are new.
    pub(crate) fn set_delays(&mut self, recovery: Duration, takeover: Duration, overlap: Duration) -> bool {
        let rules = &mut self.rules;
        let old = (rules.recovery_delay, rules.takeover_delay, rules.overlap);
        (rules.recovery_delay, rules.takeover_delay, rules.overlap) = (recovery, takeover, overlap);
        old != (recovery, takeover, overlap)
    }

    /// Whether a forced failover waits for the peer.
    pub(crate) fn failover_pending(&self) -> bool {
        self.failover_until.is_some()
    }

    /// Whether this node takes the peer's configuration now.
    pub(crate) fn pulls(&self) -> bool {
        self.peer.is_some() && self.sync == SyncState::OutOfDate
    }

    /// For how long this node has been active; zero when it is not.
    pub(crate) fn active_for(&self, now: Duration) -> Duration {
        self.active_since.map_or(Duration::ZERO, |since| now.saturating_sub(since))
    }

    /// When [`Event::Tick`] is due next, if time alone can change anything.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        let waits = self.join_deadline.filter(|_| self.level == Level::Undecided && self.peer.is_none());
        [waits, self.recover_at, self.yield_at, self.take_over_at, self.failover_until].into_iter().flatten().min()
    }

    /// Takes an event in.
    pub(crate) fn handle(&mut self, event: Event, now: Duration) -> Vec<Action> {
        let before = (self.level, self.sync);
        let mut actions = Vec::new();
        match event {
            Event::Started => {
                self.join_deadline = Some(now + self.rules.join_wait);
                if self.rules.role == Role::Independent {
                    self.become_level(Level::Active, now);
                }
            }
            Event::Configured(rules) => self.configure(rules, now),
            Event::PeerConnected(peer) => self.meet(peer, now, &mut actions),
            Event::PeerReports { level, pulls } => self.follow(level, pulls, now),
            Event::PeerLost { silent } => self.lose(silent, now),
            Event::FailoverAsked => self.hand_over(now, &mut actions),
            Event::FailoverRequested => self.take_over(now, &mut actions),
            Event::Differs => self.differ(&mut actions),
            Event::Pulled if self.sync == SyncState::OutOfDate => self.sync = SyncState::Good,
            Event::Pulled | Event::Tick => {}
        }
        self.pass_time(now);
        if (self.level, self.sync) != before {
            actions.insert(0, Action::Announce);
            actions.push(Action::Tell);
        }
        actions.dedup();
        actions
    }

    fn become_level(&mut self, level: Level, now: Duration) {
        self.level = level;
        self.recover_at = None;
        self.yield_at = None;
        self.take_over_at = None;
        self.failover_until = None;
        self.active_since = (level == Level::Active).then(|| self.active_since.unwrap_or(now));
    }

    fn active(&self) -> bool {
        self.level == Level::Active
    }

    /// A new role starts the wait for the other node anew; a node that is active and becomes master goes on as it is.
    fn configure(&mut self, rules: Rules, now: Duration) {
        let started = self.join_deadline.is_some();
        let old = std::mem::replace(&mut self.rules, rules).role;
        if !started {
            self.sync = resting_sync(self.rules.role);
            return;
        }
        if old != self.rules.role {
            self.sync = resting_sync(self.rules.role);
            match self.rules.role {
                Role::Independent => self.become_level(Level::Active, now),
                Role::Master if self.active() => {}
                Role::Master | Role::Backup => {
                    self.become_level(Level::Undecided, now);
                    self.join_deadline = Some(now + self.rules.join_wait);
                }
            }
        } else if !self.active() && self.level != Level::Undecided {
            self.level = self.rules.standby;
        }
    }

    fn meet(&mut self, peer: Peer, now: Duration, actions: &mut Vec<Action>) {
        if self.rules.role == Role::Independent || self.join_deadline.is_none() {
            return;
        }
        self.recover_at = None;
        self.yield_at = None;
        self.take_over_at = None;
        self.failover_until = None;
        let theirs = peer.level == Level::Active;
        let compared = compare(&self.rules.make, &peer.make);
        if self.rules.role == Role::Master {
            let conflict = self.active() && theirs;
            let outlasted = self.rules.use_active_uptime && conflict && peer.active_for > self.active_for(now);
            self.sync = if outlasted && compared == SyncState::OutOfDate { compared } else { SyncState::Good };
            if self.sync == SyncState::OutOfDate {
                actions.push(Action::Pull);
            }
            let manual = self.rules.recovery == Recovery::Manual;
            let wins = if self.rules.use_active_uptime { !outlasted } else { !manual };
            if theirs && !(conflict && wins) {
                self.become_level(self.rules.standby, now);
                self.recover_at = (!manual).then(|| now + self.rules.recovery_delay);
            } else {
                self.become_level(Level::Active, now);
            }
        } else {
            self.sync = if peer.pulls && compared == SyncState::OutOfDate { SyncState::Good } else { compared };
            match self.sync {
                SyncState::OutOfDate => actions.push(Action::Pull),
                SyncState::ModulesIncompatible => actions.push(Action::AdoptModules),
                _ => {}
            }
            // The master has decided: it stands by only for a node that is active.
            let level = if theirs { self.rules.standby } else { Level::Active };
            self.become_level(level, now);
        }
        self.peer = Some(peer);
        // The peer may have told its condition before this node's changed.
        actions.push(Action::Tell);
    }

    fn follow(&mut self, level: Level, pulls: bool, now: Duration) {
        let Some(peer) = &mut self.peer else { return };
        peer.pulls = pulls;
        let was = std::mem::replace(&mut peer.level, level) == Level::Active;
        let theirs = level == Level::Active;
        if theirs && self.active() && self.failover_until.is_some() {
            self.become_level(self.rules.standby, now);
            return;
        }
        match self.rules.role {
            // The master took over again: this node gives way after a while.
            Role::Backup if self.active() && theirs && !was => self.yield_at = Some(now + self.rules.overlap),
            Role::Backup if !theirs => self.yield_at = None,
            Role::Master if !self.active() && !theirs => self.become_level(Level::Active, now),
            _ => {}
        }
    }

    fn lose(&mut self, silent: bool, now: Duration) {
        if self.peer.take().is_none() {
            return;
        }
        self.recover_at = None;
        self.yield_at = None;
        self.failover_until = None;
        self.sync = resting_sync(self.rules.role);
        if self.level == self.rules.standby {
            // Silence has already lasted for the whole ping budget.
            self.take_over_at = Some(if silent { now } else { now + self.rules.takeover_delay });
        }
    }

    /// Only the active node can hand over, and not while it already does (fact sheet 2.2).
    fn hand_over(&mut self, now: Duration, actions: &mut Vec<Action>) {
        if self.active() && self.peer.is_some() && self.yield_at.is_none() && self.failover_until.is_none() {
            self.failover_until = Some(now + self.rules.overlap);
            actions.push(Action::RequestFailover);
        }
    }

    fn take_over(&mut self, now: Duration, actions: &mut Vec<Action>) {
        let Some(peer) = &self.peer else { return };
        let theirs = peer.level == Level::Active;
        self.become_level(Level::Active, now);
        if self.rules.role == Role::Backup && theirs {
            // Should the master no longer wait for this node, it has stayed active.
            self.yield_at = Some(now + self.rules.overlap);
        }
        actions.push(Action::Tell);
    }

    fn differ(&mut self, actions: &mut Vec<Action>) {
        let comparable = matches!(self.sync, SyncState::Good | SyncState::OutOfDate);
        if self.rules.role == Role::Backup && comparable && self.peer.as_ref().is_some_and(|p| !p.pulls) {
            self.sync = SyncState::OutOfDate;
            actions.push(Action::Pull);
        }
    }

    fn pass_time(&mut self, now: Duration) {
        let due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        if due(self.failover_until) {
            self.failover_until = None;
        }
        if due(self.yield_at) {
            self.become_level(self.rules.standby, now);
        }
        let waited = self.peer.is_none() && self.level == Level::Undecided && due(self.join_deadline);
        if waited || due(self.recover_at) || due(self.take_over_at) {
            self.become_level(Level::Active, now);
        }
    }
}

/// Sync state of a node without a peer (fact sheet 1.3, 2.2).
fn resting_sync(role: Role) -> SyncState {
    if role == Role::Master { SyncState::Good } else { SyncState::Unknown }
}

/// Sync state of a backup that meets its master (fact sheet 5.2). Configuration always counts as different at first.
fn compare(own: &Make, master: &Make) -> SyncState {
    if own.version != master.version {
        SyncState::Incompatible
    } else if own.edition != master.edition {
        SyncState::EditionIncompatible
    } else if own.module_hash != master.module_hash {
        SyncState::ModulesIncompatible
    } else {
        SyncState::OutOfDate
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "exploration.rs"]
mod exploration;
