//! The modules of a simulated gateway: those that come with it and those of third parties, what holds them back, what was accepted
//! (fact sheet 2.3, 6.1, 6.2, 6.4, 7.5). No web, no pairs.

mod acceptance;
mod archive;
pub(crate) mod board;
mod built_in;
mod descriptor;
mod file;
mod folders;
mod installed;
mod register;
#[cfg(test)]
pub(crate) mod sample;
mod version;

use std::path::PathBuf;

use sha2::{Digest, Sha256};

pub(crate) use acceptance::Accepted;
pub(crate) use folders::{Folders, is_file_name};
pub(crate) use installed::{Installed, Whitelist};
pub(crate) use register::{FILE as REGISTER_FILE, Register};
pub(crate) use version::is_older;

use crate::simulator::unknown::MODULE_HASH_COVERS_VERSIONS;

/// One module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Module {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    /// The file of a third party's module; `None` for one that comes with the gateway.
    pub(crate) file: Option<PathBuf>,
}

/// A module that is held back, as `/modules/quarantined` shows it (fact sheet 2.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Quarantined {
    pub(crate) module: Module,
    pub(crate) cert_accepted: bool,
    pub(crate) license_accepted: bool,
    /// Why, in words that follow the module's name.
    pub(crate) reason: String,
}

impl Quarantined {
    /// One that would run but for the reason.
    fn accepted(module: Module, reason: &str) -> Self {
        Self { module, cert_accepted: true, license_accepted: true, reason: reason.to_owned() }
    }
}

/// A module that runs as soon as somebody accepts its certificate and its licence agreement (fact sheet 6.4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Waiting {
    pub(crate) module: Module,
    /// Fingerprint of the certificate.
    pub(crate) certificate: Option<String>,
    /// Hash of the licence agreement.
    pub(crate) license: Option<String>,
    pub(crate) cert_accepted: bool,
    pub(crate) license_accepted: bool,
}

/// What runs and what does not.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Modules {
    /// Those that run, by identifier.
    pub(crate) healthy: Vec<Module>,
    /// Those that could run and are switched off in `modules.json`.
    pub(crate) disabled: Vec<Module>,
    /// Those that wait for acceptance.
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) quarantined: Vec<Quarantined>,
}

impl Modules {
    /// Whether a module runs.
    pub(crate) fn runs(&self, id: &str) -> bool {
        self.healthy.iter().any(|m| m.id == id)
    }

    /// A value that differs when two nodes run different modules (`moduleHash`, fact sheet 5.2).
    pub(crate) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for module in &self.healthy {
            let version = if MODULE_HASH_COVERS_VERSIONS { module.version.as_str() } else { "" };
            hash.update(format!("{}={version}\n", module.id));
        }
        crate::simulator::access::password::hex(&hash.finalize()[..16])
    }

    /// Puts what waits for acceptance into quarantine, where nothing is asked.
    pub(crate) fn without_waiting(mut self) -> Self {
        let held = self.waiting.drain(..).map(|w| Quarantined {
            reason: "its certificate or its licence agreement is not accepted".to_owned(),
            module: w.module,
            cert_accepted: w.cert_accepted,
            license_accepted: w.license_accepted,
        });
        self.quarantined.extend(held);
        self
    }
}
