//! The words of `create` and `up` -> a resolved stack.

use uuid::Uuid;

use crate::architecture::{self, Choice, Database};
use crate::catalog::image;
use crate::cli::{DatabaseWord, ShapeArgs};
use crate::error::{Class, Failure};
use crate::settings::Settings;
use crate::spec::Problems;
use crate::stack::advisory::{self, Advisory};
use crate::stack::{Architecture, Name, Stack, resolve};

/// The stack that the words describe, with that identity.
pub(super) fn design(name: &Name, shape: &ShapeArgs, settings: &Settings, id: Uuid) -> Result<Stack, Failure> {
    let Some(architecture) = shape.arch else {
        let known = Architecture::ALL.map(Architecture::word).join(", ");
        return Err(Failure::new(Class::Usage, format!("which architecture shall {name} have? known: {known}"))
            .advise(format!("ignition-stack up {name} --arch {}", Architecture::Basic)));
    };
    let choice = Choice {
        name: name.to_string(),
        stack_id: Some(id),
        architecture,
        frontends: shape.frontends,
        spokes: shape.spokes,
        network_split: match (shape.network_split, shape.no_network_split) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        edge_role: shape.edge_role.clone(),
        redundant: shape.redundant.clone(),
        database: match shape.database {
            Some(DatabaseWord::None) => Database::None,
            Some(DatabaseWord::Postgres) | None => Database::Postgres,
        },
        image: image(shape)?,
        base_port: shape.base_port,
        bind_address: shape.bind_address.clone(),
        memory_mb: shape.memory,
        timezone: shape.timezone.clone(),
        admin_username: shape.admin_username.clone(),
        env: if shape.simulate { settings.simulated.clone() } else { indexmap::IndexMap::new() },
    };
    Ok(resolve(&architecture::build(&choice)?)?)
}

fn image(shape: &ShapeArgs) -> Result<Option<String>, Problems> {
    let version = shape.ignition_version.as_deref();
    if let Some(version) = version {
        let shaped = version.starts_with(|c: char| c.is_ascii_digit())
            && version.len() <= 40
            && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
        if !shaped {
            return Err(Problems::one("--ignition-version", format!("{version:?} is not a version such as 8.3.9")));
        }
    }
    if shape.image.as_deref().is_some_and(image::is_simulated) {
        return Err(Problems::one("--image", "that name is reserved for simulated gateways; use --simulate"));
    }
    let version = version.unwrap_or(image::DEFAULT_VERSION);
    Ok(match (shape.simulate, &shape.image) {
        (true, _) => Some(image::simulated(version)),
        (false, Some(given)) => Some(given.clone()),
        (false, None) => Some(image::official(version)),
    })
}

/// The memory advisory: a warning to show, or a refusal that `--force` passes.
pub(super) fn check_size(stack: &Stack, engine_memory: Option<u64>, force: bool) -> Result<Option<String>, Failure> {
    match advisory::advise(stack, engine_memory) {
        Advisory::Silent => Ok(None),
        Advisory::Warning(text) => Ok(Some(text)),
        Advisory::Refused(text) if force => Ok(Some(text)),
        Advisory::Refused(text) => Err(Failure::new(Class::Refused, text)
            .seen("a stack that does not fit starts slowly, or its gateways are killed for memory")
            .advise("choose fewer gateways, give the engine more memory, or pass --force")),
    }
}

/// Whether any word that shapes a stack was typed.
pub(super) fn shapes(shape: &ShapeArgs) -> bool {
    let ShapeArgs {
        arch,
        frontends,
        spokes,
        network_split,
        no_network_split,
        edge_role,
        redundant,
        database,
        image,
        ignition_version,
        simulate,
        base_port,
        bind_address,
        memory,
        timezone,
        admin_username,
        admin_password_file,
        force: _,
        output_dir: _,
    } = shape;
    let texts = [edge_role, redundant, image, ignition_version, bind_address, timezone, admin_username];
    arch.is_some()
        || [frontends, spokes, memory].iter().any(|n| n.is_some())
        || base_port.is_some()
        || database.is_some()
        || admin_password_file.is_some()
        || *network_split
        || *no_network_split
        || *simulate
        || texts.iter().any(|t| t.is_some())
}
