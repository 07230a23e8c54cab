//! The words of `create` and `up` -> a resolved stack. A stack out of a file is in `config_file`.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::taken_ports::Taken;
use super::{config_file, free_ports};
use crate::architecture::{self, Choice, Database, ProxyWords};
use crate::catalog::image;
use crate::cli::{DatabaseWord, ShapeArgs};
use crate::engine::Secrets;
use crate::error::{Class, Failure};
use crate::settings::Settings;
use crate::spec::Problems;
use crate::stack::advisory::{self, Advisory};
use crate::stack::{Architecture, Name, Stack, resolve};

/// What the words of a command describe.
pub(super) struct Design {
    pub(super) stack: Stack,
    /// Secrets that were given with it.
    pub(super) passwords: Secrets,
    /// What a person should know of how it was read.
    pub(super) notices: Vec<String>,
}

/// The stack that the words describe; one without an identity of its own gets `fresh`.
pub(super) fn design(
    name: Option<&Name>,
    shape: &ShapeArgs,
    settings: &Settings,
    fresh: Uuid,
) -> Result<Design, Failure> {
    match (&shape.from_file, name) {
        (Some(file), name) => config_file::design(file, name, shape, settings, fresh),
        (None, Some(name)) => Ok(Design {
            stack: from_flags(name, shape, settings, fresh)?,
            passwords: Secrets::new(),
            notices: Vec::new(),
        }),
        (None, None) => Err(Failure::new(Class::Usage, "which name shall the stack have?")),
    }
}

/// The same for a stack that is about to be made: with `--auto-ports` on ports that are free.
pub(super) fn new_stack(
    name: Option<&Name>,
    shape: &ShapeArgs,
    settings: &Settings,
    taken: Option<&Taken>,
) -> Result<Design, Failure> {
    with_ports(design(name, shape, settings, Uuid::new_v4())?, taken)
}

/// With `--auto-ports` the design on ports that are not taken now.
pub(super) fn with_ports(mut design: Design, taken: Option<&Taken>) -> Result<Design, Failure> {
    if let Some(taken) = taken {
        let id = design.stack.id;
        free_ports::assign(&mut design.stack, |address| taken.is_taken(id, &BTreeSet::new(), address))?;
    }
    Ok(design)
}

fn from_flags(name: &Name, shape: &ShapeArgs, settings: &Settings, id: Uuid) -> Result<Stack, Failure> {
    let Some(architecture) = shape.arch else {
        let known = Architecture::ALL.map(Architecture::word).join(", ");
        return Err(Failure::new(Class::Usage, format!("which architecture shall {name} have? known: {known}"))
            .advise(format!("ignition-stack up {name} --arch {}", Architecture::Basic)));
    };
    let choice = Choice {
        stack_id: Some(id),
        image: image(shape)?,
        env: if shape.simulate { settings.simulated.clone() } else { indexmap::IndexMap::new() },
        ..choice(name, architecture, shape)
    };
    Ok(resolve(&architecture::build(&choice)?)?)
}

/// The image that the words name; the default one when they name none.
pub(super) fn image(shape: &ShapeArgs) -> Result<Option<String>, Problems> {
    let version = shape.ignition_version.as_deref();
    if let Some(version) = version {
        let shaped = version.starts_with(|c: char| c.is_ascii_digit())
            && version.len() <= 40
            && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
        if !shaped {
            return Err(Problems::one("--ignition-version", format!("{version:?} is not a version such as 8.3.9")));
        }
    }
    if let Some(version) = version.filter(|v| shape.simulate && !image::is_simulated_version(v)) {
        let advice = format!(
            "simulated gateways play Ignition 8.3 only, not {version}; name a version such as {}",
            image::DEFAULT_VERSION
        );
        return Err(Problems::one("--ignition-version", advice));
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

/// What the words say of a stack of that name and arrangement, but for its identity, its image and the environment of its gateways.
pub(super) fn choice(name: &Name, architecture: Architecture, shape: &ShapeArgs) -> Choice {
    Choice {
        frontends: shape.frontends,
        spokes: shape.spokes,
        gateway_network: shape.gateway_network,
        network_split: match (shape.network_split, shape.no_network_split) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        edge_role: shape.edge_role.clone(),
        redundant: shape.redundant.clone(),
        database: shape.database.map(|word| match word {
            DatabaseWord::Postgres => Database::Postgres,
            DatabaseWord::None => Database::None,
        }),
        base_port: shape.base_port,
        bind_address: shape.bind_address.clone(),
        reverse_proxy: reverse_proxy(shape),
        memory_mb: shape.memory,
        timezone: shape.timezone.clone(),
        admin_username: shape.admin_username.clone(),
        disable_builtins: shape.disable_builtin.clone(),
        ..Choice::of(name.as_str(), architecture)
    }
}

/// What the words say about a reverse proxy.
fn reverse_proxy(shape: &ShapeArgs) -> ProxyWords {
    ProxyWords {
        proxy: shape.reverse_proxy,
        network: shape.proxy_network.clone(),
        path: shape.proxy_path.clone(),
        address: shape.proxy_address.clone(),
    }
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

/// The flags that were typed and shape a stack. What is left out here goes with `--from-file` as well.
pub(super) fn shaping_flags(shape: &ShapeArgs) -> Vec<&'static str> {
    let ShapeArgs {
        from_file: _,
        new_identity: _,
        auto_ports: _,
        arch,
        frontends,
        spokes,
        gateway_network,
        network_split,
        no_network_split,
        edge_role,
        redundant,
        database,
        disable_builtin,
        image,
        ignition_version,
        simulate,
        base_port,
        bind_address,
        reverse_proxy,
        proxy_network,
        proxy_path,
        proxy_address,
        memory,
        timezone,
        admin_username,
        admin_password_file: _,
        force: _,
        overwrite: _,
        output_dir: _,
    } = shape;
    let typed = [
        ("--arch", arch.is_some()),
        ("--frontends", frontends.is_some()),
        ("--spokes", spokes.is_some()),
        ("--gateway-network", gateway_network.is_some()),
        ("--network-split", *network_split),
        ("--no-network-split", *no_network_split),
        ("--edge-role", edge_role.is_some()),
        ("--redundant", redundant.is_some()),
        ("--database", database.is_some()),
        ("--disable-builtin", !disable_builtin.is_empty()),
        ("--image", image.is_some()),
        ("--ignition-version", ignition_version.is_some()),
        ("--simulate", *simulate),
        ("--base-port", base_port.is_some()),
        ("--bind-address", bind_address.is_some()),
        ("--reverse-proxy", reverse_proxy.is_some()),
        ("--proxy-network", proxy_network.is_some()),
        ("--proxy-path", proxy_path.is_some()),
        ("--proxy-address", proxy_address.is_some()),
        ("--memory", memory.is_some()),
        ("--timezone", timezone.is_some()),
        ("--admin-username", admin_username.is_some()),
    ];
    typed.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag).collect()
}
