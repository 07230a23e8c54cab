//! `create`: resolve and write the project, or print what it would be; with `--update` change one that is there.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::change::{self, Changed, Files};
use super::design::{self, Design};
use super::taken_ports::Taken;
use super::{Context, keys, lease, open};
use crate::blueprint::{self, Blueprint, SecretName};
use crate::cli::{CreateArgs, FormatWord, ShapeArgs};
use crate::engine::Secrets;
use crate::engine::docker::Endpoint;
use crate::error::{Class, Failure};
use crate::project;
use crate::render;
use crate::report::{Event, Outcome};
use crate::settings::Settings;
use crate::spec;
use crate::stack::{Name, Stack};

pub(super) fn run(args: &CreateArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    if args.update {
        return update(args, name.as_ref(), context);
    }
    let Design { stack, passwords, notices } =
        design::new_stack(name.as_ref(), &args.shape, &context.settings, taken(args, context).as_ref())?;
    for notice in notices {
        context.event(Event::Warning(notice));
    }
    if args.dry_run {
        return Ok(dump(args, &stack, context));
    }
    if let Some(warning) = design::check_size(&stack, None, args.shape.force)? {
        context.event(Event::Warning(warning));
    }
    let directory = directory(&context.settings.cwd, &args.shape, &stack);
    let host = engine_host(&context.settings);
    let written = write(&stack, &blueprint::build(&stack), &directory, passwords, &args.shape, host.as_deref());
    let (files, _) = written.map_err(|failure| {
        if directory.join(render::RECORD_PATH).exists() {
            return failure.advise(format!(
                "ignition-stack create {} --update ... changes the project that is there",
                stack.name
            ));
        }
        failure
    })?;
    Ok(Outcome::Create { stack: stack.name.to_string(), directory: directory.display().to_string(), files })
}

/// With `--auto-ports`, the ports that are taken as far as this machine shows: `create` asks no engine.
fn taken(args: &CreateArgs, context: &Context) -> Option<Taken> {
    args.shape.auto_ports.then(|| Taken::here(&parent(&context.settings.cwd, &args.shape)))
}

/// Brings a project that is there in line with its record, as the words change it.
fn update(args: &CreateArgs, name: Option<&Name>, context: &Context) -> Result<Outcome, Failure> {
    let from = parent(&context.settings.cwd, &args.shape);
    let described = match args.shape.from_file {
        Some(_) => Some(design::design(name, &args.shape, &context.settings, Uuid::new_v4())?),
        None => None,
    };
    let name = described.as_ref().map(|design| &design.stack.name).or(name).cloned();
    let found = open::project(&from, name.as_ref())?;
    let Changed { stack, record, given } =
        change::changed(&found, described, &args.shape, taken(args, context).as_ref())?;
    if args.dry_run {
        return Ok(dump(args, &stack, context));
    }
    if let Some(warning) = design::check_size(&stack, None, args.shape.force)? {
        context.event(Event::Warning(warning));
    }
    let _held = lease::lock(&found.directory, "create --update", &stack.name)?;
    let (blueprint, host) = (blueprint::build(&stack), engine_host(&context.settings));
    let files = Files::compare(&found.directory, &stack, &blueprint, record, args.shape.overwrite, host.as_deref())?;
    let row = files.row();
    files.apply(&found.directory, &stack, given)?;
    Ok(Outcome::Update { stack: stack.name.to_string(), directory: found.directory.display().to_string(), files: row })
}

fn dump(args: &CreateArgs, stack: &Stack, context: &Context) -> Outcome {
    let json = match args.output_format {
        Some(format) => format == FormatWord::Json,
        None => context.settings.json,
    };
    let dump = stack.dump();
    Outcome::Raw { text: if json { spec::dump_json(&dump) } else { spec::dump_yaml(&dump) } }
}

/// The directory that holds the project's.
pub(super) fn parent(cwd: &Path, shape: &ShapeArgs) -> PathBuf {
    shape.output_dir.as_ref().map_or_else(|| cwd.to_owned(), |given| cwd.join(given))
}

/// Where the project is or will be.
pub(super) fn directory(cwd: &Path, shape: &ShapeArgs, stack: &Stack) -> PathBuf {
    parent(cwd, shape).join(stack.name.as_str())
}

/// Everything that a project holds but its secrets; `host`: [`engine_host`].
pub(super) fn tree(stack: &Stack, blueprint: &Blueprint, host: Option<&str>) -> Result<render::Tree, Failure> {
    render::tree(stack, blueprint, spec::dump_json(&stack.dump()), host)
        .map_err(|e| Failure::new(Class::Usage, e.to_string()))
}

/// The machine of the engine that is meant, where that is another one, for the project's guides. No engine is asked.
pub(super) fn engine_host(settings: &Settings) -> Option<String> {
    let host = Endpoint::choose(&settings.endpoint).ok()?.remote_host()?;
    // What no host is called does not get into a page.
    host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:".contains(c)).then_some(host)
}

/// Writes the whole project at once; returns its files and its secrets: fresh ones, but for those that were given.
pub(super) fn write(
    stack: &Stack,
    blueprint: &Blueprint,
    directory: &Path,
    given: Secrets,
    shape: &ShapeArgs,
    host: Option<&str>,
) -> Result<(Vec<String>, Secrets), Failure> {
    let tree = tree(stack, blueprint, host)?;
    let names = render::secret_names(blueprint);
    let mut secrets = project::generate(&names)?;
    secrets.extend(given.into_iter().filter(|(name, _)| names.contains(name)));
    if let Some(file) = &shape.admin_password_file {
        secrets.insert(SecretName::admin(), project::read_value(file)?);
    }
    secrets.add_keys(keys::fresh(stack, blueprint)?);
    project::write(directory, &stack.name, &tree, &secrets)?;
    let mut files: Vec<String> = tree.files.into_keys().collect();
    files.push(".env".to_owned());
    files.extend(names.iter().map(|n| format!("{}/{}", project::SECRETS_DIR, n.0)));
    files.extend(secrets.keys().map(|(file, _)| format!("{}/{}", project::SECRETS_DIR, file.file_name())));
    files.sort();
    Ok((files, secrets))
}
