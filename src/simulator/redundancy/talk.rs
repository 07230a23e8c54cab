//! What the two nodes of a pair say to each other once the gateway network has connected them. Knows words, not sockets; the session
//! of the gateway network carries them.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::simulator::network::frame::{Condition, Identity};
use crate::simulator::network::table::ConnectionKey;
use crate::simulator::node::{Node, PeerLink, epoch_ms};
use crate::simulator::redundancy::cargo::Cargo;
use crate::simulator::redundancy::machine::{Event, Role, SyncState};
use crate::simulator::redundancy::module_files;
use crate::simulator::redundancy::pairing::PullRecord;
use crate::simulator::redundancy::pull::{Haul, Offer, Progress, Pull};
use crate::simulator::redundancy::replica::{self, Entry, Files};

/// Largest frame on a redundancy connection, in bytes; links have a smaller limit of their own.
pub(crate) const FRAME_LIMIT: usize = 1024 * 1024;
/// How often a pull is tried before it rests.
const ATTEMPTS: u32 = 3;
/// Longest list of modules.
const MODULES_LIMIT: usize = 1000;
const SYNC_MANAGER: &str = "Redundancy.SyncManager";

/// One word between the two nodes of a pair.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "lowercase")]
pub(crate) enum Word {
    /// The active node asks the other one to take over.
    Failover,
    /// A master asks its backup to pull.
    Resync,
    /// Asks for the list of files that replicate, from this place on; from the first place on a pull begins.
    Pull { from: usize },
    /// Asks for the list of the modules' files, from this place on.
    PullModules { from: usize },
    /// A part of the list, with what replicates beside the files.
    List { name: String, total: usize, entries: Vec<Entry> },
    /// Asks for a piece of a file.
    Fetch { path: String, offset: u64 },
    /// A piece of a file, in base 64.
    Piece { path: String, offset: u64, data: String },
    /// Asks for the modules that run.
    Modules,
    /// The identifiers of the modules that run.
    Running { modules: Vec<String> },
    /// Cannot give what was asked for.
    Sorry { reason: String },
}

/// Where the taking over of the peer's configuration stands.
enum Work {
    Nothing,
    Pulling {
        pull: Box<Pull>,
        begun: Instant,
        until: Instant,
        left: u32,
    },
    /// All is here; the pull ends at that time.
    Settling {
        haul_content: u64,
        begun: Instant,
        applying: Duration,
        end: Instant,
    },
    /// An attempt failed.
    Waiting {
        again: Instant,
        left: u32,
    },
    /// The master's modules are being installed.
    Installing {
        modules: Vec<String>,
        files: Files,
        end: Instant,
    },
}

/// The redundancy side of one connection. The session calls it; what it returns is sent.
pub(crate) struct Talk {
    key: ConnectionKey,
    generation: u64,
    work: Work,
    offer: Option<Offer>,
    asked_for_modules: bool,
    /// The modules that the master runs, once it said so: their files are being fetched.
    modules: Option<Vec<String>>,
}

impl Talk {
    /// Before the connection is approved.
    pub(crate) fn new(key: ConnectionKey, generation: u64) -> Self {
        Self { key, generation, work: Work::Nothing, offer: None, asked_for_modules: false, modules: None }
    }

    /// The remote node introduced itself. An error refuses it, and is told to it.
    pub(crate) fn greet(node: &Node, remote: &Identity) -> Result<(), String> {
        node.may_pair(remote)
    }

    /// The connection is approved: it counts from now on.
    pub(crate) fn start(&mut self, node: &Node, identity: Identity, condition: Condition) -> Result<(), String> {
        // Another node may have taken the place since the greeting.
        node.may_pair(&identity)?;
        node.peer_connected(PeerLink { key: self.key, generation: self.generation, identity, condition });
        Ok(())
    }

    /// Something about this node changed; the remote has just heard of it.
    pub(crate) fn news(&mut self, node: &Node) -> Vec<Word> {
        let errands = std::mem::take(&mut node.state().pairing.errands);
        let mut words = Vec::new();
        if errands.failover {
            words.push(Word::Failover);
        }
        if errands.resync {
            words.push(Word::Resync);
        }
        if errands.modules && !self.asked_for_modules {
            self.asked_for_modules = true;
            words.push(Word::Modules);
        }
        if errands.pull && matches!(self.work, Work::Nothing | Work::Waiting { .. }) {
            let reason = if node.state().pairing.pulled.is_none() {
                "redundant provider on local side has no data."
            } else {
                "the data of the peer is not the local data."
            };
            node.redundancy_info(SYNC_MANAGER, format!("Will perform full pull. Reason: {reason}"));
            words.extend(self.attempt(node, ATTEMPTS));
        }
        words
    }

    fn attempt(&mut self, node: &Node, left: u32) -> Option<Word> {
        let now = Instant::now();
        let own = if self.modules.is_some() {
            node.redundancy_info(SYNC_MANAGER, "Fetching the modules of the master".to_owned());
            Ok((Cargo::Modules, module_files::own(&node.setup.data)))
        } else {
            node.redundancy_info(SYNC_MANAGER, "Performing full sync...".to_owned());
            replica::collect(&node.setup.data, &node.store).map(|own| (Cargo::Configuration, own))
        };
        match own {
            Ok((cargo, own)) => {
                let (pull, word) = Pull::begin(cargo, own);
                let until = now + Duration::from_secs(node.state().pairing.settings.sync_timeout_s.min(86_400));
                self.work = Work::Pulling { pull: Box::new(pull), begun: now, until, left };
                Some(word)
            }
            Err(e) => {
                self.fail(node, left, &e.to_string());
                None
            }
        }
    }

    fn fail(&mut self, node: &Node, left: u32, reason: &str) {
        let left = left.saturating_sub(1);
        let text = format!("Error executing redundant state sync. {left} attempt(s) remaining");
        node.redundancy_error(SYNC_MANAGER, format!("{text}: {reason}"));
        let mut state = node.state();
        reason.clone_into(&mut state.pairing.last_pull.error);
        let rest = if left > 0 {
            node.setup.timings().sync
        } else {
            Duration::from_secs(state.pairing.settings.sync_timeout_s.clamp(1, 86_400))
        };
        drop(state);
        let left = if left > 0 { left } else { ATTEMPTS };
        self.work = Work::Waiting { again: Instant::now() + rest.max(Duration::from_millis(10)), left };
    }

    /// The remote node said something.
    pub(crate) fn hear(&mut self, node: &Node, word: Word) -> Result<Option<Word>, String> {
        match word {
            Word::Failover => node.redundancy(Event::FailoverRequested),
            Word::Resync => node.redundancy(Event::Differs),
            Word::Pull { from } => return Ok(Some(self.list(node, from))),
            Word::PullModules { from } => return Ok(Some(self.list_modules(node, from))),
            Word::Fetch { path, offset } => {
                let nothing = Word::Sorry { reason: "no pull has begun".to_owned() };
                return Ok(Some(self.offer.as_ref().map_or(nothing, |offer| offer.piece(path, offset))));
            }
            Word::Modules => {
                let modules = node.modules.now().healthy.iter().map(|m| m.id.clone()).collect();
                return Ok(Some(Word::Running { modules }));
            }
            Word::Running { modules } if self.asked_for_modules => {
                self.asked_for_modules = false;
                self.modules = Some(modules.into_iter().take(MODULES_LIMIT).collect());
                return Ok(self.attempt(node, ATTEMPTS));
            }
            Word::List { .. } | Word::Piece { .. } | Word::Sorry { .. } => return Ok(self.answered(node, word)),
            Word::Running { .. } => return Err("a word out of turn".to_owned()),
        }
        Ok(None)
    }

    fn list(&mut self, node: &Node, from: usize) -> Word {
        let sorry = |reason: &str| Word::Sorry { reason: reason.to_owned() };
        if node.state().machine.pulls() {
            return sorry("this node takes the other's configuration");
        }
        if from == 0 {
            match replica::collect(&node.setup.data, &node.store) {
                Ok(files) => {
                    let offer = Offer::new(files);
                    node.note_content(offer.content());
                    self.offer = Some(offer);
                }
                Err(e) => return sorry(&e.to_string()),
            }
        }
        let name = node.state().name.clone();
        self.offer.as_ref().map_or(sorry("no pull has begun"), |offer| offer.list(from, name))
    }

    fn list_modules(&mut self, node: &Node, from: usize) -> Word {
        let sorry = |reason: &str| Word::Sorry { reason: reason.to_owned() };
        if node.state().machine.role() != Role::Master {
            return sorry("this node is not the master");
        }
        if from == 0 {
            match module_files::offered(&node.modules.now(), &node.modules.register()) {
                Ok(files) => self.offer = Some(Offer::new(files)),
                Err(e) => return sorry(&e.to_string()),
            }
        }
        let name = node.state().name.clone();
        self.offer.as_ref().map_or(sorry("no pull has begun"), |offer| offer.list(from, name))
    }

    fn answered(&mut self, node: &Node, word: Word) -> Option<Word> {
        let Work::Pulling { pull, begun, left, .. } = &mut self.work else { return None };
        let (begun, left) = (*begun, *left);
        match pull.hear(word) {
            Ok(Progress::Say(word)) => return Some(word),
            Ok(Progress::Complete(haul)) => match self.modules.take() {
                Some(modules) => self.prepare_modules(node, modules, haul.files, begun),
                None => self.take_over(node, haul, begun, left),
            },
            Err(reason) => self.fail(node, left, &reason),
        }
        None
    }

    fn prepare_modules(&mut self, node: &Node, modules: Vec<String>, files: Files, begun: Instant) {
        let text = "Installing the modules of the master; the gateway restarts then".to_owned();
        node.redundancy_info(SYNC_MANAGER, text);
        self.work = Work::Installing { modules, files, end: begun + node.setup.timings().sync };
    }

    fn take_over(&mut self, node: &Node, haul: Haul, begun: Instant, left: u32) {
        let start = Instant::now();
        if let Err(e) = replica::apply(&node.setup.data, &node.store, haul.files) {
            self.fail(node, left, &e.to_string());
            return;
        }
        node.adopt(haul.name);
        let end = begun + node.setup.timings().sync;
        self.work = Work::Settling { haul_content: haul.content, begun, applying: start.elapsed(), end };
    }

    /// The remote node's name or condition changed.
    pub(crate) fn changed(&mut self, node: &Node, name: &str, condition: Condition) {
        if !matches!(condition.sync, SyncState::OutOfDate | SyncState::ModulesIncompatible) {
            self.offer = None;
        }
        node.peer_changed(self.key, self.generation, name, condition);
    }

    /// When [`Talk::due`] must be called next, if time alone can change anything.
    pub(crate) fn wake(&self) -> Option<Instant> {
        match &self.work {
            Work::Nothing => None,
            Work::Pulling { until, .. } => Some(*until),
            Work::Waiting { again, .. } => Some(*again),
            Work::Settling { end, .. } | Work::Installing { end, .. } => Some(*end),
        }
    }

    /// Time passed.
    pub(crate) fn due(&mut self, node: &Node, now: Instant) -> Option<Word> {
        if self.wake().is_none_or(|at| at > now) {
            return None;
        }
        match std::mem::replace(&mut self.work, Work::Nothing) {
            Work::Pulling { left, .. } => self.fail(node, left, "timed out"),
            Work::Settling { haul_content, begun, applying, .. } => {
                let record = PullRecord {
                    ended: Some(epoch_ms()),
                    took: begun.elapsed(),
                    applying_took: applying,
                    error: String::new(),
                };
                node.pulled(haul_content, record);
            }
            Work::Waiting { left, .. } if self.modules.is_some() || node.state().machine.pulls() => {
                return self.attempt(node, left);
            }
            Work::Nothing | Work::Waiting { .. } => {}
            Work::Installing { modules, files, .. } => {
                if let Err(e) = node.adopt_modules(&modules, &files) {
                    self.modules = Some(modules);
                    self.fail(node, 1, &format!("the modules of the master could not be installed: {e}"));
                }
            }
        }
        None
    }

    /// The connection is over. `silent`: its pings went unanswered.
    pub(crate) fn end(&mut self, node: &Node, silent: bool) {
        node.peer_lost(self.key, self.generation, silent);
    }
}

impl Node {
    /// Installs the master's modules and starts again with them (fact sheet 5.2).
    fn adopt_modules(&self, modules: &[String], files: &Files) -> io::Result<()> {
        if self.state().machine.role() != Role::Backup {
            return Ok(());
        }
        let changed = module_files::install(&self.setup.data, files)?;
        let mut state = self.state();
        if !changed && state.record.masters_modules.as_deref() == Some(modules) {
            drop(state);
            let text = "The modules of the master are installed already and differ all the same; giving up".to_owned();
            self.redundancy_error(SYNC_MANAGER, text);
            return Ok(());
        }
        state.record.masters_modules = Some(modules.to_vec());
        self.save(&state.record);
        drop(state);
        self.request_restart("modules of the master installed");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simulator::network::frame::Frame;

    #[test]
    fn words_come_back() {
        let entry = Entry { path: "projects/a/x".to_owned(), size: 3, hash: "00".to_owned() };
        for word in [
            Word::Failover,
            Word::Resync,
            Word::Pull { from: 7 },
            Word::PullModules { from: 7 },
            Word::List { name: "a".to_owned(), total: 1, entries: vec![entry] },
            Word::Fetch { path: "projects/a/x".to_owned(), offset: u64::MAX },
            Word::Piece { path: "projects/a/x".to_owned(), offset: 0, data: "eA==".to_owned() },
            Word::Modules,
            Word::Running { modules: vec!["m".to_owned()] },
            Word::Sorry { reason: "r".to_owned() },
        ] {
            let text = serde_json::to_string(&word).unwrap();
            assert_eq!(serde_json::from_str::<Word>(&text).unwrap(), word);
        }
    }

    proptest! {
        #[test]
        fn foreign_words_are_errors_at_most(
            word in proptest::sample::select(vec!["failover", "pull", "pullmodules", "list", "fetch", "piece", "running", "x"]),
            key in proptest::sample::select(vec!["from", "name", "total", "entries", "path", "offset", "data", "modules"]),
            value in prop_oneof!["-?[0-9]{1,25}", "\\[.{0,20}\\]", "\".{0,20}\"", ".{0,20}"],
        ) {
            let _ = serde_json::from_str::<Word>(&format!("{{\"word\":\"{word}\",\"{key}\":{value}}}"));
        }
    }

    #[test]
    fn the_largest_piece_and_the_longest_page_fit_into_a_frame() {
        use crate::simulator::redundancy::pull::{PAGE, PIECE};
        // The longest path, every byte of it a quotation mark that JSON escapes.
        let entry = Entry { path: "\"".repeat(1024), size: u64::MAX, hash: "f".repeat(64) };
        let list = Word::List { name: "n".repeat(255), total: 1, entries: vec![entry; PAGE] };
        let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, vec![0; PIECE]);
        let piece = Word::Piece { path: "\"".repeat(1024), offset: u64::MAX, data };
        for word in [list, piece] {
            let size = Frame::Redundancy { content: word }.encode().len();
            assert!(size < FRAME_LIMIT, "{size}");
        }
    }
}
