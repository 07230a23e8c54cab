//! The node as one half of a pair: feeds the machine, keeps what is known of the other half, and says in the log what changed. What
//! the two say to each other is the talk's business.

use std::time::Duration;

use crate::simulator::knobs::Timings;
use crate::simulator::network::frame::{Condition, Identity};
use crate::simulator::network::table::{ConnectionKey, display_name};
use crate::simulator::node::{Node, PeerLink, epoch_ms};
use crate::simulator::redundancy::events::Events;
use crate::simulator::redundancy::machine::{Action, Event, Make, Peer, Role, Rules, SyncState};
use crate::simulator::redundancy::settings::RedundancySettings;
use crate::simulator::start::setup::Setup;

const MONITORING: &str = "Redundancy.StateMonitoring";
const SYNC_MANAGER: &str = "Redundancy.SyncManager";

/// What the talk with the other half has to see to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Errands {
    /// Fetch its configuration.
    pub(crate) pull: bool,
    /// Ask it to take over.
    pub(crate) failover: bool,
    /// Ask it to fetch this node's configuration.
    pub(crate) resync: bool,
    /// Fetch the list of its modules.
    pub(crate) modules: bool,
}

/// How the last pull went, as `/redundancy/providers` shows it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct PullRecord {
    /// Epoch milliseconds of its end.
    pub(crate) ended: Option<u64>,
    pub(crate) took: Duration,
    pub(crate) applying_took: Duration,
    pub(crate) error: String,
}

/// What a node keeps about its pair beside the machine.
#[derive(Clone, Debug)]
pub(crate) struct Pairing {
    pub(crate) settings: RedundancySettings,
    pub(crate) errands: Errands,
    pub(crate) events: Events,
    /// What this node's replicated configuration amounts to.
    pub(crate) content: u64,
    /// What the peer's amounted to when it was pulled last in this run.
    pub(crate) pulled: Option<u64>,
    pub(crate) last_pull: PullRecord,
}

impl Pairing {
    /// At the start of a gateway.
    pub(crate) fn new(settings: RedundancySettings) -> Self {
        Self {
            settings,
            errands: Errands::default(),
            events: Events::default(),
            content: 0,
            pulled: None,
            last_pull: PullRecord::default(),
        }
    }
}

/// What the machine goes by under those settings and with the modules of that hash.
pub(crate) fn rules(setup: &Setup, settings: &RedundancySettings, module_hash: String) -> Rules {
    Rules {
        role: settings.role,
        standby: settings.standby,
        recovery: settings.recovery,
        use_active_uptime: settings.use_active_uptime,
        join_wait: settings.join_wait,
        recovery_delay: setup.timings().recovery,
        overlap: setup.timings().overlap,
        takeover_delay: setup.timings().takeover,
        make: Make { version: setup.version.clone(), edition: setup.edition.clone(), module_hash },
    }
}

impl Node {
    /// Feeds the redundancy machine.
    pub(crate) fn redundancy(&self, event: Event) {
        let now = self.uptime();
        let mut state = self.state();
        let actions = state.machine.handle(event, now);
        let (role, level, sync) = (state.machine.role(), state.machine.level(), state.machine.sync());
        let errands = &mut state.pairing.errands;
        errands.pull |= actions.contains(&Action::Pull);
        errands.failover |= actions.contains(&Action::RequestFailover);
        errands.modules |= actions.contains(&Action::AdoptModules);
        drop(state);
        for action in &actions {
            match action {
                Action::Announce => self.redundancy_info(
                    MONITORING,
                    format!(
                        "redundancy state changed: Role={}, Activity level={}, Project state={}",
                        role.as_str(),
                        level.as_str(),
                        sync.display()
                    ),
                ),
                Action::RequestFailover => {
                    self.redundancy_info(
                        MONITORING,
                        "Peer activity level request initiated (force-failover)".to_owned(),
                    );
                }
                Action::Tell | Action::Pull | Action::AdoptModules => {}
            }
        }
        if !actions.is_empty() {
            self.news.send_replace(());
        }
        self.clock.notify_one();
    }

    /// Takes over the delays of redundancy, which knobs change while the gateway runs.
    pub(crate) fn set_delays(&self, timings: &Timings) {
        if self.state().machine.set_delays(timings.recovery, timings.takeover, timings.overlap) {
            self.clock.notify_one();
        }
    }

    /// Logs a line of redundancy and keeps it as an event.
    pub(crate) fn redundancy_info(&self, logger: &'static str, text: String) {
        self.setup.log.info(logger, &text);
        self.state().pairing.events.note(epoch_ms(), logger, "INFO", text);
    }

    /// Logs a warning of redundancy and keeps it as an event.
    pub(crate) fn redundancy_warning(&self, logger: &'static str, text: String) {
        self.setup.log.warn(logger, &text);
        self.state().pairing.events.note(epoch_ms(), logger, "WARN", text);
    }

    /// Logs an error of redundancy and keeps it as an event.
    pub(crate) fn redundancy_error(&self, logger: &'static str, text: String) {
        self.setup.log.error(logger, &text);
        self.state().pairing.events.note(epoch_ms(), logger, "ERROR", text);
    }

    /// The redundancy settings in force. Whoever changes them calls [`Node::reconfigure_network`].
    pub(crate) fn redundancy_settings(&self) -> RedundancySettings {
        self.state().pairing.settings.clone()
    }

    /// Whether that node may be this one's other half, and why not.
    pub(crate) fn may_pair(&self, remote: &Identity) -> Result<(), String> {
        let state = self.state();
        let role = state.machine.role();
        let fits = matches!((role, remote.role), (Role::Master, Role::Backup) | (Role::Backup, Role::Master));
        if !fits {
            return Err(format!("a {} cannot pair with a {}", role.as_str(), remote.role.as_str()));
        }
        match &state.peer {
            Some(peer) if peer.identity.uuid != remote.uuid => {
                Err(format!("already paired with {}", display_name(&peer.identity.name, peer.identity.role)))
            }
            _ if remote.uuid == self.setup.uuid => Err("the peer has this gateway's own UUID".to_owned()),
            _ => Ok(()),
        }
    }

    /// The other half is there.
    pub(crate) fn peer_connected(&self, link: PeerLink) {
        let peer = peer_of(&link.identity, link.condition);
        self.log_peer(&link);
        let (key, generation, address) = (link.key, link.generation, link.identity.address.clone());
        let mut state = self.state();
        state.peer = Some(link);
        self.paired.send_replace(true);
        state.pairing.errands = Errands::default();
        let own = state.machine.rules().make.clone();
        drop(state);
        if let Some(reason) = mismatch(&own, &peer.make) {
            let text = format!("{reason}; nothing is synchronized with {address}");
            self.redundancy_warning(MONITORING, text.clone());
            if let Some(connection) = self.state().connections.current(key, generation) {
                connection.last_error = text;
            }
        }
        self.redundancy(Event::PeerConnected(peer));
    }

    /// The other half reports a change.
    pub(crate) fn peer_changed(&self, key: ConnectionKey, generation: u64, name: &str, condition: Condition) {
        let mut state = self.state();
        let Some(peer) = state.peer.as_mut().filter(|p| p.key == key && p.generation == generation) else { return };
        let shown = (peer.condition.level, peer.condition.sync, peer.identity.name != name);
        peer.condition = condition;
        name.clone_into(&mut peer.identity.name);
        let peer = peer.clone();
        drop(state);
        if shown != (condition.level, condition.sync, false) {
            self.log_peer(&peer);
        }
        let pulls = condition.sync == SyncState::OutOfDate;
        self.redundancy(Event::PeerReports { level: condition.level, pulls });
        self.compare_content();
    }

    /// Notices that the peer's configuration is not the one that was pulled.
    pub(crate) fn compare_content(&self) {
        let state = self.state();
        let theirs = state.peer.as_ref().map(|p| p.condition.content);
        // Zero: the peer does not know yet.
        let differs = state.machine.sync() == SyncState::Good
            && theirs.is_some_and(|content| content != 0)
            && theirs != state.pairing.pulled;
        let backup = state.machine.role() == Role::Backup;
        drop(state);
        if differs && backup {
            self.redundancy(Event::Differs);
        }
    }

    /// That socket to the other half is gone.
    pub(crate) fn peer_lost(&self, key: ConnectionKey, generation: u64, silent: bool) {
        let mut state = self.state();
        if state.peer.take_if(|p| p.key == key && p.generation == generation).is_some() {
            state.pairing.errands = Errands::default();
            self.paired.send_replace(false);
            drop(state);
            self.redundancy_warning(MONITORING, "Connection to the peer node was lost".to_owned());
            self.redundancy(Event::PeerLost { silent });
        }
    }

    fn log_peer(&self, peer: &PeerLink) {
        let text = format!(
            "Peer node information has been updated: RedundancyNode(address={}, httpAddresses=[http://{}:{}], sessionCount=0, activityLevel={}, projectState={})",
            peer.identity.address,
            peer.identity.address,
            self.setup.http_port,
            peer.condition.level.as_str(),
            peer.condition.sync.as_str()
        );
        self.redundancy_info(MONITORING, text);
    }

    /// Takes over what replicates from the master beside its files (fact sheet 5.4): its name, for this run only.
    pub(crate) fn adopt(&self, name: String) {
        if self.state().machine.role() == Role::Backup {
            self.rename(name);
        }
    }

    /// The full pull is complete. `content` is what the peer's configuration amounted to.
    pub(crate) fn pulled(&self, content: u64, record: PullRecord) {
        let mut state = self.state();
        state.last_sync = Some(epoch_ms());
        state.pairing.pulled = Some(content);
        state.pairing.last_pull = record;
        drop(state);
        self.redundancy_info(SYNC_MANAGER, "Full sync complete...".to_owned());
        self.redundancy(Event::Pulled);
        self.compare_content();
    }
}

fn peer_of(id: &Identity, condition: Condition) -> Peer {
    Peer {
        level: condition.level,
        active_for: Duration::from_millis(condition.active_ms),
        pulls: id.role == Role::Master && condition.sync == SyncState::OutOfDate,
        make: Make { version: id.version.clone(), edition: id.edition.clone(), module_hash: id.module_hash.clone() },
    }
}

/// Why two nodes cannot work as one, if they cannot (fact sheet 5.4).
fn mismatch(own: &Make, theirs: &Make) -> Option<String> {
    let shown = |edition: &str| if edition.is_empty() { "standard".to_owned() } else { edition.to_owned() };
    if own.version != theirs.version {
        Some(format!("Version {} here and {} at the peer are incompatible", own.version, theirs.version))
    } else if own.edition != theirs.edition {
        let rule = if [&own.edition, &theirs.edition].iter().any(|e| *e == "edge") {
            "Edge pairs only with Edge"
        } else {
            "both nodes of a pair must have one edition"
        };
        Some(format!("Edition {} here and {} at the peer: {rule}", shown(&own.edition), shown(&theirs.edition)))
    } else if own.module_hash != theirs.module_hash {
        Some("The modules here and at the peer differ".to_owned())
    } else {
        None
    }
}
