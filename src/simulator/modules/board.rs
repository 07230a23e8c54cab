//! The modules of one gateway while it runs: what is so now, what the wizard accepts, and what waits for a restart.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Accepted, Installed, Modules, Register};
use crate::simulator::node::Node;
use crate::simulator::redundancy::machine::Machine;
use crate::simulator::redundancy::pairing::rules;
use crate::simulator::start::setup::Setup;
use crate::simulator::unknown::LATER_MODULES_NEED_COMMISSIONING;

/// Changes seldom; whoever looks gets the whole.
pub(crate) struct Board(Mutex<State>);

struct State {
    register: Register,
    now: Arc<Modules>,
    /// Identifiers of the modules that run after a restart and do not yet.
    pending: Vec<String>,
}

impl Board {
    /// At the start of a gateway.
    pub(crate) fn new(setup: &Setup) -> Self {
        let now = verdict(&setup.modules.installed, &setup.modules.register, setup.record.commissioned);
        Self(Mutex::new(State { register: setup.modules.register.clone(), now: Arc::new(now), pending: Vec::new() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The modules as they are now.
    pub(crate) fn now(&self) -> Arc<Modules> {
        Arc::clone(&self.state().now)
    }

    /// What was accepted.
    pub(crate) fn register(&self) -> Register {
        self.state().register.clone()
    }

    /// Identifiers of the modules that a restart would start.
    pub(crate) fn pending(&self) -> Vec<String> {
        self.state().pending.clone()
    }
}

/// The modules of a gateway that is commissioned already, or that is about to be.
fn verdict(installed: &Installed, register: &Register, commissioned: bool) -> Modules {
    let modules = installed.judge(register);
    if commissioned && !LATER_MODULES_NEED_COMMISSIONING { modules.without_waiting() } else { modules }
}

impl Node {
    /// Keeps what the wizard was told about modules. Nothing of them runs yet.
    pub(crate) fn accept_modules(&self, accepted: &Accepted) -> io::Result<()> {
        let mut board = self.modules.state();
        let mut register = board.register.clone();
        accepted.apply(&self.setup.modules.installed, &mut register);
        register.save(&self.setup.data)?;
        board.now = Arc::new(verdict(&self.setup.modules.installed, &register, self.setup.record.commissioned));
        board.register = register;
        let hash = board.now.hash();
        drop(board);
        let mut state = self.state();
        // Redundancy has not begun: it goes by the modules that will run.
        state.machine = Machine::new(rules(&self.setup, &state.pairing.settings, hash));
        Ok(())
    }

    /// Looks at the disk again: modules that a restart would start wait for one from now on (fact sheet 2.3).
    pub(crate) fn look_for_modules(&self) {
        let setup = &self.setup;
        let register = match Register::load(&setup.data) {
            Ok(register) => register,
            Err(e) => return setup.log.error("ModuleManager", &e.to_string()),
        };
        let then = setup.modules.installed.clone().with_files(&setup.modules.folders, &setup.log).judge(&register);
        let mut board = self.modules.state();
        let pending = then.healthy.into_iter().map(|m| m.id).filter(|id| !board.now.runs(id)).collect();
        board.pending = pending;
    }
}
