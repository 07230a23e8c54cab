//! The modules at a start: where their files are, which may run, what is accepted (fact sheet 6.1, 6.2, 6.4). The verdict on them is
//! made elsewhere.

use std::path::{Path, PathBuf};

use crate::blueprint::GATEWAY_DATA;
use crate::simulator::data::{DataDir, Record};
use crate::simulator::error::SimulatorError;
use crate::simulator::knobs;
use crate::simulator::log::Log;
use crate::simulator::modules::{Accepted, Folders, Installed, Register, Whitelist};
use crate::simulator::redundancy::machine::Role;
use crate::simulator::start::environment::Environment;
use crate::simulator::start::launch::Launch;
use crate::simulator::unknown::MODULE_VARIABLES_AT_EVERY_START;

/// Tells the process where it is installed (fact sheet 6.1).
const INSTALL_LOCATION: &str = "IGNITION_INSTALL_LOCATION";
const EXTERNAL_FOLDER: &str = "ignition.gateway.externalModulesFolder";

/// What a start knows of modules.
#[derive(Clone, Debug)]
pub(crate) struct ModuleSetup {
    /// What is there, and what decides about it.
    pub(crate) installed: Installed,
    /// Where their files are.
    pub(crate) folders: Folders,
    /// Which of them were accepted.
    pub(crate) register: Register,
}

/// What else a start has found out by then.
pub(crate) struct Start<'a> {
    pub(crate) data: &'a DataDir,
    pub(crate) env: &'a Environment,
    pub(crate) launch: &'a Launch,
    pub(crate) log: &'a Log,
    pub(crate) version: &'a str,
    /// Empty for standard.
    pub(crate) edition: &'a str,
    pub(crate) role: Role,
    pub(crate) record: &'a Record,
    /// Nobody started a gateway on this data before.
    pub(crate) first: bool,
    /// The gateway ends up FAULTED: no variable is used up.
    pub(crate) faulted: bool,
}

impl ModuleSetup {
    /// Looks for the modules, and keeps what the variables accept.
    pub(crate) fn prepare(start: &Start<'_>) -> Result<Self, SimulatorError> {
        // A backup that took its master's modules over keeps them, whatever its own list says (fact sheet 8).
        let masters = start.record.masters_modules.as_ref().filter(|_| start.role == Role::Backup);
        let folders = start.folders(masters.is_some())?;
        let listed = start.env.text("GATEWAY_MODULES_ENABLED")?;
        let installed = Installed {
            version: start.version.to_owned(),
            edition: start.edition.to_owned(),
            whitelist: match masters {
                Some(list) => Whitelist::Masters(list.clone()),
                None => Whitelist::of_variable(listed.as_deref()),
            },
            allow_unsigned: start.launch.flag("ignition.allowunsignedmodules"),
            files: Vec::new(),
        };
        let installed = installed.with_files(&folders, start.log);
        let accepted = Accepted::of_variables(start.env)?;
        // An empty `commissioning.json` skips every variable of commissioning (fact sheet 3.4).
        let skipped = start.record.commissioned && !start.record.eula;
        let asked = (start.first && !skipped || MODULE_VARIABLES_AT_EVERY_START) && !start.faulted;
        let register = start.register(asked.then_some(&accepted), &installed);
        Ok(Self { installed, folders, register })
    }
}

impl Start<'_> {
    /// Where files of modules are looked for. A data directory that a variable names stands alone, unless another names an install
    /// directory.
    fn folders(&self, masters: bool) -> Result<Folders, SimulatorError> {
        let data = self.data.path("");
        if masters {
            return Ok(Folders::of_masters_copies(&data));
        }
        let named = self.env.text(INSTALL_LOCATION)?.filter(|p| !p.is_empty()).map(PathBuf::from);
        let install = match named {
            Some(path) => Some(path),
            None if self.env.text(knobs::DATA_DIR)?.is_some() => None,
            None => Path::new(GATEWAY_DATA).parent().map(Path::to_owned),
        };
        let external = self.launch.properties.get(EXTERNAL_FOLDER);
        Ok(Folders::of(&data, install.as_deref(), external.map(String::as_str)))
    }

    /// What was accepted of the modules, with what the variables accept now. No trouble with it keeps a gateway from starting.
    fn register(&self, accepted: Option<&Accepted>, installed: &Installed) -> Register {
        let failed = |what: &str, e: &std::io::Error| self.log.error("ModuleManager", &format!("{what}: {e}"));
        let Ok(before) = Register::load(self.data).inspect_err(|e| failed("nothing is accepted", e)) else {
            return Register::default();
        };
        let mut register = before.clone();
        if let Some(accepted) = accepted {
            accepted.apply(installed, &mut register);
        }
        if register != before
            && let Err(e) = register.save(self.data)
        {
            failed("what was accepted could not be saved", &e);
        }
        register
    }
}
