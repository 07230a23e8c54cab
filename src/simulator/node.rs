//! One running gateway's shared state, and the few ways in which it changes. Holds no sockets and opens none.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::simulator::access::login::Logins;
use crate::simulator::backup::Gate;
pub(crate) use crate::simulator::clock::epoch_ms;
use crate::simulator::config::local_properties;
use crate::simulator::config::scan::Scans;
use crate::simulator::config::store::Store;
use crate::simulator::data::Record;
use crate::simulator::database::Databases;
use crate::simulator::modules::board::Board;
use crate::simulator::network::frame::{Condition, Identity};
use crate::simulator::network::switch::Switch;
use crate::simulator::network::table::{ConnectionKey, Connections};
use crate::simulator::network::tls::keystore::Key;
use crate::simulator::redundancy::machine::Machine;
use crate::simulator::redundancy::pairing::{Pairing, rules};
use crate::simulator::start::setup::Setup;

/// Length of a trial period in seconds (fact sheet 2.3).
pub(crate) const TRIAL_S: u64 = 7200;
/// Most identities remembered as approved before.
const APPROVED_LIMIT: usize = 1024;

/// What the gateway's context does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    Starting,
    Commissioning,
    Running,
    Faulted,
    Stopping,
}

/// The connected other half of a pair.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PeerLink {
    pub(crate) key: ConnectionKey,
    pub(crate) generation: u64,
    pub(crate) identity: Identity,
    pub(crate) condition: Condition,
}

/// What changes while a gateway runs.
pub(crate) struct State {
    pub(crate) phase: Phase,
    /// System name; a backup's changes when it meets its master.
    pub(crate) name: String,
    pub(crate) record: Record,
    pub(crate) machine: Machine,
    pub(crate) peer: Option<PeerLink>,
    /// What else is kept about the pair.
    pub(crate) pairing: Pairing,
    /// Epoch milliseconds of the last full pull.
    pub(crate) last_sync: Option<u64>,
    pub(crate) connections: Connections,
    pub(crate) logins: Logins,
    approved_before: BTreeSet<String>,
    /// Refusals already logged, so that a persistent dialler does not fill the log.
    pub(crate) refused: BTreeSet<(String, String)>,
    /// Queues that REST paused: the remote's server id and the queue's.
    pub(crate) paused_queues: BTreeSet<(String, &'static str)>,
    running_since: Option<Instant>,
}

/// One gateway.
pub(crate) struct Node {
    pub(crate) setup: Setup,
    /// This node's own address, as peers and pages show it.
    pub(crate) address: String,
    started: Instant,
    state: Mutex<State>,
    /// Changes when peers should hear of this node's condition.
    pub(crate) news: watch::Sender<()>,
    /// Whether the other half of a pair is connected.
    pub(crate) paired: watch::Sender<bool>,
    /// The configuration, behind a lock of its own.
    pub(crate) store: Store,
    /// Grows with every change of the configuration, whoever made it.
    pub(crate) config_news: watch::Sender<u64>,
    /// Scans of the disk, and their locks.
    pub(crate) scans: Scans,
    /// Becomes true when the gateway stops.
    pub(crate) halt: watch::Sender<bool>,
    /// Why the gateway's process must be restarted, once it must.
    pub(crate) restart: watch::Sender<Option<String>>,
    /// Rings when the commissioning wizard is through.
    pub(crate) commissioned: Notify,
    /// Rings when the redundancy clock must look again.
    pub(crate) clock: Notify,
    /// Its modules.
    pub(crate) modules: Board,
    /// Keeps backups that are made or restored at a time apart.
    pub(crate) backups: Gate,
    /// How its database connections stand.
    pub(crate) databases: Databases,
    /// Acts on the gateway network while it runs.
    pub(crate) switch: Switch,
    /// The key for TLS of the gateway network, once the keystore was looked at.
    pub(crate) key: OnceLock<Key>,
}

impl Node {
    pub(crate) fn new(setup: Setup, address: String) -> Self {
        let modules = Board::new(&setup);
        let machine = Machine::new(rules(&setup, &setup.redundancy, modules.now().hash()));
        let state = State {
            phase: Phase::Starting,
            name: setup.system_name.clone(),
            record: setup.record.clone(),
            machine,
            peer: None,
            pairing: Pairing::new(setup.redundancy.clone()),
            last_sync: None,
            connections: Connections::default(),
            logins: Logins::default(),
            approved_before: BTreeSet::new(),
            refused: BTreeSet::new(),
            paused_queues: BTreeSet::new(),
            running_since: None,
        };
        let store = setup.store.clone();
        Self {
            config_news: store.news().clone(),
            scans: Scans::new(),
            store,
            setup,
            address,
            started: Instant::now(),
            state: Mutex::new(state),
            news: watch::Sender::new(()),
            paired: watch::Sender::new(false),
            halt: watch::Sender::new(false),
            restart: watch::Sender::new(None),
            commissioned: Notify::new(),
            clock: Notify::new(),
            modules,
            backups: Gate::default(),
            databases: Databases::default(),
            switch: Switch::default(),
            key: OnceLock::new(),
        }
    }

    /// The state, for as long as no await comes between.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time since the process started.
    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// The instant of a time since the start.
    pub(crate) fn instant(&self, since_start: Duration) -> Instant {
        self.started + since_start
    }

    pub(crate) fn phase(&self) -> Phase {
        self.state().phase
    }

    pub(crate) fn enter(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        if phase == Phase::Running {
            state.running_since.get_or_insert_with(Instant::now);
        }
        drop(state);
        self.setup.log.info("IgnitionGateway", &format!("Gateway context state is now {}", phase.word()));
    }

    /// Has the service wrapper restart the gateway's process (fact sheet 6.5): ports close, every phase is run through again from
    /// the same arguments and variables, data stays. Returns at once; the first reason counts.
    pub(crate) fn request_restart(&self, reason: impl Into<String>) {
        self.restart.send_if_modified(|wanted| {
            let first = wanted.is_none();
            if first {
                *wanted = Some(reason.into());
            }
            first
        });
    }

    /// What this node says about itself.
    pub(crate) fn introduction(&self) -> (Identity, Condition) {
        let state = self.state();
        let make = &state.machine.rules().make;
        let identity = Identity {
            name: state.name.clone(),
            uuid: self.setup.uuid.clone(),
            role: state.machine.role(),
            version: make.version.clone(),
            edition: make.edition.clone(),
            module_hash: make.module_hash.clone(),
            address: self.address.clone(),
            recovery: state.machine.rules().recovery,
        };
        let active = state.machine.active_for(self.uptime()).as_millis();
        let condition = Condition {
            level: state.machine.level(),
            sync: state.machine.sync(),
            active_ms: u64::try_from(active).unwrap_or(u64::MAX),
            content: state.pairing.content,
        };
        (identity, condition)
    }

    /// Gives this gateway another system name; peers hear of it.
    pub(crate) fn rename(&self, name: String) {
        let mut state = self.state();
        let renamed = state.name != name;
        state.name = name;
        drop(state);
        if renamed {
            self.news.send_replace(());
        }
    }

    /// Whether this identity was approved before in this run; remembers it.
    pub(crate) fn approve(&self, id: String) {
        let mut state = self.state();
        if state.approved_before.len() < APPROVED_LIMIT {
            state.approved_before.insert(id);
        }
    }

    /// How long an accepted connection waits for its approval: not at all when it was approved before.
    pub(crate) fn approval_delay(&self, id: &str) -> Duration {
        if self.state().approved_before.contains(id) { Duration::ZERO } else { self.setup.timings().link_approval }
    }

    /// Whether a module is up. They start one after another once the gateway is RUNNING, in the order of the list.
    pub(crate) fn module_started(&self, id: &str) -> bool {
        let now = self.modules.now();
        let modules = &now.healthy;
        let Some(place) = modules.iter().position(|m| m.id == id) else { return false };
        let time = self.setup.timings().modules.saturating_mul(u32::try_from(place + 1).unwrap_or(u32::MAX));
        let count = u32::try_from(modules.len()).unwrap_or(u32::MAX);
        self.state().running_since.is_some_and(|since| since.elapsed().saturating_mul(count) >= time)
    }

    /// Seconds of trial left.
    pub(crate) fn trial_left_s(&self) -> u64 {
        TRIAL_S.saturating_sub(Self::trial_used_s(&self.state()))
    }

    fn trial_used_s(state: &State) -> u64 {
        state.record.trial_used_s + state.running_since.map_or(0, |since| since.elapsed().as_secs())
    }

    /// Starts the trial anew; only an expired one may be (fact sheet 2.3).
    pub(crate) fn reset_trial(&self) -> bool {
        let mut state = self.state();
        let expired = Self::trial_used_s(&state) >= TRIAL_S;
        if expired {
            state.record.trial_used_s = 0;
            state.record.trial_in_properties = false;
            state.running_since = Some(Instant::now());
            self.save(&state.record);
        }
        expired
    }

    /// Keeps the trial clock, so that a kill costs no more than what passes between two calls.
    pub(crate) fn save_trial(&self) {
        self.note_trial(false);
    }

    /// Writes the trial clock where a gateway that shuts down leaves it (fact sheet 7.3).
    pub(crate) fn hand_trial_over(&self) {
        let kept = local_properties::keep(&self.store, self.trial_left_s());
        if let Err(e) = &kept {
            self.setup.log.error("IgnitionGateway", &format!("the trial clock could not be written down: {e}"));
        }
        self.note_trial(kept.is_ok());
    }

    fn note_trial(&self, in_properties: bool) {
        let mut state = self.state();
        state.record.trial_used_s = Self::trial_used_s(&state).min(TRIAL_S);
        state.record.trial_in_properties = in_properties;
        state.running_since = state.running_since.map(|_| Instant::now());
        self.save(&state.record);
    }

    /// Writes the record; a gateway that runs goes on without.
    pub(crate) fn save(&self, record: &Record) {
        if let Err(e) = self.setup.data.save_record(record) {
            self.setup.log.error("IgnitionGateway", &format!("state could not be saved: {e}"));
        }
    }
}

impl Phase {
    /// The word of the context state (fact sheet 1.3).
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Starting => "STARTING",
            Self::Commissioning => "NEEDS_COMMISSIONING",
            Self::Running => "RUNNING",
            Self::Faulted => "FAULTED",
            Self::Stopping => "STOPPING",
        }
    }
}

/// Ready when the gateway stops, or is gone.
pub(crate) async fn halted(halt: &mut watch::Receiver<bool>) {
    let _ = halt.wait_for(|stop| *stop).await;
}
