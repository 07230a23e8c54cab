//! What is installed on a gateway, and the verdict on it: which modules run, which wait for acceptance, which are in quarantine and
//! why (fact sheet 2.3, 6.2, 6.4).

use std::collections::BTreeMap;

use super::built_in::built_in;
use super::file::{Broken, Content, ModuleFile};
use super::folders::Folders;
use super::register::Register;
use super::version::{all_numbers, is_older, numbers};
use super::{Module, Modules, Quarantined, Waiting};
use crate::simulator::log::{Log, printable};
use crate::simulator::unknown::{MODULES_OF_OLDER_LINES_RUN, UNSIGNED_MODULES_RUN};

/// Which modules may run at all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Whitelist {
    /// Every one.
    #[default]
    Open,
    /// Those that `GATEWAY_MODULES_ENABLED` names, by full identifier; nothing when it is empty.
    Variable(Vec<String>),
    /// Those of the master, on a backup that took them over.
    Masters(Vec<String>),
}

impl Whitelist {
    /// What the variable means.
    pub(crate) fn of_variable(value: Option<&str>) -> Self {
        value.map_or(Self::Open, |list| Self::Variable(list.split(',').map(|id| id.trim().to_owned()).collect()))
    }

    /// Why a module is held back, if it is.
    fn refuses(&self, id: &str) -> Option<&'static str> {
        let (list, reason) = match self {
            Self::Open => return None,
            Self::Variable(list) => (list, "not named in GATEWAY_MODULES_ENABLED"),
            Self::Masters(list) => (list, "does not run on the master"),
        };
        (!list.iter().any(|named| named == id)).then_some(reason)
    }
}

/// All that the verdict needs beside what was accepted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Installed {
    pub(crate) version: String,
    /// Empty for standard.
    pub(crate) edition: String,
    pub(crate) whitelist: Whitelist,
    /// `-Dignition.allowunsignedmodules=true`.
    pub(crate) allow_unsigned: bool,
    pub(crate) files: Vec<ModuleFile>,
}

impl Installed {
    /// The same with the files that are in the folders now.
    pub(crate) fn with_files(mut self, folders: &Folders, log: &Log) -> Self {
        self.files = folders.read(log);
        for file in &self.files {
            if let Err(Broken { id: None, reason, .. }) = &file.content {
                let name = printable(&file.path.to_string_lossy());
                log.error("ModuleManager", &format!("{name} is no module: it {}", printable(reason)));
            }
        }
        self
    }

    /// The verdict, given what was accepted.
    pub(crate) fn judge(&self, register: &Register) -> Modules {
        let mut modules = Modules::default();
        for module in built_in(&self.version, &self.edition) {
            match self.whitelist.refuses(&module.id) {
                // The master's list cannot name what is switched off there.
                _ if !register.starts(&module.id) => modules.disabled.push(module),
                None => modules.healthy.push(module),
                Some(reason) => modules.quarantined.push(Quarantined::accepted(module, reason)),
            }
        }
        let own: Vec<String> = built_in(&self.version, &self.edition).into_iter().map(|m| m.id).collect();
        let chosen = self.chosen();
        for (at, file) in self.files.iter().enumerate() {
            match &file.content {
                Ok(content) if own.contains(&content.id) => {
                    modules.hold(file, content, register, "comes with the gateway already");
                }
                Ok(content) => match chosen.get(content.id.as_str()) {
                    Some(&other) if other != at => {
                        let name = &self.files[other].filename;
                        modules.hold(file, content, register, &format!("another file has this module: {name}"));
                    }
                    _ => self.judge_file(file, content, register, &mut modules),
                },
                Err(broken) => modules.hold_broken(file, broken),
            }
        }
        modules.healthy.sort_by(|a, b| a.id.cmp(&b.id));
        modules
    }

    fn judge_file(&self, file: &ModuleFile, content: &Content, register: &Register, modules: &mut Modules) {
        let (certificate, license) = (register.trusts(content), register.licenses(content));
        if let Some(reason) = self.refuses(content) {
            modules.hold(file, content, register, &reason);
        } else if !register.starts(&content.id) {
            modules.disabled.push(module(file, content));
        } else if certificate && license {
            modules.healthy.push(module(file, content));
        } else {
            modules.waiting.push(Waiting {
                module: module(file, content),
                certificate: content.certificate.clone(),
                license: content.license.clone(),
                cert_accepted: certificate,
                license_accepted: license,
            });
        }
    }

    /// Whether a module is for this version of Ignition.
    fn fits(&self, content: &Content) -> bool {
        let line = |version: &str| numbers(version).into_iter().take(2).collect::<Vec<_>>();
        let same_line = line(&content.requires) == line(&self.version);
        (same_line || MODULES_OF_OLDER_LINES_RUN) && !is_older(&self.version, &content.requires)
    }

    /// Why a module cannot run here, whatever was accepted.
    fn refuses(&self, content: &Content) -> Option<String> {
        if !self.fits(content) {
            return Some(format!("needs Ignition {}, and this is {}", content.requires, self.version));
        }
        if content.certificate.is_none() && !self.allow_unsigned && !UNSIGNED_MODULES_RUN {
            return Some("is not signed".to_owned());
        }
        self.whitelist.refuses(&content.id).map(str::to_owned)
    }

    /// The file that stands for each identifier: of several one that is for this version of Ignition, of those the newest, of
    /// equal ones that of the folder that counts first.
    fn chosen(&self) -> BTreeMap<&str, usize> {
        let mut chosen: BTreeMap<&str, usize> = BTreeMap::new();
        let rank = |at: usize| {
            let content = self.files[at].content.as_ref();
            content.map(|c| (self.fits(c), all_numbers(&c.version))).unwrap_or_default()
        };
        for (at, file) in self.files.iter().enumerate() {
            let Ok(content) = &file.content else { continue };
            let best = chosen.entry(&content.id).or_insert(at);
            if rank(at) > rank(*best) {
                *best = at;
            }
        }
        chosen
    }

    /// Every module of a third party once, with the file that stands for it.
    pub(super) fn third_party(&self) -> impl Iterator<Item = (&ModuleFile, &Content)> {
        self.chosen().into_values().filter_map(|at| {
            let file = &self.files[at];
            file.content.as_ref().ok().map(|content| (file, content))
        })
    }
}

fn module(file: &ModuleFile, content: &Content) -> Module {
    Module {
        id: content.id.clone(),
        name: content.name.clone(),
        version: content.version.clone(),
        file: Some(file.path.clone()),
    }
}

impl Modules {
    fn hold(&mut self, file: &ModuleFile, content: &Content, register: &Register, reason: &str) {
        self.quarantined.push(Quarantined {
            module: module(file, content),
            cert_accepted: content.certificate.is_some() && register.trusts(content),
            license_accepted: register.licenses(content),
            reason: reason.to_owned(),
        });
    }

    /// A broken file is in quarantine when it says which module it is.
    fn hold_broken(&mut self, file: &ModuleFile, broken: &Broken) {
        let Some(id) = &broken.id else { return };
        self.quarantined.push(Quarantined {
            module: Module {
                id: id.clone(),
                name: broken.name.clone(),
                version: broken.version.clone(),
                file: Some(file.path.clone()),
            },
            cert_accepted: false,
            license_accepted: false,
            reason: format!("{} {}", file.filename, broken.reason),
        });
    }
}

#[cfg(test)]
#[path = "installed_tests.rs"]
mod tests;
