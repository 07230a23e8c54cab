//! The redundancy state machine of one node: facts in, a new level and actions out (fact sheet 5.2). Pure: no clock, no network.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Role of a node, fixed by configuration. The order is the platform's, and gives the ordinals of server ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Role {
    Independent,
    Backup,
    Master,
}

/// How active a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Level {
    Undecided,
    Cold,
    Warm,
    Active,
}

/// How far a node's configuration agrees with its peer's: the platform's `projectState`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum SyncState {
    Unknown,
    Incompatible,
    #[serde(rename = "Edition_Incompatible")]
    EditionIncompatible,
    #[serde(rename = "Modules_Incompatible")]
    ModulesIncompatible,
    OutOfDate,
    Good,
}

/// What a returning master does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Recovery {
    Automatic,
    Manual,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Independent => "Independent",
            Self::Backup => "Backup",
            Self::Master => "Master",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Independent, Self::Backup, Self::Master].into_iter().find(|r| r.as_str().eq_ignore_ascii_case(word))
    }

    /// Number in a server id (fact sheet 2.4).
    pub(crate) fn ordinal(self) -> u8 {
        match self {
            Self::Independent => 0,
            Self::Backup => 1,
            Self::Master => 2,
        }
    }
}

impl Level {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Undecided => "Undecided",
            Self::Cold => "Cold",
            Self::Warm => "Warm",
            Self::Active => "Active",
        }
    }
}

impl SyncState {
    /// The raw enum name, as `/overview` shows it (fact sheet 2.3).
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Incompatible => "Incompatible",
            Self::EditionIncompatible => "Edition_Incompatible",
            Self::ModulesIncompatible => "Modules_Incompatible",
            Self::OutOfDate => "OutOfDate",
            Self::Good => "Good",
        }
    }

    /// The display text, as `/redundancy` shows it (fact sheet 2.2). The edition's text follows the modules' by analogy.
    pub(crate) fn display(self) -> &'static str {
        match self {
            Self::EditionIncompatible => "Incompatible (Edition)",
            Self::ModulesIncompatible => "Incompatible (Modules)",
            other => other.as_str(),
        }
    }
}

impl Recovery {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "Automatic",
            Self::Manual => "Manual",
        }
    }
}

/// What makes two nodes compatible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Make {
    pub(crate) version: String,
    pub(crate) edition: String,
    pub(crate) module_hash: String,
}

/// Settings of a node that never change while it runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rules {
    pub(crate) role: Role,
    /// Level while the peer is active: `Cold` or `Warm`.
    pub(crate) standby: Level,
    pub(crate) recovery: Recovery,
    pub(crate) join_wait: Duration,
    /// From the master's return until it takes over again.
    pub(crate) recovery_delay: Duration,
    /// From the loss of the active peer until a standby node is active (fact sheet 5.3).
    pub(crate) takeover_delay: Duration,
    pub(crate) make: Make,
}

/// What a node knows of its connected peer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Peer {
    pub(crate) level: Level,
    pub(crate) recovery: Recovery,
    pub(crate) make: Make,
}

/// What happens to a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// The gateway's context runs.
    Started,
    /// The peer is connected and approved.
    PeerConnected(Peer),
    /// The connected peer reports its level.
    PeerLevel(Level),
    /// The link to the peer is gone.
    PeerLost,
    /// A full pull from the master is complete.
    Pulled,
    /// Time passed.
    Tick,
}

/// What a node must do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    /// Level or sync state changed: log it, tell the peer.
    Announce,
    /// Fetch the master's configuration.
    Pull,
}

/// A node of a pair, or one that stands alone. Times are durations since the node's own start.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    rules: Rules,
    level: Level,
    sync: SyncState,
    peer: Option<Peer>,
    join_deadline: Option<Duration>,
    recover_at: Option<Duration>,
    take_over_at: Option<Duration>,
}

impl Machine {
    pub(crate) fn new(rules: Rules) -> Self {
        let sync = if rules.role == Role::Master { SyncState::Good } else { SyncState::Unknown };
        Self {
            rules,
            level: Level::Undecided,
            sync,
            peer: None,
            join_deadline: None,
            recover_at: None,
            take_over_at: None,
        }
    }

    pub(crate) fn role(&self) -> Role {
        self.rules.role
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    pub(crate) fn sync(&self) -> SyncState {
        self.sync
    }

    pub(crate) fn peer(&self) -> Option<&Peer> {
        self.peer.as_ref()
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Changes the delays from the next event on that they bear upon. Returns whether they are new.
    pub(crate) fn set_delays(&mut self, recovery: Duration, takeover: Duration) -> bool {
        let new = (recovery, takeover);
        let old = (self.rules.recovery_delay, self.rules.takeover_delay);
        (self.rules.recovery_delay, self.rules.takeover_delay) = new;
        old != new
    }

    /// When [`Event::Tick`] is due next, if time alone can change anything.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        match self.peer {
            None if self.level == Level::Undecided => self.join_deadline,
            None => self.take_over_at,
            Some(_) => self.recover_at,
        }
    }

    pub(crate) fn handle(&mut self, event: Event, now: Duration) -> Vec<Action> {
        let before = (self.level, self.sync);
        let mut actions = Vec::new();
        match event {
            Event::Started => self.join_deadline = Some(now + self.rules.join_wait),
            Event::PeerConnected(peer) => {
                if self.rules.role == Role::Independent {
                    return actions;
                }
                self.recover_at = None;
                self.take_over_at = None;
                if self.rules.role == Role::Backup {
                    self.sync = compare(&self.rules.make, &peer.make);
                    if self.sync == SyncState::OutOfDate {
                        actions.push(Action::Pull);
                    }
                }
                self.peer = Some(peer);
            }
            Event::PeerLevel(level) => {
                if let Some(peer) = &mut self.peer {
                    peer.level = level;
                }
            }
            Event::PeerLost => {
                self.peer = None;
                self.recover_at = None;
                if self.rules.role == Role::Backup {
                    self.sync = SyncState::Unknown;
                }
            }
            Event::Pulled if self.sync == SyncState::OutOfDate => self.sync = SyncState::Good,
            Event::Pulled | Event::Tick => {}
        }
        self.level = self.decide(now);
        if self.level == Level::Active {
            self.recover_at = None;
            self.take_over_at = None;
        }
        if (self.level, self.sync) != before {
            actions.insert(0, Action::Announce);
        }
        actions
    }

    fn decide(&mut self, now: Duration) -> Level {
        let Some(deadline) = self.join_deadline else { return Level::Undecided };
        let Some(peer) = &self.peer else {
            let waiting = self.rules.role != Role::Independent && self.level == Level::Undecided && now < deadline;
            if waiting {
                return Level::Undecided;
            }
            if self.level == self.rules.standby {
                let at = *self.take_over_at.get_or_insert(now + self.rules.takeover_delay);
                return if now < at { self.rules.standby } else { Level::Active };
            }
            return Level::Active;
        };
        let (own, theirs) = (self.level == Level::Active, peer.level == Level::Active);
        match self.rules.role {
            // Both active, as after a partition: the master's mode says who stays, so that both nodes come to one answer.
            Role::Master if own && theirs => match self.rules.recovery {
                Recovery::Automatic => Level::Active,
                Recovery::Manual => self.rules.standby,
            },
            Role::Backup if own && theirs => match peer.recovery {
                Recovery::Automatic => self.rules.standby,
                Recovery::Manual => Level::Active,
            },
            Role::Master if !own && theirs => match self.rules.recovery {
                Recovery::Manual => self.rules.standby,
                Recovery::Automatic => {
                    let at = *self.recover_at.get_or_insert(now + self.rules.recovery_delay);
                    if now < at { self.rules.standby } else { Level::Active }
                }
            },
            Role::Backup if !own => self.rules.standby,
            Role::Independent | Role::Master | Role::Backup => Level::Active,
        }
    }
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
