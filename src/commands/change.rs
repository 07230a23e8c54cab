//! A project that is there and words that say what shall be different: the stack it becomes, and its files brought in line.

use std::collections::BTreeSet;
use std::path::Path;

use super::design::{self, Design};
use super::taken_ports::Taken;
use super::{create, free_ports, keys, open};
use crate::architecture::{self, Choice};
use crate::blueprint::{self, Blueprint, SecretName};
use crate::catalog::image;
use crate::cli::ShapeArgs;
use crate::engine::Secrets;
use crate::error::{Class, Failure};
use crate::project::{self, Update};
use crate::render::{self, Tree};
use crate::report::outcome::FilesRow;
use crate::spec::Problems;
use crate::stack::{Stack, resolve};

/// A project as it shall be.
pub(super) struct Changed {
    pub(super) stack: Stack,
    /// The words make another stack of it: its record has to be written.
    pub(super) record: bool,
    /// Secrets that were given and are new to the project.
    pub(super) given: Secrets,
}

/// What a project becomes by the words beside it; `described` is the stack of `--from-file`.
pub(super) fn changed(
    found: &open::Project,
    described: Option<Design>,
    shape: &ShapeArgs,
    taken: Option<&Taken>,
) -> Result<Changed, Failure> {
    if shape.new_identity {
        return Err(Failure::new(
            Class::Refused,
            format!("{} is there already and has its identity", found.directory.display()),
        )
        .seen("with a new one its volumes and containers would be those of a stranger")
        .advise("give the stack of the file another name"));
    }
    let mut given = Secrets::new();
    let mut stack = match described {
        Some(design) => {
            given.extend(design.passwords);
            // A file without an identity, or one for a stack of another name, says nothing of the one that is there.
            let stack = Stack { id: found.stack.id, ..design.stack };
            same_kind(found, &stack)?;
            stack
        }
        None => by_flags(found, shape)?,
    };
    if let Some(file) = &shape.admin_password_file {
        given.insert(SecretName::admin(), project::read_value(file)?);
    }
    if let Some(taken) = taken {
        // Those that are free now are not those that were free then.
        for gateway in &mut stack.gateways {
            if let Some(there) = found.stack.gateway(&gateway.name) {
                gateway.http_port = there.http_port;
            }
        }
        let own: BTreeSet<_> = found.stack.gateways.iter().map(|g| g.http_port.get()).collect();
        free_ports::assign(&mut stack, |address| taken.is_taken(found.stack.id, &own, address))?;
    }
    Ok(Changed { given: new_secrets(found, given)?, record: stack != found.stack, stack })
}

/// Whether the gateways stay simulated, or real: the data of one kind is nothing to the other.
fn same_kind(found: &open::Project, wanted: &Stack) -> Result<(), Failure> {
    if found.stack.simulated() == wanted.simulated() {
        return Ok(());
    }
    let kind = |simulated| if simulated { "simulated" } else { "real" };
    Err(Failure::new(
        Class::Refused,
        format!(
            "{} has {} gateways, whose data {} ones cannot use",
            found.stack.name,
            kind(found.stack.simulated()),
            kind(wanted.simulated())
        ),
    )
    .advise("give the stack of the file another name"))
}

fn by_flags(found: &open::Project, shape: &ShapeArgs) -> Result<Stack, Failure> {
    let mut spec = found.stack.dump();
    let architecture = shape.arch.unwrap_or(found.stack.architecture);
    let choice = design::choice(&found.stack.name, architecture, shape);
    architecture::change(&mut spec, &Choice { image: image_of(shape, &found.stack)?, ..choice })?;
    Ok(resolve(&spec)?)
}

/// The image that the words name. `--simulate` on a simulated stack says nothing new, and a version alone is one of its kind.
fn image_of(shape: &ShapeArgs, found: &Stack) -> Result<Option<String>, Problems> {
    let named = design::image(shape)?;
    match (&shape.image, &shape.ignition_version) {
        (None, None) if !shape.simulate || found.simulated() => Ok(None),
        (None, Some(version)) if found.simulated() => Ok(Some(image::simulated(version))),
        _ => Ok(named),
    }
}

/// Of the secrets that were given, those that the project does not have. One that it has cannot become another: the gateways
/// and services took it over at their first start.
fn new_secrets(found: &open::Project, given: Secrets) -> Result<Secrets, Failure> {
    let mut new = Secrets::new();
    for (name, value) in given {
        match project::load(&found.directory, [&name]) {
            Ok(there) if there.get(&name) == Some(&value) => {}
            Ok(_) => {
                return Err(Failure::new(
                    Class::Refused,
                    format!("{}/{} is not the password that was given", project::SECRETS_DIR, name.0),
                )
                .seen(
                    "gateways and services take their password over at their first start; it is not changed from here",
                )
                .advise("leave it out, or change it in the gateway and then in that file"));
            }
            Err(_) => {
                new.insert(name, value);
            }
        }
    }
    Ok(new)
}

/// The files of a project beside what they shall be.
pub(super) struct Files {
    tree: Tree,
    names: BTreeSet<SecretName>,
    update: Update,
}

impl Files {
    /// Compares; writes nothing. `host`: [`create::engine_host`].
    pub(super) fn compare(
        directory: &Path,
        stack: &Stack,
        blueprint: &Blueprint,
        record: bool,
        overwrite: bool,
        host: Option<&str>,
    ) -> Result<Self, Failure> {
        keys::check(stack, directory)?;
        let tree = create::tree(stack, blueprint, host)?;
        let names = render::secret_names(blueprint);
        let update = project::plan_update(directory, &stack.name, &tree, &names, record, overwrite)?;
        Ok(Self { tree, names, update })
    }

    /// What is about to happen, for people.
    pub(super) fn row(&self) -> FilesRow {
        FilesRow {
            added: self.update.added.clone(),
            written: self.update.written.clone(),
            removed: self.update.removed.clone(),
            kept: self.update.kept.clone(),
        }
    }

    /// Whether every secret can be read that the project had before; those that are new are made when it is brought in line.
    pub(super) fn secrets_are_there(&self, directory: &Path) -> Result<(), Failure> {
        let had = self.names.iter().filter(|name| !self.update.fresh.contains(name));
        project::load(directory, had)?;
        Ok(())
    }

    /// Brings the project in line; returns its secrets.
    pub(super) fn apply(self, directory: &Path, stack: &Stack, given: Secrets) -> Result<Secrets, Failure> {
        let mut fresh = project::generate(&self.update.fresh)?;
        let wanted = given.into_iter().filter(|(name, _)| fresh.get(name).is_some()).collect::<Vec<_>>();
        fresh.extend(wanted);
        // First, because a key that cannot be made must stop the change before anything is written.
        let keys = keys::of_project(stack, &blueprint::build(stack), directory)?;
        let mut secrets = self.update.apply(directory, &stack.name, &self.tree, &self.names, &fresh)?;
        secrets.add_keys(keys);
        Ok(secrets)
    }
}
